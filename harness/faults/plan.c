/* SPDX-License-Identifier: MIT */
/*
 * A script is played once without a fault, and the probe counts the calls of the library. So many
 * points are known to be there before the sweep begins, and it can be cut into batches; but the
 * count is a hint only. What ends the sweep of one error is a run that meets no fault: the last
 * batch goes on until then. A point within the count that is not met (another thread was faster
 * this time) ends nothing.
 *
 * Calls are counted over all threads and processes of the host together. A count for each lane
 * would wander less where lanes race, but would miss the calls that children make on their way to
 * their programs and those of a library's own threads.
 */
#include "faults/plan.h"

#include <stdlib.h>
#include <string.h>
#include "report/text.h"

enum { BATCH = 24 }; /* points */

char *fault_point_text(const struct fault_point *point)
{
    char *text =
        text_format("fail %s %s", libc_call_word(point->call), strerrorname_np(point->error));

    if (point->skip)
        text_append(&text, " skip %u", point->skip);
    return text;
}

static void add_row(struct fault_plan *plan, size_t script, size_t row, unsigned calls,
                    unsigned most)
{
    bool all = !most || calls <= most;
    unsigned tries = all ? calls : most;

    for (unsigned from = 0; from < tries; from += BATCH) {
        unsigned to = from + BATCH < tries ? from + BATCH : tries;

        plan->list = text_grow(plan->list, plan->count + 1, sizeof *plan->list);
        plan->list[plan->count++] = (struct fault_batch){
            .script = script,
            .row = row,
            .calls = calls,
            .most = all ? 0 : most,
            .from = from,
            .to = to,
            .open = all && to == tries,
        };
    }
    plan->points += tries;
    plan->untried += calls - tries;
}

void fault_plan_add(struct fault_plan *plan, size_t script, const unsigned calls[CALL_COUNT],
                    const bool *wanted, unsigned most)
{
    for (size_t row = 0; fault_errors[row].call; row++) {
        const struct fault_error *error = &fault_errors[row];

        if ((!wanted || wanted[error->call]) && !(error->unless && calls[error->unless]))
            add_row(plan, script, row, calls[error->call], most);
    }
}

void fault_plan_clear(struct fault_plan *plan)
{
    free(plan->list);
    *plan = (struct fault_plan){0};
}

/* The first and the last are always among them, the others lie evenly between. */
struct fault_point fault_batch_point(const struct fault_batch *batch, unsigned i)
{
    const struct fault_error *error = &fault_errors[batch->row];
    unsigned skip = i;

    if (batch->most > 1)
        skip = (unsigned)((uint64_t)i * (batch->calls - 1) / (batch->most - 1));
    return (struct fault_point){.call = error->call, .error = error->error, .skip = skip};
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct fault_pair *first = a, *second = b;

    return (first->script > second->script) - (first->script < second->script);
}

size_t fault_pairs_draw(const struct fault_struck *struck, size_t count, size_t budget,
                        uint64_t seed, struct fault_pair **pairs)
{
    size_t drawn = 0, start = 0, before = 0;

    *pairs = text_memory(budget, sizeof **pairs);
    while (drawn < budget && count) {
        size_t end = start;

        while (end < count && struck[end].script == struck[start].script)
            end++;
        if (end - start >= 2) {
            size_t one = start + next_random(&seed) % (end - start);
            size_t other = start + next_random(&seed) % (end - start - 1);

            other += other >= one;
            (*pairs)[drawn++] = (struct fault_pair){
                .script = struck[start].script,
                .point = {struck[one < other ? one : other].point,
                          struck[one < other ? other : one].point},
            };
        }
        start = end;
        if (start == count) { /* a round is over; one without a pair will be so again */
            if (drawn == before)
                break;
            before = drawn;
            start = 0;
        }
    }
    qsort(*pairs, drawn, sizeof **pairs, compare_pairs);
    return drawn;
}
