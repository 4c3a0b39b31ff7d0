# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the command line share. The program under test is $REAPCHECK, else the one in
# $BUILD, else build/reapcheck of the tree.

bats_require_minimum_version 1.5.0

TREE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
REAPCHECK=${REAPCHECK:-${BUILD:-$TREE/build}/reapcheck}
case $REAPCHECK in
/*) ;;
*) REAPCHECK=$TREE/$REAPCHECK ;;
esac
export REAPCHECK_HOME=$TREE NO_COLOR=1
# What a server may ask for is for its own run, not for those of the tests.
unset TEST_TOTAL_SHARDS TEST_SHARD_INDEX TEST_SHARD_STATUS_FILE TESTBRIDGE_TEST_ONLY \
    XML_OUTPUT_FILE TEST_UNDECLARED_OUTPUTS_DIR TEST_TMPDIR GITHUB_ACTIONS GITHUB_STEP_SUMMARY

# Scripts, results and built adapters of a test go there.
enter_folder() {
    mkdir -p "$BATS_TEST_TMPDIR/work/mine"
    cd "$BATS_TEST_TMPDIR/work" || return
}

# Everything that it starts has a word of the test in its environment, by which it can be found.
MARK=REAPCHECK_TEST_MARK=$BATS_TEST_NUMBER.$$.$RANDOM

reapcheck() {
    env "$MARK" "$REAPCHECK" "$@" 3>&-
}

# Plays scripts; results stay in the folder of the test.
play() {
    reapcheck run --results results "$@"
}

# A script that holds, or one with an expectation that does not, in line 7.
write_script() { # FILE [wrong]
    cat >"$1" <<END
scenario  A child that exits with 3 is reported
covers    XC-01 XC-02

ctx       A on main owner selective
child     a of A exits 3
expect    A reports a exit 3
expect    disposition ${2:+ignored for XC-02}
close     A
END
    [ -n "${2-}" ] || sed -i '/disposition/d' "$1"
}

build_adapter() { # OBJECT SOURCE [FLAG...]
    local object=$1 source=$2
    shift 2
    "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -I "$TREE/harness" "$@" -o "$object" \
        "$TREE/$source"
}

# shellcheck disable=SC2154 # output is what `run` of bats leaves
# Fails with what it saw unless $output has a line that matches.
line_matches() { # REGEX
    grep -qE -- "$1" <<<"$output" && return
    printf 'no line matches "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
}

no_line_matches() { # REGEX
    grep -qE -- "$1" <<<"$output" || return 0
    printf 'a line matches "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
}

# IMPLEMENTATION VERDICT of each line of a results file.
verdicts() { # FILE...
    sed -nE 's/.*"implementation":"([^"]*)".*"verdict":"([^"]*)".*/\1 \2/p' "$@"
}

# The pids of processes that `reapcheck` started, itself included. Some end while we look.
started() {
    local folder
    for folder in /proc/[0-9]*; do
        if tr '\0' '\n' <"$folder/environ" | grep -qxF -- "$MARK"; then
            echo "${folder#/proc/}"
        fi
    done 2>/dev/null
}

none_started() {
    [ -z "$(started)" ]
}

# Waits until a command succeeds; fails after so many seconds.
await() { # SECONDS COMMAND...
    local until=$((SECONDS + $1 + 1))
    shift
    while ! "$@"; do
        ((SECONDS < until)) || return 1
        sleep 0.05
    done
}
