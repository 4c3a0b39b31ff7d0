/* SPDX-License-Identifier: MIT */
/*
 * Steps that are the host's to do: each becomes a request, and is over when the answer is there or
 * when its lane waits at a gate.
 */
#include <stdio.h>
#include "runner/events.h"

enum { SIGNALS_A_MS = 4 };

/* The lane on which a step is done: the one it names, else its ctx's, else main. */
struct lane *step_lane(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = step->ctx[0] ? stage_ctx(stage, step->ctx) : events_ctx(stage, step);
    const char *name = step->lane[0] ? step->lane : "main";
    struct lane *lane;

    if (!step->lane[0] && ctx && ctx->host == stage->host)
        name = ctx->lane;
    lane = stage_lane(stage, stage->host, name);
    if (!lane)
        stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line, name);
    else if (lane->pending && lane->pending->done)
        lane_settle(stage, lane);
    if (lane && lane->pending) {
        stage_break(stage, "%s:%d: lane %s is held at a gate; `go %s` must come first",
                    stage->script->file, step->line, name, name);
        return NULL;
    }
    return lane;
}

/* Whether a child of the ctx is a program, as its library has no fork. */
bool step_spawns(const struct stage *stage, const struct stage_ctx *ctx)
{
    const struct played *played = stage->played;
    uint64_t offers =
        ctx && ctx->library != LIBRARY_UNKNOWN ? played->offers_of[ctx->library] : played->offers;

    return ctx && !(offers & NEED_FORK) && (offers & NEED_SPAWN);
}

/* A program is started by one lane at a time: the host lends it one fd. Where a lane is held in the
 * midst of that, another that starts one waits for the harness, and for no library. */
static bool waits_for_harness(struct stage *stage, const struct step *step)
{
    if (step->verb != VERB_CHILD || !step_spawns(stage, stage_ctx(stage, step->ctx)))
        return false;
    for (size_t i = 0; i < stage->lane_count; i++) {
        const struct lane *lane = &stage->lanes[i];
        if (lane->gone || !lane->pending || lane->step.verb != VERB_CHILD ||
            !step_spawns(stage, stage_ctx(stage, lane->step.ctx)))
            continue;
        stage->stop = true;
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "both start programs, which the host does one at a time, and lane %s is held "
                 "(line %d)",
                 lane->name, step->line);
        return true;
    }
    return false;
}

struct settling {
    struct request *request;
    struct lane *lane;
};

static bool settled(struct stage *stage, void *user)
{
    struct settling *settling = user;

    if (settling->request->done)
        return true;
    if (!settling->lane)
        return false;
    if (gate_holds(stage, settling->lane->gate))
        return true;
    return stage->any_gate >= 0 &&
           atomic_load(&stage->control->rule[stage->any_gate].holds) == settling->lane->tid;
}

/* A storm of signals takes as long as the host needs for each. */
static int answer_ms(const struct step *step)
{
    return STAGE_ANSWER_MS + (step->verb == VERB_SIGNAL ? step->count / SIGNALS_A_MS : 0);
}

void step_settle(struct stage *stage, const struct step *step, struct lane *lane,
                 struct request *request)
{
    struct settling settling = {request, lane};

    if (!request)
        return;
    if (lane && !request->done && events_stays(step)) {
        lane->pending = request;
        lane->step = *step;
        return;
    }
    if (!stage_until(stage, answer_ms(step), settled, &settling)) {
        char what[300];
        if (!stage->host->alive || stage->broken) {
            stage->stop = stage->broken || !platform_may_end(stage, step);
            return;
        }
        snprintf(what, sizeof(what), "`%s` does not come back", step->text);
        host_hangs(stage, stage->host, what);
        return;
    }
    if (!request->done) { /* it waits at its gate, and goes on when told to */
        lane->pending = request;
        lane->step = *step;
        return;
    }
    step_answered(stage, step, lane, request);
    if (step->verb == VERB_ACTION) /* what is borrowed is to be as it was */
        stage_look(stage,
                   step->condition != CONDITION_BORROWED && step->condition != CONDITION_RETURNED);
    else if (step->verb == VERB_BLOCK || step->verb == VERB_UNBLOCK)
        stage_look(stage, true);
}

void lane_settle(struct stage *stage, struct lane *lane)
{
    struct request *pending = lane->pending;
    struct step step = lane->step;

    lane->pending = NULL;
    lane->step.verb = VERB_NONE;
    if (pending)
        step_settle(stage, &step, lane, pending);
}

/* A step about a whole group, made by children or foreigns: one for each member. */
static bool about_group(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_ADOPT:
    case VERB_FORGET:
    case VERB_SIGNAL_CHILD:
    case VERB_WAITPID:
    case VERB_STEAL:
    case VERB_TELL_REAPED:
        return !stage_child(stage, step->child) && stage_next_child(stage, step->child, NULL);
    default:
        return false;
    }
}

bool step_prepare(struct stage *stage, const struct step *step)
{
    return step->verb == VERB_CTX ? step_prepare_ctx(stage, step) : events_prepare(stage, step);
}

void step_request(struct stage *stage, const struct step *step)
{
    struct stage_child *member = NULL;
    struct lane *lane;
    char words[400];

    if (about_group(stage, step)) {
        while (!stage->stop && (member = stage_next_child(stage, step->child, member))) {
            struct step one = *step;
            snprintf(one.child, sizeof(one.child), "%s", member->name);
            step_request(stage, &one);
        }
        return;
    }
    if (!step_prepare(stage, step))
        return;
    if (waits_for_harness(stage, step))
        return;
    lane = step_lane(stage, step);
    if (lane && step_words(stage, step, words, sizeof(words)))
        step_settle(stage, step, lane, host_request(stage, stage->host, lane->name, "%s", words));
}

/* One step for each member of a group. */
void step_request_group(struct stage *stage, const struct step *step, enum verb verb)
{
    for (int i = 1; i <= step->count && !stage->stop; i++) {
        struct step one = *step;
        one.verb = verb;
        if (snprintf(one.child, sizeof(one.child), "%s.%d", step->child, i) >= SCRIPT_NAME)
            return stage_break(stage, "%s.%d is too long a name", step->child, i);
        step_request(stage, &one);
    }
}
