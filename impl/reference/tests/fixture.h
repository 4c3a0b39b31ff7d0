/* SPDX-License-Identifier: MIT */
/*
 * What the tests of libreap share: children that end when they are told to, and a loop that turns
 * until something has happened. Nothing sleeps; a deadline only ends a test that has failed.
 */
#ifndef REAP_TEST_FIXTURE_H
#define REAP_TEST_FIXTURE_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "reap.h"

enum { DEADLINE_MS = 20 * 1000, REPORTS = 4096, FDS = 8 };

/* What the callbacks have seen, in order. */
struct seen {
    unsigned reports, lost, strangers, disasters;
    int errnum; /* of the last disaster */
    pid_t pid[REPORTS];
    int status[REPORTS];
};

static inline void on_child(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status,
                            void *user)
{
    struct seen *seen = user;
    (void)ctx;
    assert_in_range(seen->reports, 0, REPORTS - 1);
    if (outcome == REAP_LOST) {
        assert_int_equal(status, -1);
        seen->lost++;
    }
    seen->pid[seen->reports] = pid;
    seen->status[seen->reports++] = status;
}

static inline void on_disaster(void *user, enum reap_event_type type, const char *what, int errnum)
{
    struct seen *seen = user;
    (void)type;
    (void)what;
    seen->disasters++;
    seen->errnum = errnum;
}

static inline void on_log(void *user, enum reap_log_level level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

/* A quiet ctx with this owner and no other hooks. */
static inline reap_ctx *ctx_with(enum reap_owner owner, struct seen *seen)
{
    reap_ctx *ctx;
    const struct reap_event_hooks event_hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                                 .disaster = on_disaster};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, owner, NULL, NULL};
    assert_int_equal(reap_ctx_new(&ctx), 0);
    reap_ctx_set_log(ctx, on_log, NULL);
    assert_int_equal(reap_event_register_callbacks(ctx, &event_hooks, seen), 0);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    return ctx;
}

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One turn of the loop, waiting no longer than ms. */
static inline void turn(reap_ctx *ctx, int ms)
{
    struct pollfd fds[FDS];
    int nfds = FDS;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &ms, now_ms()), 0);
    int r = poll(fds, (nfds_t)nfds, ms);
    assert_int_equal(reap_afterpoll(ctx, r < 0 ? 0 : nfds, fds, now_ms()), 0);
}

/* Turns until *counter is at least `enough`. */
static inline void turn_until(reap_ctx *ctx, const unsigned *counter, unsigned enough)
{
    int64_t end = now_ms() + DEADLINE_MS;
    while (*counter < enough) {
        assert_true(now_ms() < end);
        turn(ctx, 100);
    }
}

/* A child that reads one byte from a pipe, then exits; the parent keeps the other end in `gate`.
 * (End of file would not do: children forked later hold that end, too.) */
struct gated {
    pid_t pid;
    int gate;
};

/* Started through ctx, or by the application where that is NULL. */
static inline struct gated gated_child(reap_ctx *ctx, int exit_status, struct seen *seen)
{
    int ends[2];
    char byte;
    struct gated child;
    assert_int_equal(pipe(ends), 0);
    child.pid = ctx ? reap_child_fork(ctx, on_child, seen) : fork();
    if (child.pid == 0) {
        close(ends[1]);
        while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
        }
        _exit(exit_status);
    }
    close(ends[0]);
    child.gate = ends[1];
    return child;
}

/* Waits until the child is a zombie, without reaping it. */
static inline void await_zombie(pid_t pid)
{
    siginfo_t info;
    int r;
    do {
        r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    } while (r < 0 && errno == EINTR);
    assert_int_equal(r, 0);
}

/* Lets it exit and waits for that. */
static inline void let_exit(struct gated child)
{
    assert_int_equal(write(child.gate, "", 1), 1);
    close(child.gate);
    await_zombie(child.pid);
}

/* A child that libreap knows nothing of. It ends when it is killed, or with the test. */
static inline pid_t idle_process(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            pause();
        }
    }
    assert_true(pid > 0);
    return pid;
}

static inline bool is_gone(pid_t pid)
{
    siginfo_t info;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static inline struct sigaction sigchld_action(void)
{
    struct sigaction action;
    assert_int_equal(sigaction(SIGCHLD, NULL, &action), 0);
    return action;
}

/* Runs check in a forked copy and returns its wait status; check returns an exit status. */
static inline int in_forked_copy(int (*check)(void *arg), void *arg)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(DEADLINE_MS / 1000);
        _exit(check(arg));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#endif
