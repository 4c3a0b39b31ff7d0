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

reapcheck() {
    "$PROGRAMS/reapcheck" "$@" 3>&-
}

# Plays scripts; results stay in the folder of the test.
play() {
    reapcheck run --results "$BATS_TEST_TMPDIR/results" "$@"
}

# Every mutant whose head names a script of the theme is caught by it, as the head says.
mutants_are_caught() {
    reapcheck mutants --promised --theme "$THEME" --results "$BATS_TEST_TMPDIR/results"
}
