/* SPDX-License-Identifier: MIT */
/*
 * Events: what has happened and is to be retrieved.
 *
 * There is a queue for each type, and events have numbers in the order of their occurrence; so
 * who asks for some types does not walk over those of others, however many there are, and still
 * gets the first of all that he wants. An event whose type the application has chosen goes to its
 * callback instead (callbacks.c).
 *
 * One that enters a queue wakes every thread that waits for its type. Which of them gets it is
 * decided when they look: under the lock, so that one does. The memory of events that happen once
 * is got when they are asked for, so that they cannot fail to happen; only lines of progress can.
 */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

struct event *reap__event_new(enum reap_event_type type, uint64_t for_user, const char *text,
                              size_t length)
{
    struct event *event = calloc(1, sizeof(*event) + length + 1);
    if (event) {
        event->pub.type = type;
        event->pub.for_user = for_user;
        if (text) {
            memcpy(event->text, text, length);
        }
    }
    return event;
}

/* [ctx lock] Is it for the callback? */
static bool is_chosen(const reap_ctx *ctx, enum reap_event_type type)
{
    return ctx->event_hooks.event_occurs_mask & REAP_EVENT_BIT(type);
}

static void run_occurs(reap_ctx *ctx, struct due *due)
{
    struct event *event = (struct event *)((char *)due - offsetof(struct event, due));
    pthread_mutex_lock(&ctx->lock);
    const struct reap_event_hooks hooks = ctx->event_hooks;
    void *user = ctx->event_user;
    /* They may be others than when it happened. */
    bool chosen = is_chosen(ctx, event->pub.type);
    if (!chosen) {
        reap__event_put(ctx, event);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (chosen) {
        REAP__OUTSIDE;
        hooks.event_occurs(user, &event->pub);
    }
}

void reap__event_put(reap_ctx *ctx, struct event *event)
{
    enum reap_event_type type = event->pub.type;
    struct waiter *waiter;
    event->number = ++ctx->last_event;
    if (is_chosen(ctx, type)) {
        reap__due_add(ctx, &event->due, REAP_APPLICATIONS, run_occurs);
        return;
    }
    TAILQ_INSERT_TAIL(&ctx->events[type], event, others);
    reap__poll_wake(ctx); /* it may want to check */
    TAILQ_FOREACH (waiter, &ctx->waiters, others) {
        if (waiter->types & REAP_EVENT_BIT(type)) {
            reap__waiter_wake(waiter);
        }
    }
}

void reap__event_clear(reap_ctx *ctx)
{
    struct event *event;
    struct due *due;
    for (unsigned type = 0; type < REAP_EVENT_TYPES; type++) {
        while ((event = TAILQ_FIRST(&ctx->events[type]))) {
            TAILQ_REMOVE(&ctx->events[type], event, others);
            free(event);
        }
    }
    while ((due = TAILQ_FIRST(&ctx->due[REAP_APPLICATIONS]))) {
        TAILQ_REMOVE(&ctx->due[REAP_APPLICATIONS], due, others);
        if (due->run == run_occurs) {
            free((char *)due - offsetof(struct event, due));
        }
    }
}

/* What somebody asks for. */
struct wanted {
    uint64_t types;
    reap_event_predicate *predicate;
    void *user;
};

static bool is_wanted(const struct wanted *wanted, const struct event *event)
{
    if (!wanted->predicate) {
        return true;
    }
    reap__hook_depth++;
    int r = wanted->predicate(&event->pub, wanted->user);
    reap__hook_depth--;
    return r;
}

/* [ctx lock] Takes the first that is wanted; NULL if there is none. */
static struct event *take(reap_ctx *ctx, const struct wanted *wanted)
{
    struct event *next[REAP_EVENT_TYPES];
    for (unsigned type = 0; type < REAP_EVENT_TYPES; type++) {
        next[type] = wanted->types & REAP_EVENT_BIT(type) ? TAILQ_FIRST(&ctx->events[type]) : NULL;
    }
    for (;;) {
        struct event *first = NULL;
        for (unsigned type = 0; type < REAP_EVENT_TYPES; type++) {
            if (next[type] && (!first || next[type]->number < first->number)) {
                first = next[type];
            }
        }
        if (!first) {
            return NULL;
        }
        unsigned type = first->pub.type;
        next[type] = TAILQ_NEXT(first, others);
        if (is_wanted(wanted, first)) {
            TAILQ_REMOVE(&ctx->events[type], first, others);
            return first;
        }
    }
}

/* Takes one, unlocked. */
static int retrieve(reap_ctx *ctx, const struct wanted *wanted, reap_event **out)
{
    pthread_mutex_lock(&ctx->lock);
    struct event *event = take(ctx, wanted);
    pthread_mutex_unlock(&ctx->lock);
    *out = event ? &event->pub : NULL;
    return event ? 0 : REAP_ERROR_NOT_READY;
}

int reap_event_check(reap_ctx *ctx, reap_event **event, uint64_t typemask,
                     reap_event_predicate *predicate, void *predicate_user)
{
    REAP__INSIDE;
    const struct wanted wanted = {typemask, predicate, predicate_user};
    if (!event) {
        return REAP_ERROR_INVALID;
    }
    *event = NULL;
    int rc = reap__ctx_check(ctx);
    return rc ? rc : retrieve(ctx, &wanted, event);
}

int reap_event_wait(reap_ctx *ctx, reap_event **event, uint64_t typemask,
                    reap_event_predicate *predicate, void *predicate_user)
{
    REAP__INSIDE;
    const uint64_t all = (REAP_EVENT_BIT(REAP_EVENT_TYPES) - 1) & ~REAP_EVENT_BIT(0);
    const struct wanted wanted = {typemask & all, predicate, predicate_user};
    struct waiter waiter;
    if (!event || !wanted.types) {
        return REAP_ERROR_INVALID;
    }
    *event = NULL;
    int rc = reap__ctx_check(ctx);
    if (!rc) {
        rc = retrieve(ctx, &wanted, event);
    }
    if (rc != REAP_ERROR_NOT_READY) {
        return rc;
    }
    rc = reap__waiter_open(ctx, &waiter, wanted.types);
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    /* Once more: what came before the waiter was known has woken nobody. */
    while ((rc = retrieve(ctx, &wanted, event)) == REAP_ERROR_NOT_READY) {
        int turn_rc = reap__waiter_turn(ctx, &waiter);
        if (atomic_load(&ctx->closed)) {
            rc = REAP_ERROR_FREED;
            break;
        }
        if (turn_rc) {
            rc = retrieve(ctx, &wanted, event);
            rc = rc == REAP_ERROR_NOT_READY ? turn_rc : rc;
            break;
        }
    }
    reap__waiter_close(ctx, &waiter);
    reap__ctx_release(ctx);
    return rc;
}

void reap_event_free(reap_ctx *ctx, reap_event *event)
{
    REAP__INSIDE;
    (void)ctx;
    free(event); /* the first member of what was allocated */
}
