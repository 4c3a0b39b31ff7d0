/* SPDX-License-Identifier: MIT */
/*
 * Reports that come late. A library whose handler was taken out of force may do without it, and
 * look for its children by itself every now and then, as the reference does ten times a second. All
 * sleeps meanwhile, and looks as if nothing were left to happen.
 *
 * One that leaves SIGCHLD to the application does not look by itself at all. In a pair the
 * application has no SIGCHLD of its own to go by, for it may be the other's, so it does as such
 * libraries advise then: it has its children looked at every now and then, here once all else is at
 * rest.
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

static bool has_due(struct stage *stage, const struct stage_ctx *ctx)
{
    for (size_t i = 0; i < stage->child_count; i++)
        if (stage->children[i].ctx == ctx->index && is_due(stage, &stage->children[i]))
            return true;
    return false;
}

/* False where one does not come back from it. */
static bool have_looked(struct stage *stage)
{
    for (size_t i = 0; i < stage->ctx_count; i++) {
        const struct stage_ctx *ctx = &stage->ctxs[i];
        struct lane *lane = stage_lane(stage, ctx->host, ctx->lane);
        if (lane && ctx->library != LIBRARY_UNKNOWN && ctx->owner == RC_OWNER_MAINLOOP &&
            (stage->played->offers_of[ctx->library] & NEED_TOLD_SIGCHLD) && has_due(stage, ctx) &&
            !lane_answered(
                stage, lane,
                host_request(stage, ctx->host, lane->name, "tell-sigchld %s", ctx->name))) {
            host_hangs(stage, ctx->host, "the look for children does not come back");
            return false;
        }
    }
    return true;
}

bool late_awaited(struct stage *stage)
{
    if (!stage->played->subject.pair || none_is_due(stage, NULL))
        return false;
    if (!have_looked(stage))
        return true;
    stage_until(stage, LATE_MS, none_is_due, NULL);
    for (size_t i = 0; i < stage->child_count; i++)
        if (is_due(stage, &stage->children[i]))
            stage->children[i].awaited = true;
    return true;
}
