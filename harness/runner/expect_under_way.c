/* SPDX-License-Identifier: MIT */
/*
 * Expectations of what is under way: lanes that stay in the library, operations, and what event
 * loops are to look after meanwhile. Nothing is taken: the same may be expected again.
 */
#include <string.h>
#include "runner/events.h"
#include "script/words.h"

static void expect_waiting(struct stage *stage, const struct step *step)
{
    struct lane *lane = stage_lane(stage, stage->host, step->lane);

    if (!lane || !lane->pending)
        return stage_fault(stage, step, "%s does not wait: no step of it is under way", step->lane);
    if (!stage_quiet_at(stage, step) || !lane->pending || !lane->pending->done)
        return;
    if (lenient_explains(stage, lane->pending))
        lane_settle(stage, lane);
    else
        stage_fault(stage, step, "%s waits no more: `%s` has come back with %s", step->lane,
                    lane->step.text, lane->pending->answer);
}

/* -- operations -- */

/* The lane on which a synchronous one is done. */
static struct lane *lane_of(struct stage *stage, const struct thing_operation *operation)
{
    for (size_t i = 0; i < stage->lane_count; i++)
        if (stage->lanes[i].pending && stage->lanes[i].step.verb == VERB_OPERATION &&
            strcmp(stage->lanes[i].step.operation, operation->name) == 0)
            return &stage->lanes[i];
    return NULL;
}

struct completion {
    const char *name;
};

static bool is_complete(struct stage *stage, void *user)
{
    const struct completion *completion = user;
    struct thing_operation *operation = operation_named(stage, completion->name, NULL);
    struct lane *lane = operation && operation->synchronous ? lane_of(stage, operation) : NULL;

    if (lane && lane->pending->done)
        lane_settle(stage, lane);
    operation = operation_named(stage, completion->name, NULL);
    return operation && operation->completed;
}

static void expect_completes(struct stage *stage, const struct step *step)
{
    struct completion completion = {step->operation};
    bool wanted = step->verb == VERB_EXPECT_COMPLETES;
    struct thing_operation *operation;
    bool is;

    if (wanted)
        is = stage_comes_true(stage, step, is_complete, &completion);
    else if (!stage_quiet_at(stage, step))
        return;
    else
        is = is_complete(stage, &completion);
    operation = operation_named(stage, step->operation, NULL);
    if (!stage_goes_on(stage) || !operation)
        return;
    if (!wanted && is)
        stage_fault(stage, step, "%s has completed (%s), and should go on", step->operation,
                    operation->result);
    else if (wanted && !is)
        stage_fault(stage, step, "%s has not completed, and nothing is left to happen",
                    step->operation);
    else if (wanted && step->result != RESULT_ANY &&
             events_result(operation->result) != step->result)
        stage_fault(stage, step, "%s completed with %s, expected %s", step->operation,
                    operation->result, words_of(words_result, step->result));
}

/* -- event loops -- */

static void expect_registers(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = stage_own_ctx(stage, step->ctx);
    struct request *request;
    size_t fds, timeouts, is;

    if (!ctx || !stage_quiet_at(stage, step))
        return;
    request = host_request(stage, stage->host, "-", "registrations %s", step->ctx);
    if (!host_answered(stage, stage->host, request) || !request->ok) {
        if (stage->host->alive)
            stage_break(stage, "%s:%d: `%s`: %s", stage->script->file, step->line, step->text,
                        request ? request->answer : "");
        return;
    }
    fds = (size_t)wire_number(request->answer, "fds", 0);
    timeouts = (size_t)wire_number(request->answer, "timeouts", 0);
    struct event event = {.kind = EVENT_REGISTERED,
                          .ctx = (int16_t)ctx->index,
                          .value = (int64_t)fds,
                          .extra = (int64_t)timeouts};
    log_append(stage->log, &event);
    is = step->timeouts ? timeouts : fds;
    if (step->nothing && (fds || timeouts))
        stage_fault(stage, step, "%s has %zu fds and %zu timeouts registered, and should have none",
                    step->ctx, fds, timeouts);
    else if (!step->nothing && !stage_in_range(step->condition, is, (size_t)step->count))
        stage_fault(stage, step, "%s has %zu %s registered, and should have %s %d", step->ctx, is,
                    step->timeouts ? "timeouts" : "fds", stage_range_word(step->condition),
                    step->count);
}

static bool nobody_polls(struct stage *stage, void *user)
{
    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        const struct step *step = user;
        if (!lane->pending || lane->step.verb != VERB_POLL ||
            strcmp(lane->step.ctx, step->ctx) != 0)
            continue;
        if (!lane->pending->done)
            return false;
        lane_settle(stage, lane);
    }
    return true;
}

static void expect_polling(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = stage_own_ctx(stage, step->ctx);
    struct step copy = *step;
    long long is, wanted;

    if (!ctx)
        return;
    if (step->verb == VERB_EXPECT_POLLS) {
        is = wire_number(ctx->asked, "nfds", -1);
        if (is < 0 || !stage_in_range(step->condition, (size_t)is, (size_t)step->count))
            stage_fault(stage, step, "%s is to be polled for %lld fds, and should be for %s %d",
                        step->ctx, is, stage_range_word(step->condition), step->count);
    } else if (step->verb == VERB_EXPECT_TIMEOUT) {
        is = wire_number(ctx->asked, "timeout", -2);
        wanted = step->none ? -1 : (long long)step->span_us / 1000;
        if (is != wanted)
            stage_fault(stage, step, "%s leaves a timeout of %lld ms, and should leave %lld",
                        step->ctx, is, wanted);
    } else if (!stage_comes_true(stage, step, nobody_polls, &copy)) {
        if (stage_goes_on(stage))
            stage_fault(stage, step, "the poll of %s does not come back", step->ctx);
    } else {
        is = wire_number(ctx->polled, "ready", 0);
        if ((is == 0) != step->nothing)
            stage_fault(stage, step,
                        "the poll of %s found %lld fds ready, and should have found %s", step->ctx,
                        is, step->nothing ? "none" : "some");
    }
}

bool under_way_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_WAITING:
        expect_waiting(stage, step);
        return true;
    case VERB_EXPECT_COMPLETES:
    case VERB_EXPECT_GOES_ON:
        expect_completes(stage, step);
        return true;
    case VERB_EXPECT_REGISTERS:
        expect_registers(stage, step);
        return true;
    case VERB_EXPECT_POLLS:
    case VERB_EXPECT_TIMEOUT:
    case VERB_EXPECT_FINDS:
        expect_polling(stage, step);
        return true;
    default:
        return false;
    }
}
