/* SPDX-License-Identifier: MIT */
/*
 * A table of blocks, by address, for any number of threads and without a lock: a place is free
 * where its address is 0, is taken by writing an address over that, and is free again as soon as
 * the 0 is back. A block has two buckets in which it may stand. The first is that of its
 * neighbours in memory, so what was taken together is found on one page; the second is anywhere.
 * Where both are full the block is counted as forgotten, and then nobody can say what is left.
 *
 * No two blocks have one address at one time, and nobody frees a block before whoever took it has
 * been given it. So no two threads ever write the same place but to take it.
 *
 * Events would be the other way to know, one for each call, and would be most of any history.
 */
#include "probe/blocks.h"
#include "probe/thread.h"

enum {
    NEIGHBOURS = 7, /* bits of an address that do not choose the first bucket */
    ARENA = 26,     /* heaps of different threads differ above these alone */
};

struct place {
    _Atomic uintptr_t *address;
    struct control_block *block;
};

static uint64_t spread(uint64_t number)
{
    return (number * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

static unsigned bucket_of(uintptr_t address, int choice)
{
    uint64_t hash =
        choice > 0 ? spread(address) : (address >> NEIGHBOURS) + spread(address >> ARENA);

    return (unsigned)(hash % CONTROL_BUCKETS);
}

/* The first place that holds `wanted` in the buckets of this address; then it holds `put`. */
static bool replace(uintptr_t address, uintptr_t wanted, uintptr_t put, struct place *place)
{
    struct control_memory *memory = &probe.control->memory;

    for (int choice = 0; choice < 2; choice++) {
        unsigned bucket = bucket_of(address, choice);

        for (int i = 0; i < CONTROL_BUCKET; i++) {
            uintptr_t found = wanted;

            place->address = &memory->address[bucket][i];
            place->block = &memory->block[bucket][i];
            if (atomic_load_explicit(place->address, memory_order_relaxed) == wanted &&
                (put == wanted || atomic_compare_exchange_strong(place->address, &found, put)))
                return true;
        }
    }
    return false;
}

static void put_down(const void *memory, const struct control_block *block)
{
    struct control_memory *all = &probe.control->memory;
    struct place place;

    if (!replace((uintptr_t)memory, 0, (uintptr_t)memory, &place)) {
        atomic_fetch_add_explicit(&all->forgotten, 1, memory_order_relaxed);
        return;
    }
    *place.block = *block;
    atomic_fetch_add_explicit(&all->count, 1, memory_order_relaxed);
}

void block_taken(const void *memory, size_t size, const void *caller)
{
    if (!memory || !birth_is_first())
        return;
    block_leaves(memory, NULL); /* it went without our seeing it */
    put_down(memory, &(struct control_block){.size = (int64_t)size,
                                             .taken = (int64_t)log_count(probe.log),
                                             .caller = (intptr_t)caller,
                                             .tid = thread_self()->tid});
}

bool block_leaves(const void *memory, struct control_block *was)
{
    struct control_memory *all = &probe.control->memory;
    uintptr_t address = (uintptr_t)memory;
    struct place place;

    if (!memory || atomic_load_explicit(&all->count, memory_order_relaxed) == 0 ||
        !birth_is_first() || !replace(address, address, address, &place))
        return false;
    if (was)
        *was = *place.block;
    atomic_store_explicit(place.address, 0, memory_order_release);
    atomic_fetch_sub_explicit(&all->count, 1, memory_order_relaxed);
    return true;
}

void block_stays(const void *memory, const struct control_block *was)
{
    if (birth_is_first())
        put_down(memory, was);
}
