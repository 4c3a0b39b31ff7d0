#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Audits by sanitizers, which are part of a build of their own: ThreadSanitizer for all of them.

load helper

setup() {
    enter_folder
    BUILT=${REAPCHECK%/*}
}

need_tsan() {
    [ -x "$BUILT/tsan/host/reference" ] || skip "there is no build with ThreadSanitizer (make tsan)"
}

@test "ThreadSanitizer is shown awake, says what it cannot see, and finds nothing in the reference" {
    need_tsan
    run -0 reapcheck audit --tool tsan --impl reference sharing/two-contexts
    line_matches '^tsan +reference +1 +0 +0 +0 +0 +0 +3 of 3$'
    line_matches 'handler-race reported \(data race\)$'
    line_matches 'nested-static unseen, as it has to be: it looks at a lock'
    line_matches 'Signals are delivered late'
}

@test "a race that is put back is found, with its place and a command that shows it again" {
    need_tsan
    [ -e "$TREE/impl/mutants/list-edited-under-handler.patch" ]
    [ -x "$BUILT/tsan/host/mutant-list-edited-under-handler" ] ||
        skip "the mutant is not built with ThreadSanitizer (make test builds it)"
    run -1 reapcheck audit --tool tsan --impl mutant-list-edited-under-handler sharing/one-thread-unblocked
    line_matches '[0-9]+ x data race in on_sigchld \(sigchld.c:[0-9]+\)$'
    line_matches 'run --impl mutant-list-edited-under-handler --under tsan sharing/one-thread-unblocked'
}

@test "a scenario that cannot be judged under a sanitizer is skipped, and the reason told" {
    need_tsan
    run -0 reapcheck audit --tool tsan --impl reference faults/no-memory-at-open
    line_matches '^tsan +reference +0 +0 +1 +0 '
    line_matches 'faults/no-memory-at-open: a sanitizer keeps the allocator to itself'
}

@test "a planted race that goes unreported is an error, not a pass" {
    need_tsan
    copy_programs
    mkdir -p copy/tsan/host
    cp "$BUILT/tsan/host/reference" "$BUILT/tsan/host/child" copy/tsan/host/
    cp -r "$BUILT/tsan/controls" copy/tsan/
    cp copy/tsan/controls/leak copy/tsan/controls/handler-race
    run -3 copy/reapcheck audit --tool tsan --impl reference sharing/two-contexts
    line_matches 'handler-race WRONG: not reported'
    line_matches 'tsan did not treat the planted fault handler-race as it must'
}

@test "a build that is not there is named; of all tools, one without it is left out and told" {
    copy_programs
    mkdir -p copy/tsan/host
    run -3 copy/reapcheck audit --tool tsan --impl reference sharing/two-contexts
    line_matches '^reapcheck: tsan needs a build of its own: make tsan$'
    run -3 copy/reapcheck run --results results --under tsan --impl reference sharing/two-contexts
    line_matches 'tsan/host/reference is not there'
    run -3 env PATH=/nowhere "$PWD/copy/reapcheck" audit
    line_matches '^asan is left out: it needs a build of its own \(make asan\)$'
}
