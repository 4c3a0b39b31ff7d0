/* SPDX-License-Identifier: MIT */
/*
 * The handler: there if and only if somebody needs it, what was before put back exactly, errno
 * kept, and safe while threads join and leave.
 */
#include "fixture.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static void app_handler(int signal)
{
    (void)signal;
}

static void set_sigchld(void (*handler)(int), int flags, int masked)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (masked) {
        sigaddset(&action.sa_mask, masked);
    }
    assert_int_equal(sigaction(SIGCHLD, &action, NULL), 0);
}

static bool is_library(void)
{
    struct sigaction action = sigchld_action();
    return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN &&
           action.sa_handler != app_handler;
}

static void put_back_exactly(void **state)
{
    (void)state;
    static const struct {
        void (*handler)(int);
        int flags, masked;
    } before[] = {
        {SIG_DFL, 0, 0},
        {SIG_DFL, SA_NOCLDSTOP, SIGUSR1},
        {SIG_DFL, SA_NOCLDWAIT | SA_RESTART, SIGUSR2},
        {SIG_IGN, 0, SIGINT},
    };
    for (unsigned i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        set_sigchld(before[i].handler, before[i].flags, before[i].masked);
        struct sigaction was = sigchld_action();
        struct seen seen = {0};
        reap_ctx *a = ctx_with(REAP_OWNER_SELECTIVE, &seen);
        reap_ctx *b = ctx_with(REAP_OWNER_SELECTIVE, &seen);
        struct sigaction ours = sigchld_action();
        assert_true(is_library());
        assert_int_equal(ours.sa_flags & (SA_RESTART | SA_NOCLDSTOP | SA_SIGINFO | SA_NOCLDWAIT),
                         SA_RESTART | SA_NOCLDSTOP);
        assert_false(sigismember(&ours.sa_mask, before[i].masked ? before[i].masked : SIGINT));
        assert_int_equal(reap_ctx_free(i % 2 ? a : b), 0);
        assert_true(is_library());
        assert_int_equal(reap_ctx_free(i % 2 ? b : a), 0);
        struct sigaction is = sigchld_action();
        assert_ptr_equal(is.sa_handler, was.sa_handler);
        assert_int_equal(is.sa_flags, was.sa_flags);
        assert_memory_equal(&is.sa_mask, &was.sa_mask, 8);
    }
    set_sigchld(SIG_DFL, 0, 0);
}

static void library_owner_only_while_it_has_a_child(void **state)
{
    (void)state;
    struct seen seen = {0};
    set_sigchld(SIG_IGN, 0, 0);
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_false(is_library());
    struct gated child = gated_child(ctx, 6, &seen);
    assert_true(is_library());
    let_exit(child);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 6 << 8); /* though the application ignores SIGCHLD */
    assert_ptr_equal(sigchld_action().sa_handler, SIG_IGN);
    reap_ctx_free(ctx);
    set_sigchld(SIG_DFL, 0, 0);
}

static void ignored_in_mainloop_is_lost(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    set_sigchld(SIG_IGN, 0, 0);
    struct gated child = gated_child(ctx, 0, &seen);
    assert_int_equal(write(child.gate, "", 1), 1);
    close(child.gate);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.lost, 1);
    reap_ctx_free(ctx);
    set_sigchld(SIG_DFL, 0, 0);
}

static void application_handler_in_the_way(void **state)
{
    (void)state;
    reap_ctx *ctx;
    struct seen seen = {0};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_SELECTIVE,
                                               NULL, NULL};
    set_sigchld(app_handler, 0, 0);
    assert_int_equal(reap_ctx_new(&ctx), 0);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), REAP_ERROR_HANDLER_BUSY);
    assert_int_equal(reap_child_fork(ctx, on_child, &seen), REAP_ERROR_HANDLER_BUSY);
    assert_ptr_equal(sigchld_action().sa_handler, app_handler);
    set_sigchld(SIG_DFL, 0, 0);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    reap_ctx_free(ctx);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
}

static void borrowed_disposition_loses_nothing(void **state)
{
    (void)state;
    for (int turns = 0; turns < 2; turns++) { /* does the loop turn meanwhile? */
        struct seen seen = {0};
        reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
        struct gated child = gated_child(ctx, 1, &seen);
        turn(ctx, 0);
        turn(ctx, 0);
        struct sigaction ours = sigchld_action();
        set_sigchld(app_handler, 0, 0);
        if (turns) {
            turn(ctx, 0);
        }
        let_exit(child);
        assert_int_equal(sigaction(SIGCHLD, &ours, NULL), 0);
        turn_until(ctx, &seen.reports, 1);
        assert_int_equal(reap_ctx_free(ctx), 0);
        assert_int_equal(seen.disasters, 0);
        assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
    }
}

static void replaced_handler_is_not_overwritten(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    struct gated child = gated_child(ctx, 1, &seen);
    set_sigchld(app_handler, 0, 0);
    let_exit(child);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 1 << 8);
    assert_int_equal(reap_ctx_free(ctx), 0);
    assert_int_equal(seen.disasters, 1);
    assert_ptr_equal(sigchld_action().sa_handler, app_handler);
    set_sigchld(SIG_DFL, 0, 0);
}

/* The first child comes when the handler was replaced before: it is looked for as often as one that
 * was there then. */
static void first_child_after_replaced_handler(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    struct pollfd fds[FDS];
    int count = FDS, timeout = -1;
    set_sigchld(app_handler, 0, 0);
    turn(ctx, 0);
    struct gated child = gated_child(ctx, 1, &seen);
    turn(ctx, 0);
    assert_int_equal(reap_beforepoll(ctx, &count, fds, &timeout, now_ms()), 0);
    assert_in_range(timeout, 0, 100);
    let_exit(child);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(reap_ctx_free(ctx), 0);
    set_sigchld(SIG_DFL, 0, 0);
}

static void errno_is_kept(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct pollfd fds[2];
    int nfds = 2, timeout = -1;
    uint64_t nearly_full = UINT64_MAX - 1;
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    turn(ctx, 0);
    assert_int_equal(write(fds[1].fd, &nearly_full, 8), 8); /* now its write fails */
    errno = 12345;
    raise(SIGCHLD);
    assert_int_equal(errno, 12345);
    turn(ctx, 0);
    reap_ctx_free(ctx);
}

/*
 * A handler is held just before it writes, while its ctx is freed on another thread: the fd must
 * still be there when it goes on. (This write is the one that libreap calls.)
 */
enum { PATIENCE = 2000 }; /* yields, for a free that does not wait to show itself */
static atomic_bool hold_write, held, go, freed, fd_was_open;

ssize_t write(int fd, const void *data, size_t size)
{
    if (atomic_exchange(&hold_write, false)) {
        atomic_store(&held, true);
        while (!atomic_load(&go)) {
            sched_yield();
        }
        atomic_store(&fd_was_open, fcntl(fd, F_GETFD) >= 0);
    }
    return syscall(SYS_write, fd, data, size);
}

static void *takes_sigchld(void *arg)
{
    atomic_store(&hold_write, true);
    raise(SIGCHLD);
    return arg;
}

static void *frees(void *ctx)
{
    reap_ctx_free(ctx);
    atomic_store(&freed, true);
    return NULL;
}

static void free_waits_for_the_handler(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t taking, freeing;
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(pthread_create(&taking, NULL, takes_sigchld, NULL), 0);
    while (!atomic_load(&held)) {
        sched_yield();
    }
    assert_int_equal(pthread_create(&freeing, NULL, frees, ctx), 0);
    while (is_library()) {
        sched_yield(); /* it has left the users */
    }
    for (int i = 0; i < PATIENCE && !atomic_load(&freed); i++) {
        sched_yield();
    }
    assert_false(atomic_load(&freed));
    atomic_store(&go, true);
    pthread_join(taking, NULL);
    pthread_join(freeing, NULL);
    assert_true(atomic_load(&fd_was_open));
}

/* Threads come and go with contexts and children while SIGCHLDs pour in. */
enum { THREADS = 4, ROUNDS = 60 };
static atomic_bool storm_over;

static void *comes_and_goes(void *arg)
{
    enum reap_owner owner = *(enum reap_owner *)arg;
    for (int round = 0; round < ROUNDS; round++) {
        struct seen *seen = calloc(1, sizeof(*seen));
        reap_ctx *ctx = ctx_with(owner, seen);
        for (int i = 0; i < 3; i++) {
            if (reap_child_fork(ctx, on_child, seen) == 0) {
                _exit(i);
            }
        }
        turn_until(ctx, &seen->reports, 3);
        assert_int_equal(seen->lost, 0);
        assert_int_equal(reap_ctx_free(ctx), 0);
        free(seen);
    }
    return NULL;
}

static void *storms(void *arg)
{
    (void)arg;
    const struct timespec pause = {0, 50 * 1000};
    while (!atomic_load(&storm_over)) {
        kill(getpid(), SIGCHLD);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void threads_come_and_go_in_a_storm(void **state)
{
    (void)state;
    static enum reap_owner owners[] = {REAP_OWNER_SELECTIVE, REAP_OWNER_LIBRARY};
    for (unsigned i = 0; i < 2; i++) {
        pthread_t thread[THREADS], storm;
        atomic_store(&storm_over, false);
        /* Until the first handler is there the signal is ignored by default. */
        assert_int_equal(pthread_create(&storm, NULL, storms, NULL), 0);
        for (int t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_create(&thread[t], NULL, comes_and_goes, &owners[i]), 0);
        }
        for (int t = 0; t < THREADS; t++) {
            pthread_join(thread[t], NULL);
        }
        atomic_store(&storm_over, true);
        pthread_join(storm, NULL);
        assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_back_exactly),
        cmocka_unit_test(library_owner_only_while_it_has_a_child),
        cmocka_unit_test(ignored_in_mainloop_is_lost),
        cmocka_unit_test(application_handler_in_the_way),
        cmocka_unit_test(borrowed_disposition_loses_nothing),
        cmocka_unit_test(replaced_handler_is_not_overwritten),
        cmocka_unit_test(first_child_after_replaced_handler),
        cmocka_unit_test(errno_is_kept),
        cmocka_unit_test(free_waits_for_the_handler),
        cmocka_unit_test(threads_come_and_go_in_a_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
