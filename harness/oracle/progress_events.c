/* SPDX-License-Identifier: MIT */
/*
 * Who waits for an event, or for an operation to end, may wait for ever: that is a hang only where
 * it is proved that what is waited for has happened. All other calls come back.
 *
 * In a guarded application no other thread is in the library meanwhile, nor may the one that waits
 * rely on any.
 */
#include "oracle/progress.h"

/* The event that the call waits for happened, and was given to nobody. */
static bool has_come(const struct trial *trial, const struct event *call, size_t i)
{
    const struct things *things = trial->facts->things;
    const struct evgen_fact *evgen, *next;
    int64_t types;
    size_t set;

    HASH_ITER (hh, things->evgens, evgen, next) {
        const struct subject_fact *subject = things_subject(things, evgen->about);
        bool path = subject && subject->kind == RC_SUBJECT_PATH;
        int64_t type = path ? RC_EVENT_VANISHED : RC_EVENT_ENDED;
        enum rc_subject_change change = path ? RC_SUBJECT_VANISHES : RC_SUBJECT_ENDS;
        bool told = false;

        if (!subject || subject->doubtful || evgen->ctx != call->ctx ||
            subject->changed[change] > i || subject->step[change] == NEVER ||
            !call_done(&evgen->enable, subject->step[change]) || evgen->disable.entered != NEVER ||
            !types_have(call->value, type) || (call->extra != -1 && call->extra != evgen->user) ||
            !things_mask(things, trial->history, call->ctx, evgen->enable.entered, i, &types,
                         &set) ||
            types_have(types, type))
            continue;
        for (size_t n = evgen->enable.entered; n < history_count(trial->history) && !told; n++) {
            const struct event *event = history_event(trial->history, n);

            told = event->kind == EVENT_GOT && event->ctx == call->ctx && event->extra == type &&
                   event->value == evgen->user;
        }
        if (!told)
            return true;
    }
    return false;
}

/* A synchronous operation had children, and they are all reaped. */
static bool is_over(const struct trial *trial, const struct event *call)
{
    const struct things *things = trial->facts->things;
    bool any = false;

    for (size_t n = 0; n < things->helper_count; n++) {
        const struct helper_fact *helper = &things->helpers[n];

        if (helper->operation == 0 ||
            (helper->operation == call->subject && helper->reaped == NEVER))
            return false;
        any = any || helper->operation == call->subject;
    }
    return any && !things->hidden_births && !things->irregular;
}

/* A hook failed in the call, on its thread. */
static bool hook_failed(const struct trial *trial, size_t entered, size_t i)
{
    const struct event *call = history_event(trial->history, entered);

    for (size_t n = entered; n < i; n++) {
        const struct event *event = history_event(trial->history, n);

        if (event->kind == EVENT_HOOK && event->result != 0 && event->pid == call->pid &&
            event->tid == call->tid)
            return true;
    }
    return false;
}

const char *hang_of_events(const struct trial *trial, size_t entered, size_t i,
                           const char *otherwise)
{
    const struct event *call = history_event(trial->history, entered);
    const struct things *things = trial->facts->things;
    const struct operation_fact *operation;

    if (hook_failed(trial, entered, i))
        return "OE-43";
    if (call->what < OP_CHECK)
        return otherwise;
    switch (call->what) {
    case OP_CHECK:
        return "EV-01";
    case OP_WAIT:
        return things->irregular || !has_come(trial, call, i) ? NULL
               : things->guarded                              ? "OE-37"
                                                              : "EV-04";
    case OP_OPERATION:
        operation = things_operation(things, call->subject);
        if (!operation || operation->how != RC_HOW_SYNCHRONOUS)
            return "XC-28";
        return !is_over(trial, call) ? NULL : things->guarded ? "OE-37" : "AO-10";
    case OP_OCCURRED_FD:
    case OP_OCCURRED_TIMEOUT:
        return "AO-11";
    case OP_BEFOREPOLL:
    case OP_AFTERPOLL:
        return "XC-16";
    default:
        return "XC-28";
    }
}

/* The application spoke of what it should not speak of any more, or of something else. */
static const char *misplaced(const struct trial *trial, size_t entered)
{
    const struct event *call = history_event(trial->history, entered);

    for (size_t n = entered; n-- > 0;) {
        const struct event *event = history_event(trial->history, n);

        if (event->kind != EVENT_HOOK || event->ctx != call->ctx || event->value != call->value)
            continue;
        if (event->what == HOOK_FD_DEREGISTER)
            return "OE-29";
        if (event->what == HOOK_TIMEOUT_MODIFY)
            return "OE-34";
        return call->what == OP_OCCURRED_FD && event->subject != call->subject ? "OE-30" : NULL;
    }
    return NULL;
}

const char *crash_of_events(const struct trial *trial, size_t entered, size_t i)
{
    const struct event *call = history_event(trial->history, entered);

    if (hook_failed(trial, entered, i))
        return "OE-43";
    switch (call->what) {
    case OP_OCCURRED_FD:
    case OP_OCCURRED_TIMEOUT:
        return misplaced(trial, entered);
    case OP_ABORT:
        return "AO-17";
    default:
        return NULL;
    }
}

bool may_wait(const struct trial *trial, const struct thread *thread)
{
    const struct event *op = thread_op(trial->history, thread);

    return op && (op->what == OP_WAIT || op->what == OP_OPERATION);
}
