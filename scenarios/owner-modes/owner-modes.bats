#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of owner-modes are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of owner-modes" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of owner-modes is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant always-reaps-own-time-only is caught through FK-44: an always owner reaps nothing while it has no child of its own" {
    is_caught always-reaps-own-time-only FK-44
}

@test "mutant callback-under-lock is caught through FK-55: reaped_callback is called with the process lock held" {
    is_caught callback-under-lock FK-55
}

@test "mutant calls-not-restarted is caught through FK-17: the handler is installed without SA_RESTART" {
    is_caught calls-not-restarted FK-17
}

@test "mutant free-leaves-handler is caught through FK-13: a ctx that is freed stays a user of SIGCHLD" {
    is_caught free-leaves-handler FK-13
}

@test "mutant handler-outlives-last-child is caught through FK-10: a library owner keeps the handler when its last child has gone" {
    is_caught handler-outlives-last-child FK-10
}

@test "mutant mainloop-installs-handler is caught through FK-11: a mainloop owner installs the handler while it has a child" {
    is_caught mainloop-installs-handler FK-11
}

@test "mutant reaped-accepts-unknown is caught through FK-37: reaped says 0 for a pid that is no child of the ctx" {
    is_caught reaped-accepts-unknown FK-37
}

@test "mutant reaped-in-any-mode is caught through FK-36: reaped and sigchld_occurred work in every owner mode" {
    is_caught reaped-in-any-mode FK-36
}

@test "mutant reported-before-taken-off is caught through XC-01: a child is taken off the queue only after its callback, which may come by again" {
    is_caught reported-before-taken-off XC-01
}

@test "mutant setmode-waits-for-child is caught through FK-07: setmode takes effect with the next child only" {
    is_caught setmode-waits-for-child FK-07
}

@test "mutant setmode-with-child is caught through FK-04: the owner mode can be changed while there are children" {
    is_caught setmode-with-child FK-04
}

@test "mutant sigchld-reaps-one is caught through FK-38: sigchld_occurred reaps one child however many have ended" {
    is_caught sigchld-reaps-one FK-38
}

@test "mutant stranger-status-cut is caught through FK-56: the status of a stranger is passed on as its exit code" {
    is_caught stranger-status-cut FK-56
}

@test "mutant strangers-swallowed is caught through FK-44: an owner that reaps all keeps the statuses of strangers to itself" {
    is_caught strangers-swallowed FK-44
}
