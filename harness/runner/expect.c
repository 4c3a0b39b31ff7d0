/* SPDX-License-Identifier: MIT */
/*
 * Expectations. One that says that something happens is waited for, but not to the bitter end: when
 * it has not come after a moment, and the host is at rest, then it cannot come any more. One that
 * says that something does not happen is looked at when the host is at rest.
 */
#include "runner/events.h"

bool stage_goes_on(const struct stage *stage)
{
    return stage->host->alive && !stage->stop;
}

bool stage_comes_true(struct stage *stage, const struct step *step,
                      bool (*condition)(struct stage *, void *), void *user)
{
    if (condition(stage, user) || stage_until(stage, STAGE_GRACE_MS, condition, user))
        return true;
    if (!stage_goes_on(stage) || !stage_quiet_at(stage, step))
        return false;
    return condition(stage, user) ||
           (lenient_turns(stage) && stage_quiet_at(stage, step) && condition(stage, user));
}

bool stage_in_range(enum condition condition, size_t is, size_t wanted)
{
    return condition == CONDITION_AT_MOST    ? is <= wanted
           : condition == CONDITION_AT_LEAST ? is >= wanted
                                             : is == wanted;
}

const char *stage_range_word(enum condition condition)
{
    return condition == CONDITION_AT_MOST    ? "at most"
           : condition == CONDITION_AT_LEAST ? "at least"
                                             : "exactly";
}

void step_expect(struct stage *stage, const struct step *step)
{
    if (!told_expect(stage, step) && !state_expect(stage, step) && !counts_expect(stage, step) &&
        !events_expect(stage, step) && !under_way_expect(stage, step))
        platform_expect(stage, step);
}
