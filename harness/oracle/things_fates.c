/* SPDX-License-Identifier: MIT */
/*
 * What became of the things that were named: calls about them, changes of subjects, the children of
 * operations and their ends.
 *
 * A child that the library forks inside the call that starts an operation is that operation's. One
 * that it forks elsewhere (the second of two, from where it heard of the first one's end) is the
 * operation's where only one is on its way, and nobody's to judge where there are several, or an
 * enabling, which may have children as well. A call that waits for its operation is such an
 * elsewhere: the thread drives all others of the ctx.
 */
#include "oracle/things.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "history/calls.h"
#include "oracle/facts.h"

static void read_call(struct call_fact *call, const struct event *event, size_t i)
{
    if (event->kind == EVENT_ENTER && call->entered == NEVER) {
        call->entered = i;
    } else if (event->kind == EVENT_LEAVE && call->left == NEVER) {
        call->left = i;
        call->result = event->result;
    }
}

static void read_operation(struct things *things, const struct event *event, size_t i)
{
    struct operation_fact *operation = things_operation(things, event->subject);

    if (!operation)
        return;
    if (event->what == OP_ABORT) {
        read_call(&operation->abort, event, i);
        return;
    }
    read_call(&operation->start, event, i);
    if (event->kind == EVENT_ENTER)
        operation->process = event->pid;
    else if (operation->how == RC_HOW_SYNCHRONOUS && operation->ended == NEVER)
        operation->ended = i;
}

static void read_watch(struct things *things, const struct event *event, size_t i)
{
    struct watch_fact *watch = things_watch(things, event->subject);

    if (!watch)
        return;
    if (event->what == OP_UNOBSERVE) {
        read_call(&watch->unobserve, event, i);
        return;
    }
    read_call(&watch->observe, event, i);
    watch->fd = event->value;
    watch->timer = event->value == -1;
    watch->due_us = event->extra;
}

/* What there was of the ctx is gone. */
static void read_close(struct things *things, const struct event *event, size_t i)
{
    struct evgen_fact *evgen;
    struct operation_fact *operation;
    struct watch_fact *watch;

    for (evgen = things->evgens; evgen; evgen = evgen->hh.next)
        if (evgen->ctx == event->ctx && evgen->closed == NEVER)
            evgen->closed = i;
    for (operation = things->operations; operation; operation = operation->hh.next)
        if (operation->ctx == event->ctx && operation->closed == NEVER)
            operation->closed = i;
    for (watch = things->watches; watch; watch = watch->hh.next)
        if (watch->ctx == event->ctx && watch->closed == NEVER)
            watch->closed = i;
}

static void read_adapter_call(struct things *things, const struct event *event, size_t i)
{
    struct evgen_fact *evgen;

    switch (event->what) {
    case OP_CLOSE:
        if (event->kind == EVENT_LEAVE && event->result == 0)
            read_close(things, event, i);
        break;
    case OP_ENABLE:
    case OP_DISABLE:
        evgen = things_evgen(things, event->subject);
        if (evgen)
            read_call(event->what == OP_ENABLE ? &evgen->enable : &evgen->disable, event, i);
        break;
    case OP_OPERATION:
    case OP_ABORT:
        read_operation(things, event, i);
        break;
    case OP_OBSERVE:
    case OP_UNOBSERVE:
        read_watch(things, event, i);
        break;
    default:
        break;
    }
}

static void read_end(struct things *things, const struct event *event, size_t i)
{
    struct operation_fact *operation, *next;

    if (event->kind == EVENT_COMPLETED) {
        operation = things_operation(things, event->subject);
        if (operation && operation->ended == NEVER)
            operation->ended = i;
        return;
    }
    HASH_ITER (hh, things->operations, operation, next)
        if (operation->how == RC_HOW_EVENT && !operation->shared && operation->ctx == event->ctx &&
            operation->user == event->value && operation->ended == NEVER &&
            operation->start.entered < i)
            operation->ended = i;
}

/* The child that the library made by this call, 0 for none. */
static int child_of(const struct event *event)
{
    if (event->kind != EVENT_CALL || event->zone == ZONE_APPLICATION)
        return 0;
    if (event->what == CALL_FORK && event->result > 0)
        return (int)event->result;
    return event->what == CALL_POSIX_SPAWN && event->result == 0 ? event->subject : 0;
}

static bool starts_a_child_for_the_application(const struct history *history,
                                               const struct thread *thread)
{
    return thread_in_op(history, thread, OP_FORK, NULL) ||
           thread_in_op(history, thread, OP_SPAWN, NULL);
}

static int whose_helper(const struct things *things, const struct history *history,
                        const struct thread *thread, size_t i)
{
    const struct event *op = thread_op(history, thread);
    const struct operation_fact *operation, *next, *found = NULL;
    const struct evgen_fact *evgen, *next_evgen;

    if (op && op->what == OP_OPERATION) {
        found = things_operation(things, op->subject);
        if (!found || found->how != RC_HOW_SYNCHRONOUS)
            return op->subject;
        found = NULL;
    }
    HASH_ITER (hh, things->evgens, evgen, next_evgen)
        if (evgen->enable.entered < i && evgen->closed >= i)
            return 0;
    HASH_ITER (hh, things->operations, operation, next) {
        if (operation->process != thread->key.pid || !operation_lives(operation, i))
            continue;
        if (found)
            return 0;
        found = operation;
    }
    return found ? found->number : 0;
}

static int read_birth(struct things *things, const struct history *history,
                      const struct thread *thread, int pid, size_t i)
{
    struct helper_fact *list = things->helpers;

    if (starts_a_child_for_the_application(history, thread))
        return 0;
    if (things->helper_count == things->helper_size) {
        things->helper_size = things->helper_size ? things->helper_size * 2 : 16;
        list = realloc(list, things->helper_size * sizeof(*list));
        if (!list)
            return -1;
        things->helpers = list;
    }
    list[things->helper_count++] =
        (struct helper_fact){.pid = pid,
                             .process = thread->key.pid,
                             .operation = whose_helper(things, history, thread, i),
                             .born = i,
                             .reaped = NEVER,
                             .status = -1};
    return 0;
}

static void read_reaping(struct things *things, const struct event *event, size_t i)
{
    int pid = facts_waited_for(event);

    if (!pid || (event->kind == EVENT_CALL && event->what == CALL_WAITID &&
                 (event->extra & (WNOWAIT | WSTOPPED | WCONTINUED))))
        return;
    if (event->what != CALL_WAITID &&
        (WIFSTOPPED((int)event->value) || WIFCONTINUED((int)event->value)))
        return;
    for (size_t n = things->helper_count; n-- > 0;) {
        struct helper_fact *helper = &things->helpers[n];

        if (helper->pid != pid || helper->process != event->pid || helper->reaped != NEVER)
            continue;
        helper->reaped = i;
        if (event->kind == EVENT_WAITED || event->what == CALL_WAITPID)
            helper->status = event->value;
        return;
    }
}

static void read_change(struct things *things, const struct event *event, size_t step, size_t i)
{
    struct subject_fact *subject = things_subject(things, event->subject);

    if (!subject || event->value < 0 || event->value > RC_SUBJECT_VANISHES ||
        subject->changed[event->value] != NEVER)
        return;
    subject->changed[event->value] = i;
    subject->step[event->value] = step;
}

static int add_mask(struct things *things, size_t i)
{
    size_t *list = things->masks;

    if (things->mask_count == things->mask_size) {
        things->mask_size = things->mask_size ? things->mask_size * 2 : 16;
        list = realloc(list, things->mask_size * sizeof(*list));
        if (!list)
            return -1;
        things->masks = list;
    }
    list[things->mask_count++] = i;
    return 0;
}

/* A step that has the application's event loop be late. */
static bool is_irregular(const char *step)
{
    return strstr(step, "application late ");
}

/* A step that has the application's event loop go about it otherwise. */
static bool is_guarded(const char *step, bool before)
{
    return strstr(step, "application guarded ") ||
           (before && !(strstr(step, "application ") && strstr(step, " with ")));
}

/* step: the latest, NEVER where a thread is at a gate. */
static int read_fate(struct things *things, const struct history *history,
                     const struct thread *thread, size_t step, size_t i)
{
    const struct event *event = history_event(history, i);
    int pid;

    switch (event->kind) {
    case EVENT_LOST_EVENTS:
        things->lost = true;
        return 0;
    case EVENT_STEP:
        things->irregular = things->irregular || is_irregular(history_text(history, event));
        things->guarded = is_guarded(history_text(history, event), things->guarded);
        return 0;
    case EVENT_HOOK:
        things->irregular = things->irregular || event->result != 0;
        return 0;
    case EVENT_CHANGED:
        read_change(things, event, step, i);
        return 0;
    case EVENT_ENTER:
    case EVENT_LEAVE:
        read_adapter_call(things, event, i);
        return event->what == OP_CALLBACKS ? add_mask(things, i) : 0;
    case EVENT_COMPLETED:
        read_end(things, event, i);
        return 0;
    case EVENT_GOT:
        if (event->extra == RC_EVENT_COMPLETE)
            read_end(things, event, i);
        return 0;
    case EVENT_WATCHED: {
        struct watch_fact *watch = things_watch(things, event->subject);

        if (watch && watch->timer && watch->unobserve.entered == NEVER) /* that ends it */
            watch->unobserve = (struct call_fact){i, i, 0};
        return 0;
    }
    case EVENT_FORKHOOK:
        things->hidden_births = true;
        return 0;
    case EVENT_WAITED:
    case EVENT_CALL:
        pid = child_of(event);
        if (pid && thread)
            return read_birth(things, history, thread, pid, i);
        read_reaping(things, event, i);
        return 0;
    default:
        return 0;
    }
}

int things_read_fates(struct things *things, const struct history *history)
{
    struct threads threads = {NULL};
    size_t step = NEVER;
    long held = 0;
    int rc = 0;

    for (size_t i = 0; i < history_count(history) && rc == 0; i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_STEP)
            step = i;
        held += (event->kind == EVENT_HELD) - (event->kind == EVENT_FREED && held > 0);
        rc = read_fate(things, history, threads_follow(&threads, history, i), held ? NEVER : step,
                       i);
    }
    threads_free(&threads, NULL);
    return rc;
}
