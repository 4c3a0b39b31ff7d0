#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The faults command, from outside. What it finds it is shown to find: an adapter of the test's own
# (adapters/faulty.c) and mutants of the reference have the faults that it is there for.

load helper

setup() {
    enter_folder
}

teardown() {
    end_started
}

faults() {
    reapcheck faults --impl reference "$@"
}

# A script in which the library makes a handful of calls.
write_short_script() { # FILE
    cat >"$1" <<END
scenario  A child is reported
covers    XC-01

ctx       A on main owner selective
child     a of A
exit      a 3
expect    A reports a exit 3
END
}

# The same, and all comes to rest in between: the calls are the same in each play.
write_restful_script() { # FILE
    write_short_script "$1"
    sed -i 's/^\(ctx\|child\) .*/&\nquiet/' "$1"
}

@test "the reference survives every point and some pairs of a script" {
    write_short_script mine/one.scn
    run -0 faults --jobs 2 --most 0 --pairs 20 mine
    line_matches '^call +error +plays +struck +told +limit +bad +unjudged$'
    line_matches '^fork +EAGAIN +2 +1 +1 +0 +0 +0$'
    line_matches '^waitpid +EINTR '
    line_matches '^pairs +20 '
    line_matches ' 1 script, [0-9]+ plays, [0-9]+ met a fault, 0 bad; '
    no_line_matches 'Not tried'
}

@test "each error is swept until a play meets no fault" {
    write_short_script mine/one.scn
    run -0 faults --call fork --pairs 0 --output points mine
    # one fork: it fails, then the play that meets none
    [ "$(grep -c '"faults":\["fail fork EAGAIN' points)" -eq 2 ]
    grep -qF '"faults":["fail fork EAGAIN"],"struck":[true],"result":"well","told":true' points
    grep -qF '"faults":["fail fork EAGAIN skip 1"],"struck":[false],"result":"unmet"' points
}

@test "what --most leaves out is counted" {
    write_short_script mine/one.scn
    run -0 faults --call malloc --pairs 0 --most 1 mine
    line_matches '^Not tried, for --most 1: [1-9][0-9]* points of [1-9][0-9]*\b'
    line_matches '^malloc +ENOMEM +1 +1 '
}

@test "one point is played again by what --only says" {
    write_short_script mine/one.scn
    run -0 faults --only 'fail fork EAGAIN' mine
    line_matches 'fail fork EAGAIN: well: a clear error$'
    run -0 faults --only 'fail fork EAGAIN skip 9' mine
    line_matches 'no call was met$'
    run -0 faults --only 'fail waitpid EINTR' --only 'fail read EINTR' --history kept mine
    line_matches 'fail waitpid EINTR, fail read EINTR: well: nothing was lost$'
    grep -q 'fault waitpid error=EINTR' kept/reference.mine.one.txt
}

@test "a fault may strike after more calls than a script may name children" {
    write_short_script mine/one.scn
    run -0 faults --only 'fail write EINTR skip 140007' mine
    line_matches 'no call was met$'
}

@test "an interrupted wait call that is given up is found, with the command that shows it" {
    is_built interrupted-wait-given-up
    write_restful_script mine/one.scn
    run -1 reapcheck faults --impl mutant-interrupted-wait-given-up --call waitpid --pairs 0 mine
    line_matches '^   FK-60 '
    line_matches '^   XC-01 '
    again=$(sed -n 's/^   again  [^ ]* //p' <<<"$output" | head -n 1)
    [[ $again == "faults --impl mutant-interrupted-wait-given-up --only 'fail waitpid EINTR"* ]]
    eval "run -1 reapcheck $again"
    line_matches '^   FK-60 '
}

@test "a block that a call which failed has left behind is found" {
    is_built failed-fork-keeps-record
    write_short_script mine/one.scn
    run -1 reapcheck faults --impl mutant-failed-fork-keeps-record --call fork --pairs 0 mine
    line_matches '^   XC-30 '
    line_matches 'bytes that a failing call of fork took were never given back'
}

@test "a leak and a lock left behind by a call that failed are found" {
    is_built failed-open-leaks-fd
    is_built failed-wake-up-keeps-lock
    write_short_script mine/one.scn
    run -1 reapcheck faults --impl mutant-failed-open-leaks-fd --call fcntl --pairs 0 mine
    line_matches '^   XC-20 +fd [0-9]+ .* was left open'
    run -1 reapcheck faults --impl mutant-failed-wake-up-keeps-lock --call eventfd --pairs 0 mine
    line_matches '^   XC-28 '
}

# A lane waits in the library, an operation is under way, an event is told of a little later.
write_eventful_script() { # FILE
    cat >"$1" <<END
scenario  A thread waits for what another one has asked for, and an operation is aborted
covers    EV-04 AO-03

lane      t2
ctx       A on main hooks
subject   s1
wait      A ended on t2
expect    t2 waits
operation o1 of A program
expect    o1 goes on
abort     o1
expect    o1 completes aborted
expect    A registers nothing
enable    g1 of s1 by A user 1
do        s1 ends
expect    t2 got ended of s1 user 1
END
}

@test "the reference survives every point of a script of events, operations and hooks" {
    write_eventful_script mine/one.scn
    run -0 faults --jobs 2 --most 0 --pairs 20 mine
    line_matches '^pidfd_open +EMFILE '
    line_matches '^pairs +20 '
    line_matches ' met a fault, 0 bad; '
}

@test "an abort that a refused signal has made void is found" {
    is_built refused-signal-forgotten
    write_eventful_script mine/one.scn
    run -1 reapcheck faults --impl mutant-refused-signal-forgotten --call kill --pairs 0 mine
    line_matches '^   AO-03 |^   EV-04 '
    line_matches 'line 12: o1 has not completed, and nothing is left to happen$'
}

@test "what a failed start has left registered is found" {
    is_built failed-start-stays-registered
    cat >mine/one.scn <<END
scenario  A program is run
covers    OE-41

ctx       A on main hooks
operation o1 of A program
finish    o1 exits 0
expect    o1 completes ok
END
    run -1 reapcheck faults --impl mutant-failed-start-stays-registered --call sigaction \
        --pairs 0 mine
    line_matches '^   OE-41 +registration [0-9]+ of fd '
}

# Sweeps the adapter of the tests, built with these flags.
sweep_faulty() { # STATUS [FLAG...]
    local status=$1
    shift
    write_short_script mine/one.scn
    build_adapter faulty.so harness/tests/adapters/faulty.c "$@"
    run "-$status" reapcheck faults --impl ./faulty.so --jobs 2 --most 0 --pairs 10 mine
}

@test "an adapter that bears every fault has no bad point" {
    sweep_faulty 0
    line_matches '^malloc +ENOMEM +3 +2 +2 +0 +0 +0$'
    line_matches '^waitpid +EINTR '
}

@test "an error at a call that did not need what was missing is no clear error" {
    sweep_faulty 1 -DLATE_ERROR
    line_matches ' mine/one: fail malloc ENOMEM skip 1:?$'
    line_matches '^   XC-01 +line 5: .child +a of A. failed: ENOMEM'
    line_matches ' ./faulty.so --only .fail malloc ENOMEM skip 1. mine/one.scn$'
}

@test "a ctx that cannot be closed any more after a fault is found" {
    sweep_faulty 1 -DNEVER_CLOSES
    line_matches '^   XC-20 +at the end of the script, after a call that was made to fail, A'
}

@test "an exit that is lost although no call failed is found" {
    sweep_faulty 1 -DSILENT_LOSS
    line_matches ' mine/one: fail waitpid EINTR'
    line_matches '^   XC-01 +line 7: a was never reported by A'
}

@test "what fails without a fault is not charged to one" {
    write_script mine/one.scn wrong
    run -0 faults --call fork --pairs 0 mine
    line_matches '^1 script fails without a fault; only what a fault adds was charged\.$'
}

@test "faults of the script's own stay as they are" {
    cat >mine/own.scn <<END
scenario  A fork fails
covers    XC-19

ctx       A on main owner selective
fail      fork EAGAIN times 2
child     a of A fails EAGAIN
unfail
child     b of A
exit      b 0
expect    A reports b exit 0
END
    run -0 faults --call fork --call waitpid --pairs 0 mine
    line_matches '^fork +ENOMEM +3 +2 +2 '
}

@test "every call has its errors, and a reason for those that are left out" {
    run -0 reapcheck faults --errors
    line_matches '^waitpid +EINTR $'
    line_matches '^ +not: ECHILD: '
    no_line_matches '^.{81}'
}

@test "misuse exits with 2 and says what was wrong" {
    write_short_script mine/one.scn
    misuses=(
        'faults mine'
        'faults --impl reference --impl libxl mine'
        'faults --impl nobody mine'
        'faults --impl reference --call frobnicate mine'
        'faults --impl reference --most some mine'
        'faults --impl reference --pairs -1 mine'
        'faults --impl reference --history kept mine'
        "faults --impl reference --only 'ctx A on main' mine"
        "faults --impl reference --only 'fail fork EAGAIN on t1' mine"
        "faults --impl reference --only 'fail frobnicate EAGAIN' mine"
        'faults --impl reference nowhere'
    )
    for misuse in "${misuses[@]}"; do
        eval "run -2 --separate-stderr reapcheck $misuse"
        [ -n "$stderr" ]
    done
}

@test "a sweep that is interrupted tells what it has, and leaves no process behind" {
    write_short_script mine/one.scn
    for signal in TERM INT; do
        env "$MARK" "$REAPCHECK" faults --impl reference --pairs 1000000 mine >out 2>&1 3>&- &
        sweep=$!
        # the program itself, a guard, a worker, a host
        await 60 pgrep -P "$sweep" >/dev/null
        kill -$signal "$sweep"
        ended=0
        wait "$sweep" || ended=$?
        [ "$ended" -eq $((128 + $(kill -l $signal))) ]
        none_started
        run -0 cat out
        line_matches '; interrupted$'
    done
}
