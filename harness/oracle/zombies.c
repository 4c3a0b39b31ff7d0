/* SPDX-License-Identifier: MIT */
/*
 * No zombie: a child that ended while a ctx that reaps was there for it is not left unreaped. A
 * child that was never reported is left to "exactly once"; one that the application dropped, or
 * that outlived its ctx, is the application's.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

static void judge_own(struct trial *trial, const struct life *life, const struct care *care,
                      size_t i)
{
    const struct facts *facts = trial->facts;
    const struct ctx_fact *ctx = &facts->ctxs[care->ctx];
    int owner = facts_owner(facts, ctx, life->exited);
    char who[WHO_SIZE];

    if (care->forgotten != NEVER || owner < 0 || owner == RC_OWNER_MAINLOOP)
        return;
    who_child(trial, life, care->ctx, who);
    if (care->report != NEVER)
        prove(charge(trial, "XC-14", "reported", who,
                     "was reported, but never reaped: it is a zombie"),
              life->exited, care->report, i);
    else if (ctx->closed != NEVER)
        prove(charge(trial, "XC-14", "closed", who,
                     "had ended before %s was closed, and was left as a zombie",
                     history_ctx_name(trial->history, care->ctx)),
              life->exited, ctx->closed, i);
}

static void judge_foreign(struct trial *trial, const struct life *life, size_t i)
{
    const struct facts *facts = trial->facts;
    char who[WHO_SIZE];
    size_t n;

    for (n = 0; n < facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &facts->ctxs[n];
        size_t rest;

        if (!ctx->process || ctx->process != life->process)
            continue;
        rest = facts_rest(facts, ctx->ctx, life->exited, ctx->closing);
        if (rest != NEVER &&
            facts_owner_throughout(facts, ctx, life->exited, rest) == RC_OWNER_ALWAYS) {
            prove(charge(trial, for_shape(trial->subject, "FK-44"), "not reaped",
                         who_child(trial, life, -1, who),
                         "was not reaped by %s, which reaps every child: it is a zombie",
                         history_ctx_name(trial->history, ctx->ctx)),
                  life->exited, rest, i);
            return;
        }
    }
}

void judge_zombies(const struct history *history, const struct subject *subject,
                   struct findings *findings)
{
    struct trial trial;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "no zombie"))
        return;
    if (trial.facts->crashed != NEVER || trial.facts->hung != NEVER)
        goto out;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct life *life;

        if (event->kind != EVENT_ZOMBIE)
            continue;
        life = facts_life(trial.facts, event->subject, i);
        if (!life || life->doubtful || life->exited == NEVER || life->exited > i)
            continue;
        if (life->care < 0 && life->foreign)
            judge_foreign(&trial, life, i);
        else if (life->care >= 0) {
            const struct care *care = &trial.facts->cares[life->care];
            if (care->ctx >= 0 && (size_t)care->ctx < trial.facts->ctx_count)
                judge_own(&trial, life, care, i);
        }
    }
out:
    trial_close(&trial);
}
