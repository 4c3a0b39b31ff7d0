#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Adapters of others: one that is well passes, one that misbehaves harms nobody else, and whatever
# happens to the runner meanwhile, nothing of it is left.

load helper

setup() {
    enter_folder
}

teardown() {
    # shellcheck disable=SC2046 # words are meant
    end_started $(cat bystanders 2>/dev/null)
}

# shellcheck disable=SC2030
@test "an adapter of one file passes, built outside of the tree" {
    build_adapter minimal.so examples/minimal.c -Wall -Wextra -Werror
    run -0 play --impl ./minimal.so
    line_matches '^minimal 1: [0-9]{2} pass, 0 fail, 0 limit, [0-9]+ skip, 0 error$'
    run -0 play --impl ./minimal.so children/forgotten
    line_matches 'Skipped: 1 \(minimal does not offer forgetting a child\)'
}

# Plays an adapter that misbehaves and the reference in one run: the reference has to pass.
misbehave() { # MACRO STATUSES VERDICT WHAT
    write_script mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c "-D$1"
    run play --impl ./bad.so --impl reference --jobs 2 mine
    # shellcheck disable=SC2031
    [[ $status =~ ^[$2]$ ]]
    line_matches '^reference [0-9.]+: 1 pass, 0 fail, 0 limit, 0 skip, 0 error$'
    line_matches "$4"
    line_matches 'again +.* --impl \./bad\.so mine/one\.scn$'
    run -0 verdicts results/*.jsonl
    line_matches "^[./a-z]*bad(\.so)? $3$"
    line_matches '^reference pass$'
}

@test "an adapter that is well passes" {
    write_script mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c
    run -0 play --impl ./bad.so mine
}

@test "an adapter of another ABI is an error that says so" {
    misbehave BAD_ABI 3 error 'reason +adapter bad has ABI 80'
}

@test "an adapter that does not register is an error that says so" {
    misbehave BAD_SILENT 3 error 'reason +no adapter registered itself'
}

@test "an object that is no adapter at all is an error that says so" {
    write_script mine/one.scn
    echo 'no object' >bad.so
    run -3 play --impl ./bad.so --impl reference mine
    line_matches 'reason +.*bad\.so'
    line_matches '^reference [0-9.]+: 1 pass'
}

@test "an object that cannot be loaded is told once, with all scenarios that it spoils" {
    write_script mine/one.scn
    write_script mine/two.scn
    echo 'no object' >bad.so
    run -3 play --impl ./bad.so mine
    [ "$(grep -c '^   reason ' <<<"$output")" -eq 1 ]
    line_matches '^   scenario +mine/one$'
    line_matches '^   also +mine/two$'
}

@test "an adapter that crashes is a failure" {
    misbehave BAD_SEGV 1 fail 'found +the host died of SIGSEGV .*open'
}

@test "an adapter that hangs is a failure, and where it hangs is shown" {
    misbehave BAD_HANG 1 fail 'found +lane main .*does not come back from fork'
}

@test "an adapter that forks without end is a failure, and none of its processes is left" {
    misbehave BAD_FORKS 1 fail 'found +lane main .*does not come back from fork'
    none_started
}

@test "an adapter that closes the harness's descriptors is no pass" {
    misbehave BAD_FD 13 '(fail|error)' '(reason|found) +.*host'
}

@test "an adapter that exits the process is no pass" {
    misbehave BAD_EXIT 13 '(fail|error)' '(reason|found) +.*host'
}

# -- whatever happens to the runner --

# Starts a run of something that hangs with children, and waits until it does.
start_hanging() { # OPTION...
    write_script mine/one.scn
    sed -i 's/^child.*/foreigns ff 20\nchild     a of A exits 3/' mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c -DBAD_HANG
    # --slow: it hangs for longer than this test takes, on any machine
    env "$MARK" "$REAPCHECK" run --results results --slow 20 --impl ./bad.so "$@" mine >out 2>&1 3>&- &
    runner=$!
    await 60 hangs
}

# A host and its children: the runner's own processes besides.
hangs() {
    [ "$(started | wc -l)" -gt 20 ]
}

@test "a runner ended by SIGKILL leaves no process behind" {
    for options in '' --no-namespaces; do
        # shellcheck disable=SC2086 # no word where it is empty
        start_hanging $options
        kill -KILL "$runner"
        await 2 none_started
        wait
    done
}

@test "a runner ended by SIGINT or SIGTERM reports, and leaves no process behind" {
    for signal in TERM INT; do
        start_hanging
        kill -$signal "$runner"
        ended=0
        wait $! || ended=$?
        [ "$ended" -eq $((128 + $(kill -l $signal))) ]
        none_started
        run -0 cat out
        line_matches '^Interrupted: 0 of 1'
    done
}

@test "a process that the runner did not start gets no signal, whatever is played" {
    # one in the runner's process group, one in a session of its own
    # shellcheck disable=SC2016
    listen='for s in HUP INT QUIT USR1 USR2 PIPE ALRM TERM CONT URG; do
            trap "echo SIG$s >>signals" $s
        done
        echo $$ >>bystanders
        mkfifo alive.$$
        exec 4<>alive.$$
        while :; do read -r -u 4; done'
    bash -c "$listen" 3>&- &
    setsid -f bash -c "$listen" 3>&-
    # shellcheck disable=SC2016
    await 10 bash -c '[ "$(wc -l 2>/dev/null <bystanders)" -eq 2 ]'
    : >signals

    for macro in BAD_SEGV BAD_FORKS BAD_EXIT; do
        misbehave $macro 13 '(fail|error)' '(reason|found) +'
    done
    rm -r results
    start_hanging --no-namespaces
    kill -KILL "$runner"
    await 2 none_started

    while read -r pid; do
        [ -e "/proc/$pid" ]
        [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat")" != T ]
    done <bystanders
    [ ! -s signals ]
}
