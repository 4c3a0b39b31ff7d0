#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of events are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of events" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of events is to catch is caught" {
    mutants_are_caught
}
