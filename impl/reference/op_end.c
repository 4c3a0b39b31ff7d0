/* SPDX-License-Identifier: MIT */
/*
 * Ending a process and waiting until it is gone. It need not be a child, and is not reaped: that it
 * has ended is seen by its pidfd, or, where there are none, by looking. There is no child of ours
 * to wait for, so an abort completes it at once [AO-17].
 */
#include "internal.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { LOOK_MS = 20 };

struct op_end {
    struct ao ao; /* first */
    struct process_ref process;
    reap_id watch, grace, look;
};

static void on_look(reap_ctx *ctx, void *user);

/* [ctx lock] */
static void done(struct op_end *op, int rc)
{
    reap_ctx *ctx = op->ao.ctx;
    reap__watch_remove(ctx, &op->watch);
    reap__timeout_remove(ctx, &op->grace);
    reap__timeout_remove(ctx, &op->look);
    if (!op->ao.done) {
        reap__ao_done(&op->ao, rc);
    }
}

/* [ctx lock] */
static void send(struct op_end *op, int signal)
{
    if (reap__process_signal(&op->process, signal) < 0 && errno != ESRCH) {
        op->ao.errnum = errno;
        done(op, REAP_ERROR_SYSTEM);
    }
}

/* [ctx lock] */
static int look_later(struct op_end *op)
{
    return op->process.pidfd ? 0
                             : reap__timeout_add(op->ao.ctx, reap__timeout_at(LOOK_MS), REAP_OWN,
                                                 on_look, op, &op->look);
}

/* [ctx lock] */
static void look(struct op_end *op)
{
    if (reap__process_state(&op->process) == PROCESS_ENDED) {
        done(op, 0);
    }
}

static void on_look(reap_ctx *ctx, void *user)
{
    struct op_end *op = user;
    (void)ctx;
    op->look = 0;
    look(op);
    if (!op->ao.done) {
        int rc = look_later(op);
        if (rc) {
            done(op, rc);
        }
    }
}

static void on_pidfd(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)ctx;
    (void)fd;
    (void)revents;
    look(user);
}

static void on_grace(reap_ctx *ctx, void *user)
{
    struct op_end *op = user;
    (void)ctx;
    op->grace = 0;
    send(op, SIGKILL);
}

/* [ctx lock] */
static int start(struct op_end *op, int64_t grace_ms)
{
    int rc = 0;
    reap_ctx *ctx = op->ao.ctx;
    if (op->ao.aborted) {
        return REAP_ERROR_ABORTED;
    }
    if (op->process.pidfd) {
        rc = reap__watch_add(ctx, reap_carefd_fd(op->process.pidfd), POLLIN, REAP_OWN, on_pidfd, op,
                             &op->watch);
    }
    if (!rc) {
        rc = look_later(op);
    }
    if (!rc && grace_ms) {
        rc = reap__timeout_add(ctx, reap__timeout_at(grace_ms), REAP_OWN, on_grace, op, &op->grace);
    }
    if (rc) {
        reap__watch_remove(ctx, &op->watch);
        reap__timeout_remove(ctx, &op->look);
        return rc;
    }
    send(op, grace_ms ? SIGTERM : SIGKILL);
    if (!op->ao.done) {
        look(op);
    }
    return 0;
}

static void abort_(struct ao *ao)
{
    struct op_end *op = (struct op_end *)ao;
    if (op->watch || op->look) {
        done(op, REAP_ERROR_ABORTED);
    } /* else it is about to be started, and will see that it is not to be */
}

static void free_(struct ao *ao)
{
    struct op_end *op = (struct op_end *)ao;
    reap__process_close(&op->process);
    free(op);
}

int reap_end_process(reap_ctx *ctx, pid_t pid, int64_t grace_ms, const reap_how *how)
{
    REAP__INSIDE;
    int rc = pid > 0 && grace_ms >= 0 ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct op_end *op = calloc(1, sizeof(*op));
    if (!op) {
        return REAP_ERROR_NO_MEMORY;
    }
    op->ao.abort = abort_;
    op->ao.free = free_;
    rc = reap__process_open(&op->process, pid);
    if (rc) {
        int saved_errno = errno;
        free(op);
        errno = saved_errno;
        return rc;
    }
    rc = reap__ao_init(&op->ao, ctx, how);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    rc = start(op, grace_ms);
    pthread_mutex_unlock(&ctx->lock);
    return reap__ao_started(&op->ao, rc);
}
