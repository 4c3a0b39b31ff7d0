/* SPDX-License-Identifier: MIT */
/*
 * Contexts: their making, their end, and how long their memory is kept.
 *
 * A call that runs callbacks holds the ctx. reap_ctx_free marks it closed and gives everything back
 * at once, but the memory goes only when the last hold does; so a callback may free its ctx, and
 * the call that it was called from sees `closed` and stops. Every call that such a callback, or one
 * that is told while the ctx is freed, makes for the ctx from then on is refused.
 */
#include "internal.h"
#include "races.h"
#include <errno.h>
#include <stdlib.h>

int reap__ctx_check(const reap_ctx *ctx)
{
    if (!ctx) {
        return REAP_ERROR_INVALID;
    }
    if (ctx->generation != atomic_load(&reap__process.generation)) {
        return REAP_ERROR_FORKED;
    }
    if (reap__hook_depth) {
        return REAP_ERROR_REENTRANT;
    }
    return atomic_load(&ctx->closed) ? REAP_ERROR_FREED : 0;
}

void reap__ctx_hold(reap_ctx *ctx)
{
    atomic_fetch_add(&ctx->holds, 1);
}

void reap__ctx_release(reap_ctx *ctx)
{
    reap__gives(&ctx->holds);
    if (atomic_fetch_sub(&ctx->holds, 1) == 1) {
        reap__takes(&ctx->holds);
        pthread_mutex_destroy(&ctx->lock);
        free(ctx->slots);
        free(ctx->heap);
        free(ctx);
    }
}

int reap_ctx_new(reap_ctx **out)
{
    REAP__INSIDE;
    int rc = REAP_ERROR_NO_MEMORY;
    *out = NULL;
    reap_ctx *ctx = calloc(1, sizeof(*ctx));
    if (!ctx || pthread_mutex_init(&ctx->lock, NULL)) {
        free(ctx);
        return rc;
    }
    reap__is_atomic(&ctx->holds);
    reap__is_atomic(&ctx->closed);
    reap__is_atomic(&ctx->listener.next);
    reap__is_atomic(&ctx->listener.announced);
    reap__is_atomic(&ctx->exits_wanted);
    reap__is_atomic(&ctx->look_every);
    reap__is_atomic(&ctx->look_due);
    atomic_init(&ctx->holds, 1);
    ctx->hooks.version = REAP_CHILDPROC_HOOKS_VERSION;
    ctx->hooks.owner = REAP_OWNER_LIBRARY;
    TAILQ_INIT(&ctx->living);
    TAILQ_INIT(&ctx->ended);
    TAILQ_INIT(&ctx->ended_own);
    TAILQ_INIT(&ctx->due_timeouts);
    TAILQ_INIT(&ctx->due[REAP_OWN]);
    TAILQ_INIT(&ctx->due[REAP_APPLICATIONS]);
    TAILQ_INIT(&ctx->waiters);
    TAILQ_INIT(&ctx->aos);
    for (unsigned type = 0; type < REAP_EVENT_TYPES; type++) {
        TAILQ_INIT(&ctx->events[type]);
    }
    rc = reap__wake_open(&ctx->wake);
    if (!rc) {
        rc = reap__wake_open(&ctx->poll_wake);
    }
    if (rc) {
        int saved_errno = errno;
        (void)reap_carefd_close(ctx->wake);
        reap__ctx_release(ctx);
        errno = saved_errno;
        return rc;
    }
    ctx->listener.wake_fd = reap_carefd_fd(ctx->wake);
    reap__lock();
    ctx->generation = atomic_load(&reap__process.generation);
    LIST_INSERT_HEAD(&reap__process.ctxs, ctx, all);
    reap__unlock();
    *out = ctx;
    return 0;
}

/* Is there an operation, or another thread that waits? */
static bool is_waited_for(reap_ctx *ctx)
{
    const struct waiter *waiter;
    pthread_mutex_lock(&ctx->lock);
    bool found = !TAILQ_EMPTY(&ctx->aos);
    TAILQ_FOREACH (waiter, &ctx->waiters, others) {
        found = found || !pthread_equal(waiter->thread, pthread_self());
    }
    pthread_mutex_unlock(&ctx->lock);
    return found;
}

int reap_ctx_free(reap_ctx *ctx)
{
    REAP__INSIDE;
    if (!ctx) {
        return 0;
    }
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc == REAP_ERROR_FREED ? 0 : rc; /* once more, from a callback of its own */
    }
    if (is_waited_for(ctx)) {
        return REAP_ERROR_BUSY;
    }
    reap__lock();
    if (ctx->living_count || ctx->ended_count || ctx->starting) {
        reap__unlock();
        return REAP_ERROR_BUSY;
    }
    atomic_store(&ctx->closed, true);
    (void)reap__owner_update(ctx);
    LIST_REMOVE(ctx, all);
    reap__unlock();
    /* Even where it left long ago: no handler may be at its fd when that is closed. */
    (void)reap__ctx_settle(ctx);
    reap__exit_source.settle();
    reap__evgen_clear(ctx);
    reap__watch_clear(ctx);
    reap__timeout_clear(ctx);
    reap__event_clear(ctx);
    (void)reap_carefd_close(ctx->inotify);
    (void)reap_carefd_close(ctx->wake);
    (void)reap_carefd_close(ctx->poll_wake);
    reap__ctx_release(ctx);
    return 0;
}

static void settle(reap_ctx *ctx)
{
    reap__lock();
    bool left = ctx->left;
    int error = ctx->left_error, errnum = ctx->left_errno;
    ctx->left = false;
    ctx->left_error = 0;
    reap__unlock();
    if (!left) {
        return;
    }
    reap__exit_source.settle();
    if (error == REAP_ERROR_HANDLER_BUSY) {
        reap__disaster(ctx, 0, "the application has replaced the SIGCHLD handler; it is left alone",
                       0);
    } else if (error) {
        reap__disaster(ctx, 0, "putting back the disposition of SIGCHLD", errnum);
    }
}

int reap__ctx_settle(reap_ctx *ctx)
{
    reap__ctx_hold(ctx); /* a disaster may be told */
    settle(ctx);
    int rc = reap__exits_update(ctx);
    reap__ctx_release(ctx);
    return rc;
}
