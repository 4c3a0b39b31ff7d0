#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What smoke tells the author of a host or of an adapter, whatever that does: hosts are puppets
# (hosts/puppet.c) that misbehave as their first word says.

load helper

setup() {
    enter_folder
    PUPPET=${REAPCHECK%/*}/tests/hosts/puppet
}

# A host that behaves so; it is then tried.
smoke() { # STATUS MODE
    local status=$1
    if [ ! -x "$PUPPET" ]; then
        echo "$PUPPET is not built (make tests)"
        return 1
    fi
    printf '#!/bin/sh\nexec %s %s\n' "$PUPPET" "$2" >host
    chmod +x host
    run "-$status" reapcheck smoke --slow "${3:-1}" ./host
    run_ends
}

# Nothing of it is left.
run_ends() {
    # shellcheck disable=SC2154 # output is what `run` of bats leaves
    local kept=$output
    await 5 none_started
    output=$kept
}

@test "a host that has all that is needed can be judged, and what it lacks is told" {
    smoke 0 good
    line_matches '^  ok +starts a child, passes on an order, reports the end$'
    line_matches '^  missing  makes a lane, with a ctx of its own$'
    line_matches '^ +answered  [0-9]+ cannot it has one thread$'
    line_matches '^ +see       PROTOCOL.md, Requests and answers: .- lane NAME'
    line_matches '^  not offered: spawn: '
    line_matches ', 0 wrong, 0 not tried: host can be judged$'
}

@test "a host that is late, but in time, is not blamed" {
    smoke 0 late-at=fork
}

@test "a host that says nothing" {
    smoke 1 silent 0.5
    line_matches '^  wrong +says hello$'
    line_matches '^ +but +it says nothing$'
    line_matches '^  - +opens a ctx$'
}

@test "a host that never gets ready" {
    smoke 1 no-ready 0.5
    line_matches '^  ok +says hello$'
    line_matches '^  wrong +is ready$'
}

@test "a host that exits at once is shown with its last words" {
    smoke 1 exits
    line_matches '^ +but +the host exited with status 3$'
    line_matches '^ +stderr +no such library$'
}

@test "a host that prints bytes is shown without them" {
    smoke 1 nonsense
    line_matches '^ +said +[?]{3} what is this[?]$'
    line_matches '^ +but +the first line is no hello$'
}

@test "a line without an end is cut" {
    smoke 1 long-line
    line_matches '^ +said +x{120}$'
}

@test "a host with nothing to drive" {
    smoke 1 failed
    line_matches '^ +said +failed there is no adapter$'
}

@test "another version of the protocol" {
    smoke 1 version-2
    line_matches '^ +but +it lacks protocol=1$'
}

@test "a host that takes itself for another process" {
    smoke 1 is-init
    line_matches '^ +but +pid= is not its process'
}

@test "a host without a mode, and one without children" {
    smoke 1 no-modes
    line_matches '^ +but +owners=0 names no mode'
    smoke 1 no-children
    line_matches '^ +but +offers=owner has none of fork, spawn and watch'
}

@test "a host that only watches what the application forks can be judged" {
    smoke 0 watches
    line_matches '^  not offered: fork: '
    line_matches ', 0 wrong, 0 not tried: host can be judged$'
}

@test "a host that says ok to everything" {
    smoke 1 knows-all
    line_matches '^  wrong +refuses what it does not know$'
}

@test "a host that crashes: what was sent, and its signal" {
    smoke 1 die-at=fork
    line_matches '^ +sent +[0-9]+ main fork A a$'
    line_matches '^ +but +the host was ended by SIGSEGV$'
    line_matches '^  - +closes a ctx$'
}

@test "a host that exits in the midst, and one that hangs up and stays" {
    smoke 1 exit-at=close
    line_matches '^ +but +the host exited with status 7$'
    smoke 1 close-at=open 0.5
    line_matches '^ +but +the host closed its socket, and lives on$'
}

@test "a host that does not answer" {
    smoke 1 silent-at=order 0.5
    line_matches '^ +sent +[0-9]+ - order a exit 3$'
    line_matches '^ +but +no answer came within 1.5 s$'
}

@test "a host that never stops talking" {
    smoke 1 flood-at=open 0.5
    line_matches '^ +said +event disaster ctx=A errno=5 a flood$'
}

@test "an answer that is none, and one that comes twice" {
    smoke 1 banana-at=close
    line_matches '^ +but +the answer is neither ok, error nor cannot$'
    smoke 1 twice-at=close
    line_matches '^ +but +it answers what was answered, or never asked$'
}

@test "a child without a pid, and one that is somebody else's" {
    smoke 1 no-pid
    line_matches '^ +but +the answer lacks pid=$'
    smoke 1 pid-of-init 0.5
    line_matches '^ +but +process 1 is no child of the host'
}

@test "an end that is reported never, wrong, or twice" {
    smoke 1 report-never 0.5
    line_matches '^ +but +there was no line "event report ctx=A pid=[0-9]+ status=768"$'
    smoke 1 report-wrong 0.5
    line_matches '^ +said +event report ctx=A pid=[0-9]+ status=25344$'
    smoke 1 report-twice
    line_matches '^ +but +the same end is reported twice$'
}

@test "a host that outlives the runner" {
    smoke 1 stays 0.5
    line_matches '^  wrong +ends when told to$'
    smoke 1 deaf 0.5
    line_matches '^  wrong +ends when the runner is gone$'
}

@test "an adapter: the members that it lacks are named" {
    build_adapter minimal.so examples/minimal.c
    run -0 reapcheck smoke ./minimal.so
    line_matches '^  not offered: spawn \(child_spawn is NULL\): '
    line_matches ' can be judged$'
}

@test "an object that is no adapter" {
    echo 'int nothing;' >nothing.c
    "${CC:-cc}" -shared -fPIC -o nothing.so nothing.c
    run -1 reapcheck smoke ./nothing.so
    line_matches '^ +said +failed no adapter registered itself'
}

@test "what was built is tried by its name" {
    run -0 reapcheck smoke reference
}

@test "wrong use is said" {
    run -2 reapcheck smoke
    run -2 reapcheck smoke ./not-there
    run -2 reapcheck smoke --slow 0 reference
    run -2 reapcheck smoke reference reference
}
