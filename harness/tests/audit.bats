#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Audits: tools that are awake, one that is not, what they find, and what they say of themselves.

load helper

setup() {
    enter_folder
    command -v valgrind >/dev/null || skip "valgrind is not installed"
}

@test "an audit shows each tool awake, says what it cannot see, and finds nothing in the reference" {
    run -0 reapcheck audit --impl reference sharing/two-contexts
    line_matches '^helgrind  reference +1 +0 +0 +0 +0 +[0-9]+  4 of 4$'
    line_matches '^drd       reference +1 +0 +0 +0 +0 +[0-9]+  4 of 4$'
    line_matches '^memcheck  reference +1 +0 +0 +0 +0 +[0-9]+  3 of 3$'
    line_matches 'nested-static unseen, as it has to be: a mutex'
    line_matches 'It knows no C11 atomics'
    line_matches '^ +[0-9]+ helgrind-'
}

@test "what a tool finds in a mutant has a kind, a place and a command that shows it again" {
    run -1 reapcheck audit --tool memcheck --impl mutant-report-after-free sharing/two-contexts
    line_matches '[0-9]+ x InvalidRead in report_one \(report.c:[0-9]+\)$'
    line_matches 'run --impl mutant-report-after-free --under memcheck'
}

@test "run --under a tool charges the requirement, and tells the stacks" {
    run -1 play --impl mutant-report-after-free --under memcheck sharing/two-contexts
    line_matches '^1. XC-31: '
    line_matches 'at report_one \(report.c:'
    line_matches '^   again +.* --under memcheck '
}

@test "without a tool nobody tells of what only tools see" {
    run -0 play --impl mutant-report-after-free sharing/two-contexts
    line_matches ': 1 pass, 0 fail'
    run -0 cat results/*.jsonl
    no_line_matches XC-31
}

@test "an adapter of one's own is audited like any other" {
    build_adapter mine.so examples/minimal.c
    run -0 play --impl ./mine.so --under helgrind children
}

@test "a planted fault that goes unreported is an error, not a pass" {
    copy_programs
    cp copy/controls/leak copy/controls/use-after-free
    run -3 copy/reapcheck audit --tool memcheck --impl reference sharing/two-contexts
    line_matches 'use-after-free WRONG: not reported'
    line_matches 'memcheck did not treat the planted fault use-after-free as it must'
}

@test "a planted fault that is not there is an error, not a pass" {
    copy_programs
    rm copy/controls/leak
    run -3 copy/reapcheck audit --tool memcheck --impl reference sharing/two-contexts
    line_matches 'leak WRONG: .*controls/leak: No such file or directory'
}

@test "a tool that is not installed is named" {
    run -3 env PATH=/nowhere "$REAPCHECK" audit
    line_matches '^reapcheck: helgrind needs valgrind, which is not installed'
    run -3 env PATH=/nowhere "$REAPCHECK" run --under drd
    line_matches 'drd needs valgrind, which is not installed'
}

@test "an unknown tool is wrong use" {
    run -2 reapcheck audit --tool strace
    line_matches 'takes helgrind, drd, memcheck, asan, ubsan or tsan, not "strace"'
}
