#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of children are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of children" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of children is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant forgotten-is-zombie is caught through XC-14: a child whose watch is dropped is not waited for any more" {
    is_caught forgotten-is-zombie XC-14
}

@test "mutant handler-after-fork is caught through XC-04: the handler is installed once fork has returned, and nobody looks for what was before" {
    is_caught handler-after-fork XC-04
}

@test "mutant kill-after-reap is caught through FK-59: a signal is sent to the pid of a child that was reaped" {
    is_caught kill-after-reap FK-59
}

@test "mutant program-starts-blocked is caught through XC-17: a program is started with SIGCHLD blocked" {
    is_caught program-starts-blocked XC-17
}

@test "mutant spawn-forks-by-itself is caught through FK-52: a spawned child is forked past the fork hook" {
    is_caught spawn-forks-by-itself FK-52
}

@test "mutant status-cut is caught through XC-02: a report has the exit code in place of the wait status" {
    is_caught status-cut XC-02
}

@test "mutant stop-as-exit is caught through XC-08: a child that stops is reported as ended" {
    is_caught stop-as-exit XC-08
}

@test "mutant wake-up-inherited is caught through FK-65: the wake-up channel is not close-on-exec" {
    is_caught wake-up-inherited FK-65
}
