/* SPDX-License-Identifier: MIT */
/*
 * One word counts the visits; its top bit says that the object is to be freed. Both change in one
 * step, so whoever counts himself out knows whether somebody waits for it, without looking at an
 * object that may be gone a moment later. The waiting is a futex on that word: a mutex would stand
 * among the library's own in the histories.
 */
#include "visits.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STOPPED = 1 << 30 };

static _Thread_local struct visit *innermost;

static unsigned visits_of_this_thread(const struct visited *visited)
{
    unsigned count = 0;

    for (const struct visit *visit = innermost; visit; visit = visit->outer)
        count += visit->visited == visited;
    return count;
}

void visit_begin(struct visit *visit, struct visited *visited)
{
    *visit = (struct visit){.visited = visited, .outer = innermost, .in_library = true};
    innermost = visit;
    atomic_fetch_add(&visited->state, 1);
}

bool visit_end(struct visit *visit)
{
    innermost = visit->outer;
    if (visit->gone)
        return false;
    /* Once we are counted out, nothing but the address may be used. */
    if (atomic_fetch_sub(&visit->visited->state, 1) & STOPPED)
        syscall(SYS_futex, &visit->visited->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return visit->frees;
}

bool visits_in_library(const struct visited *visited)
{
    for (const struct visit *visit = innermost; visit; visit = visit->outer)
        if (visit->visited == visited && visit->in_library)
            return true;
    return false;
}

bool visits_stop(struct visited *visited)
{
    struct visit *last = NULL;

    for (struct visit *visit = innermost; visit; visit = visit->outer)
        if (visit->visited == visited && visit->in_library)
            last = visit;
    if (last) {
        last->frees = true;
        return false;
    }
    atomic_fetch_or(&visited->state, STOPPED);
    return true;
}

bool visits_stopped(struct visited *visited)
{
    return atomic_load(&visited->state) & STOPPED;
}

void visits_await(struct visited *visited)
{
    unsigned mine = visits_of_this_thread(visited);
    unsigned now = atomic_load(&visited->state);

    while ((now & ~(unsigned)STOPPED) > mine) {
        syscall(SYS_futex, &visited->state, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
        now = atomic_load(&visited->state);
    }
    for (struct visit *visit = innermost; visit; visit = visit->outer)
        visit->gone |= visit->visited == visited;
}

void visits_forked(struct visited *visited)
{
    atomic_store(&visited->state, visits_of_this_thread(visited));
}
