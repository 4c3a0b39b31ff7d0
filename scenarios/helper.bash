# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the scripts share: those of a theme are linted, the reference passes them, and
# each mutant is caught by the script that its patch names, through the requirement that it names.
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

# Prints what the head of a mutant's patch says.
head_of() { # NAME WORD
    sed -n "s/^$2: //p" "$TREE/impl/mutants/$1.patch"
}

# The mutant fails its script, and a finding is of the requirement that it breaks.
is_caught() { # NAME REQUIREMENT
    local report=$BATS_TEST_TMPDIR/report script status=0
    script=$(head_of "$1" Script)
    if [ "$(head_of "$1" Breaks)" != "$2" ] || [ "${script%%/*}" != "$THEME" ]; then
        echo "impl/mutants/$1.patch does not say that a script of $THEME catches it through $2"
        return 1
    fi
    if [ ! -x "$PROGRAMS/host/mutant-$1" ]; then
        echo "mutant-$1 is not built in $PROGRAMS (make mutants)"
        return 1
    fi
    play --impl "mutant-$1" --slow "$PATIENCE" --format jsonl "$script" >"$report" || status=$?
    if [ "$status" -ne 1 ] || ! grep -q "\"requirement\":\"$2\"" "$report"; then
        echo "exit status $status, and no finding of $2 in $script:"
        cat "$report"
        return 1
    fi
}

# Each mutant that a script of the theme is to catch has a test here.
no_mutant_is_left_out() {
    local patch name left=0
    for patch in "$TREE"/impl/mutants/*.patch; do
        name=$(basename "$patch" .patch)
        if [[ $(head_of "$name" Script) == "$THEME"/* ]] &&
            ! grep -q "is_caught $name " "$BATS_TEST_FILENAME"; then
            echo "$BATS_TEST_FILENAME has no test of $name"
            left=1
        fi
    done
    return "$left"
}
