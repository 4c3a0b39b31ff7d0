#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

# Events, operations and event loops, against a library of our own (adapters/eventful.c), which
# breaks a rule for each macro: the words of the language notice.

load helper

setup() {
    enter_folder
}

# eventful NAME [MACRO]: builds the adapter.
eventful() {
    build_adapter "$1.so" harness/tests/adapters/eventful.c ${2:+"-D$2"}
}

# notices MACRO TEXT SCENARIO: the scenario fails, and says so.
notices() {
    eventful "$1" "$1"
    run -1 play --impl "./$1.so" "$3"
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"$2"* ]] || {
        echo "$output"
        false
    }
}

# The scenarios for which the fake library was made; it is none for all of them.
PLAYED=(events/ended-once-per-enabling events/waiters-by-type
    operations/aborted-once operations/times-out-after-hours
    osevents/hook-value-comes-through osevents/idle-registers-nothing osevents/spurious-readiness
    osevents/timeouts-rounded-up osevents/past-timeout-is-zero)

@test "what it was made for is passed by a library that keeps the rules" {
    eventful good
    run -0 play --impl ./good.so "${PLAYED[@]}"
    [[ "$output" == *" 0 fail, "* ]]
}

@test "what it cannot play is skipped, and says what is missing" {
    run -0 play --impl posix --format tap events/ended-once-per-enabling
    [[ "$output" == *"does not offer events, events of processes that end"* ]]
}

@test "a user value that is lost is noticed" {
    notices USER_LOST "got vanished of f1 user 0" events/waiters-by-type
}

@test "an event that comes twice is noticed" {
    notices EVENT_TWICE "and should give nothing" events/ended-once-per-enabling
}

@test "an abort that comes to nothing is noticed" {
    notices ABORT_IGNORED "o1 has not completed, and nothing is left to happen" \
        operations/aborted-once
}

@test "an end that is told twice is noticed" {
    notices COMPLETES_TWICE "o1 was said to be over more than once" operations/aborted-once
}

@test "what stays registered is noticed" {
    notices STAYS_REGISTERED "registered, and should have none" osevents/idle-registers-nothing
}

@test "the value of a hook that does not come through is noticed" {
    notices VALUE_LOST "failed with EIO, expected 77" osevents/hook-value-comes-through
}

@test "a thread that is not woken is noticed" {
    notices BLIND_WAITER "still waits, and nothing is left to happen" events/waiters-by-type
}

@test "room that is too little and not said to be is noticed" {
    notices ROOM_UNNOTICED "the call succeeded, and should have failed" osevents/too-little-room
}

@test "readiness that is believed unseen is noticed" {
    notices BELIEVES "w was told of" osevents/spurious-readiness
}

@test "a value that the hooks have replaced is noticed" {
    notices OLD_TOKEN "with a value that a modification had replaced" \
        osevents/modified-with-the-latest-value
}

@test "a timeout that is rounded down is noticed" {
    notices ROUNDS_DOWN "and the next timeout is due" osevents/timeouts-rounded-up
}

@test "a timeout that is over twice is noticed" {
    notices FIRES_TWICE "T was told of" osevents/past-timeout-is-zero
}
