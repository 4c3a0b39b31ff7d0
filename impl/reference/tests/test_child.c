/* SPDX-License-Identifier: MIT */
/*
 * Children: every one reported once, with its own status, in every owner mode; foreign ones left
 * alone or passed on; killed, dropped, adopted and lost ones.
 */
#include "fixture.h"

enum { MANY = 600 };

static const enum reap_owner owning[] = {REAP_OWNER_LIBRARY, REAP_OWNER_ALWAYS,
                                         REAP_OWNER_SELECTIVE};
#define EACH_OWNING(i) for (unsigned i = 0; i < sizeof(owning) / sizeof(owning[0]); i++)

static void many_at_once(void **state)
{
    (void)state;
    EACH_OWNING(mode)
    {
        static struct seen seen;
        static pid_t pid[MANY];
        int ends[2];
        char byte;
        memset(&seen, 0, sizeof(seen));
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        assert_int_equal(pipe(ends), 0);
        for (int i = 0; i < MANY; i++) {
            pid[i] = reap_child_fork(ctx, on_child, &seen);
            if (pid[i] == 0) {
                close(ends[1]);
                while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
                }
                _exit(i % 256);
            }
            assert_true(pid[i] > 0);
        }
        close(ends[0]);
        close(ends[1]);
        for (int i = 0; i < MANY; i++) {
            await_zombie(pid[i]);
        }
        /* No turn does it all: other work of the loop has its turn, too. */
        turn(ctx, 0);
        assert_in_range(seen.reports, 1, MANY - 1);
        turn_until(ctx, &seen.reports, MANY);
        for (int i = 0; i < MANY; i++) {
            int found = 0;
            for (int j = 0; j < MANY; j++) {
                if (seen.pid[j] == pid[i]) {
                    found++;
                    assert_int_equal(seen.status[j], (i % 256) << 8);
                }
            }
            assert_int_equal(found, 1);
        }
        assert_int_equal(seen.lost, 0);
        assert_int_equal(reap_ctx_free(ctx), 0);
    }
}

static void ends_before_fork_returns(void **state)
{
    (void)state;
    EACH_OWNING(mode)
    {
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        for (unsigned i = 1; i <= 50; i++) {
            if (reap_child_fork(ctx, on_child, &seen) == 0) {
                _exit(3);
            }
            turn_until(ctx, &seen.reports, i);
            assert_int_equal(seen.status[i - 1], 3 << 8);
        }
        reap_ctx_free(ctx);
    }
}

static void foreign_children_are_left_alone(void **state)
{
    (void)state;
    int status;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    struct gated foreign = gated_child(NULL, 5, NULL), own = gated_child(ctx, 6, &seen);
    let_exit(foreign);
    let_exit(own);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.pid[0], own.pid);
    assert_int_equal(waitpid(foreign.pid, &status, WNOHANG), foreign.pid);
    assert_int_equal(status, 5 << 8);
    assert_int_equal(WEXITSTATUS(system("exit 7")), 7);
    reap_ctx_free(ctx);
}

static pid_t stranger_pid;
static int stranger_status, stranger_answer;
static int on_stranger(pid_t pid, int status, void *user)
{
    stranger_pid = pid;
    stranger_status = status;
    ++*(unsigned *)user;
    return stranger_answer;
}

static void strangers_are_passed_on(void **state)
{
    (void)state;
    unsigned strangers = 0;
    struct seen seen = {0};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_ALWAYS,
                                               NULL, on_stranger};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, &strangers), 0);
    for (unsigned i = 1; i <= 2; i++) {
        struct gated foreign = gated_child(NULL, 9, NULL);
        stranger_answer = i == 1 ? 0 : 77; /* which is no answer that is allowed */
        let_exit(foreign);
        turn_until(ctx, &strangers, i);
        assert_int_equal(stranger_pid, foreign.pid);
        assert_int_equal(stranger_status, 9 << 8);
        assert_int_equal(seen.disasters, i - 1);
    }
    /* Several behind one announcement. */
    enum { TOGETHER = 5 };
    struct gated foreign[TOGETHER];
    turn(ctx, 0);
    strangers = 0;
    stranger_answer = 0;
    for (int i = 0; i < TOGETHER; i++) {
        foreign[i] = gated_child(NULL, 0, NULL);
    }
    for (int i = 0; i < TOGETHER; i++) {
        let_exit(foreign[i]);
    }
    turn(ctx, 0);
    assert_int_equal(strangers, TOGETHER);
    reap_ctx_free(ctx);
}

static void stopped_is_not_ended(void **state)
{
    (void)state;
    siginfo_t info;
    EACH_OWNING(mode)
    {
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        struct gated child = gated_child(ctx, 0, &seen);
        assert_int_equal(reap_child_kill(ctx, child.pid, SIGSTOP), 0);
        waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT);
        raise(SIGCHLD);
        turn(ctx, 0);
        assert_int_equal(seen.reports, 0);
        assert_int_equal(reap_child_kill(ctx, child.pid, SIGKILL), 0);
        turn_until(ctx, &seen.reports, 1);
        assert_int_equal(seen.status[0], SIGKILL);
        assert_int_equal(reap_child_kill(ctx, child.pid, 0), REAP_ERROR_UNKNOWN_CHILD);
        close(child.gate);
        reap_ctx_free(ctx);
    }
}

static void never_signals_a_reaped_pid(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    struct gated child = gated_child(ctx, 4, &seen);
    int status;
    let_exit(child);
    assert_int_equal(reap_child_kill(ctx, child.pid, 0), 0); /* a zombie is still its own */
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_int_equal(reap_child_kill(ctx, child.pid, 0), REAP_ERROR_UNKNOWN_CHILD);
    assert_int_equal(reap_childproc_reaped(ctx, child.pid, status), 0);
    assert_int_equal(seen.status[0], 4 << 8);
    reap_ctx_free(ctx);
}

static void dropped_ones_are_reaped_silently(void **state)
{
    (void)state;
    EACH_OWNING(mode)
    {
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        struct gated early = gated_child(ctx, 1, &seen);
        assert_int_equal(reap_child_deregister(ctx, early.pid), 0);
        assert_int_equal(reap_child_deregister(ctx, early.pid), REAP_ERROR_UNKNOWN_CHILD);
        assert_int_equal(reap_ctx_free(ctx), REAP_ERROR_BUSY);
        let_exit(early);
        int64_t end = now_ms() + DEADLINE_MS;
        while (!is_gone(early.pid)) {
            assert_true(now_ms() < end);
            turn(ctx, 100);
        }
        assert_int_equal(seen.reports, 0);
        assert_int_equal(reap_ctx_free(ctx), 0);
    }
}

static void stolen_ones_are_lost(void **state)
{
    (void)state;
    int status;
    EACH_OWNING(mode)
    {
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        struct gated stolen = gated_child(ctx, 1, &seen), kept = gated_child(ctx, 2, &seen);
        struct gated living = gated_child(ctx, 3, &seen);
        let_exit(stolen);
        assert_int_equal(waitpid(stolen.pid, &status, 0), stolen.pid);
        let_exit(kept);
        turn_until(ctx, &seen.reports, 2);
        assert_int_equal(seen.lost, 1);
        assert_int_equal(seen.disasters, 1);
        let_exit(living);
        turn_until(ctx, &seen.reports, 3);
        assert_int_equal(seen.lost, 1);
        reap_ctx_free(ctx);
    }
}

static void adopted(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    struct gated dead = gated_child(NULL, 8, NULL), living = gated_child(NULL, 9, NULL);
    let_exit(dead);
    assert_int_equal(reap_child_adopt(ctx, dead.pid, on_child, &seen), 0);
    assert_int_equal(reap_child_adopt(ctx, living.pid, on_child, &seen), 0);
    assert_int_equal(reap_child_adopt(ctx, living.pid, on_child, &seen), REAP_ERROR_BUSY);
    assert_int_equal(reap_child_adopt(ctx, getpid(), on_child, &seen), REAP_ERROR_UNKNOWN_CHILD);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 8 << 8);
    let_exit(living);
    turn_until(ctx, &seen.reports, 2);
    assert_int_equal(seen.status[1], 9 << 8);
    reap_ctx_free(ctx);
}

static void spawned(void **state)
{
    (void)state;
    char *good[] = {"sh", "-c", "exit 11", NULL}, *bad[] = {"/nonexistent/program", NULL};
    char *none[] = {NULL};
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_true(reap_child_spawn(ctx, good, on_child, &seen) > 0);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 11 << 8);
    assert_true(reap_child_spawn(ctx, bad, on_child, &seen) > 0);
    turn_until(ctx, &seen.reports, 2);
    assert_int_equal(seen.status[1], 127 << 8);
    assert_int_equal(reap_child_spawn(ctx, none, on_child, &seen), REAP_ERROR_INVALID);
    reap_ctx_free(ctx);
}

static pid_t failing_fork(void *user)
{
    (void)user;
    errno = EAGAIN;
    return -1;
}

static void failed_fork_changes_nothing(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_LIBRARY,
                                               failing_fork, NULL};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    assert_int_equal(reap_child_fork(ctx, on_child, &seen), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, EAGAIN);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
    assert_int_equal(reap_child_count(ctx), 0);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* In its own report a child's callback drops another, starts one, and the last frees the ctx. */
static struct gated sibling;
static void free_in_callback(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status,
                             void *user)
{
    (void)pid;
    (void)outcome;
    (void)status;
    if (++*(unsigned *)user == 1) {
        assert_int_equal(reap_child_deregister(ctx, sibling.pid), 0);
        assert_int_equal(reap_ctx_free(ctx), REAP_ERROR_BUSY);
        let_exit(sibling);
        if (reap_child_fork(ctx, free_in_callback, user) == 0) {
            _exit(0);
        }
    } else {
        int64_t end = now_ms() + DEADLINE_MS;
        while (!is_gone(sibling.pid)) {
            assert_true(now_ms() < end);
            turn(ctx, 10); /* a loop in a loop */
        }
        assert_int_equal(reap_ctx_free(ctx), 0);
    }
}

static void callbacks_may_do_anything(void **state)
{
    (void)state;
    EACH_OWNING(mode)
    {
        unsigned calls = 0;
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(owning[mode], &seen);
        sibling = gated_child(ctx, 0, &seen);
        if (reap_child_fork(ctx, free_in_callback, &calls) == 0) {
            _exit(0);
        }
        turn_until(ctx, &calls, 1);
        turn_until(ctx, &calls, 2);
        assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
        assert_int_equal(seen.reports, 0);
    }
}

static void reapers_of_all_hand_over(void **state)
{
    (void)state;
    struct seen of_a = {0}, of_b = {0};
    reap_ctx *a = ctx_with(REAP_OWNER_LIBRARY, &of_a), *b = ctx_with(REAP_OWNER_LIBRARY, &of_b);
    struct gated child_a = gated_child(a, 1, &of_a), child_b = gated_child(b, 2, &of_b);
    let_exit(child_b);
    for (int i = 0; i < 3; i++) {
        turn(a, 0);
    }
    assert_int_equal(of_a.reports, 0);
    assert_true(is_gone(child_b.pid)); /* a has reaped it */
    turn_until(b, &of_b.reports, 1);
    assert_int_equal(of_b.status[0], 2 << 8);
    let_exit(child_a);
    turn_until(a, &of_a.reports, 1);
    assert_int_equal(reap_ctx_free(a), 0);
    assert_int_equal(reap_ctx_free(b), 0);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(ends_before_fork_returns),
        cmocka_unit_test(foreign_children_are_left_alone),
        cmocka_unit_test(strangers_are_passed_on),
        cmocka_unit_test(stopped_is_not_ended),
        cmocka_unit_test(never_signals_a_reaped_pid),
        cmocka_unit_test(dropped_ones_are_reaped_silently),
        cmocka_unit_test(stolen_ones_are_lost),
        cmocka_unit_test(adopted),
        cmocka_unit_test(spawned),
        cmocka_unit_test(failed_fork_changes_nothing),
        cmocka_unit_test(callbacks_may_do_anything),
        cmocka_unit_test(reapers_of_all_hand_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
