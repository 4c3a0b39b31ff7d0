/* SPDX-License-Identifier: MIT */
/*
 * Expectations of how often: runs of the handler and of the fork hook, calls that wait for
 * children, reports within one turn of a loop.
 */
#include "runner/stage.h"

static bool handler_ran(struct stage *stage, void *user)
{
    const struct step *step = user;

    stage_scan(stage);
    return stage_in_range(step->condition, stage->handler_runs - stage->handler_mark,
                          (size_t)step->count);
}

static void expect_handled(struct stage *stage, const struct step *step)
{
    struct step copy = *step;
    bool right = step->condition == CONDITION_AT_LEAST
                     ? stage_comes_true(stage, step, handler_ran, &copy)
                     : stage_quiet_at(stage, step) && handler_ran(stage, &copy);

    stage_scan(stage);
    if (!right && stage_goes_on(stage))
        stage_fault(stage, step, "the handler ran %zu times, and should have %s %d",
                    stage->handler_runs - stage->handler_mark, stage_range_word(step->condition),
                    step->count);
    stage->handler_mark = stage->handler_runs;
}

/* What a library may look at its children unasked, once a second each, since the play began: how
 * much of that there is depends on the machine, and is no matter of what exits cost. */
static size_t unasked_looks(const struct stage *stage)
{
    const struct event *first = log_count(stage->log) > 0 ? log_at(stage->log, 0) : NULL;
    long long ms = first ? stage_now_ms() - (long long)(first->time / 1000000) : 0;

    return stage->child_count * (size_t)(ms / 1000);
}

static void expect_waits(struct stage *stage, const struct step *step)
{
    size_t exits = 0, limit = (size_t)step->count, unasked;

    if (!stage_quiet_at(stage, step))
        return;
    stage_scan(stage);
    for (size_t i = 0; i < stage->notice_count; i++)
        exits += stage->notices[i].kind <= NOTICE_STRANGER;
    if (step->per_exit)
        limit *= exits;
    unasked = unasked_looks(stage);
    if (stage->wait_calls > limit + unasked)
        stage_fault(stage, step,
                    "there were %zu wait calls, and should have been at most %zu (%zu exits seen), "
                    "and %zu more for looks unasked",
                    stage->wait_calls, limit, exits, unasked);
}

static void expect_forkhook(struct stage *stage, const struct step *step)
{
    if (!stage_quiet_at(stage, step))
        return;
    stage_scan(stage);
    if (stage->forkhook_runs != (size_t)step->count)
        stage_fault(stage, step, "there were %zu runs of the fork hook, and should have been %d",
                    stage->forkhook_runs, step->count);
}

/* Ends of children that the thread reported in the turn that begins with event `from`. */
static size_t reports_in_turn(const struct stage *stage, size_t from)
{
    const struct event *turn = log_at(stage->log, from);
    size_t reports = 0;

    for (size_t i = from + 1; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (!event || event->pid != turn->pid || event->tid != turn->tid)
            continue;
        if (event->kind == EVENT_LEAVE && event->what == OP_RUN)
            break;
        reports += event->kind == EVENT_REPORT || event->kind == EVENT_LOST;
    }
    return reports;
}

static void expect_turns(struct stage *stage, const struct step *step)
{
    size_t most = 0;

    if (!stage_quiet_at(stage, step))
        return;
    for (size_t i = 0; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (event && event->kind == EVENT_ENTER && event->what == OP_RUN) {
            size_t reports = reports_in_turn(stage, i);
            most = reports > most ? reports : most;
        }
    }
    if (!stage_in_range(step->condition, most, (size_t)step->count))
        stage_fault(stage, step,
                    "one turn of a loop reported %zu children, and nothing else had its turn "
                    "meanwhile; it should have been %s %d",
                    most, stage_range_word(step->condition), step->count);
}

bool counts_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_HANDLED:
        expect_handled(stage, step);
        return true;
    case VERB_EXPECT_WAITS:
        expect_waits(stage, step);
        return true;
    case VERB_EXPECT_FORKHOOK:
        expect_forkhook(stage, step);
        return true;
    case VERB_EXPECT_TURNS:
        expect_turns(stage, step);
        return true;
    default:
        return false;
    }
}
