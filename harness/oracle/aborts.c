/* SPDX-License-Identifier: MIT */
/*
 * Aborts: whoever asks for the end of an operation is told that it was found, that it was not, or
 * that somebody had asked already, and each is true.
 *
 * Operations that end in an event of the same value, and synchronous ones, cannot be told apart:
 * an answer is wrong only where it is wrong for all that it may be about. One is over for certain
 * where its end was told before the question, and on its way for certain where a child of its was
 * reaped only after the answer.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "history/calls.h"

/* An abort that came back. */
struct asked {
    const struct operation_fact *operation;
    size_t entered, left;
    int64_t result;
};

struct answers {
    struct asked *list;
    size_t count, size;
};

/* An abort of the one may hit the other. */
static bool is_like(const struct operation_fact *one, const struct operation_fact *other)
{
    if (one == other)
        return true;
    return one->ctx == other->ctx && one->how == other->how && one->how != RC_HOW_CALLBACK &&
           (one->how == RC_HOW_SYNCHRONOUS || one->user == other->user);
}

/* It was certainly not on its way in any of entered..left. */
static bool is_out(const struct operation_fact *operation, size_t entered, size_t left)
{
    const struct call_fact *start = &operation->start;

    if (start->entered == NEVER || start->entered > left || operation->ended < entered)
        return true;
    return operation->how != RC_HOW_SYNCHRONOUS && start->left < entered && start->result != 0;
}

/* A child of its lives in all of entered..left: the birth of it, else NEVER. */
static size_t is_in(const struct things *things, const struct operation_fact *operation,
                    size_t entered, size_t left)
{
    if (operation->start.entered > entered || operation->ended < left ||
        (operation->how != RC_HOW_SYNCHRONOUS && !call_done(&operation->start, entered)))
        return NEVER;
    for (size_t n = 0; n < things->helper_count; n++)
        if (things->helpers[n].operation == operation->number &&
            things->helpers[n].born < entered && things->helpers[n].reaped > left)
            return things->helpers[n].born;
    return NEVER;
}

/* The latest that any such abort was asked for before event i: its number, or -1. */
static long asked_before(const struct answers *answers, const struct operation_fact *operation,
                         size_t i, bool found)
{
    for (size_t n = answers->count; n-- > 0;) {
        const struct asked *asked = &answers->list[n];

        if (is_like(asked->operation, operation) &&
            (found ? asked->result == 0 && asked->left < i : asked->entered < i))
            return (long)n;
    }
    return -1;
}

/* Somebody else is inside such a call, and has not come back. */
static bool is_being_asked(const struct trial *trial, const struct threads *threads,
                           const struct operation_fact *operation, const struct thread *self)
{
    const struct thread *thread, *next;
    size_t at;

    HASH_ITER (hh, threads->all, thread, next) {
        const struct operation_fact *other;

        if (thread == self || !thread_in_op(trial->history, thread, OP_ABORT, &at))
            continue;
        other = things_operation(trial->facts->things, history_event(trial->history, at)->subject);
        if (other && is_like(other, operation))
            return true;
    }
    return false;
}

static void judge_answer(struct trial *trial, const struct answers *answers,
                         const struct asked *asked, bool others_ask)
{
    const struct things *things = trial->facts->things;
    const struct operation_fact *operation, *next;
    size_t candidates = 0, out = 0, born = NEVER, ended = NEVER;
    long before = asked_before(answers, asked->operation, asked->entered, true);
    char who[WHO_SIZE];

    HASH_ITER (hh, things->operations, operation, next) {
        if (!is_like(operation, asked->operation))
            continue;
        candidates++;
        out += is_out(operation, asked->entered, asked->left);
        if (operation->ended < asked->entered)
            ended = operation->ended;
        if (born == NEVER)
            born = is_in(things, operation, asked->entered, asked->left);
    }
    snprintf(who, sizeof(who), "the abort of %s",
             history_thing_name(trial->history, EVENT_OPERATION, asked->operation->number));
    if ((asked->result == 0 || asked->result == -EALREADY) && out == candidates)
        prove(charge(trial, "AO-13", "found", who, "was said to have found it, and %s",
                     ended == NEVER ? "it had not been started" : "it was over"),
              ended, asked->entered, asked->left);
    else if (asked->result == -ENOENT && born != NEVER)
        prove(charge(trial, "AO-13", "not found", who,
                     "was said to have found nothing, and its child lived"),
              asked->operation->start.entered, born, asked->entered, asked->left);
    else if (asked->result == -EALREADY && !others_ask &&
             asked_before(answers, asked->operation, asked->left, false) < 0)
        prove(charge(trial, "AO-13", "first", who,
                     "was said to have been asked for already, and was the first"),
              asked->entered, asked->left);
    else if (asked->result == 0 && before >= 0 && candidates == 1)
        prove(charge(trial, "AO-13", "again", who,
                     "was answered as the first one, after another had been answered so"),
              answers->list[before].left, asked->entered, asked->left);
}

static void add_answer(struct answers *answers, const struct asked *asked)
{
    struct asked *list = answers->list;

    if (answers->count == answers->size) {
        answers->size = answers->size ? answers->size * 2 : 16;
        list = realloc(list, answers->size * sizeof(*list));
        if (!list)
            return;
        answers->list = list;
    }
    list[answers->count++] = *asked;
}

/* libxl: a helper is asked to end, any other child is made to. */
static void judge_signal(struct trial *trial, const struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct things *things = trial->facts->things;
    const struct operation_fact *operation = NULL;
    char who[WHO_SIZE], signal[STATUS_SIZE];
    size_t at;

    if (event->zone == ZONE_APPLICATION || event->value == 0 ||
        !thread_in_op(trial->history, thread, OP_ABORT, &at))
        return;
    for (size_t n = 0; n < things->helper_count; n++)
        if (things->helpers[n].pid == event->subject && things->helpers[n].born < i &&
            things->helpers[n].process == event->pid && things->helpers[n].reaped > i)
            operation = things_operation(things, things->helpers[n].operation);
    if (!operation || operation->kind == RC_OPERATION_END ||
        event->value == (operation->kind == RC_OPERATION_HELPER ? SIGTERM : SIGKILL))
        return;
    snprintf(who, sizeof(who), "operation %s",
             history_thing_name(trial->history, EVENT_OPERATION, operation->number));
    prove(charge(trial, "AO-16", "signal", who, "was aborted, and its child was sent %s",
                 say_signal((int)event->value, signal)),
          at, i);
}

void judge_aborts(const struct history *history, const struct subject *subject,
                  struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    struct answers answers = {NULL, 0, 0};

    if (!trial_open(&trial, history, subject, findings, "aborts"))
        return;
    if (trial.facts->things->lost)
        goto out;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_find(&threads, event->pid, event->tid);
        struct asked asked = {NULL, NEVER, i, event->result};

        if (event->kind == EVENT_LEAVE && event->what == OP_ABORT && thread &&
            thread_op(history, thread) && thread_op(history, thread)->what == OP_ABORT) {
            asked.operation = things_operation(trial.facts->things, event->subject);
            asked.entered = thread->op[thread->ops - 1];
        }
        thread = threads_follow(&threads, history, i);
        if (thread && event->kind == EVENT_CALL && event->what == CALL_KILL &&
            is_libxl_shaped(subject))
            judge_signal(&trial, thread, i);
        if (!asked.operation)
            continue;
        judge_answer(&trial, &answers, &asked,
                     is_being_asked(&trial, &threads, asked.operation, thread));
        add_answer(&answers, &asked);
    }
out:
    free(answers.list);
    threads_free(&threads, NULL);
    trial_close(&trial);
}
