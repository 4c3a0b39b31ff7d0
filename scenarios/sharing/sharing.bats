#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of sharing are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of sharing" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of sharing is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant first-to-leave-takes-handler is caught through FK-16: the handler goes with the first user that leaves" {
    is_caught first-to-leave-takes-handler FK-16
}

@test "mutant handler-logs is caught through FK-23: the handler uses a stdio stream" {
    is_caught handler-logs FK-23
}

@test "mutant one-reap-per-wake-up is caught through XC-03: one exit is looked for per SIGCHLD" {
    is_caught one-reap-per-wake-up XC-03
}

@test "mutant owners-clash-unnoticed is caught through FK-46: an owner that reaps every child is let in beside a selective one" {
    is_caught owners-clash-unnoticed FK-46
}

@test "mutant wakes-only-first is caught through FK-21: the handler wakes the first user in its list and no other" {
    is_caught wakes-only-first FK-21
}
