/* SPDX-License-Identifier: MIT */
/*
 * When a ctx polls its channel of exits: while it has children or listens to the exit source, and
 * else not, so that an idle ctx has nothing registered [OE-41]. With hooks there is also a timeout
 * for the look at the living that comes unasked; a loop that polls reckons it itself (poll.c).
 *
 * What is wanted is decided under the process lock and done under the ctx lock, and nobody holds
 * both. So the decision is noted in atomic words, and whoever changed it afterwards has it done: as
 * every change is followed by its own update, the last update has seen the last change.
 *
 * Registering may fail, and must not where a child is there already. So whoever is about to start
 * one pins the channel first, and fails where that does [FK-63].
 */
#include "internal.h"

void reap__exits_note(reap_ctx *ctx)
{
    bool looks = ctx->living_count && ctx->hooks.owner != REAP_OWNER_MAINLOOP;
    atomic_store(&ctx->exits_wanted,
                 !atomic_load(&ctx->closed) && (ctx->listener.joined || ctx->starting ||
                                                ctx->living_count || ctx->ended_count));
    atomic_store(&ctx->look_every, !looks ? 0 : ctx->unsure ? REAP_UNSURE_MS : REAP_SAFETY_MS);
}

/* [ctx lock] Who looks for exits asks the flag of the listener: here is no more to do. */
static void on_exits(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)ctx;
    (void)revents;
    (void)user;
    reap__wake_clear(fd);
}

/* [ctx lock] */
static void on_look(reap_ctx *ctx, void *user)
{
    (void)user;
    ctx->look = 0;
    atomic_store(&ctx->look_due, true);
}

/* [ctx lock] */
static int update(reap_ctx *ctx)
{
    int rc = 0, every = atomic_load(&ctx->look_every);
    if (!ctx->exits_pins && !atomic_load(&ctx->exits_wanted)) {
        reap__watch_remove(ctx, &ctx->exits_watch);
    } else if (!ctx->exits_watch) {
        rc = reap__watch_add(ctx, ctx->listener.wake_fd, POLLIN, REAP_OWN, on_exits, NULL,
                             &ctx->exits_watch);
    }
    if (ctx->look_pins && !every) {
        every = REAP_SAFETY_MS;
    }
    if (!ctx->os_hooks || !every) {
        reap__timeout_remove(ctx, &ctx->look);
    } else if (!rc && !ctx->look) {
        rc = reap__timeout_add(ctx, reap__timeout_at(every), REAP_OWN, on_look, NULL, &ctx->look);
    }
    return rc;
}

int reap__exits_update(reap_ctx *ctx)
{
    pthread_mutex_lock(&ctx->lock);
    int rc = atomic_load(&ctx->closed) ? 0 : update(ctx);
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

int reap__exits_pin(reap_ctx *ctx, bool for_child)
{
    pthread_mutex_lock(&ctx->lock);
    ctx->exits_pins++;
    ctx->look_pins += for_child;
    int rc = update(ctx);
    pthread_mutex_unlock(&ctx->lock);
    if (rc) {
        reap__exits_unpin(ctx, for_child);
    }
    return rc;
}

void reap__exits_unpin(reap_ctx *ctx, bool for_child)
{
    pthread_mutex_lock(&ctx->lock);
    ctx->exits_pins--;
    ctx->look_pins -= for_child;
    /* What it may want to add is there already. */
    (void)update(ctx);
    pthread_mutex_unlock(&ctx->lock);
}
