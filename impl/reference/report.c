/* SPDX-License-Identifier: MIT */
/*
 * Telling the application of children. As wherever it is called back from its loop (watch.c,
 * timeout.c, and callbacks.c for events and operations), that is done with no lock held, with the
 * ctx held, and looking after each callback whether the ctx was freed in it [FK-55 XC-12].
 *
 * Children of operations come first, and those who wait for these are told before anybody is called
 * back: the callback of another child may be waiting for such a thread [AO-11].
 */
#include "internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the first child off the queue of those that ended. NULL if there is none. */
static struct child *next_ended(reap_ctx *ctx)
{
    reap__lock();
    struct child_queue *queue = TAILQ_EMPTY(&ctx->ended_own) ? &ctx->ended : &ctx->ended_own;
    struct child *child = TAILQ_FIRST(queue);
    if (child) {
        TAILQ_REMOVE(queue, child, of_ctx);
        ctx->ended_count--;
        reap__exits_note(ctx);
    }
    reap__unlock();
    return child;
}

static void report_wait_error(reap_ctx *ctx)
{
    reap__lock();
    int errnum = ctx->wait_errno;
    ctx->wait_errno = 0;
    reap__unlock();
    if (errnum) {
        reap__disaster(ctx, 0, "waiting for children", errnum);
    }
}

static void report_one(reap_ctx *ctx, const struct child *child)
{
    if (child->outcome == REAP_LOST) {
        char what[80];
        snprintf(what, sizeof(what), "child %ld has ended and somebody else has its status",
                 (long)child->pid);
        reap__disaster(ctx, 0, what, ECHILD); /* [FK-61] */
        if (atomic_load(&ctx->closed)) {
            return;
        }
    }
    if (child->own) {
        child->callback(ctx, child->pid, child->outcome, child->status, child->user);
        reap__due_run_own(ctx);
        return;
    }
    REAP__OUTSIDE;
    child->callback(ctx, child->pid, child->outcome, child->status, child->user);
}

void reap__report(reap_ctx *ctx)
{
    struct child *child;
    report_wait_error(ctx);
    for (unsigned reports = 0; !atomic_load(&ctx->closed); reports++) {
        if (reports == REAP_REPORTS_PER_TURN) {
            /* If this is not the loop's thread, that one has the rest to do. */
            reap__wake_set(ctx->listener.wake_fd);
            break;
        }
        child = next_ended(ctx);
        if (!child) {
            break;
        }
        report_one(ctx, child);
        free(child);
    }
}

void reap__report_stranger(reap_ctx *ctx, pid_t pid, int status)
{
    int rc = REAP_ERROR_UNKNOWN_CHILD;
    reap__lock();
    struct reap_childproc_hooks hooks = ctx->hooks;
    void *user = ctx->hooks_user;
    reap__unlock();
    if (hooks.reaped_callback) {
        REAP__OUTSIDE;
        rc = hooks.reaped_callback(pid, status, user);
        if (atomic_load(&ctx->closed)) {
            return;
        }
    }
    if (rc == REAP_ERROR_UNKNOWN_CHILD) {
        reap__log(ctx, REAP_LOG_WARNING, "reaped unknown child %ld with wait status 0x%x",
                  (long)pid, (unsigned)status);
    } else if (rc) {
        reap__disaster(ctx, 0, "reaped_callback returned neither 0 nor REAP_ERROR_UNKNOWN_CHILD",
                       0);
    }
}
