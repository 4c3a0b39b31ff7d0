/* SPDX-License-Identifier: MIT */
/*
 * REAP_OWNER_MAINLOOP: the application tells, in one way or the other; libreap never touches the
 * disposition and never reaps what is not its own.
 */
#include "fixture.h"

static void told_of_each(void **state)
{
    (void)state;
    int status;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    struct gated child = gated_child(ctx, 3, &seen), foreign = gated_child(NULL, 4, NULL);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
    assert_int_equal(reap_childproc_reaped(ctx, foreign.pid, 4 << 8), REAP_ERROR_UNKNOWN_CHILD);
    /* A stop is no end. */
    kill(child.pid, SIGSTOP);
    assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
    assert_int_equal(reap_childproc_reaped(ctx, child.pid, status), 0);
    assert_int_equal(seen.reports, 0);
    kill(child.pid, SIGCONT);
    let_exit(child);
    turn(ctx, 0);
    assert_int_equal(seen.reports, 0);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_int_equal(reap_childproc_reaped(ctx, child.pid, status), 0);
    assert_int_equal(seen.reports, 1);
    assert_int_equal(seen.status[0], 3 << 8);
    assert_int_equal(reap_childproc_reaped(ctx, child.pid, status), REAP_ERROR_UNKNOWN_CHILD);
    let_exit(foreign);
    assert_int_equal(waitpid(foreign.pid, &status, 0), foreign.pid);
    reap_ctx_free(ctx);
}

static void told_of_sigchld(void **state)
{
    (void)state;
    int status;
    struct seen of_a = {0}, of_b = {0};
    reap_ctx *a = ctx_with(REAP_OWNER_MAINLOOP, &of_a), *b = ctx_with(REAP_OWNER_MAINLOOP, &of_b);
    struct gated a1 = gated_child(a, 1, &of_a), a2 = gated_child(a, 2, &of_a);
    struct gated b1 = gated_child(b, 3, &of_b), foreign = gated_child(NULL, 4, NULL);
    assert_int_equal(reap_childproc_sigchld_occurred(a), 0); /* for nothing */
    assert_int_equal(of_a.reports, 0);
    let_exit(a1);
    let_exit(a2);
    let_exit(b1);
    let_exit(foreign);
    assert_int_equal(reap_childproc_sigchld_occurred(a), 0);
    assert_int_equal(of_a.reports, 2);
    assert_int_equal(of_b.reports, 0);
    assert_int_equal(reap_childproc_sigchld_occurred(b), 0);
    assert_int_equal(of_b.status[0], 3 << 8);
    assert_int_equal(waitpid(foreign.pid, &status, WNOHANG), foreign.pid);
    assert_int_equal(of_a.lost + of_b.lost, 0);
    reap_ctx_free(a);
    reap_ctx_free(b);
}

static void kept_by_the_application_is_lost(void **state)
{
    (void)state;
    int status;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    struct gated child = gated_child(ctx, 0, &seen);
    let_exit(child);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_int_equal(reap_childproc_sigchld_occurred(ctx), 0);
    assert_int_equal(seen.lost, 1);
    assert_int_equal(reap_childproc_reaped(ctx, child.pid, status), REAP_ERROR_UNKNOWN_CHILD);
    reap_ctx_free(ctx);
}

/* A signal handler that tells, whatever it has interrupted. [FK-35] */
static reap_ctx *told;
static volatile sig_atomic_t answer;

static void tells(int signal)
{
    (void)signal;
    answer = reap_childproc_sigchld_occurred(told);
}

static pid_t interrupted_fork(void *user)
{
    (void)user;
    raise(SIGUSR1);
    return fork();
}

static void interrupted_callback(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status,
                                 void *user)
{
    raise(SIGUSR1);
    assert_int_equal(answer, 0);
    on_child(ctx, pid, outcome, status, user);
}

static void told_on_top_of_itself(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = told = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_MAINLOOP,
                                               interrupted_fork, NULL};
    reap_carefd *carefd;
    signal(SIGUSR1, tells);
    raise(SIGUSR1);
    assert_int_equal(answer, 0);

    reap_carefd_begin();
    raise(SIGUSR1);
    assert_int_equal(answer, REAP_ERROR_REENTRANT);
    assert_int_equal(reap_carefd_record(-1, &carefd), 0);

    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    answer = 0;
    pid_t pid = reap_child_fork(ctx, interrupted_callback, &seen);
    if (pid == 0) {
        _exit(3);
    }
    assert_int_equal(answer, REAP_ERROR_REENTRANT);
    await_zombie(pid);
    assert_int_equal(seen.reports, 0);
    /* Nothing is lost by it; and a callback is outside. */
    assert_int_equal(reap_childproc_sigchld_occurred(ctx), 0);
    assert_int_equal(seen.reports, 1);
    assert_int_equal(seen.status[0], 3 << 8);
    signal(SIGUSR1, SIG_DFL);
    reap_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_of_each),
        cmocka_unit_test(told_of_sigchld),
        cmocka_unit_test(kept_by_the_application_is_lost),
        cmocka_unit_test(told_on_top_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
