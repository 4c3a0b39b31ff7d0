/* SPDX-License-Identifier: MIT */
/*
 * Requests about event loops: how the application's own goes about its duties, and the steps of one
 * that polls by hand. A set of fds that beforepoll gave belongs to its ctx until afterpoll has had
 * it; one lane at a time has to do with it, as the interface itself demands.
 */
#include "host/verbs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "host/clock.h"
#include "host/lane.h"
#include "host/library.h"
#include "host/loop.h"
#include "host/register.h"
#include "probe/probe.h"

enum { POLLED = 1024, SETS = 64 };

/* What a ctx is about to be polled for. */
static struct set {
    const struct context *context;
    int count, timeout_ms;
    struct pollfd fds[POLLED];
} sets[SETS];

static struct set *set_of(const struct context *context)
{
    return &sets[context_place(context) % SETS];
}

void verb_clock(struct request *request)
{
    long offset;

    if (!word_number(request, request->word[1], 0, LONG_MAX, &offset))
        return;
    clock_move(offset);
    lanes_ring();
    request_ok(request, NULL);
}

/* -- hooks -- */

static struct context *word_loop(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);

    if (context != NULL && context->loop == NULL) {
        request_error(request, -ENOENT, "%s has no hooks", request->word[1]);
        return NULL;
    }
    return context;
}

void verb_habit(struct request *request)
{
    static const struct {
        const char *word;
        unsigned habit;
    } words[] = {
        {"prompt", 0},
        {"late", HABIT_LATE},
        {"twice", HABIT_TWICE},
        {"stale", HABIT_STALE},
        {"other-fd", HABIT_OTHER_FD},
        {"spurious", HABIT_SPURIOUS},
        {"sparing", HABIT_SPARING},
        {"again", HABIT_AGAIN},
        {"reentrant", HABIT_REENTRANT},
        {"valueless", HABIT_VALUELESS},
        {"patient", HABIT_PATIENT},
        {"guarded", HABIT_GUARDED},
    };
    struct context *context = word_loop(request);

    if (context == NULL)
        return;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, request->word[2]) == 0) {
            loop_set_habit(context, words[i].habit);
            lanes_ring();
            request_ok(request, NULL);
            return;
        }
    request_error(request, -EINVAL, "habit does not know %s", request->word[2]);
}

/* Also where it has some already: the library is to find that out. */
void verb_hooks(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);

    if (context != NULL)
        request_result(request, context->loop != NULL ? library_hooks(context, &loop_hooks)
                                                      : loop_attach(context));
}

void verb_refuse(struct request *request)
{
    struct context *context = word_loop(request);
    struct loop_refusal refusal;
    long value, skip, times;
    int64_t hook;

    if (context == NULL || !word_listed(request, request->word[2], FORM_HOOK, &hook))
        return;
    if (hook == HOOK_FD_DEREGISTER || hook == HOOK_TIMEOUT_DEREGISTER) {
        request_error(request, -EINVAL, "%s has no result: it cannot fail", request->word[2]);
        return;
    }
    if (!word_number(request, request->word[3], RC_HOOK_FAILED, 1000000, &value) ||
        !word_number(request, request->word[4], 0, 1000000000, &skip) ||
        !word_number(request, request->word[5], 0, 1000000000, &times))
        return;
    refusal.hook = (enum event_hook)hook;
    refusal.value = (int)value;
    refusal.skip = (uint32_t)skip;
    refusal.times = (uint32_t)times;
    loop_refuse(context, &refusal);
    request_ok(request, NULL);
}

void verb_registrations(struct request *request)
{
    struct context *context = word_loop(request);
    int fds, timeouts;

    if (context == NULL)
        return;
    loop_count(context, &fds, &timeouts);
    request_ok(request, "fds=%d timeouts=%d", fds, timeouts);
}

/* -- polling by hand -- */

void verb_beforepoll(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct set *set;
    long room, timeout;
    int rc;

    if (context == NULL || !word_number(request, request->word[2], 0, POLLED, &room) ||
        !word_number(request, request->word[3], -1, INT_MAX, &timeout))
        return;
    set = set_of(context);
    set->context = context;
    set->count = (int)room;
    set->timeout_ms = (int)timeout;
    rc = library_beforepoll(context, &set->count, room > 0 ? set->fds : NULL, &set->timeout_ms,
                            clock_now_us(context));
    if (rc != 0)
        request_error(request, rc, "nfds=%d timeout=%d", set->count, set->timeout_ms);
    else
        request_ok(request, "nfds=%d timeout=%d", set->count, set->timeout_ms);
    if (rc != 0 || set->count > (int)room)
        set->context = NULL;
}

static struct set *word_set(struct request *request, struct context **context)
{
    *context = word_context(request, request->word[1]);
    if (*context == NULL)
        return NULL;
    if (set_of(*context)->context != *context) {
        request_error(request, -ENOENT, "no beforepoll of %s came before", request->word[1]);
        return NULL;
    }
    return set_of(*context);
}

/* Waits as long as the library said, or as the word says. */
void verb_poll(struct request *request)
{
    struct context *context;
    struct set *set = word_set(request, &context);
    long timeout;
    int ready;

    if (set == NULL)
        return;
    timeout = set->timeout_ms;
    if (request->words > 2 && !word_number(request, request->word[2], -1, INT_MAX, &timeout))
        return;
    ready = probe_real.poll(set->fds, (nfds_t)set->count, (int)timeout);
    if (ready < 0)
        request_error(request, -errno, NULL);
    else
        request_ok(request, "ready=%d", ready);
}

void verb_afterpoll(struct request *request)
{
    struct context *context;
    struct set *set = word_set(request, &context);

    if (set == NULL)
        return;
    set->context = NULL;
    request_result(request,
                   library_afterpoll(context, set->count, set->fds, clock_now_us(context)));
}
