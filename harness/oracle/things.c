/* SPDX-License-Identifier: MIT */
/*
 * Two passes: the names first, as the runner may give a name after the thing is there, then what
 * became of each (things_fates.c).
 */
#include "oracle/things.h"

#include <stdlib.h>

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

struct things *things_build(const struct history *history)
{
    struct things *things = calloc(1, sizeof(*things));
    int rc = things ? 0 : -1;

    for (size_t i = 0; i < history_count(history) && rc == 0; i++)
        rc = read_name(things, history_event(history, i));
    if (rc == 0) {
        find_shared(things);
        rc = things_read_fates(things, history);
    }
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
