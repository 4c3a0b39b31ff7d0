/* SPDX-License-Identifier: MIT */
/*
 * Plays under planted faults, where scripts speak of time, of event loops and of lanes that stay in
 * the library (lenient.c has the rules).
 *
 * Time: a library that was denied an fd or a look may look now and then from there on, and nothing
 * shows that it is about to. So at each rest after the fault its clock goes on by a quarter of a
 * second, for each fault that is planted, as each may strike a look. A script has to bear that
 * anyhow: on a busy machine a rest may take as long.
 *
 * Loops: what is ready and was not told in one turn is told in the next. Where a script does the
 * turns itself there may be none. So before something is missed the loops that it has paused, or
 * made late, are turned again; the steps end then, whatever comes.
 *
 * Lanes that stay: the steps may end before what a lane waits for was brought about. It is no fault
 * of the library that nothing comes then, but it is one if something comes and the lane is not
 * woken. So something of the kind is made to happen.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "runner/events.h"

enum { LATE_US = 250 * 1000 };

bool lenient_needs_less(struct stage *stage, const struct step *step)
{
    if (!stage->planted || (step->error >= 0 && step->error != ENOBUFS) || !lenient_struck(stage))
        return false;
    stage->stop = true;
    return true;
}

/* The call that the lane is in has met a planted fault. */
static bool was_struck(struct stage *stage, const struct lane *lane)
{
    bool struck = false;

    for (size_t i = stage->strike_from; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (!event || event->tid != lane->tid || event->pid != stage->host->pid)
            continue;
        if (event->kind == EVENT_FAULT)
            struck = true;
        else if (event->kind == EVENT_LEAVE)
            struck = false;
    }
    return struck;
}

bool lenient_held(struct stage *stage)
{
    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        if (lane->host != stage->host || !lane->pending || !gate_holds(stage, lane->gate) ||
            !was_struck(stage, lane))
            continue;
        gate_open(stage, lane->gate);
        lane->gate = -1;
        lane_settle(stage, lane);
    }
    return stage->options->faults->told;
}

bool lenient_gives_time(struct stage *stage)
{
    const struct step rest = {.text = "the end of a rest"};

    if (!stage->planted || !(stage->played->offers & NEED_EVENTS) || !lenient_struck(stage))
        return false;
    events_move_clock(stage, &rest, LATE_US);
    return true;
}

/* Its lane is asked to turn it again, and its event loop to tell at once. */
static bool is_turned(struct stage *stage, struct stage_ctx *ctx, struct lane *lane)
{
    bool paused = ctx->paused, late = ctx->late;

    ctx->paused = ctx->late = false;
    return (!late ||
            host_answered(stage, stage->host,
                          host_request(stage, stage->host, "-", "habit %s prompt", ctx->name))) &&
           (!paused ||
            lane_answered(stage, lane,
                          host_request(stage, stage->host, lane->name, "resume %s", ctx->name)));
}

bool lenient_turns(struct stage *stage)
{
    bool any = false;

    if (!stage->planted || !lenient_struck(stage))
        return false;
    for (size_t i = 0; i < stage->ctx_count; i++) {
        struct stage_ctx *ctx = &stage->ctxs[i];
        struct lane *lane = stage_lane(stage, stage->host, ctx->lane);
        if (!ctx->open || ctx->host != stage->host || !lane || lane->pending ||
            (!ctx->paused && !ctx->late))
            continue;
        if (!is_turned(stage, ctx, lane))
            return false;
        any = true;
    }
    stage->stop = stage->stop || any;
    return any;
}

/* -- lanes that wait -- */

static const char *idle_lane(const struct stage *stage)
{
    for (size_t i = 0; i < stage->lane_count; i++) {
        const struct lane *lane = &stage->lanes[i];
        if (lane->host == stage->host && !lane->gone && !lane->pending)
            return lane->name;
    }
    return NULL;
}

static void subject_changes(struct stage *stage, const struct step *wait, const char *lane,
                            enum condition change)
{
    struct step step = *wait;

    step.verb = VERB_SUBJECT;
    step.vanishes = change == CONDITION_VANISHES;
    snprintf(step.subject, sizeof(step.subject), "last-subject");
    snprintf(step.evgen, sizeof(step.evgen), "last-evgen");
    snprintf(step.lane, sizeof(step.lane), "%s", lane);
    subject_make(stage, &step);
    step.verb = VERB_ENABLE;
    step_request(stage, &step);
    step.verb = VERB_DO;
    step.condition = change;
    subject_change(stage, &step);
}

static void operation_tells(struct stage *stage, const struct step *wait, const char *lane,
                            bool progress)
{
    struct step step = *wait;

    step.verb = VERB_OPERATION;
    step.kind = progress ? RC_OPERATION_HELPER : RC_OPERATION_PROGRAM;
    step.user_given = true;
    step.wants_progress = step.progress_given = progress;
    step.progress_user = step.user;
    step.said = "last words";
    snprintf(step.operation, sizeof(step.operation), "last-one");
    snprintf(step.lane, sizeof(step.lane), "%s", lane);
    step_request(stage, &step);
    if (!operation_named(stage, step.operation, NULL)->started)
        return;
    step.verb = VERB_SAY;
    if (progress)
        events_step(stage, &step);
    step.verb = VERB_FINISH;
    step.outcome = (struct outcome){OUTCOME_EXIT, 0};
    events_step(stage, &step);
}

static void wake(struct stage *stage, const struct step *wait)
{
    const char *lane = idle_lane(stage);
    uint64_t types = wait->verb == VERB_WAIT && wait->types ? wait->types : ~UINT64_C(0);
    uint64_t offers = stage->played->offers;

    if (!lane)
        return;
    if (types & RC_EVENT_BIT(RC_EVENT_ENDED) && offers & NEED_ENDED)
        subject_changes(stage, wait, lane, CONDITION_ENDS);
    else if (types & RC_EVENT_BIT(RC_EVENT_VANISHED) && offers & NEED_VANISHED)
        subject_changes(stage, wait, lane, CONDITION_VANISHES);
    else if (types & RC_EVENT_BIT(RC_EVENT_COMPLETE) && offers & NEED_PROGRAM)
        operation_tells(stage, wait, lane, false);
    else if (types & RC_EVENT_BIT(RC_EVENT_PROGRESS) && offers & NEED_HELPER)
        operation_tells(stage, wait, lane, true);
    else if (types & RC_EVENT_BIT(RC_EVENT_STOPPED) && offers & NEED_STOPPED)
        subject_changes(stage, wait, lane, CONDITION_STOPS);
}

void lenient_wakes(struct stage *stage)
{
    if (!stage->planted || !lenient_struck(stage) ||
        !(stage->stop || stage->options->faults->told || lenient_told(stage)))
        return;
    for (size_t i = 0; i < stage->lane_count && stage->host->alive; i++) {
        struct lane *lane = &stage->lanes[i];
        if (lane->host != stage->host || !lane->pending || lane->pending->done ||
            (lane->step.verb != VERB_WAIT && lane->step.verb != VERB_POLL))
            continue;
        const struct step wait = lane->step;
        if (stage_own_ctx(stage, wait.ctx) && stage_own_ctx(stage, wait.ctx)->open)
            wake(stage, &wait);
    }
}
