#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of handler are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of handler" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of handler is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant borrowing-unnoticed is caught through XC-25: that somebody else has the disposition for a while is not noticed" {
    is_caught borrowing-unnoticed XC-25
}

@test "mutant free-without-settle is caught through FK-28: a ctx goes while a handler is about to touch it" {
    is_caught free-without-settle FK-28
}

@test "mutant handler-locks is caught through FK-24: the handler takes the process lock" {
    is_caught handler-locks FK-24
}

@test "mutant restores-default is caught through FK-13: the last user leaves SIG_DFL behind, whatever was there before" {
    is_caught restores-default FK-13
}

@test "mutant stops-wake is caught through FK-17: the handler is installed without SA_NOCLDSTOP" {
    is_caught stops-wake FK-17
}

@test "mutant wake-up-blocks is caught through FK-22: the wake-up channel is blocking" {
    is_caught wake-up-blocks FK-22
}
