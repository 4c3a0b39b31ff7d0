/* SPDX-License-Identifier: MIT */
/*
 * Requests that start at one moment. A barrier is a count of those that are still missing; who
 * brings it to nought wakes the rest. Its place is free again when the last has gone through.
 * Only the reader thread announces and joins.
 */
#include "host/request.h"

#include <errno.h>
#include <string.h>
#include "history/races.h"
#include "host/word.h"

enum { BARRIERS = 16 };

struct barrier {
    _Atomic uint32_t missing;
    _Atomic uint32_t inside; /* how many have yet to go through; 0: place free */
};

static struct barrier barriers[BARRIERS];
static uint64_t
    announced; /* the barrier that requests join now; its place is this modulo BARRIERS */
static uint32_t to_join;

__attribute__((constructor)) static void tell_of_tables(void)
{
    RACES_OWN(barriers, sizeof barriers);
}

static struct barrier *barrier_of(uint64_t number)
{
    return &barriers[number % BARRIERS];
}

int together_announce(uint32_t count)
{
    struct barrier *barrier = barrier_of(announced + 1);

    if (to_join > 0 || atomic_load(&barrier->inside) > 0)
        return -EBUSY;
    announced++;
    to_join = count;
    atomic_store(&barrier->inside, count);
    atomic_store(&barrier->missing, count);
    return 0;
}

uint64_t together_join(void)
{
    if (to_join == 0)
        return 0;
    to_join--;
    return announced;
}

void together_miss(uint64_t number)
{
    struct barrier *barrier = barrier_of(number);

    if (atomic_fetch_sub(&barrier->missing, 1) == 1)
        word_wake(&barrier->missing);
    atomic_fetch_sub(&barrier->inside, 1);
}

void together_start(uint64_t number)
{
    struct barrier *barrier = barrier_of(number);
    uint32_t missing;

    if (atomic_fetch_sub(&barrier->missing, 1) == 1)
        word_wake(&barrier->missing);
    while ((missing = atomic_load(&barrier->missing)) != 0)
        word_wait(&barrier->missing, missing, -1);
    atomic_fetch_sub(&barrier->inside, 1);
}

void together_forget_all(void)
{
    memset(barriers, 0, sizeof barriers);
    to_join = 0;
}
