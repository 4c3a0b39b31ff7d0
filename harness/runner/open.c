/* SPDX-License-Identifier: MIT */
/*
 * The ctx that a step is about to open: its name, its number, its mode.
 */
#include <stdio.h>
#include "runner/stage.h"

/* The mode in which a ctx is opened: the one that the script names, if there is such. Else its
 * needs have settled that any will do in which the library sees to SIGCHLD. */
static enum rc_owner owner_of(const struct stage *stage, const struct step *step)
{
    static const enum rc_owner others[] = {RC_OWNER_SELECTIVE, RC_OWNER_LIBRARY, RC_OWNER_ALWAYS};
    const struct subject *subject = &stage->played->subject;
    unsigned owners = subject->pair ? subject->library[step->library].owners : subject->owners;

    if (owners & RC_OWNS(step->owner))
        return step->owner;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (owners & RC_OWNS(others[i]))
            return others[i];
    return step->owner;
}

/* The mode in which a ctx is opened. In a pair one that says nothing is to disturb the other least:
 * selective, where its library offers that. */
static void choose_owner(struct stage *stage, const struct step *step, struct stage_ctx *ctx)
{
    unsigned owners = stage->played->subject.library[step->library].owners;

    ctx->library = step->library;
    ctx->owner = step->owner_given ? owner_of(stage, step) : RC_OWNER_LIBRARY;
    ctx->owner_asked = step->owner_given;
    if (step->library == LIBRARY_UNKNOWN || step->owner_given)
        return;
    if (owners & RC_OWNS(RC_OWNER_SELECTIVE)) {
        ctx->owner = RC_OWNER_SELECTIVE;
        ctx->owner_asked = true;
    } else if (owners) {
        ctx->owner = (enum rc_owner)__builtin_ctz(owners);
    }
}

/* The ctx that a `ctx` step opens gets its name and number before it is opened, so that what is
 * reported meanwhile has them. */
bool step_prepare_ctx(struct stage *stage, const struct step *step)
{
    struct event event = {.kind = EVENT_CTX};
    struct stage_ctx *ctx;

    if (stage->ctx_count == STAGE_CTXS) {
        stage_break(stage, "a script may have %d ctxs at most", STAGE_CTXS);
        return false;
    }
    ctx = &stage->ctxs[stage->ctx_count];
    *ctx = (struct stage_ctx){.index = (int)stage->ctx_count, .host = stage->host};
    choose_owner(stage, step, ctx);
    stage->ctx_count++;
    snprintf(ctx->name, sizeof(ctx->name), "%s", step->ctx);
    snprintf(ctx->lane, sizeof(ctx->lane), "%s", step->lane[0] ? step->lane : "main");
    event.ctx = (int16_t)ctx->index;
    event.text = log_text(stage->log, step->ctx);
    log_append(stage->log, &event);
    return true;
}
