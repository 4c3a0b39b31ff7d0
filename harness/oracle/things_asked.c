/* SPDX-License-Identifier: MIT */
/* Questions about a moment of a history, answered from what is known of its things (things.h). */
#include <errno.h>
#include "oracle/things.h"

bool call_begun(const struct call_fact *call, size_t i)
{
    return call->entered != NEVER && call->entered < i &&
           (call->left == NEVER || call->result == 0);
}

/* The same, but a failure counts only once it is known. */
static bool call_stands(const struct call_fact *call, size_t i)
{
    return call->entered != NEVER && call->entered < i && !(call->left < i && call->result != 0);
}

bool call_done(const struct call_fact *call, size_t i)
{
    return call->left != NEVER && call->left < i && call->result == 0;
}

bool things_mask(const struct things *things, const struct history *history, int ctx, size_t from,
                 size_t to, int64_t *types, size_t *set)
{
    bool under_way = false;

    *types = 0; /* as it is opened */
    *set = NEVER;
    for (size_t n = 0; n < things->mask_count && things->masks[n] < to; n++) {
        const struct event *event = history_event(history, things->masks[n]);

        if (event->ctx != ctx)
            continue;
        if (things->masks[n] > from)
            return false;
        under_way = event->kind == EVENT_ENTER;
        if (!under_way && event->result == 0) {
            *types = event->value;
            *set = things->masks[n];
        }
    }
    return !under_way;
}

bool types_have(int64_t types, int64_t type)
{
    return type > 0 && type < 64 && (types & (int64_t)RC_EVENT_BIT(type));
}

size_t things_asked_in_vain(const struct history *history, int ctx, int64_t type, int64_t user,
                            size_t from)
{
    size_t entered = NEVER;

    for (size_t i = from; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->ctx != ctx || event->what != OP_CHECK || !types_have(event->value, type) ||
            (event->extra != -1 && event->extra != user))
            continue;
        if (event->kind == EVENT_ENTER)
            entered = i;
        else if (event->kind == EVENT_LEAVE && entered != NEVER && event->result == -EAGAIN)
            return i;
    }
    return NEVER;
}

bool operation_lives(const struct operation_fact *operation, size_t i)
{
    if (operation->ended < i || operation->closed < i)
        return false;
    return operation->how == RC_HOW_SYNCHRONOUS
               ? operation->start.entered != NEVER && operation->start.entered < i
               : call_stands(&operation->start, i);
}

/* No host told of the call (it has no probe): it may have been made, and anything come of it. */
static bool unrecorded(const struct call_fact *call)
{
    return call->entered == NEVER;
}

bool things_may_have_children(const struct things *things, int ctx, size_t i)
{
    const struct operation_fact *operation, *next;
    const struct evgen_fact *evgen, *next_evgen;

    HASH_ITER (hh, things->operations, operation, next)
        if ((ctx < 0 || operation->ctx == ctx) &&
            (unrecorded(&operation->start) || operation_lives(operation, i)))
            return true;
    HASH_ITER (hh, things->evgens, evgen, next_evgen)
        if ((ctx < 0 || evgen->ctx == ctx) &&
            (unrecorded(&evgen->enable) || (call_stands(&evgen->enable, i) &&
                                            !call_done(&evgen->disable, i) && evgen->closed >= i)))
            return true;
    return false;
}

bool things_busy(const struct things *things, int ctx, size_t i)
{
    const struct watch_fact *watch, *next;

    if (things_may_have_children(things, ctx, i))
        return true;
    HASH_ITER (hh, things->watches, watch, next)
        if (watch->ctx == ctx && call_stands(&watch->observe, i) &&
            !call_done(&watch->unobserve, i))
            return true;
    return false;
}
