/* SPDX-License-Identifier: MIT */
/*
 * What is due: callbacks of events and operations, and all else that comes up under the ctx lock
 * and has to be done without it, such as sending a signal to a child.
 *
 * It is queued under the lock and done at the end of every call that may have queued it, so nothing
 * waits for a turn of the loop that might not come. Whoever comes first does it, one thing at a
 * time, and looks after each whether the ctx was freed. What is queued is part of what it is about,
 * so queueing cannot fail.
 */
#include "internal.h"
#include <errno.h>

void reap__due_add(reap_ctx *ctx, struct due *due, void (*run)(reap_ctx *, struct due *))
{
    due->run = run;
    TAILQ_INSERT_TAIL(&ctx->due, due, others);
}

void reap__due_run(reap_ctx *ctx)
{
    while (!atomic_load(&ctx->closed)) {
        pthread_mutex_lock(&ctx->lock);
        struct due *due = TAILQ_FIRST(&ctx->due);
        if (due) {
            TAILQ_REMOVE(&ctx->due, due, others);
        }
        pthread_mutex_unlock(&ctx->lock);
        if (!due) {
            break;
        }
        due->run(ctx, due);
    }
}

static void run_missing(reap_ctx *ctx, struct due *due)
{
    (void)due;
    pthread_mutex_lock(&ctx->lock);
    uint64_t types = ctx->missing_types;
    ctx->missing_types = 0;
    pthread_mutex_unlock(&ctx->lock);
    for (unsigned type = 1; type < REAP_EVENT_TYPES && !atomic_load(&ctx->closed); type++) {
        if (types & REAP_EVENT_BIT(type)) {
            reap__disaster(ctx, (enum reap_event_type)type, "making an event", ENOMEM);
        }
    }
}

void reap__event_missing(reap_ctx *ctx, enum reap_event_type type)
{
    if (!ctx->missing_types) {
        reap__due_add(ctx, &ctx->missing, run_missing);
    }
    ctx->missing_types |= REAP_EVENT_BIT(type);
}

int reap_event_register_callbacks(reap_ctx *ctx, const struct reap_event_hooks *hooks, void *user)
{
    REAP__INSIDE;
    static const struct reap_event_hooks none = {.version = REAP_EVENT_HOOKS_VERSION};
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    if (!hooks) {
        hooks = &none;
    }
    if (hooks->version != REAP_EVENT_HOOKS_VERSION ||
        (hooks->event_occurs_mask && !hooks->event_occurs)) {
        return REAP_ERROR_INVALID;
    }
    pthread_mutex_lock(&ctx->lock);
    if (ctx->evgens || !TAILQ_EMPTY(&ctx->aos)) {
        rc = REAP_ERROR_BUSY;
    } else {
        ctx->event_hooks = *hooks;
        ctx->event_user = user;
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}
