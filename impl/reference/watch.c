/* SPDX-License-Identifier: MIT */
/*
 * fds that a ctx polls for the application.
 *
 * A registration is known by its id. Between beforepoll and afterpoll it may go, its fd may be
 * closed and the number used again: afterpoll looks the id up anew for each fd, and what it does
 * not find any more, or finds asking for other events, is not told [OE-09].
 */
#include "internal.h"
#include <stdlib.h>

struct watch {
    TAILQ_ENTRY(watch) others;
    reap_id id;
    int fd;
    short events;
    reap_fd_fn *callback;
    void *user;
};

/* [ctx lock] */
static struct watch *find(const reap_ctx *ctx, reap_id id)
{
    struct watch *watch;
    TAILQ_FOREACH (watch, &ctx->watches, others) {
        if (watch->id == id) {
            break;
        }
    }
    return watch;
}

int reap_fd_register(reap_ctx *ctx, int fd, short events, reap_fd_fn *callback, void *user,
                     reap_id *id)
{
    REAP__INSIDE;
    int rc = fd >= 0 && callback && id ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch) {
        return REAP_ERROR_NO_MEMORY;
    }
    watch->fd = fd;
    watch->events = events;
    watch->callback = callback;
    watch->user = user;
    pthread_mutex_lock(&ctx->lock);
    *id = watch->id = ++ctx->last_id;
    TAILQ_INSERT_TAIL(&ctx->watches, watch, others);
    ctx->watches_count++;
    pthread_mutex_unlock(&ctx->lock);
    reap_wake(ctx);
    return 0;
}

int reap_fd_modify(reap_ctx *ctx, reap_id id, short events)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    struct watch *watch = find(ctx, id);
    if (watch) {
        watch->events = events;
    } else {
        rc = REAP_ERROR_UNKNOWN_ID;
    }
    pthread_mutex_unlock(&ctx->lock);
    reap_wake(ctx);
    return rc;
}

int reap_fd_deregister(reap_ctx *ctx, reap_id id)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    struct watch *watch = find(ctx, id);
    if (watch) {
        TAILQ_REMOVE(&ctx->watches, watch, others);
        ctx->watches_count--;
    } else {
        rc = REAP_ERROR_UNKNOWN_ID;
    }
    pthread_mutex_unlock(&ctx->lock);
    free(watch);
    return rc;
}

void reap__watch_clear(reap_ctx *ctx)
{
    struct watch *watch;
    pthread_mutex_lock(&ctx->lock);
    while ((watch = TAILQ_FIRST(&ctx->watches))) {
        TAILQ_REMOVE(&ctx->watches, watch, others);
        free(watch);
    }
    ctx->watches_count = 0;
    pthread_mutex_unlock(&ctx->lock);
}

size_t reap__watch_fill(reap_ctx *ctx, size_t first, struct pollfd *fds)
{
    struct watch *watch;
    size_t used = first;
    TAILQ_FOREACH (watch, &ctx->watches, others) {
        if (watch->events) {
            fds[used] = (struct pollfd){.fd = watch->fd, .events = watch->events};
            ctx->slots[used] = watch->id;
            used++;
        }
    }
    return used;
}

void reap__watch_dispatch(reap_ctx *ctx, reap_id id, const struct pollfd *polled)
{
    struct watch told = {0};
    short revents = 0;
    pthread_mutex_lock(&ctx->lock);
    struct watch *watch = find(ctx, id);
    if (watch && watch->events) {
        told = *watch;
        revents = polled->revents & (watch->events | POLLERR | POLLHUP | POLLNVAL);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (revents) {
        REAP__OUTSIDE;
        told.callback(ctx, told.fd, revents, told.user);
    }
}
