/* SPDX-License-Identifier: MIT */
/*
 * An operation that is a program of which we read the stdout.
 *
 * The end of the pipe, its hang-up and the end of the child may be seen in any order, and only the
 * last decides: when the child is reaped, all that it wrote is in the pipe, and is read out then
 * [AO-09]. The end of the pipe before that only means that there is no more to poll. A grandchild
 * may hold the pipe open and write on: no more is read than a pipe holds.
 *
 * All that can fail is done before the fork. An abort that comes meanwhile finds the operation on
 * the list: before the fork it makes the start fail [AO-18], and later the child is killed as soon
 * as it is known.
 */
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum {
    READ_SIZE = 4096,
    PIPE_SIZE = 65536,
    EINTR_RETRIES = 100, /* it does not wait, so nobody should get there */
};

/* [ctx lock] Reads once. False where there is no more, or not yet. */
static bool read_some(struct op_child *op, bool *at_end)
{
    char bytes[READ_SIZE];
    ssize_t length;
    int tries = 0;
    do {
        length = read(reap_carefd_fd(op->output), bytes, sizeof(bytes));
    } while (length < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
    *at_end = !length || (length < 0 && errno != EAGAIN && errno != EINTR);
    if (length > 0) {
        op->said(op, bytes, (size_t)length);
    }
    return length > 0;
}

/* [ctx lock] */
static void on_output(reap_ctx *ctx, int fd, short revents, void *user)
{
    struct op_child *op = user;
    bool at_end;
    (void)fd;
    (void)revents;
    (void)read_some(op, &at_end);
    if (at_end) {
        reap__watch_remove(ctx, &op->watch);
    }
}

/* [ctx lock] */
static void on_limit(reap_ctx *ctx, void *user)
{
    struct op_child *op = user;
    (void)ctx;
    op->limit = 0;
    op->timed_out = true;
    reap__ao_kill(&op->ao, SIGKILL);
}

static void on_ended(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status, void *user)
{
    struct op_child *op = user;
    bool at_end;
    (void)pid;
    pthread_mutex_lock(&ctx->lock);
    int pipe_size = fcntl(reap_carefd_fd(op->output), F_GETPIPE_SZ);
    int reads = (pipe_size > 0 ? pipe_size : PIPE_SIZE) / READ_SIZE + 1;
    while (reads-- > 0 && read_some(op, &at_end)) {
        /* on */
    }
    reap__watch_remove(ctx, &op->watch);
    reap__timeout_remove(ctx, &op->limit);
    op->ended(op, outcome == REAP_LOST ? -1 : status);
    int rc = outcome == REAP_LOST || status ? REAP_ERROR_FAILED : 0;
    if (rc && op->ao.aborted) {
        rc = REAP_ERROR_ABORTED;
    } else if (rc && op->timed_out) {
        rc = REAP_ERROR_TIMED_OUT;
    }
    reap__ao_done(&op->ao, rc);
    pthread_mutex_unlock(&ctx->lock);
}

/* [ctx lock] */
static int prepare(struct op_child *op, int64_t time_limit_ms)
{
    reap_ctx *ctx = op->ao.ctx;
    if (op->ao.aborted) {
        return REAP_ERROR_ABORTED;
    }
    int rc = reap__watch_add(ctx, reap_carefd_fd(op->output), POLLIN, REAP_OWN, on_output, op,
                             &op->watch);
    if (!rc && time_limit_ms) {
        rc = reap__timeout_add(ctx, reap__timeout_at(time_limit_ms), REAP_OWN, on_limit, op,
                               &op->limit);
    }
    return rc;
}

/* In the child. Our end may have any number, that of stdout included. */
static _Noreturn void become(int output, char *const argv[])
{
    if (output == STDOUT_FILENO) {
        (void)fcntl(output, F_SETFD, 0);
    } else {
        (void)dup2(output, STDOUT_FILENO);
    }
    reap__child_exec(argv);
}

int reap__op_child_start(struct op_child *op, char *const argv[], int64_t time_limit_ms)
{
    reap_ctx *ctx = op->ao.ctx;
    reap_carefd *ends[2];
    pid_t pid = 0;
    int rc = reap__carefd_pipe(ends);
    if (rc) {
        return rc;
    }
    op->output = ends[0];
    pthread_mutex_lock(&ctx->lock);
    rc = prepare(op, time_limit_ms);
    pthread_mutex_unlock(&ctx->lock);
    if (!rc) {
        int output = reap_carefd_fd(ends[1]);
        rc = reap__child_fork(ctx, on_ended, op, true, &pid);
        if (!rc && !pid) {
            become(output, argv);
        }
    }
    int saved_errno = errno;
    (void)reap_carefd_close(ends[1]);
    if (rc) {
        pthread_mutex_lock(&ctx->lock);
        reap__watch_remove(ctx, &op->watch);
        reap__timeout_remove(ctx, &op->limit);
        pthread_mutex_unlock(&ctx->lock);
    } else {
        reap__ao_child(&op->ao, pid);
    }
    errno = saved_errno;
    return rc;
}

void reap__op_child_clear(struct op_child *op)
{
    (void)reap_carefd_close(op->output);
}
