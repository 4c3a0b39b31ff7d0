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
    mkdir -p "$BATS_TEST_TMPDIR/project/mine"
    cd "$BATS_TEST_TMPDIR/project" || return
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

# A home of its own with two scenarios, of which one fails for XC-02; the list of what is expected of
# the reference there, and its version.
make_home() {
    mkdir -p home/scenarios/mine home/results/expected
    cp "$TREE/scenarios/CATALOGUE.md" home/scenarios/
    write_script home/scenarios/mine/well.scn
    write_script home/scenarios/mine/wrong.scn wrong
    export REAPCHECK_HOME=$PWD/home
    EXPECTED=home/results/expected/reference
    VERSION=$(reapcheck run --impl reference --results first --format jsonl mine/well |
        sed -nE 's/.*"version":"([^"]*)".*/\1/p')
    rm -r first
}

# Writes that list.
expect_lines() { # LINE...
    printf 'version %s\n' "$VERSION" >"$EXPECTED"
    printf '%s\n' "$@" >>"$EXPECTED"
}

# The results file of a folder; there has to be one only.
file_of() { # FOLDER
    local files=("$1"/*.jsonl)
    [ "${#files[@]}" -eq 1 ] && [ -e "${files[0]}" ] && echo "${files[0]}"
}

# By name; the shell has them in order.
newest_of() { # FOLDER
    local files=("$1"/*.jsonl)
    echo "${files[-1]}"
}

schema_holds() { # FILE
    command -v xmllint >/dev/null || skip 'xmllint is not installed (Debian: libxml2-utils)'
    xmllint --noout --nonet --schema "$TREE/harness/report/junit.xsd" "$1"
}

# A copy of reapcheck in `copy`, with hosts and controls of its own.
copy_programs() {
    local built=${REAPCHECK%/*}
    mkdir -p copy/host
    cp "$REAPCHECK" copy/
    cp "$built/host/reference" "$built/host/child" copy/host/
    cp -r "$built/controls" copy/
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

# Fails without that mutant. It is no reason to skip: one that was renamed would never be missed.
is_built() { # MUTANT
    [ -x "${REAPCHECK%/*}/host/mutant-$1" ] && return
    echo "mutant-$1 is not built (make build-mutants)"
    return 1
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

# What a test that failed may have left: its own processes, those it names, and no others.
end_started() { # PID...
    local pid
    for pid in "$@" $(started); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

none_started() {
    [ -z "$(started)" ]
}

# Waits until a command succeeds; fails after so many seconds. Nothing tells a shell that processes of
# others have begun or ended, so it looks again and again; the deadline decides, not the pause.
await() { # SECONDS COMMAND...
    local until=$((SECONDS + $1 + 1))
    shift
    while ! "$@"; do
        ((SECONDS < until)) || return 1
        sleep 0.05
    done
}
