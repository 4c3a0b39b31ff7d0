#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load ../helper

# The kernel cannot be given a mutant. A host that is made to see a kernel which breaks a rule shows
# that the scripts would see it, too (harness/tests/broken_kernel.c).
BROKEN=$PROGRAMS/tests/broken-kernel.so

setup() {
    case $PROGRAMS in
    */asan | */tsan) [[ $BATS_TEST_DESCRIPTION != *"seems to break"* ]] ||
        skip "a sanitizer must be the first library that is loaded" ;;
    esac
}

# shellcheck disable=SC2154 # output is what `run` of bats leaves
says() { # REGEX
    grep -qE -- "$1" <<<"$output" && return
    printf 'no line matches "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
}

# Says so if a broken RULE is not seen in SCENARIO, charged to ID, with a reason like FOUND.
not_found_out() { # RULE SCENARIO ID FOUND
    BREAK=$1 LD_PRELOAD=$BROKEN run play "platform/$2"
    [ "$status" -eq 1 ] && grep -qF "$3: " <<<"$output" &&
        tr -s ' \n' ' ' <<<"$output" | grep -qE -- "$4" ||
        printf '%s, %s: not seen as %s "%s"\n%s\n' "$1" "$2" "$3" "$4" "$output"
}

@test "the scripts of platform are without fault, and all are for the platform" {
    run -0 reapcheck lint "$TREE/scenarios/$THEME"
    run -0 reapcheck list
    [ "$(grep -c '^platform/' <<<"$output")" -eq "$(grep -cE '; needs .*platform' <<<"$output")" ]
}

@test "this kernel passes every script of platform" {
    run -0 play "$THEME"
    says '^platform .*, 0 fail, 0 limit, [0-9]+ skip, 0 error$'
    run reapcheck platform "$BATS_TEST_TMPDIR"/results/*.jsonl
    says '^\| SIGCHLD \| load-balance \| load-balance \| - \| ignore \| ignore \|'
    says '^\| SIGSEGV \| specific \| load-balance \| specific \| kill-all\+core \| kill-all'
    run ! grep -E 'not seen|broken' <<<"$output"
}

@test "a kernel that seems to break a rule is found out, and charged with it" {
    # FOUND is an extended regular expression. Where it has alternatives, it is the scheduler's
    # choice which consequence of the broken rule is met first. A rule whose breaking shows in what
    # never happens is waited for to the deadline, so all wait at once.
    local rule scenario id found missed
    missed=$(while read -r rule scenario id found; do
        not_found_out "$rule" "$scenario" "$id" "$found" &
    done <<'END'
handler-twice handled-once@SIGUSR1 PL-01 ran 2 times on t2, and should have exactly 1
masks-do-nothing handled-once@SIGTERM PL-01 ran 0 times on t2, and should have exactly 1
masks-do-nothing pending-until-unblocked@SIGTERM PL-02 pending nowhere|should have exactly 0
real-time-merges real-time-signals-queue@SIGRTMIN+1 PL-02 ran 1 times on t1, and should have exactly 20
handler-elsewhere sent-to-a-thread@SIGUSR1 PL-03 ran 0 times on t1
handler-elsewhere own-fault@SIGPIPE PL-03 ran 0 times on t1
signal-does-not-end ends-all-threads@SIGTERM PL-04 the process lives on, and should have ended
signal-ends-otherwise ends-all-threads@SIGTERM PL-04 the process ended with exit 3
signal-strikes-others ends-all-threads@SIGTERM PL-04 and should be running
no-cores dumps-core@SIGSEGV PL-05 ended with signal SIGSEGV, and left no core
signal-does-not-stop stops-all-threads@SIGTSTP PL-06 the process should be stopped
ignored-is-pending ignored-by-default@SIGURG PL-07 SIGURG is pending on the process
kill-is-handled takes-no-handler@SIGKILL PL-08 the call succeeded, and should have failed
clone-succeeds group-shares-handlers PL-09 the call succeeded, and should have failed
exec-forgets-ignored exec-from-a-thread@t1 PL-10 SIGUSR2 is at its default, and should be ignored
exec-changes-pid exec-from-a-thread@t1 PL-10 after exec
children-of-threads-die child-of-a-thread-that-exits PL-11 late
handler-never-runs child-of-a-thread-that-exits PL-11 ran 0 times, and should have exactly 2
signal-does-not-end crowd-stops@10 PL-13 the process lives on
handler-never-runs exits-leave-one-signal PL-14 ran 0 times on t1
children-stay children-reap-themselves@ignores PL-15 f is waitable, and should be gone
children-stay children-reap-themselves@nocldwait PL-15 f is waitable, and should be gone
stops-are-told stops-are-silent PL-15 ran 2 times, and should have exactly 0
fork-blocks fork-copies-one-thread PL-16 SIGHUP is blocked on main
fork-copies-pending fork-copies-one-thread PL-16 SIGTERM is pending on the process
fork-copies-threads fork-copies-one-thread PL-16 the process has 2 threads, and should have 1
status-is-wrong exit-is-told@42 PL-17 with exit 43, and its pidfd with exit 42
signal-is-wrong end-by-signal-is-told@SIGKILL PL-17 and its pidfd with signal SIGKILL
END
        wait)
    printf '%s\n' "$missed"
    [ -z "$missed" ]
}

@test "with a kernel that seems to break the ground nothing is played, and it is named" {
    BREAK=status-is-wrong LD_PRELOAD=$BROKEN run play --impl reference \
        selective/application-waits-for-any
    [ "$status" -eq 3 ]
    says 'reapcheck: this kernel \(Linux .*\) breaks what every verdict relies on'
    says 'PL-17  platform/exit-is-told@42: .* with exit 43, and its pidfd with exit 42'
    says 'again .*run --impl platform .*/platform/.*\.scn'
    run ! grep 'pass,' <<<"$output"
}
