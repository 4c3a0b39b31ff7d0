/* SPDX-License-Identifier: MIT */
/*
 * Operations: one that was started ends once, in the form that its how asks for; one that was not
 * started never does. Of its progress is told what was asked for, and nothing after its end. What
 * an end is to come after, and what is said of it, is judged in operations_end.c.
 */
#include "oracle/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct course *course_of(struct course **courses, int number)
{
    struct course *course;

    HASH_FIND_INT(*courses, &number, course);
    if (course)
        return course;
    course = calloc(1, sizeof(*course));
    if (!course)
        return NULL;
    course->number = number;
    course->first = course->in_callback = NEVER;
    HASH_ADD_INT(*courses, number, course);
    return course;
}

/* -- ends that are told -- */

static void judge_end(struct trial *trial, struct course **courses,
                      const struct operation_fact *operation, size_t i)
{
    struct course *course = course_of(courses, operation->number);
    const struct call_fact *start = &operation->start;
    char who[WHO_SIZE];

    if (!course)
        return;
    who_operation(trial, operation, who);
    if (course->ends++ > 0) {
        prove(charge(trial, "AO-03", "twice", who, "was said to be over more than once"),
              start->entered, course->first, i);
        return;
    }
    course->first = i;
    if (start->entered > i)
        prove(
            charge(trial, "AO-03", "not started", who, "was said to be over before it was started"),
            i, start->entered);
    else if (start->left != NEVER && start->result != 0)
        prove(charge(trial, start->left < i ? "AO-02" : "AO-04", "failed to start", who,
                     "was said to be over, but the call that was to start it returned %lld",
                     (long long)start->result),
              start->entered, i, start->left);
    judge_operation_end(trial, operation, course, i);
}

static void judge_completed(struct trial *trial, struct course **courses, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct operation_fact *operation = things_operation(trial->facts->things, event->subject);
    char who[WHO_SIZE];

    if (!operation) {
        prove(charge(trial, "AO-03", "nobody's", who_lane(trial, event, who),
                     "called back for an operation with a value that no operation was given"),
              i);
        return;
    }
    who_operation(trial, operation, who);
    if (operation->how == RC_HOW_SYNCHRONOUS)
        prove(charge(trial, "AO-01", "form", who,
                     "was synchronous, and a callback was called for its end"),
              operation->start.entered, i);
    else if (operation->how != RC_HOW_CALLBACK)
        prove(charge(trial, "AO-03", "form", who,
                     "was to end in an event, and a callback was called"),
              operation->start.entered, i);
    else
        judge_end(trial, courses, operation, i);
}

/* An event says that an operation is over: which one, its value tells. */
static void judge_event(struct trial *trial, struct course **courses, size_t i)
{
    const struct things *things = trial->facts->things;
    const struct event *event = history_event(trial->history, i);
    const struct operation_fact *operation, *next, *found = NULL;
    size_t asked = 0, started = NEVER;
    struct course *course;
    char who[WHO_SIZE];

    HASH_ITER (hh, things->operations, operation, next) {
        if (operation->how != RC_HOW_EVENT || operation->ctx != event->ctx ||
            operation->user != event->value)
            continue;
        if (!found)
            found = operation;
        if (operation->start.entered < i && started == NEVER)
            started = operation->start.entered;
        asked += call_begun(&operation->start, i);
    }
    if (!found) {
        who_ctx(trial, event->ctx, who);
        prove(charge(trial, "AO-03", "value", who,
                     "said that an operation with the value %llu was over, and none had that",
                     (unsigned long long)event->value),
              i);
        return;
    }
    if (!found->shared) {
        judge_end(trial, courses, found, i);
        return;
    }
    course = course_of(courses, found->number);
    if (!course || course->ends++ < asked)
        return;
    prove(
        charge(trial, "AO-03", "too many", who_operation(trial, found, who),
               "and those with the same value were said to be over %zu times, and %zu had started",
               course->ends, asked),
        started, i);
}

/* -- progress -- */

static void judge_progress_event(struct trial *trial, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct operation_fact *operation, *next;
    char who[WHO_SIZE];

    HASH_ITER (hh, trial->facts->things->operations, operation, next)
        if (operation->ctx == event->ctx && operation->progress == RC_HOW_EVENT &&
            operation->progress_user == event->value && operation->start.entered < i)
            return;
    who_ctx(trial, event->ctx, who);
    prove(charge(trial, "AO-08", "value", who,
                 "told of progress with the value %llu, which nobody had asked for",
                 (unsigned long long)event->value),
          i);
}

static void judge_progress_callback(struct trial *trial, struct course **courses, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct operation_fact *operation = things_operation(trial->facts->things, event->subject);
    struct course *course = operation ? course_of(courses, operation->number) : NULL;
    size_t end = operation ? operation->ended : NEVER;
    struct finding *finding;
    char who[WHO_SIZE];

    if (!operation || operation->progress != RC_HOW_CALLBACK) {
        prove(charge(trial, "AO-08", "nobody's", who_lane(trial, event, who),
                     "called back for progress with a value that was given for none"),
              i);
        return;
    }
    if (course) {
        course->callbacks++;
        course->in_callback = i;
    }
    if (end > i)
        return;
    finding = charge(trial, "AO-08", "late", who_operation(trial, operation, who),
                     "told of progress after it was said to be over");
    prove(finding, operation->start.entered, end, i);
    if (finding)
        finding->also = "AO-09";
}

/* -- ends that are not told -- */

/* By when all children of the operation had been reaped; NEVER where it had none, or one lives. */
static size_t children_gone(const struct things *things, const struct operation_fact *operation)
{
    size_t gone = NEVER;

    for (size_t n = 0; n < things->helper_count; n++) {
        const struct helper_fact *helper = &things->helpers[n];

        if (helper->operation == 0 ||
            (helper->operation == operation->number && (helper->reaped == NEVER)))
            return NEVER;
        if (helper->operation == operation->number && (gone == NEVER || helper->reaped > gone))
            gone = helper->reaped;
    }
    return gone;
}

/*
 * All that it could have waited for was over, everything was at rest, and later the ctx was closed
 * as one that nobody needs any more.
 */
static void judge_missing(struct trial *trial, const struct operation_fact *operation)
{
    const struct facts *facts = trial->facts;
    const struct things *things = facts->things;
    size_t gone = children_gone(things, operation), rest, set, in_vain = NEVER;
    const struct ctx_fact *ctx;
    char who[WHO_SIZE];
    int64_t types;

    if (operation->how == RC_HOW_SYNCHRONOUS || operation->shared || operation->ended != NEVER ||
        !call_done(&operation->start, NEVER) || gone == NEVER || things->hidden_births ||
        things->irregular || operation->ctx < 0 || (size_t)operation->ctx >= facts->ctx_count)
        return;
    ctx = &facts->ctxs[operation->ctx];
    if (!ctx->process || ctx->closed == NEVER)
        return;
    if (gone < operation->start.left)
        gone = operation->start.left;
    rest = facts_rest(facts, operation->ctx, gone, ctx->closing);
    if (rest == NEVER)
        return;
    for (size_t i = gone; i < history_count(trial->history); i++)
        if (history_event(trial->history, i)->kind == EVENT_DISASTER &&
            history_event(trial->history, i)->ctx == operation->ctx)
            return;
    if (operation->how == RC_HOW_EVENT) {
        if (!things_mask(things, trial->history, operation->ctx, operation->start.entered, NEVER,
                         &types, &set))
            return;
        in_vain = things_asked_in_vain(trial->history, operation->ctx, RC_EVENT_COMPLETE,
                                       operation->user, rest);
        if (!types_have(types, RC_EVENT_COMPLETE) && in_vain == NEVER)
            return;
    }
    prove(charge(trial, "AO-03", "missing", who_operation(trial, operation, who),
                 "was never said to be over, though its child was reaped"),
          operation->start.left, gone, rest, in_vain);
}

/* -- all of it -- */

static void judge_one(struct trial *trial, struct course **courses, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct operation_fact *operation = NULL;
    struct course *course = NULL;

    switch (event->kind) {
    case EVENT_COMPLETED:
        judge_completed(trial, courses, i);
        break;
    case EVENT_GOT:
        if (event->extra == RC_EVENT_COMPLETE)
            judge_event(trial, courses, i);
        else if (event->what == WAY_PROGRESS)
            judge_progress_callback(trial, courses, i);
        else if (event->extra == RC_EVENT_PROGRESS)
            judge_progress_event(trial, i);
        break;
    case EVENT_RETURNED:
        HASH_FIND_INT(*courses, &event->subject, course);
        if (course && event->what == WAY_PROGRESS && course->callbacks)
            course->callbacks--;
        break;
    case EVENT_LEAVE:
        if (event->what == OP_OPERATION)
            operation = things_operation(trial->facts->things, event->subject);
        if (!operation || operation->how != RC_HOW_SYNCHRONOUS)
            break;
        HASH_FIND_INT(*courses, &operation->number, course);
        judge_operation_end(trial, operation, course, i);
        break;
    default:
        break;
    }
}

void judge_operations(const struct history *history, const struct subject *subject,
                      struct findings *findings)
{
    struct trial trial;
    struct course *courses = NULL, *course, *next;
    const struct operation_fact *operation, *next_operation;

    if (!trial_open(&trial, history, subject, findings, "operations"))
        return;
    if (trial.facts->things->lost)
        goto out;
    for (size_t i = 0; i < history_count(history); i++)
        judge_one(&trial, &courses, i);
    if (trial.facts->crashed == NEVER && trial.facts->hung == NEVER) {
        HASH_ITER (hh, trial.facts->things->operations, operation, next_operation)
            judge_missing(&trial, operation);
    }
    HASH_ITER (hh, courses, course, next) {
        HASH_DEL(courses, course);
        free(course);
    }
out:
    trial_close(&trial);
}
