/* SPDX-License-Identifier: MIT */
/*
 * Steps about events that no lane does: orders to the programs of operations, how the application's
 * event loop goes about its duties, the clock. And lanes that stay in the library while the script
 * goes on: in event_wait, in a synchronous operation, in poll.
 */
#include <stdio.h>
#include <string.h>
#include "runner/events.h"
#include "script/words.h"

bool events_stays(const struct step *step)
{
    return step->verb == VERB_WAIT || (step->verb == VERB_POLL && !step->at_once) ||
           (step->verb == VERB_OPERATION && step->synchronous);
}

/* Asks the host itself for something that can only go wrong by the harness's doing. */
static bool ask(struct stage *stage, const struct step *step, const char *words)
{
    struct request *request = host_request(stage, stage->host, "-", "%s", words);

    if (!host_answered(stage, stage->host, request)) {
        host_hangs(stage, stage->host, "the host does not answer");
        return false;
    }
    if (!stage->host->alive || stage_cannot(stage, request))
        return false;
    if (!request->ok && !lenient_ends(stage, step))
        stage_break(stage, "%s:%d: `%s`: %s", stage->script->file, step->line, step->text,
                    request->answer);
    return request->ok;
}

static void finish(struct stage *stage, const struct step *step)
{
    struct thing_operation *operation = operation_named(stage, step->operation, NULL);
    char words[THING_WORDS];

    if (!operation)
        return stage_break(stage, "%s:%d: %s was never started", stage->script->file, step->line,
                           step->operation);
    if (step->verb == VERB_UNLOCK)
        snprintf(words, sizeof(words), "unlock %s", step->operation);
    else
        snprintf(words, sizeof(words), "finish %s %s %d", step->operation,
                 step->outcome.kind == OUTCOME_EXIT ? "exit" : "signal", step->outcome.value);
    operation->finished = true;
    ask(stage, step, words);
}

void events_move_clock(struct stage *stage, const struct step *step, long long us)
{
    char words[THING_WORDS];

    stage->events->clock_us += us;
    stage_note(stage, EVENT_CLOCK, 0, stage->events->clock_us, NULL);
    snprintf(words, sizeof(words), "clock %lld", stage->events->clock_us);
    ask(stage, step, words);
}

static void refuse(struct stage *stage, const struct step *step)
{
    char words[THING_WORDS];
    long long value = step->verb == VERB_ACCEPT ? 0
                      : step->user_given        ? (long long)step->user
                                                : RC_HOOK_FAILED;

    snprintf(words, sizeof(words), "refuse %s %s %lld %d %d", step->ctx,
             words_of(words_hook, step->hook), value, step->skip, step->always ? 0 : step->count);
    ask(stage, step, words);
}

bool events_step(struct stage *stage, const struct step *step)
{
    char words[THING_WORDS];

    switch (step->verb) {
    case VERB_SUBJECT:
        subject_make(stage, step);
        return true;
    case VERB_DO:
        subject_change(stage, step);
        return true;
    case VERB_FINISH:
    case VERB_UNLOCK:
        finish(stage, step);
        return true;
    case VERB_SAY:
        snprintf(words, sizeof(words), "say %s %s", step->operation, step->said);
        ask(stage, step, words);
        return true;
    case VERB_LATER:
        events_move_clock(stage, step, step->span_us);
        return true;
    case VERB_HABIT:
        snprintf(words, sizeof(words), "habit %s %s", step->ctx,
                 words_of(words_habit, step->condition));
        if (ask(stage, step, words))
            stage_own_ctx(stage, step->ctx)->late = step->condition == CONDITION_LATE;
        return true;
    case VERB_REFUSE:
    case VERB_ACCEPT:
        refuse(stage, step);
        return true;
    case VERB_FEED:
    case VERB_DRAIN:
    case VERB_HANG_UP:
        snprintf(words, sizeof(words), "%s %s", script_verb_word(step->verb), step->watch);
        ask(stage, step, words);
        return true;
    default:
        return false;
    }
}

/* -- the end of the script -- */

/* What is asked here is asked to be kind, and may fail. */
static bool ask_kindly(struct stage *stage, const char *words)
{
    return stage->host->alive &&
           host_answered(stage, stage->host, host_request(stage, stage->host, "-", "%s", words)) &&
           stage->host->alive;
}

static bool has_hooks(const struct stage_ctx *ctx)
{
    return ctx->open && ctx->hooks;
}

void events_end(struct stage *stage)
{
    struct events *events = stage->events;
    char words[THING_WORDS];

    for (size_t i = 0; i < stage->ctx_count; i++) {
        const struct stage_ctx *ctx = &stage->ctxs[i];
        if (!has_hooks(ctx) || ctx->host != stage->host)
            continue;
        snprintf(words, sizeof(words), "habit %s prompt", ctx->name);
        if (!ask_kindly(stage, words))
            return;
        for (const struct meaning *hook = words_hook; hook->word; hook++) {
            snprintf(words, sizeof(words), "refuse %s %s 0 0 0", ctx->name, hook->word);
            if (!ask_kindly(stage, words))
                return;
        }
    }
    for (size_t i = 0; i < events->operation_count; i++) {
        struct thing_operation *operation = &events->operations[i];
        if (operation->host != stage->host || operation->finished || operation->completed)
            continue;
        if (operation->kind == RC_OPERATION_END) {
            subject_end(stage, operation->subject);
            continue;
        }
        operation->finished = true;
        snprintf(words, sizeof(words),
                 operation->kind == RC_OPERATION_LOCK ? "unlock %s" : "finish %s exit 0",
                 operation->name);
        if (!ask_kindly(stage, words))
            return;
    }
}

void events_unwatch(struct stage *stage)
{
    struct events *events = stage->events;

    for (size_t i = 0; i < events->watch_count && stage->host->alive; i++) {
        struct thing_watch *watch = &events->watches[i];
        const struct stage_ctx *ctx = &stage->ctxs[watch->ctx];
        if (!watch->there || watch->host != stage->host ||
            (watch->is_timer && (watch->fired || !ctx->open)))
            continue;
        watch->there = false;
        if (!host_answered(
                stage, stage->host,
                host_request(stage, stage->host, ctx->lane, "unobserve %s", watch->name)))
            return host_hangs(stage, stage->host,
                              "at the end of the script, `unwatch` does not "
                              "come back");
    }
}

bool events_stuck(struct stage *stage)
{
    bool stuck = false;

    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        if (lane->host != stage->host || !lane->pending || !events_stays(&lane->step))
            continue;
        if (lane->pending->done) {
            lane_settle(stage, lane);
            continue;
        }
        stage_fault(stage, &lane->step,
                    "`%s`: nothing is left to happen, and lane %s has not come back",
                    lane->step.text, lane->name);
        stuck = true;
    }
    return stuck;
}
