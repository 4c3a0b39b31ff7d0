#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How surely are the mutants caught? Plays the script of each so often, and counts in how many runs
# a finding is of the requirement that the mutant is to break.
#
#   kill-matrix.sh [TIMES [NAME...]]     20 times, all mutants
#
# Programs are taken from $BUILD, else from build. One line a mutant: its name, the requirement, the
# script, caught in how many runs. Exit status: 0 each in every run, 1 some were missed.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build} times=${1:-20} missed=0
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- impl/mutants/*.patch
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for patch in "$@"; do
    name=$(basename "$patch" .patch)
    sed -n 's/^Breaks: \(.*\) in \(.*\)/\1 \2/p' "impl/mutants/$name.patch" >"$work/breaks"
    while read -r breaks script; do
        REAPCHECK_HOME=. "$build/reapcheck" run --impl "mutant-$name" --repeat "$times" --slow 0.5 \
            --results "$work" --format jsonl "$script" >"$work/report" </dev/null
        # a flaky verdict has the findings of another play: that one was not caught
        caught=$(grep '"verdict":"fail"' "$work/report" | grep -c "\"requirement\":\"$breaks\"")
        printf '%-30s %-6s %-45s %3d of %d\n' "$name" "$breaks" "$script" "$caught" "$times"
        [ "$caught" -eq "$times" ] || missed=$((missed + 1))
    done <"$work/breaks"
done
[ "$missed" -eq 0 ] || printf '%d were missed\n' "$missed"
[ "$missed" -eq 0 ]
