#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

@test "the scripts of selective are without fault" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
}

@test "the reference passes every script of selective" {
    run -0 play --impl reference "$THEME"
}

@test "every mutant that a script of selective is to catch has a test here" {
    no_mutant_is_left_out
}

@test "mutant lost-as-success is caught through XC-06: a child that somebody else reaped is reported as having exited with 0" {
    is_caught lost-as-success XC-06
}

@test "mutant stolen-waited-for is caught through FK-61: a child that somebody else reaped is waited for for ever" {
    is_caught stolen-waited-for FK-61
}

@test "mutant takes-foreign-stops is caught through XC-05: a selective owner asks for the news of any child that stopped or went on" {
    is_caught takes-foreign-stops XC-05
}

@test "mutant waits-for-any is caught through FK-47: a selective owner waits for any child" {
    is_caught waits-for-any FK-47
}
