/* SPDX-License-Identifier: MIT */
/*
 * Idle: a ctx that has nothing to do has nothing registered with the application's event loop, and
 * one that was closed has nothing left there and calls no hook any more.
 *
 * Where it is closed on top of a call of its own, within a callback, an adapter may have had to put
 * the end off until that call is over (adapter.h): then nobody knows when it has to be gone.
 *
 * It has nothing to do at a rest where it has no child, no operation, no enabling and no watch, and
 * no thread is inside it. In modes always and selective its wake-up channel may stay.
 */
#include "oracle/families.h"
#include "oracle/registrations.h"
#include "oracle/trial.h"

#include <stdio.h>

static bool has_child(const struct facts *facts, int ctx, size_t i)
{
    for (size_t n = 0; n < facts->care_count; n++) {
        const struct care *care = &facts->cares[n];

        if (care->ctx == ctx && care->from <= i &&
            (facts->lives[care->life].doubtful || (care->report >= i && care->forgotten >= i)))
            return true;
    }
    return false;
}

static bool has_visitor(const struct trial *trial, const struct threads *threads, int ctx)
{
    const struct thread *thread, *next;

    HASH_ITER (hh, threads->all, thread, next)
        if (thread->key.pid == trial->facts->host)
            for (unsigned n = 0; n < thread->ops && n < THREAD_OPS; n++)
                if (history_event(trial->history, thread->op[n])->ctx == ctx)
                    return true;
    return false;
}

/* How many there may be all the same. */
static unsigned allowed(const struct facts *facts, const struct ctx_fact *ctx, size_t i)
{
    int owner = facts_owner(facts, ctx, i);

    return owner != RC_OWNER_LIBRARY && owner != RC_OWNER_MAINLOOP;
}

static bool is_idle(const struct trial *trial, const struct threads *threads,
                    const struct ctx_fact *ctx, size_t i)
{
    const struct facts *facts = trial->facts;

    return ctx->process == facts->host && ctx->opened < i && ctx->closing > i &&
           !things_busy(facts->things, ctx->ctx, i) && !has_child(facts, ctx->ctx, i) &&
           !has_visitor(trial, threads, ctx->ctx) && facts_rest(facts, ctx->ctx, i, i + 1) == i;
}

/* What lives of the ctx; *one is the latest, or a timeout, which is never right. */
static unsigned count_live(const struct registrations *registrations, int ctx,
                           const struct registration **one)
{
    const struct registration *registration, *next;
    unsigned count = 0;

    HASH_ITER (hh, registrations->all, registration, next) {
        if (registration->key.ctx != ctx || !registration_lives(registration))
            continue;
        if (!*one || registration->timer || (!(*one)->timer && registration->made > (*one)->made))
            *one = registration;
        count++;
    }
    return count;
}

static const char *who_registration(const struct registration *registration, char *who)
{
    if (registration->timer)
        snprintf(who, WHO_SIZE, "timeout registration %d", registration->key.number);
    else
        snprintf(who, WHO_SIZE, "registration %d of fd %d", registration->key.number,
                 registration->fd);
    return who;
}

static void judge_rest(struct trial *trial, const struct registrations *registrations,
                       const struct threads *threads, size_t i)
{
    char who[WHO_SIZE];

    for (size_t n = 0; n < trial->facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &trial->facts->ctxs[n];
        const struct registration *one = NULL;
        unsigned count = count_live(registrations, (int)n, &one);

        if (!one || (count <= allowed(trial->facts, ctx, i) && !one->timer) ||
            !is_idle(trial, threads, ctx, i))
            continue;
        prove(charge(trial, "OE-41", "idle", who_registration(one, who),
                     "was there while ctx %s had nothing to do",
                     history_ctx_name(trial->history, ctx->ctx)),
              one->made, i);
    }
}

static void judge_close(struct trial *trial, const struct registrations *registrations, int ctx,
                        size_t i)
{
    const struct registration *registration, *next;
    char who[WHO_SIZE];

    HASH_ITER (hh, registrations->all, registration, next)
        if (registration->key.ctx == ctx && registration_lives(registration))
            prove(charge(trial, "OE-42", "left", who_registration(registration, who),
                         "was left behind when ctx %s was closed",
                         history_ctx_name(trial->history, ctx)),
                  registration->made, i);
}

static void judge_late(struct trial *trial, const struct ctx_fact *ctx, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct event *close = history_event(trial->history, ctx->closed);
    char who[WHO_SIZE];

    if (close->pid != event->pid || close->tid != event->tid)
        return;
    who_ctx(trial, ctx->ctx, who);
    prove(charge(trial, "OE-17", "late", who, "called a hook after it was closed"), ctx->closed, i);
}

void judge_idle(const struct history *history, const struct subject *subject,
                struct findings *findings)
{
    struct trial trial;
    struct registrations registrations = {NULL, NULL};
    struct threads threads = {NULL};

    if (!trial_open(&trial, history, subject, findings, "idle"))
        return;
    if (trial.facts->things->lost)
        goto out;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct ctx_fact *ctx =
            registrations_known(trial.facts, event, i) ? &trial.facts->ctxs[event->ctx] : NULL;

        threads_follow(&threads, history, i);
        registrations_follow(&registrations, trial.facts, i);
        if (event->kind == EVENT_HOOK && ctx && ctx->closed < i)
            judge_late(&trial, ctx, i);
        else if (event->kind == EVENT_LEAVE && ctx && ctx->closed == i &&
                 !has_visitor(&trial, &threads, event->ctx))
            judge_close(&trial, &registrations, event->ctx, i);
        else if (event->kind == EVENT_QUIET && event->result == 0 &&
                 !trial.facts->things->irregular)
            judge_rest(&trial, &registrations, &threads, i);
    }
out:
    registrations_free(&registrations);
    threads_free(&threads, NULL);
    trial_close(&trial);
}
