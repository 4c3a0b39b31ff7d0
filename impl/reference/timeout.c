/* SPDX-License-Identifier: MIT */
/*
 * Timeouts of a ctx, earliest first. One that fires is off the list, and freed, before its callback
 * is called: its id is unknown from then on [OE-45].
 */
#include "internal.h"
#include <stdlib.h>

struct timeout {
    TAILQ_ENTRY(timeout) others;
    reap_id id;
    int64_t at;
    reap_timeout_fn *callback;
    void *user;
};

int reap_timeout_register(reap_ctx *ctx, int64_t ms, reap_timeout_fn *callback, void *user,
                          reap_id *id)
{
    REAP__INSIDE;
    int rc = ms >= 0 && callback && id ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct timeout *timeout = calloc(1, sizeof(*timeout)), *later;
    if (!timeout) {
        return REAP_ERROR_NO_MEMORY;
    }
    /* Up to the next whole millisecond, so that it never fires early [OE-05]. */
    int64_t now = reap__now() + 1;
    timeout->at = ms < INT64_MAX - now ? now + ms : INT64_MAX;
    timeout->callback = callback;
    timeout->user = user;
    pthread_mutex_lock(&ctx->lock);
    *id = timeout->id = ++ctx->last_id;
    TAILQ_FOREACH (later, &ctx->timeouts, others) {
        if (later->at > timeout->at) {
            break;
        }
    }
    if (later) {
        TAILQ_INSERT_BEFORE(later, timeout, others);
    } else {
        TAILQ_INSERT_TAIL(&ctx->timeouts, timeout, others);
    }
    pthread_mutex_unlock(&ctx->lock);
    reap_wake(ctx);
    return 0;
}

int reap_timeout_deregister(reap_ctx *ctx, reap_id id)
{
    REAP__INSIDE;
    struct timeout *timeout;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    TAILQ_FOREACH (timeout, &ctx->timeouts, others) {
        if (timeout->id == id) {
            TAILQ_REMOVE(&ctx->timeouts, timeout, others);
            break;
        }
    }
    pthread_mutex_unlock(&ctx->lock);
    rc = timeout ? 0 : REAP_ERROR_UNKNOWN_ID;
    free(timeout);
    return rc;
}

void reap__timeout_clear(reap_ctx *ctx)
{
    struct timeout *timeout;
    pthread_mutex_lock(&ctx->lock);
    while ((timeout = TAILQ_FIRST(&ctx->timeouts))) {
        TAILQ_REMOVE(&ctx->timeouts, timeout, others);
        free(timeout);
    }
    pthread_mutex_unlock(&ctx->lock);
}

int64_t reap__timeout_first(const reap_ctx *ctx)
{
    const struct timeout *timeout = TAILQ_FIRST(&ctx->timeouts);
    return timeout ? timeout->at : INT64_MAX;
}

/* Those that a callback registers meanwhile have their turn next time, however short they are. */
void reap__timeout_dispatch(reap_ctx *ctx, int64_t now)
{
    pthread_mutex_lock(&ctx->lock);
    reap_id newest = ctx->last_id;
    pthread_mutex_unlock(&ctx->lock);
    while (!atomic_load(&ctx->closed)) {
        struct timeout *timeout, *due = NULL;
        pthread_mutex_lock(&ctx->lock);
        TAILQ_FOREACH (timeout, &ctx->timeouts, others) {
            if (timeout->at > now) {
                break;
            }
            if (timeout->id <= newest) {
                due = timeout;
                TAILQ_REMOVE(&ctx->timeouts, due, others);
                break;
            }
        }
        pthread_mutex_unlock(&ctx->lock);
        if (!due) {
            break;
        }
        reap_timeout_fn *callback = due->callback;
        void *user = due->user;
        free(due);
        REAP__OUTSIDE;
        callback(ctx, user);
    }
}
