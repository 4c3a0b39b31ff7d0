/* SPDX-License-Identifier: MIT */
/*
 * A thread that waits inside libreap, for an event or for an operation of its own: one of possibly
 * many, each of which polls everything that the ctx has, and its own channel. So each drives the
 * ctx on, and none depends on another; no lock is held while one sleeps, and nobody's poll keeps
 * another thread from anything.
 *
 * A waiter's channel is written to when there is news for it, and when what is to be polled has
 * changed: else it would sleep on an outdated set of fds. Nobody else reads it; it is emptied only
 * before its owner looks again at what it waits for, so that nothing gets lost in between. It lives
 * in its thread's stack and keeps nothing when it goes.
 */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>

enum { SPARE_ROOM = 16 };

/* Room for some more than are wanted now: without memory for new ones none can come. */
static int reserve(struct waiter *waiter, size_t wanted)
{
    if (wanted <= waiter->room) {
        return 0;
    }
    size_t room = wanted + wanted / 2 + SPARE_ROOM;
    struct pollfd *fds = realloc(waiter->fds, room * sizeof(*fds));
    if (fds) {
        waiter->fds = fds;
    }
    reap_id *ids = realloc(waiter->ids, room * sizeof(*ids));
    if (ids) {
        waiter->ids = ids;
    }
    if (!fds || !ids) {
        return REAP_ERROR_NO_MEMORY;
    }
    waiter->room = room;
    return 0;
}

int reap__waiter_open(reap_ctx *ctx, struct waiter *waiter, uint64_t types)
{
    *waiter = (struct waiter){.thread = pthread_self(), .types = types};
    int rc = reap__wake_open(&waiter->wake);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    rc = reserve(waiter, 1 + ctx->polled_count);
    if (!rc) {
        TAILQ_INSERT_TAIL(&ctx->waiters, waiter, others);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (rc) {
        free(waiter->fds);
        free(waiter->ids);
        (void)reap_carefd_close(waiter->wake);
    }
    return rc;
}

void reap__waiter_close(reap_ctx *ctx, struct waiter *waiter)
{
    int saved_errno = errno;
    pthread_mutex_lock(&ctx->lock);
    TAILQ_REMOVE(&ctx->waiters, waiter, others);
    pthread_mutex_unlock(&ctx->lock);
    (void)reap_carefd_close(waiter->wake);
    free(waiter->fds);
    free(waiter->ids);
    errno = saved_errno;
}

void reap__waiter_wake(struct waiter *waiter)
{
    if (!waiter->woken) {
        waiter->woken = true;
        reap__wake_set(reap_carefd_fd(waiter->wake));
    }
}

void reap__waiter_wake_all(reap_ctx *ctx)
{
    struct waiter *waiter;
    TAILQ_FOREACH (waiter, &ctx->waiters, others) {
        /* This thread is not in poll: its set is made anew. */
        if (!pthread_equal(waiter->thread, pthread_self())) {
            reap__waiter_wake(waiter);
        }
    }
}

/* *used becomes the number of fds to poll. */
static int fill(reap_ctx *ctx, struct waiter *waiter, size_t *used)
{
    pthread_mutex_lock(&ctx->lock);
    size_t wanted = 1 + ctx->polled_count;
    int rc = reserve(waiter, wanted);
    if (!rc) {
        waiter->fds[0] = (struct pollfd){.fd = reap_carefd_fd(waiter->wake), .events = POLLIN};
        waiter->ids[0] = 0;
        reap__watch_fill(ctx, waiter->fds + 1, waiter->ids + 1);
        *used = wanted;
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

int reap__waiter_turn(reap_ctx *ctx, struct waiter *waiter)
{
    size_t used = 0;
    int timeout = -1, poll_errno = 0;
    int rc = fill(ctx, waiter, &used);
    if (!rc) {
        reap__poll_timeout(ctx, &timeout, reap__now());
        /* used, and not room: what is behind it was polled some other time. */
        if (poll(waiter->fds, used, timeout) < 0) {
            poll_errno = errno;
            rc = poll_errno == EINTR ? 0 : REAP_ERROR_SYSTEM;
            used = 0;
        }
    }
    if (used && waiter->fds[0].revents) {
        pthread_mutex_lock(&ctx->lock);
        waiter->woken = false;
        reap__wake_clear(reap_carefd_fd(waiter->wake));
        pthread_mutex_unlock(&ctx->lock);
    }
    int64_t now = reap__now();
    reap__poll_dispatch(ctx, waiter->fds, waiter->ids, used);
    reap__timeout_dispatch(ctx, now);
    int end_rc = reap__turn_end(ctx, now);
    if (rc == REAP_ERROR_SYSTEM) {
        errno = poll_errno;
    }
    return rc ? rc : end_rc;
}
