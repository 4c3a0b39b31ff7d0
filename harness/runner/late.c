/* SPDX-License-Identifier: MIT */
/*
 * Reports that come late. A library whose handler was taken out of force may do without it, and
 * look for its children by itself every now and then, as the reference does ten times a second. All
 * sleeps meanwhile, and looks as if nothing were left to happen.
 *
 * Where one implementation has the process to itself a script says what it waits for. In a pair,
 * where the other may take the handler at any moment, rest is not believed until every child that
 * has ended was given this much time to be reported. Each is waited for once.
 */
#include "runner/stage.h"

enum { LATE_MS = 250 };

/* Its end is due to be reported, and nobody has waited for that yet. */
static bool is_due(struct stage *stage, const struct stage_child *child)
{
    const struct stage_ctx *ctx = child->ctx >= 0 ? &stage->ctxs[child->ctx] : NULL;
    const struct lane *lane = ctx ? stage_lane(stage, ctx->host, ctx->lane) : NULL;

    return ctx && lane && ctx->host == stage->host && ctx->open && !ctx->paused && child->seen &&
           !child->forgotten && !child->awaited && !lane_is_held(stage, lane) &&
           !stage_notice(stage, child, ctx->index, NOTICE_REPORT, NOTICE_LOST);
}

static bool none_is_due(struct stage *stage, void *user)
{
    (void)user;
    for (size_t i = 0; i < stage->child_count; i++)
        if (is_due(stage, &stage->children[i]))
            return false;
    return true;
}

bool late_awaited(struct stage *stage)
{
    if (!stage->played->subject.pair || none_is_due(stage, NULL))
        return false;
    stage_until(stage, LATE_MS, none_is_due, NULL);
    for (size_t i = 0; i < stage->child_count; i++)
        if (is_due(stage, &stage->children[i]))
            stage->children[i].awaited = true;
    return true;
}
