/* SPDX-License-Identifier: MIT */
/*
 * An operation begins with the call that starts it and has ended, for certain, once that call has
 * said that it did not start, or has come back where it is synchronous; once its callback was
 * called; once its event was retrieved; once its ctx was closed. The library may well be done with
 * it before.
 */
#include "oracle/operations.h"

#include "adapter_events.h"

/* What the runner has said of the operation. */
static const struct event *naming(const struct history *history, int number, size_t before)
{
    while (before-- > 0) {
        const struct event *event = history_event(history, before);

        if (event->kind == EVENT_OPERATION && event->subject == number)
            return event;
    }
    return NULL;
}

static bool closes(const struct event *event, int ctx)
{
    return event->kind == EVENT_LEAVE && event->what == OP_CLOSE && event->ctx == ctx &&
           event->result == 0;
}

static bool ends(const struct event *event, const struct event *enter, const struct event *name)
{
    int how = name ? (int)name->result : RC_HOW_CALLBACK;

    switch (event->kind) {
    case EVENT_LEAVE:
        return closes(event, enter->ctx) ||
               (event->what == OP_OPERATION && event->subject == enter->subject &&
                (event->result != 0 || how == RC_HOW_SYNCHRONOUS));
    case EVENT_COMPLETED:
        return event->subject == enter->subject;
    case EVENT_GOT:
        return how == RC_HOW_EVENT && event->extra == RC_EVENT_COMPLETE &&
               event->ctx == enter->ctx && event->value == name->value;
    default:
        return false;
    }
}

bool operation_may_run(const struct history *history, int ctx, size_t i)
{
    for (size_t from = 0; from < i; from++) {
        const struct event *enter = history_event(history, from), *name;
        size_t k = from + 1;

        if (enter->kind != EVENT_ENTER || enter->what != OP_OPERATION ||
            (ctx >= 0 && enter->ctx != ctx))
            continue;
        name = naming(history, enter->subject, from);
        while (k < i && !ends(history_event(history, k), enter, name))
            k++;
        if (k == i)
            return true;
    }
    return false;
}

bool enabling_may_be(const struct history *history, size_t i)
{
    for (size_t from = 0; from < i; from++) {
        const struct event *enter = history_event(history, from);
        size_t k = from + 1;

        if (enter->kind != EVENT_ENTER || enter->what != OP_ENABLE)
            continue;
        for (; k < i; k++) {
            const struct event *event = history_event(history, k);

            if (closes(event, enter->ctx) ||
                (event->kind == EVENT_LEAVE && event->subject == enter->subject &&
                 (event->what == OP_DISABLE || (event->what == OP_ENABLE && event->result != 0))))
                break;
        }
        if (k == i)
            return true;
    }
    return false;
}
