/* SPDX-License-Identifier: MIT */
/*
 * What is due: callbacks of events and operations, and all else that comes up under the ctx lock
 * and has to be done without it, such as sending a signal to a child.
 *
 * It is queued under the lock and done at the end of every call that may have queued it, so nothing
 * waits for a turn of the loop that might not come. Whoever comes first does it, one thing at a
 * time, and looks after each whether the ctx was freed. What is queued is part of what it is about,
 * so queueing cannot fail.
 *
 * libreap's own, which calls nobody back, is done first: it never stands behind a callback that
 * takes its time, and may be waiting for just that on another thread [AO-10 AO-11].
 *
 * A callback may start or abort an operation, which may make another callback due at once. That one
 * is left to the loop here that this thread is in already, or to a thread that is waiting; else
 * each would be called on top of the one before, as deep as they are many.
 */
#include "internal.h"

/* The contexts for which this thread is in reap__due_run, the innermost first. */
struct calling {
    const reap_ctx *ctx;
    const struct calling *outer;
};
static __thread const struct calling *calling;

void reap__due_add(reap_ctx *ctx, struct due *due, enum whose whose,
                   void (*run)(reap_ctx *, struct due *))
{
    due->run = run;
    TAILQ_INSERT_TAIL(&ctx->due[whose], due, others);
}

/* Does it until there is none of these, the first of them first. */
static void run_all(reap_ctx *ctx, enum whose last)
{
    while (!atomic_load(&ctx->closed)) {
        struct due *due = NULL;
        pthread_mutex_lock(&ctx->lock);
        for (enum whose whose = REAP_OWN; !due && whose <= last; whose++) {
            due = TAILQ_FIRST(&ctx->due[whose]);
            if (due) {
                TAILQ_REMOVE(&ctx->due[whose], due, others);
            }
        }
        pthread_mutex_unlock(&ctx->lock);
        if (!due) {
            break;
        }
        due->run(ctx, due);
    }
}

void reap__due_run_own(reap_ctx *ctx)
{
    run_all(ctx, REAP_OWN);
}

void reap__due_run(reap_ctx *ctx)
{
    const struct calling here = {ctx, calling};
    calling = &here;
    run_all(ctx, REAP_APPLICATIONS);
    calling = here.outer;
}

void reap__due_run_flat(reap_ctx *ctx)
{
    const struct calling *found = calling;
    while (found && found->ctx != ctx) {
        found = found->outer;
    }
    if (!found) {
        reap__due_run(ctx);
        return;
    }
    reap__due_run_own(ctx);
    pthread_mutex_lock(&ctx->lock);
    if (!TAILQ_EMPTY(&ctx->due[REAP_APPLICATIONS])) {
        reap__poll_changed(ctx);
    }
    pthread_mutex_unlock(&ctx->lock);
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
            reap__disaster(ctx, (enum reap_event_type)type,
                           "telling of an event: there was no memory, or a hook refused", 0);
        }
    }
}

void reap__event_missing(reap_ctx *ctx, enum reap_event_type type)
{
    if (!ctx->missing_types) {
        reap__due_add(ctx, &ctx->missing, REAP_APPLICATIONS, run_missing);
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
