/* SPDX-License-Identifier: MIT */
/*
 * The polling loop of a ctx, and what every turn of any loop ends with.
 *
 * Entry 0 of the fds is a channel that makes a poll under way take notice: of fds and timeouts that
 * have changed since beforepoll, and of reap_wake [OE-10]. It is emptied in afterpoll only. Exits
 * come through a channel of their own, which every thread that waits polls beside its own entry 0;
 * one of them empties it, and no other sleeps on news that it needed. The announcement of exits is
 * a flag beside that channel, set before it is written to and read after it was emptied, so none is
 * missed.
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

void reap__poll_timeout(reap_ctx *ctx, int *timeout, int64_t now)
{
    reap__lock();
    int64_t look_at = next_look(ctx, now);
    reap__unlock();
    if (look_at != INT64_MAX) {
        reduce(timeout, look_at, now);
    }
    pthread_mutex_lock(&ctx->lock);
    int64_t first = reap__timeout_first(ctx);
    pthread_mutex_unlock(&ctx->lock);
    if (first != INT64_MAX) {
        reduce(timeout, first, now);
    }
}

void reap__poll_wake(reap_ctx *ctx)
{
    if (ctx->polling) {
        reap__wake_set(reap_carefd_fd(ctx->poll_wake));
    }
}

void reap__poll_changed(reap_ctx *ctx)
{
    reap__poll_wake(ctx);
    reap__waiter_wake_all(ctx);
}

/* [ctx lock] */
static int slots_reserve(reap_ctx *ctx, size_t wanted)
{
    if (wanted > ctx->slots_room) {
        reap_id *slots = realloc(ctx->slots, wanted * sizeof(*slots));
        if (!slots) {
            return REAP_ERROR_NO_MEMORY;
        }
        ctx->slots = slots;
        ctx->slots_room = wanted;
    }
    return 0;
}

int reap_beforepoll(reap_ctx *ctx, int *nfds_io, struct pollfd *fds, int *timeout_io, int64_t now)
{
    REAP__INSIDE;
    int rc = nfds_io && timeout_io && *nfds_io >= 0 && (fds || !*nfds_io) ? reap__ctx_check(ctx)
                                                                          : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    size_t room = (size_t)*nfds_io, wanted = 1 + ctx->polled_count;
    *nfds_io = (int)wanted;
    rc = room < wanted ? REAP_ERROR_BUFFER_FULL : slots_reserve(ctx, wanted);
    if (rc) {
        goto out;
    }
    fds[0] = (struct pollfd){.fd = reap_carefd_fd(ctx->poll_wake), .events = POLLIN};
    ctx->slots[0] = 0;
    reap__watch_fill(ctx, fds + 1, ctx->slots + 1);
    ctx->slots_used = wanted;
    ctx->polling = true;
out:
    pthread_mutex_unlock(&ctx->lock);
    if (!rc) {
        /* Timeouts that come from now on make entry 0 readable. */
        reap__poll_timeout(ctx, timeout_io, now);
    }
    return rc;
}

void reap__poll_dispatch(reap_ctx *ctx, const struct pollfd *fds, const reap_id *ids, size_t used)
{
    for (size_t i = 1; i < used && !atomic_load(&ctx->closed); i++) {
        if (fds[i].revents) {
            reap__watch_dispatch(ctx, ids[i], fds[i].fd, fds[i].revents);
        }
    }
}

static void look_for_exits(reap_ctx *ctx, int64_t now)
{
    reap__lock();
    bool announced = atomic_exchange(&ctx->listener.announced, false);
    bool due = atomic_exchange(&ctx->look_due, false) ||
               ((ctx->unsure || ctx->listener.joined) && ctx->safety_at <= now);
    reap__unlock();
    if (announced || due) {
        reap__scan(ctx);
    }
}

int reap__turn_told(reap_ctx *ctx)
{
    int rc = 0;
    if (!atomic_load(&ctx->closed)) {
        reap__report(ctx);
    }
    /* Whoever was the last child has gone: nothing in a handler is to touch the ctx any more. */
    if (!atomic_load(&ctx->closed)) {
        rc = reap__ctx_settle(ctx);
    }
    reap__due_run(ctx);
    return rc;
}

int reap__turn_end(reap_ctx *ctx, int64_t now)
{
    if (!atomic_load(&ctx->closed)) {
        look_for_exits(ctx, now);
    }
    return reap__turn_told(ctx);
}

int reap_afterpoll(reap_ctx *ctx, int nfds, const struct pollfd *fds, int64_t now)
{
    REAP__INSIDE;
    int rc = nfds >= 0 && (fds || !nfds) ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    if (!nfds || fds[0].revents) {
        reap__wake_clear(reap_carefd_fd(ctx->poll_wake));
    }
    /* Taken away: a callback may poll, too, and nothing is to be told twice [OE-07]. */
    pthread_mutex_lock(&ctx->lock);
    reap_id *slots = ctx->slots;
    size_t used = ctx->slots_used, slots_room = ctx->slots_room;
    ctx->slots = NULL;
    ctx->slots_used = ctx->slots_room = 0;
    ctx->polling = false;
    pthread_mutex_unlock(&ctx->lock);
    reap__poll_dispatch(ctx, fds, slots, (size_t)nfds < used ? (size_t)nfds : used);
    pthread_mutex_lock(&ctx->lock);
    if (ctx->slots) {
        free(slots);
    } else {
        ctx->slots = slots;
        ctx->slots_room = slots_room;
    }
    pthread_mutex_unlock(&ctx->lock);
    reap__timeout_dispatch(ctx, now);
    rc = reap__turn_end(ctx, now);
    reap__ctx_release(ctx);
    return rc;
}
