#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Hosts that are no C: those of the tree, and one that is given by its path.

load helper

setup() {
    enter_folder
    HOSTS=${REAPCHECK%/*}/host
}

built() { # NAME
    [ -x "$HOSTS/$1" ] || skip "$1 is not there: its interpreter is missing"
}

# It has all that is needed, and plays scripts of several kinds well.
is_well() { # NAME
    built "$1"
    run -0 reapcheck smoke "$1"
    line_matches ', 0 wrong, 0 not tried: '
    run -0 play --impl "$1" --format jsonl children/exits-at-once sharing/two-contexts \
        children/whole-status sharing/nobody-runs-the-loop
    no_line_matches '"verdict":"(error|fail)"'
}

@test "asyncio, with each of its child watchers" {
    for watcher in threaded pidfd safe fast; do
        is_well "asyncio-$watcher"
    done
}

@test "Node.js" {
    is_well node
}

@test "what a language has not is a skip that says so" {
    built node
    cat >foreign.scn <<END
scenario  The application has a child of its own
covers    XC-05

ctx       A on main owner selective
foreign   f exits 3
waitpid   f exit 3
END
    run -0 play --impl node --format jsonl foreign.scn
    line_matches '"verdict":"skip","reason":"node cannot: Node.js has no other way to start a child'
}

@test "what was found before that is found all the same" {
    built asyncio-pidfd
    cat >both.scn <<END
scenario  A status is made up, and then comes what nobody can do
covers    XC-06

ctx       A on main owner selective
spawn     a of A
pause     A
exit      a 3
steal     a
resume    A
expect    A reports a
application nocldwait SIGCHLD
END
    run -1 play --impl asyncio-pidfd --format jsonl both.scn
    line_matches '"verdict":"fail"'
}

@test "a host is taken by its path, be it a script or compiled" {
    cat >one.scn <<END
scenario  A program that exits with 3 is reported
covers    XC-01

ctx       A on main owner selective
spawn     a of A
exit      a 3
expect    A reports a exit 3
END
    if [ -x "$HOSTS/node" ]; then
        cp "$HOSTS/node" mine.js
        run -0 play --impl ./mine.js one.scn
        line_matches ': 1 pass,'
    fi
    cp "$HOSTS/reference" own
    cp "$HOSTS/child" .
    run -0 play --impl ./own one.scn
    line_matches ': 1 pass,'
}

@test "a host that is a script and no host is an error, not a failure" {
    write_script one.scn
    printf '#!/bin/sh\necho "I am no host" >&2\nexit 3\n' >no-host
    chmod +x no-host
    run -3 play --impl ./no-host one.scn
    line_matches 'ended before it was ready: I am no host'
}

@test "a file that is neither host nor adapter" {
    write_script one.scn
    echo text >text
    run -3 play --impl ./text one.scn
    line_matches 'invalid ELF header|file too short'
}

@test "tools and faults refuse a script that is named, and audits leave out the others" {
    built node
    run -2 reapcheck audit --impl node --tool memcheck
    line_matches 'node is a script'
    run -2 play --impl node --under memcheck
    run -2 reapcheck faults --impl node
}

@test "a language that cannot start with SIGCHLD ignored is not blamed for it" {
    built node
    run -0 play --impl node --format jsonl handler/puts-back-ignore
    line_matches '"verdict":"skip","reason":"node does not start with SIGCHLD ignored"'
}
