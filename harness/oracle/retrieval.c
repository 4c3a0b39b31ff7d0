/* SPDX-License-Identifier: MIT */
/*
 * Retrieval: who asks for events of certain types is given no others; what the application wants
 * to be called back with is not queued, and nothing else comes by the callback; of what waits in
 * the queue the first comes first.
 *
 * The mask of the callback counts as the one in force only where it was set before the event could
 * have been asked for and not touched since: an event keeps the way that was right when it
 * occurred.
 */
#include "history/words.h"
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOK_BACK = 64 }; /* so many events given before one are compared with it */

/* -- what was asked for -- */

/* The ENTER or LEAVE of the call that gave the event, which says what was asked for; NEVER. */
static size_t request_of(const struct history *history, const struct thread *thread,
                         const size_t *left, enum event_op op)
{
    const struct event *inside = thread_op(history, thread);

    if (inside && inside->what == op)
        return thread->op[thread->ops - 1];
    return left ? *left : NEVER;
}

static void judge_given(struct trial *trial, size_t asked, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct event *call = history_event(trial->history, asked);
    char who[WHO_SIZE];

    who_lane(trial, event, who);
    if (!types_have(call->value, event->extra))
        prove(charge(trial, "EV-03", "type", who,
                     "was given an event of type %s (%lld), for which it had not asked",
                     event_type_word(event->extra), (long long)event->extra),
              asked, i);
    if (call->extra != -1 && call->extra != event->value)
        prove(charge(trial, "EV-02", "unwanted", who,
                     "was given an event with the value %llu, and wanted only those with %llu",
                     (unsigned long long)event->value, (unsigned long long)call->extra),
              asked, i);
}

/* -- the way -- */

/* The earliest moment at which anything that this event may be about was asked for. */
static size_t asked_since(const struct trial *trial, const struct event *event)
{
    const struct things *things = trial->facts->things;
    const struct operation_fact *operation, *next;
    const struct evgen_fact *evgen, *next_evgen;
    size_t since = NEVER;

    if (event->extra == RC_EVENT_COMPLETE || event->extra == RC_EVENT_PROGRESS) {
        HASH_ITER (hh, things->operations, operation, next) {
            int64_t user =
                event->extra == RC_EVENT_COMPLETE ? operation->user : operation->progress_user;

            if (operation->ctx == event->ctx && user == event->value &&
                operation->start.entered < since)
                since = operation->start.entered;
        }
        return since;
    }
    HASH_ITER (hh, things->evgens, evgen, next_evgen)
        if (evgen->ctx == event->ctx && evgen->about == event->subject &&
            evgen->user == event->value && evgen->enable.entered < since)
            since = evgen->enable.entered;
    return since;
}

static void judge_way(struct trial *trial, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    bool called = event->what == WAY_CALLBACK;
    size_t since = asked_since(trial, event), set;
    char who[WHO_SIZE];
    int64_t mask;

    if (since >= i ||
        !things_mask(trial->facts->things, trial->history, event->ctx, since, i, &mask, &set) ||
        types_have(mask, event->extra) == called)
        return;
    who_ctx(trial, event->ctx, who);
    prove(charge(trial, "EV-11", called ? "called" : "queued", who,
                 called ? "called back with an event of type %s, which is not in the mask"
                        : "kept an event of type %s in the queue, which is in the callback's mask",
                 event_type_word(event->extra)),
          set, since, i);
}

/* -- the order -- */

/* An event that was taken out of a queue, and of which it is known when it happened. */
struct taken {
    int ctx;
    int64_t type, user;
    size_t step, happened; /* the step in which it did, and by when it had */
    size_t asked, got;     /* the ENTER of the call that gave it, and when */
};

struct queue {
    struct taken *list;
    size_t count, size;
};

/* The enabling that the event is of was there when it happened, and there is but one like it. */
static bool enabled_once(const struct things *things, const struct event *event, size_t step)
{
    const struct evgen_fact *evgen, *next;
    unsigned count = 0;

    HASH_ITER (hh, things->evgens, evgen, next) {
        if (evgen->ctx != event->ctx || evgen->about != event->subject ||
            evgen->user != event->value)
            continue;
        if (!call_done(&evgen->enable, step))
            return false;
        count++;
    }
    return count == 1;
}

static void note_taken(struct trial *trial, struct queue *queue, size_t asked, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct things *things = trial->facts->things;
    const struct subject_fact *subject = things_subject(things, event->subject);
    enum rc_subject_change change =
        event->extra == RC_EVENT_ENDED ? RC_SUBJECT_ENDS : RC_SUBJECT_VANISHES;
    struct taken *list;

    if (!subject || subject->doubtful ||
        (event->extra != RC_EVENT_ENDED && event->extra != RC_EVENT_VANISHED))
        return;
    if (subject->step[change] == NEVER || !enabled_once(things, event, subject->step[change]))
        return;
    if (queue->count == queue->size) {
        queue->size = queue->size ? queue->size * 2 : 16;
        list = realloc(queue->list, queue->size * sizeof(*list));
        if (!list)
            return;
        queue->list = list;
    }
    queue->list[queue->count++] = (struct taken){event->ctx,
                                                 event->extra,
                                                 event->value,
                                                 subject->step[change],
                                                 subject->changed[change],
                                                 asked,
                                                 i};
}

/* Whether `late` waited in the queue when it was asked for what gave `early`, and fitted. */
static bool passed_over(const struct trial *trial, const struct taken *late,
                        const struct taken *early)
{
    const struct event *call = history_event(trial->history, early->asked);
    size_t rest;

    if (early->ctx != late->ctx || early->step < late->happened || late->asked < early->got ||
        !types_have(call->value, late->type) || (call->extra != -1 && call->extra != late->user))
        return false;
    rest = facts_rest(trial->facts, late->ctx, late->happened, early->step);
    return rest != NEVER && early->asked > rest;
}

static void judge_order(struct trial *trial, const struct queue *queue)
{
    char who[WHO_SIZE];

    for (size_t a = 0; a < queue->count; a++) {
        for (size_t b = a > LOOK_BACK ? a - LOOK_BACK : 0; b < a; b++) {
            const struct taken *late = &queue->list[a], *early = &queue->list[b];

            if (!passed_over(trial, late, early))
                continue;
            prove(charge(trial, "EV-01", "order",
                         who_lane(trial, history_event(trial->history, early->got), who),
                         "was given an event out of the queue while an earlier one waited there"),
                  late->happened, early->happened, early->got, late->got);
            return;
        }
    }
}

void judge_retrieval(const struct history *history, const struct subject *subject,
                     struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    struct queue queue = {NULL, 0, 0};

    if (!trial_open(&trial, history, subject, findings, "retrieval"))
        return;
    if (trial.facts->things->lost)
        goto out;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread = threads_find(&threads, event->pid, event->tid);
        enum event_op op = event->what == WAY_CHECK ? OP_CHECK : OP_WAIT;
        size_t asked;

        /* The LEAVE takes the ENTER off: it is kept for the event that follows. */
        if (event->kind == EVENT_LEAVE && thread &&
            (event->what == OP_CHECK || event->what == OP_WAIT)) {
            const struct event *enter = thread_op(history, thread);

            if (!thread->own)
                thread->own = malloc(sizeof(size_t));
            if (thread->own)
                *(size_t *)thread->own = enter && enter->what == event->what && event->result == 0
                                             ? thread->op[thread->ops - 1]
                                             : NEVER;
        }
        thread = threads_follow(&threads, history, i);
        if (!thread || event->kind != EVENT_GOT || event->what == WAY_PROGRESS)
            continue;
        judge_way(&trial, i);
        if (event->what != WAY_CHECK && event->what != WAY_WAIT)
            continue;
        asked = request_of(history, thread, thread->own, op);
        if (asked == NEVER || history_event(history, asked)->what != op)
            continue;
        judge_given(&trial, asked, i);
        note_taken(&trial, &queue, asked, i);
    }
    if (!trial.facts->things->irregular)
        judge_order(&trial, &queue);
out:
    free(queue.list);
    threads_free(&threads, free);
    trial_close(&trial);
}
