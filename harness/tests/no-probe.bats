#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Without the probe: what hosts say of themselves, and what the kernel says of their children, is
# enough to judge by. Nobody is charged with what did not happen, and much of what does is seen.

load helper

setup() {
    enter_folder
}

# The mutant fails this scenario, by this oracle, through this requirement.
is_caught() { # NAME SCENARIO REQUIREMENT ORACLE
    is_built "$1"
    run -1 play --no-probe --impl "mutant-$1" --slow 0.5 --format jsonl "$2"
    line_matches "\"requirement\":\"$3\"(,\"also\":\"[^\"]*\")?,\"oracle\":\"$4\""
}

@test "the reference passes every scenario that can be played without the probe" {
    run -0 play --no-probe --impl reference
    [[ ${lines[-1]} =~ ([0-9]+)" pass, 0 fail, 0 limit, "[0-9]+" skip, 0 error"$ ]]
    [ "${BASH_REMATCH[1]}" -ge 190 ]
}

@test "a scenario that needs the probe is skipped, and says so" {
    run -0 play --no-probe --impl reference --format jsonl faults/fork-fails-eagain
    line_matches '"verdict":"skip","reason":"it needs the probe, and this run has none \(--no-probe\)"'
}

@test "the command that shows a failure again is without the probe, too" {
    write_script one.scn wrong
    run -1 play --no-probe --impl reference --format jsonl one.scn
    line_matches '"command":"[^"]* --no-probe one.scn"'
}

@test "a status that was cut short is seen without the probe" {
    is_caught status-cut children/whole-status XC-02 'true status'
}

@test "a stop reported as an end, and the zombie that it leaves, are seen without the probe" {
    is_caught stop-as-exit children/stop-is-no-exit XC-08 'true status'
    line_matches '"requirement":"XC-14","oracle":"no zombie"'
}

@test "a child that is reported twice is seen without the probe" {
    is_caught reported-before-taken-off owner-modes/callback-tells-again FK-57 'exactly once'
}

@test "a child that is never reported is seen without the probe" {
    is_caught wakes-only-first sharing/two-contexts XC-01 'exactly once'
}

@test "a handler that is left behind is seen without the probe" {
    is_caught free-leaves-handler owner-modes/always-alone FK-13 restored
}

@test "a call that does not come back is seen without the probe" {
    is_caught postfork-locks-twice postfork/one-context FK-75 progress
}

@test "a step that fails in a callback of an operation is seen without the probe" {
    cat >one.scn <<'END'
scenario  In the callback of an operation there is an event
covers    AO-01

ctx       A on main
operation o1 of A program
when o1 completes
  check   A
end
finish    o1 exits 0
expect    o1 completes
END
    run -1 play --no-probe --impl reference one.scn
    [[ "$output" == *"found "*"check A"*"failed: EAGAIN"* ]]
}
