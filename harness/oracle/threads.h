/* SPDX-License-Identifier: MIT */
/* What each thread is at, followed event by event by an oracle that walks through a history. */
#ifndef REAPCHECK_ORACLE_THREADS_H
#define REAPCHECK_ORACLE_THREADS_H

#include <stdbool.h>
#include <uthash.h>
#include "history/history.h"

enum { THREAD_OPS = 32, THREAD_HANDLERS = 8 };

#define NEVER SIZE_MAX

struct thread {
    struct {
        int32_t pid, tid;
    } key;
    size_t op[THREAD_OPS];           /* ENTER events without LEAVE, the innermost last */
    size_t handler[THREAD_HANDLERS]; /* HANDLER_IN without HANDLER_OUT, likewise */
    unsigned ops, handlers;          /* may be more than there is room for */
    bool held;                       /* waits at a gate */
    size_t before, last;             /* its events: the one before this, and this; or NEVER */
    void *own;                       /* for the oracle */
    UT_hash_handle hh;
};

struct threads {
    struct thread *all;
    struct thread *latest; /* whose event was followed last: it mostly does the next one, too */
};

/* Takes event i in. Returns the thread that did it, NULL for the runner. */
struct thread *threads_follow(struct threads *threads, const struct history *history, size_t i);
struct thread *threads_find(const struct threads *threads, int pid, int tid);
/* The thread that forked the process whose BORN is event i; it goes on there as its only thread.
 * NULL where the history does not tell. */
struct thread *threads_forked_by(const struct threads *threads, const struct history *history,
                                 size_t i);
void threads_free(struct threads *threads, void (*free_own)(void *own));

/* The innermost ENTER of the thread, NULL if it is in none. */
const struct event *thread_op(const struct history *history, const struct thread *thread);
/* Whether the thread is inside this member of the adapter, however deep; *at is its ENTER. */
bool thread_in_op(const struct history *history, const struct thread *thread, enum event_op op,
                  size_t *at);

/* Whether the innermost ENTER of the thread came from a signal handler of the application that had
 * interrupted another call: the thread was inside that, and nobody had called back. */
bool thread_was_interrupted(const struct history *history, const struct thread *thread);

#endif
