/* SPDX-License-Identifier: MIT */
/*
 * The polling loop of a ctx. Entry 0 of its fds is always the wake-up channel; through it come
 * exits, changes of what is to be polled, and reap_wake. The announcement of exits is a flag beside
 * it, set before it is written to and read after it was emptied, so none is missed.
 */
#include "internal.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { POLL_MS_LIMIT = 2000 * 1000 * 1000 };

static void reduce(int *timeout, int64_t at, int64_t now)
{
    int64_t ms = at <= now ? 0 : at - now;
    if (ms > POLL_MS_LIMIT) {
        ms = POLL_MS_LIMIT;
    }
    if (*timeout < 0 || *timeout > ms) {
        *timeout = (int)ms;
    }
}

/*
 * [locked] When is the ctx to look at its children next? INT64_MAX where it need not. Here it is
 * noticed, too, that exits are not announced (reap__unsure): then it looks often, and once more
 * when that is over.
 */
static int64_t next_look(reap_ctx *ctx, int64_t now)
{
    if (ctx->ended_count || atomic_load(&ctx->listener.announced)) {
        return now;
    }
    bool unsure = reap__unsure(ctx);
    if (unsure != ctx->unsure) {
        ctx->safety_at = unsure ? now + REAP_UNSURE_MS : now;
        ctx->unsure = true; /* until the next look */
    }
    if (ctx->unsure || (ctx->living_count && ctx->hooks.owner != REAP_OWNER_MAINLOOP)) {
        return ctx->safety_at;
    }
    return INT64_MAX;
}

int reap_beforepoll(reap_ctx *ctx, int *nfds_io, struct pollfd *fds, int *timeout_io)
{
    REAP__INSIDE;
    int rc = nfds_io && timeout_io && *nfds_io >= 0 && (fds || !*nfds_io) ? reap__ctx_check(ctx)
                                                                          : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    int64_t now = reap__now();
    reap__lock();
    int64_t look_at = next_look(ctx, now);
    reap__unlock();
    if (look_at != INT64_MAX) {
        reduce(timeout_io, look_at, now);
    }

    pthread_mutex_lock(&ctx->lock);
    size_t wanted = 1 + ctx->watches_count;
    if (wanted > ctx->slots_room) {
        reap_id *slots = realloc(ctx->slots, wanted * sizeof(*slots));
        if (!slots) {
            rc = REAP_ERROR_NO_MEMORY;
            goto out;
        }
        ctx->slots = slots;
        ctx->slots_room = wanted;
    }
    if ((size_t)*nfds_io < wanted) {
        *nfds_io = (int)wanted;
        rc = REAP_ERROR_BUFFER_FULL;
        goto out;
    }
    fds[0] = (struct pollfd){.fd = ctx->listener.wake_fd, .events = POLLIN};
    ctx->slots[0] = 0;
    ctx->slots_used = reap__watch_fill(ctx, 1, fds);
    *nfds_io = (int)ctx->slots_used;
    int64_t first = reap__timeout_first(ctx);
    if (first != INT64_MAX) {
        reduce(timeout_io, first, now);
    }
out:
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

static void dispatch_fds(reap_ctx *ctx, size_t nfds, const struct pollfd *fds)
{
    for (size_t i = 1; i < nfds && !atomic_load(&ctx->closed); i++) {
        if (!fds[i].revents) {
            continue;
        }
        pthread_mutex_lock(&ctx->lock);
        reap_id id = i < ctx->slots_used ? ctx->slots[i] : 0;
        pthread_mutex_unlock(&ctx->lock);
        if (id) {
            reap__watch_dispatch(ctx, id, &fds[i]);
        }
    }
}

static void look_for_exits(reap_ctx *ctx, int64_t now)
{
    reap__lock();
    bool announced = atomic_exchange(&ctx->listener.announced, false);
    bool due = (ctx->unsure || ctx->listener.joined) && ctx->safety_at <= now;
    reap__unlock();
    if (announced || due) {
        reap__scan(ctx);
    }
}

int reap_afterpoll(reap_ctx *ctx, int nfds, const struct pollfd *fds)
{
    REAP__INSIDE;
    int rc = nfds >= 0 && (fds || !nfds) ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    if (!nfds || fds[0].revents) {
        reap__wake_clear(ctx->listener.wake_fd);
    }
    int64_t now = reap__now();
    dispatch_fds(ctx, (size_t)nfds, fds);
    reap__timeout_dispatch(ctx, now);
    if (!atomic_load(&ctx->closed)) {
        look_for_exits(ctx, now);
    }
    if (!atomic_load(&ctx->closed)) {
        reap__report(ctx);
    }
    /* Whoever was the last child has gone: nothing in a handler is to touch the ctx any more. */
    if (!atomic_load(&ctx->closed)) {
        reap__ctx_settle(ctx);
    }
    reap__ctx_release(ctx);
    return 0;
}
