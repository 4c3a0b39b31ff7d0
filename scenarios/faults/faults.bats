#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of faults are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of faults" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of faults is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant failed-fork-leaves-handler is caught through FK-62: the handler raised for a first child stays where its fork fails" {
    is_caught failed-fork-leaves-handler FK-62
}

@test "mutant failed-fork-leaves-mask is caught through XC-19: SIGCHLD is blocked around fork, and stays so where fork fails" {
    is_caught failed-fork-leaves-mask XC-19
}

@test "mutant failed-open-leaks-fd is caught through XC-20: an open that fails for want of memory leaves the wake-up channel open" {
    is_caught failed-open-leaks-fd XC-20
}

@test "mutant failed-wake-up-keeps-lock is caught through XC-28: where no wake-up channel is to be had, the lock against forks is kept" {
    is_caught failed-wake-up-keeps-lock XC-28
}

@test "mutant handler-drops-errno is caught through FK-20: the handler leaves the errno of its own calls behind" {
    is_caught handler-drops-errno FK-20
}

@test "mutant interrupted-wait-given-up is caught through FK-60: a wait call that is interrupted is not made again" {
    is_caught interrupted-wait-given-up FK-60
}
