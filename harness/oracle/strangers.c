/* SPDX-License-Identifier: MIT */
/*
 * Strangers: a ctx that reaps every child of the process passes on each that is not its own, once
 * and with the true status; one that reaps only its own passes on nothing.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdlib.h>

static void judge_stranger(struct trial *trial, size_t i, size_t *first)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const struct life *life = facts_life(facts, event->subject, i);
    char who[WHO_SIZE], was[STATUS_SIZE], said[STATUS_SIZE];
    const char *ctx_name = history_ctx_name(trial->history, event->ctx);
    int owner = OWNER_UNSURE;

    if (event->ctx >= 0 && (size_t)event->ctx < facts->ctx_count)
        owner = facts_owner(facts, &facts->ctxs[event->ctx], i);
    if (owner == RC_OWNER_SELECTIVE || owner == RC_OWNER_MAINLOOP) {
        struct life unknown = {.pid = event->subject, .care = -1};
        prove(charge(trial,
                     for_shape(trial->subject, owner == RC_OWNER_SELECTIVE ? "FK-49" : "FK-38"),
                     "passed on", who_child(trial, life ? life : &unknown, -1, who),
                     "was passed on by %s, which is to reap only its own", ctx_name),
              i);
    }
    if (!life || life->doubtful || life->care >= 0)
        return;
    who_child(trial, life, -1, who);
    if (life->status != -1 && life->status != event->value)
        prove(charge(trial, for_shape(trial->subject, "FK-56"), "wrong status", who,
                     "%s, but was passed on as \"%s\" (0x%x, not 0x%x)",
                     say_status(life->status, was), say_status(event->value, said),
                     (unsigned)event->value, (unsigned)life->status),
              life->exited, i);
    if (first[life - facts->lives] == NEVER)
        first[life - facts->lives] = i;
    else
        prove(charge(trial,
                     for_shape(trial->subject, owner == RC_OWNER_LIBRARY ? "FK-31" : "FK-44"),
                     "twice", who, "was passed on more than once"),
              first[life - facts->lives], i);
}

/* The ctx had a child of its own that lived all of from..to. */
static bool had_living_child(const struct facts *facts, int ctx, size_t from, size_t to)
{
    size_t i;

    for (i = 0; i < facts->care_count; i++) {
        const struct care *care = &facts->cares[i];
        const struct life *life = &facts->lives[care->life];
        if (care->ctx == ctx && care->at <= from && life->exited != NEVER && life->exited > to &&
            !life->doubtful)
            return true;
    }
    return false;
}

static void judge_missing(struct trial *trial, const struct life *life, const struct ctx_fact *ctx,
                          size_t rest)
{
    const char *requirement = NULL, *name = history_ctx_name(trial->history, ctx->ctx);
    int owner = facts_owner_throughout(trial->facts, ctx, life->from, rest);
    char who[WHO_SIZE], was[STATUS_SIZE] = "ended";

    if (owner == RC_OWNER_ALWAYS)
        requirement = "FK-44";
    else if (owner == RC_OWNER_LIBRARY &&
             had_living_child(trial->facts, ctx->ctx, life->from, rest))
        requirement = "FK-31";
    if (!requirement)
        return;
    if (life->status != -1)
        say_status(life->status, was);
    prove(charge(trial, for_shape(trial->subject, requirement), "not passed on",
                 who_child(trial, life, -1, who), "%s and was never passed on by %s", was, name),
          life->at, life->exited, rest);
}

/* The application set a disposition, or is seen to ignore SIGCHLD. */
static bool application_interfered(const struct trial *trial)
{
    size_t i;

    for (i = 0; i < history_count(trial->history); i++)
        if (history_event(trial->history, i)->kind == EVENT_ACTION)
            return true;
    return trial->facts->ignored != NEVER;
}

static void judge_all_missing(struct trial *trial, const size_t *first)
{
    const struct facts *facts = trial->facts;
    size_t n, i;

    if (application_interfered(trial))
        return;
    for (n = 0; n < facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &facts->ctxs[n];
        size_t rest;

        if (!ctx->process)
            continue;
        rest = facts_rest(facts, ctx->ctx, 0, ctx->closing);
        for (i = 0; i < facts->life_count && rest != NEVER; i++) {
            const struct life *life = &facts->lives[i];
            if (life->foreign && !life->doubtful && life->care < 0 && first[i] == NEVER &&
                life->process == ctx->process && life->exited < rest && life->waited == NEVER)
                judge_missing(trial, life, ctx, rest);
        }
    }
}

void judge_strangers(const struct history *history, const struct subject *subject,
                     struct findings *findings)
{
    struct trial trial;
    size_t *first, i;

    if (!(subject->features & RC_FEATURE_FOREIGN) ||
        !trial_open(&trial, history, subject, findings, "strangers"))
        return;
    first = malloc((trial.facts->life_count + 1) * sizeof(*first));
    if (!first)
        goto out;
    for (i = 0; i < trial.facts->life_count; i++)
        first[i] = NEVER;
    for (i = 0; i < history_count(history); i++)
        if (history_event(history, i)->kind == EVENT_STRANGER)
            judge_stranger(&trial, i, first);
    if (trial.facts->crashed == NEVER && trial.facts->hung == NEVER)
        judge_all_missing(&trial, first);
out:
    free(first);
    trial_close(&trial);
}
