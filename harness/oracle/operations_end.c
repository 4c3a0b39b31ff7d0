/* SPDX-License-Identifier: MIT */
/*
 * The end of an operation: it ends when everything of it has, its children are reaped and the
 * callbacks that heard of its progress have returned. And what is said of its end is what its child
 * did.
 *
 * A child that is reaped on one thread while another tells of the end has no order; a callback that
 * is seen to return after the end was told was surely still under way.
 */
#include "oracle/operations.h"

#include <errno.h>
#include <stdio.h>

const char *who_operation(const struct trial *trial, const struct operation_fact *operation,
                          char *who)
{
    snprintf(who, WHO_SIZE, "operation %s",
             history_thing_name(trial->history, EVENT_OPERATION, operation->number));
    return who;
}

static size_t rest_after(const struct history *history, size_t i)
{
    for (; i < history_count(history); i++)
        if (history_event(history, i)->kind == EVENT_QUIET &&
            history_event(history, i)->result == 0)
            return i;
    return NEVER;
}

/* Any order of the two that the history does not show is ruled out. */
static bool surely_after(const struct history *history, size_t a, size_t b)
{
    const struct event *first = history_event(history, a), *second = history_event(history, b);

    return (first->pid == second->pid && first->tid == second->tid) ||
           rest_after(history, a + 1) < b;
}

/* -- what has to be over before the end -- */

static void judge_children(struct trial *trial, const struct operation_fact *operation, size_t end)
{
    const struct things *things = trial->facts->things;
    const char *requirement = operation->abort.entered < end ? "AO-16" : "AO-09";
    char who[WHO_SIZE];

    for (size_t n = 0; n < things->helper_count; n++) {
        const struct helper_fact *helper = &things->helpers[n];
        size_t proof = helper->reaped;

        if (helper->operation != operation->number || helper->born > end || helper->reaped < end)
            continue;
        if (proof == NEVER && trial->facts->ignored == NEVER)
            proof = rest_after(trial->history, end);
        else if (proof != NEVER && !surely_after(trial->history, end, proof))
            proof = NEVER;
        if (proof != NEVER)
            prove(charge(trial, requirement, "child", who_operation(trial, operation, who),
                         "was said to be over before its child %d was reaped", helper->pid),
                  operation->start.entered, helper->born, end, proof);
    }
}

static void judge_callbacks(struct trial *trial, const struct operation_fact *operation,
                            const struct course *course, size_t end)
{
    struct finding *finding;
    char who[WHO_SIZE];

    if (!course || !course->callbacks)
        return;
    finding = charge(trial, "AO-08", "progress", who_operation(trial, operation, who),
                     "was said to be over while a callback of its progress had not returned");
    prove(finding, operation->start.entered, course->in_callback, end);
    if (finding)
        finding->also = "AO-09";
}

/* -- what is said of the end -- */

/* Its only child, whose status is known; NULL where that is not so. */
static const struct helper_fact *only_child(const struct things *things,
                                            const struct operation_fact *operation)
{
    const struct helper_fact *found = NULL;

    for (size_t n = 0; n < things->helper_count; n++) {
        const struct helper_fact *helper = &things->helpers[n];

        if (helper->operation == 0)
            return NULL;
        if (helper->operation != operation->number)
            continue;
        if (found)
            return NULL;
        found = helper;
    }
    return found && found->status != -1 && !things->hidden_births ? found : NULL;
}

static bool abort_was_asked(const struct things *things, int ctx, size_t i)
{
    const struct operation_fact *operation, *next;

    HASH_ITER (hh, things->operations, operation, next)
        if (operation->ctx == ctx && operation->abort.entered < i)
            return true;
    return false;
}

static void judge_result(struct trial *trial, const struct operation_fact *operation, size_t end)
{
    int64_t result = history_event(trial->history, end)->result;
    const struct things *things = trial->facts->things;
    const struct helper_fact *child = only_child(things, operation);
    const char *requirement = operation->how == RC_HOW_SYNCHRONOUS ? "AO-01" : "AO-03";
    bool aborted = abort_was_asked(things, operation->ctx, end), closing = false;
    char who[WHO_SIZE], how[STATUS_SIZE];

    if (operation->ctx >= 0 && (size_t)operation->ctx < trial->facts->ctx_count)
        closing = trial->facts->ctxs[operation->ctx].closing < end;
    who_operation(trial, operation, who);
    if (result == -ECANCELED && !aborted && !closing)
        prove(charge(trial, "AO-14", "not aborted", who,
                     "ended as aborted, and nobody had asked for that"),
              operation->start.entered, end);
    /* Of the others no child's status is the result: one that has gained a lock may be killed. */
    if (!child ||
        (operation->kind != RC_OPERATION_PROGRAM && operation->kind != RC_OPERATION_HELPER))
        return;
    if (result == 0 && child->status != 0)
        prove(charge(trial, requirement, "failed", who,
                     "ended well by what was said, but its child %s",
                     say_status(child->status, how)),
              child->born, child->reaped, end);
    else if (result == -EIO && child->status == 0 && operation->kind == RC_OPERATION_PROGRAM &&
             !aborted && trial->facts->first_fault == NEVER)
        prove(charge(trial, requirement, "succeeded", who,
                     "failed by what was said, but its child exited with status 0"),
              child->born, child->reaped, end);
}

void judge_operation_end(struct trial *trial, const struct operation_fact *operation,
                         const struct course *course, size_t end)
{
    judge_callbacks(trial, operation, course, end);
    judge_children(trial, operation, end);
    judge_result(trial, operation, end);
}
