/* SPDX-License-Identifier: MIT */
/*
 * Events have a rank: what proves a finding, then what a person would tell of the play (calls of
 * the library, signals and handlers, children, reports, the script's steps, and the mutexes that
 * the proof speaks of), then the rest. A rank that there is room for is taken whole. Of the first
 * one that there is not, those are taken that happened nearest to the proof, in events, not in
 * time: a host that hangs for seconds has said all before.
 */
#include "history/excerpt.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "history/calls.h"

enum { LINE = 1400 }; /* an event with the longest text that a log keeps */

enum rank { RANK_REST, RANK_STORY, RANK_PROOF };

struct candidate {
    size_t event, distance;
    enum rank rank;
};

static bool tells_story(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_CALL:
        switch (event->what) {
        case CALL_WAITPID:
        case CALL_WAITID:
        case CALL_FORK:
        case CALL_POSIX_SPAWN:
        case CALL_KILL:
            return true;
        case CALL_SIGACTION:
            return event->subject == SIGCHLD && event->value >= 0;
        default:
            return event->zone == ZONE_HANDLER || event->error;
        }
    case EVENT_LOCK:
    case EVENT_UNLOCK:
    case EVENT_MASK:
    case EVENT_DISPOSITION:
    case EVENT_NONE:
        return false;
    default:
        return true;
    }
}

static bool is_of_lock(const struct event *event)
{
    return event->kind == EVENT_LOCK || event->kind == EVENT_LOCK_WAIT ||
           event->kind == EVENT_UNLOCK;
}

/* A mutex that an event of the proof names. */
static bool is_of_proof(const struct history *history, const size_t *proof, size_t proof_count,
                        const struct event *event)
{
    for (size_t i = 0; is_of_lock(event) && i < proof_count; i++) {
        const struct event *proves = history_event(history, proof[i]);

        if (is_of_lock(proves) && proves->value == event->value)
            return true;
    }
    return false;
}

static size_t distance_to(const size_t *proof, size_t proof_count, size_t i)
{
    size_t least = SIZE_MAX;

    for (size_t k = 0; k < proof_count; k++) {
        size_t distance = proof[k] > i ? proof[k] - i : i - proof[k];

        least = distance < least ? distance : least;
    }
    return least;
}

static int compare_worth(const void *a, const void *b)
{
    const struct candidate *first = a, *second = b;

    if (first->rank != second->rank)
        return first->rank < second->rank ? 1 : -1;
    if (first->distance != second->distance)
        return first->distance < second->distance ? -1 : 1;
    return (first->event > second->event) - (first->event < second->event);
}

static int compare_indexes(const void *a, const void *b)
{
    size_t first = *(const size_t *)a, second = *(const size_t *)b;

    return (first > second) - (first < second);
}

long excerpt_choose(const struct history *history, const size_t *proof, size_t proof_count,
                    size_t most, size_t *chosen)
{
    size_t count = history_count(history), last = count ? count - 1 : 0, kept;
    struct candidate *candidates = calloc(count + 1, sizeof(*candidates));

    if (!candidates)
        return -1;
    if (!count)
        proof_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = history_event(history, i);
        struct candidate *candidate = &candidates[i];

        candidate->event = i;
        /* without proof the end of the play is what matters */
        candidate->distance = proof_count ? distance_to(proof, proof_count, i) : last - i;
        candidate->rank = candidate->distance == 0 ? RANK_PROOF
                          : tells_story(event) || is_of_proof(history, proof, proof_count, event)
                              ? RANK_STORY
                              : RANK_REST;
    }
    qsort(candidates, count, sizeof(*candidates), compare_worth);
    kept = count < most ? count : most;
    for (size_t i = 0; i < kept; i++)
        chosen[i] = candidates[i].event;
    qsort(chosen, kept, sizeof(*chosen), compare_indexes);
    free(candidates);
    return (long)kept;
}

/* -- as text -- */

struct excerpt {
    char **lines;
    size_t *of, count;
};

static bool put(struct excerpt *excerpt, size_t event, const char *line)
{
    excerpt->of[excerpt->count] = event;
    excerpt->lines[excerpt->count] = strdup(line);
    return excerpt->lines[excerpt->count++] != NULL;
}

static bool put_gap(struct excerpt *excerpt, size_t events)
{
    char line[64];

    if (!events)
        return true;
    snprintf(line, sizeof(line), "# %zu event%s left out", events, events == 1 ? "" : "s");
    return put(excerpt, SIZE_MAX, line);
}

char **excerpt_text(const struct history *history, const size_t *chosen, size_t count, size_t **of,
                    size_t *lines)
{
    size_t room = 2 * count + 1, next = 0; /* a gap before each, and one behind the last */
    struct excerpt excerpt = {calloc(room, sizeof(char *)), calloc(room, sizeof(size_t)), 0};
    bool well = excerpt.lines && excerpt.of;

    for (size_t i = 0; well && i < count; i++) {
        const struct event *event = history_event(history, chosen[i]);
        int64_t time = (int64_t)(event->time - history_event(history, 0)->time);
        char line[LINE + 32];
        int n = snprintf(line, sizeof(line), "%.3f ", (double)time / 1e6);

        history_format(history, chosen[i], line + n, sizeof(line) - (size_t)n);
        well = put_gap(&excerpt, chosen[i] - next) && put(&excerpt, chosen[i], line);
        next = chosen[i] + 1;
    }
    well = well && put_gap(&excerpt, history_count(history) - next);
    *lines = excerpt.count;
    *of = excerpt.of;
    if (well)
        return excerpt.lines;
    for (size_t i = 0; excerpt.lines && i < excerpt.count; i++)
        free(excerpt.lines[i]);
    free(excerpt.lines);
    free(excerpt.of);
    *of = NULL;
    return NULL;
}
