/* SPDX-License-Identifier: MIT */
/*
 * Which unreaped child has which pid, over all contexts of the process.
 *
 * The table does not grow: a child must be recorded after fork has made it, when it is too late to
 * run out of memory. One registry for all contexts, and not one for each, so that a ctx that reaps
 * all finds to whom a child belongs.
 */
#include "internal.h"

enum { BUCKETS = 1024 };

static LIST_HEAD(, child) buckets[BUCKETS];

/* pids are given out one after the other: they spread by themselves. */
static unsigned bucket_of(pid_t pid)
{
    return (unsigned)pid % BUCKETS;
}

void reap__registry_add(struct child *child)
{
    LIST_INSERT_HEAD(&buckets[bucket_of(child->pid)], child, by_pid);
}

void reap__registry_remove(struct child *child)
{
    LIST_REMOVE(child, by_pid);
}

struct child *reap__registry_find(pid_t pid)
{
    struct child *child;
    LIST_FOREACH (child, &buckets[bucket_of(pid)], by_pid) {
        if (child->pid == pid) {
            break;
        }
    }
    return child;
}

void reap__registry_clear(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        LIST_INIT(&buckets[i]);
    }
}
