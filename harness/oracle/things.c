/* SPDX-License-Identifier: MIT */
/*
 * Two passes: the names first, as the runner may give a name after the thing is there, then what
 * became of each.
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

static const struct call_fact no_call = {NEVER, NEVER, 0};

#define FIND(things, list, number_, found)                                                         \
    do {                                                                                           \
        int key_ = (number_);                                                                      \
        HASH_FIND_INT((things)->list, &key_, found);                                               \
    } while (0)

/* Finds it or makes it, empty; NULL for want of memory. */
#define FIND_OR_ADD(things, list, number_, found)                                                  \
    do {                                                                                           \
        FIND(things, list, number_, found);                                                        \
        if (!(found) && ((found) = calloc(1, sizeof(*(found))))) {                                 \
            (found)->number = (number_);                                                           \
            HASH_ADD_INT((things)->list, number, found);                                           \
        }                                                                                          \
    } while (0)

#define FREE_ALL(things, list, type)                                                               \
    do {                                                                                           \
        struct type *one_, *next_;                                                                 \
        HASH_ITER (hh, (things)->list, one_, next_) {                                              \
            HASH_DEL((things)->list, one_);                                                        \
            free(one_);                                                                            \
        }                                                                                          \
    } while (0)

struct subject_fact *things_subject(const struct things *things, int number)
{
    struct subject_fact *found;

    FIND(things, subjects, number, found);
    return found;
}

struct evgen_fact *things_evgen(const struct things *things, int number)
{
    struct evgen_fact *found;

    FIND(things, evgens, number, found);
    return found;
}

struct operation_fact *things_operation(const struct things *things, int number)
{
    struct operation_fact *found;

    FIND(things, operations, number, found);
    return found;
}

struct watch_fact *things_watch(const struct things *things, int number)
{
    struct watch_fact *found;

    FIND(things, watches, number, found);
    return found;
}

/* -- the names -- */

static int name_subject(struct things *things, const struct event *event)
{
    struct subject_fact *subject, *other, *next;

    FIND_OR_ADD(things, subjects, event->subject, subject);
    if (!subject)
        return -1;
    subject->kind = (int)event->extra;
    subject->id = event->value;
    for (int i = 0; i <= RC_SUBJECT_VANISHES; i++)
        subject->changed[i] = subject->step[i] = NEVER;
    HASH_ITER (hh, things->subjects, other, next)
        if (other != subject && subject->kind == RC_SUBJECT_PROCESS &&
            other->kind == subject->kind && other->id == subject->id)
            other->doubtful = subject->doubtful = true;
    return 0;
}

static int name_evgen(struct things *things, const struct event *event)
{
    struct evgen_fact *evgen;

    FIND_OR_ADD(things, evgens, event->subject, evgen);
    if (!evgen)
        return -1;
    evgen->ctx = event->ctx;
    evgen->about = (int)event->extra;
    evgen->user = event->value;
    evgen->enable = evgen->disable = no_call;
    evgen->closed = NEVER;
    return 0;
}

static int name_operation(struct things *things, const struct event *event)
{
    struct operation_fact *operation;

    FIND_OR_ADD(things, operations, event->subject, operation);
    if (!operation)
        return -1;
    operation->ctx = event->ctx;
    operation->kind = (int)event->extra;
    operation->how = event->what;
    operation->user = event->value;
    operation->progress = event->error;
    operation->progress_user = event->result;
    operation->start = operation->abort = no_call;
    operation->ended = operation->closed = NEVER;
    return 0;
}

static int name_watch(struct things *things, const struct event *event)
{
    struct watch_fact *watch;

    FIND_OR_ADD(things, watches, event->subject, watch);
    if (!watch)
        return -1;
    watch->ctx = event->ctx;
    watch->fd = -1;
    watch->observe = watch->unobserve = no_call;
    watch->closed = NEVER;
    return 0;
}

static int read_name(struct things *things, const struct event *event)
{
    switch (event->kind) {
    case EVENT_SUBJECT:
        return name_subject(things, event);
    case EVENT_EVGEN:
        return name_evgen(things, event);
    case EVENT_OPERATION:
        return name_operation(things, event);
    case EVENT_WATCH:
        return name_watch(things, event);
    default:
        return 0;
    }
}

static void find_shared(struct things *things)
{
    struct operation_fact *one, *other, *next;

    for (one = things->operations; one; one = one->hh.next) {
        if (one->how != RC_HOW_EVENT || one->shared)
            continue;
        for (other = one->hh.next; other; other = next) {
            next = other->hh.next;
            if (other->how == RC_HOW_EVENT && other->ctx == one->ctx && other->user == one->user)
                one->shared = other->shared = true;
        }
    }
}

/* -- what became of them -- */

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

/* A step that has the application's event loop be late, or leaves somebody alive who holds on to
 * what a child had open. */
static bool is_irregular(const char *step)
{
    return strstr(step, "application late ") || strstr(step, "grandchild ");
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

struct things *things_build(const struct history *history)
{
    struct things *things = calloc(1, sizeof(*things));
    struct threads threads = {NULL};
    size_t count = history_count(history), step = NEVER, i;
    int rc = things ? 0 : -1;
    long held = 0;

    for (i = 0; i < count && rc == 0; i++)
        rc = read_name(things, history_event(history, i));
    if (rc == 0)
        find_shared(things);
    for (i = 0; i < count && rc == 0; i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_STEP)
            step = i;
        held += (event->kind == EVENT_HELD) - (event->kind == EVENT_FREED && held > 0);
        rc = read_fate(things, history, threads_follow(&threads, history, i), held ? NEVER : step,
                       i);
    }
    threads_free(&threads, NULL);
    if (rc == 0)
        return things;
    things_free(things);
    return NULL;
}

void things_free(struct things *things)
{
    if (!things)
        return;
    FREE_ALL(things, subjects, subject_fact);
    FREE_ALL(things, evgens, evgen_fact);
    FREE_ALL(things, operations, operation_fact);
    FREE_ALL(things, watches, watch_fact);
    free(things->helpers);
    free(things->masks);
    free(things);
}
