/* SPDX-License-Identifier: MIT */
/*
 * Contexts: what they take and give back, their owners, which owners go together, and what a broken
 * rule is answered with.
 */
#include "fixture.h"
#include <fcntl.h>
#include <sys/resource.h>

static int nothing_reaped(pid_t pid, int status, void *user)
{
    (void)pid;
    (void)status;
    (void)user;
    return 0;
}

static int set(reap_ctx *ctx, enum reap_owner owner)
{
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, owner, NULL, NULL};
    return reap_childproc_setmode(ctx, &hooks, NULL);
}

static void fds_are_given_back(void **state)
{
    (void)state;
    reap_ctx *ctx;
    int before = dup(0);
    close(before);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(reap_ctx_new(&ctx), 0);
        assert_int_equal(reap_ctx_free(ctx), 0);
    }
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
    assert_int_not_equal(fcntl(0, F_GETFD), -1);
    assert_int_equal(reap_ctx_free(NULL), 0);
}

static void wake_channel_is_cloexec_and_nonblocking(void **state)
{
    (void)state;
    struct pollfd fds[1];
    int nfds = 1, timeout = -1;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 1);
    assert_int_equal(timeout, -1);
    assert_true(fcntl(fds[0].fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fds[0].fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void no_fd_left_is_an_error(void **state)
{
    (void)state;
    reap_ctx *ctx;
    struct rlimit limit, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = reap_ctx_new(&ctx), error = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(rc, REAP_ERROR_SYSTEM);
    assert_int_equal(error, EMFILE);
    assert_null(ctx);
    assert_int_equal(reap_ctx_new(&ctx), 0); /* nothing is left locked */
    reap_ctx_free(ctx);
}

static void setmode_refuses_nonsense(void **state)
{
    (void)state;
    reap_ctx *ctx;
    const struct reap_childproc_hooks bad[] = {
        {0, REAP_OWNER_LIBRARY, NULL, NULL},
        {REAP_CHILDPROC_HOOKS_VERSION, (enum reap_owner)4, NULL, NULL},
        {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_MAINLOOP, NULL, nothing_reaped},
    };
    assert_int_equal(reap_ctx_new(&ctx), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(reap_childproc_setmode(ctx, &bad[i], NULL), REAP_ERROR_INVALID);
    }
    assert_int_equal(reap_childproc_setmode(ctx, NULL, NULL), 0);
    assert_int_equal(reap_childproc_reaped(ctx, 1, 0), REAP_ERROR_WRONG_MODE);
    assert_int_equal(reap_childproc_sigchld_occurred(ctx), REAP_ERROR_WRONG_MODE);
    reap_ctx_free(ctx);
}

static void owners_that_do_not_go_together(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *a = ctx_with(REAP_OWNER_ALWAYS, &seen), *b = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(set(b, REAP_OWNER_ALWAYS), REAP_ERROR_CONFLICT);
    assert_int_equal(set(b, REAP_OWNER_SELECTIVE), REAP_ERROR_CONFLICT);
    assert_int_equal(set(b, REAP_OWNER_MAINLOOP), 0);
    assert_int_equal(set(a, REAP_OWNER_SELECTIVE), 0);
    assert_int_equal(set(b, REAP_OWNER_LIBRARY), 0); /* idle */
    assert_int_equal(reap_child_fork(b, on_child, &seen), REAP_ERROR_CONFLICT);
    assert_int_equal(reap_child_count(b), 0);
    reap_ctx_free(a);
    reap_ctx_free(b);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
}

static void busy_while_it_has_children(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    struct gated child = gated_child(ctx, 0, &seen);
    assert_int_equal(reap_ctx_free(ctx), REAP_ERROR_BUSY);
    assert_int_equal(set(ctx, REAP_OWNER_MAINLOOP), REAP_ERROR_BUSY);
    let_exit(child);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Who is told of a disaster may even free the ctx, and once more while that is told of one. Either
 * way the ctx takes nothing more. */
static unsigned disasters;

static void on_disaster_free(void *user, enum reap_event_type type, const char *what, int errnum)
{
    (void)type;
    (void)what;
    (void)errnum;
    static struct seen seen;
    char *const argv[] = {"true", NULL};
    const struct reap_program program = {REAP_PROGRAM_VERSION, argv, 0, 0};
    struct reap_program_result result;
    reap_ctx *ctx = *(reap_ctx **)user;
    disasters++;
    assert_int_equal(reap_ctx_free(ctx), 0);
    pid_t pid = reap_child_fork(ctx, on_child, &seen);
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(pid, REAP_ERROR_FREED);
    assert_int_equal(reap_run_program(ctx, &program, &result, NULL), REAP_ERROR_FREED);
}

static void own_handler(int signal)
{
    (void)signal;
}

static void disaster_frees_the_ctx(void **state)
{
    (void)state;
    static reap_ctx *ctx;
    struct seen seen = {0};
    const struct reap_event_hooks hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                           .disaster = on_disaster_free};
    for (unsigned freed = 0; freed < 2; freed++) {
        ctx = ctx_with(REAP_OWNER_ALWAYS, &seen);
        assert_int_equal(reap_event_register_callbacks(ctx, &hooks, &ctx), 0);
        signal(SIGCHLD, own_handler);
        assert_int_equal(freed ? reap_ctx_free(ctx) : set(ctx, REAP_OWNER_LIBRARY), 0);
        assert_int_equal(disasters, freed + 1);
        signal(SIGCHLD, SIG_DFL);
    }
}

static void every_error_has_a_text(void **state)
{
    (void)state;
    for (int error = 0; error >= REAP_ERROR_FREED; error--) {
        assert_string_not_equal(reap_strerror(error), "unknown error");
    }
    assert_string_equal(reap_strerror(-1000), "unknown error");
    assert_string_equal(reap_version(), REAP_VERSION);
}

/* Whoever builds against another version has to be able to tell [FK-83]. */
#if !defined(REAP_HAVE_SIGCHLD_SHARING) || !defined(REAP_HAVE_SIGCHLD_OWNER_SELECTIVE_REAP) ||     \
    !defined(REAP_HAVE_LOST_CHILD)
#error "reap.h does not say what it has"
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fds_are_given_back),
        cmocka_unit_test(wake_channel_is_cloexec_and_nonblocking),
        cmocka_unit_test(no_fd_left_is_an_error),
        cmocka_unit_test(setmode_refuses_nonsense),
        cmocka_unit_test(owners_that_do_not_go_together),
        cmocka_unit_test(busy_while_it_has_children),
        cmocka_unit_test(disaster_frees_the_ctx),
        cmocka_unit_test(every_error_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
