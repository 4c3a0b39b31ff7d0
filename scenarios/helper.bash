# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the scripts share: those of a theme are linted, the reference passes them, and
# each mutant is caught by the script that its head names, through the requirement that it names.
# Programs are taken from $REAPCHECK_BUILD, $BUILD, or build of the tree.

bats_require_minimum_version 1.5.0

TREE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
THEME=${BATS_TEST_DIRNAME##*/}
PROGRAMS=${REAPCHECK_BUILD:-${BUILD:-build}}
case $PROGRAMS in
/*) ;;
*) PROGRAMS=$TREE/$PROGRAMS ;;
esac
export REAPCHECK_HOME=$TREE NO_COLOR=1

# Deadlines, in parts of the usual ones, for mutants: some hang, and that is what is waited for.
PATIENCE=0.5

reapcheck() {
    "$PROGRAMS/reapcheck" "$@" 3>&-
}

# Plays scripts; results stay in the folder of the test.
play() {
    reapcheck run --results "$BATS_TEST_TMPDIR/results" "$@"
}

# The lines "REQUIREMENT in SCRIPT" of a mutant's head that name a script of this theme.
broken_here() { # PATCH
    sed -n "s|^Breaks: \\(.* in $THEME/.*\\)|\\1|p" "$1"
}

# The mutant fails the script, and a finding is of the requirement.
is_caught() { # NAME REQUIREMENT SCRIPT
    local report=$BATS_TEST_TMPDIR/report status=0 under
    if [ ! -x "$PROGRAMS/host/mutant-$1" ]; then
        echo "mutant-$1 is not built in $PROGRAMS (make mutants)"
        return 1
    fi
    under=$(sed -n 's/^Under: //p' "$TREE/impl/mutants/$1.patch")
    play --impl "mutant-$1" ${under:+--under "$under"} --slow "$PATIENCE" --format jsonl "$3" >"$report" || status=$?
    if [ "$status" -ne 1 ] || ! grep -q "\"requirement\":\"$2\"" "$report"; then
        echo "$1: exit status $status, and no finding of $2 in $3:"
        cat "$report"
        return 1
    fi
}

# Every mutant that a script of the theme is to catch is caught by it.
mutants_are_caught() {
    local patch requirement script missed=0 tried=0
    for patch in "$TREE"/impl/mutants/*.patch; do
        while read -r requirement _ script; do
            tried=$((tried + 1))
            is_caught "$(basename "$patch" .patch)" "$requirement" "$script" || missed=1
        done < <(broken_here "$patch")
    done
    [ "$tried" -gt 0 ] || echo "no mutant names a script of $THEME"
    [ "$missed" -eq 0 ] && [ "$tried" -gt 0 ]
}
