#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# These are for two implementations in one process. Two copies of the reference refuse to be beside
# each other; that each script can fail is shown by harness/tests/pairs.bats.

load ../helper

@test "the scripts of coexistence are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference refuses to be beside a copy of itself" {
    run -0 play --impl reference+reference --verbose "$THEME"
    [[ $output == *"reference (two) refuses to be beside reference"* ]]
    [[ $output == *"reference (one) refuses to be beside reference"* ]]
}

@test "every mutant that a script of coexistence is to catch is caught" {
    mutants_are_caught
}
