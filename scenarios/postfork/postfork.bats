#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of postfork are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of postfork" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of postfork is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant fork-copies-held-lock is caught through FK-75: a fork does not wait for the lock, which nobody in the forked copy can give back" {
    is_caught fork-copies-held-lock FK-75
}

@test "mutant forked-copy-keeps-users is caught through FK-73: a forked copy that goes on keeps the users of SIGCHLD of its parent" {
    is_caught forked-copy-keeps-users FK-73
}

@test "mutant postfork-locks-twice is caught through FK-75: postfork takes the process lock twice" {
    is_caught postfork-locks-twice FK-75
}

@test "mutant postfork-restores-nothing is caught through FK-73: postfork leaves the handler in place" {
    is_caught postfork-restores-nothing FK-73
}
