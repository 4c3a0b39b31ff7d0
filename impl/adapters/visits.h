/* SPDX-License-Identifier: MIT */
/*
 * Visits: who is inside an object that any thread may be using when another wants to free it.
 * For adapters of libraries that leave this to their user.
 *
 * A thread begins a visit when it enters the library with the object, and ends it when it comes
 * back. Who wants to free the object stops it and waits until it is alone. The visits of a thread
 * nest, as callbacks call again: a visit learns that the object went meanwhile (`gone`), and
 * freeing from a callback that the library calls with itself on the stack is put off to the end of
 * that visit.
 */
#ifndef REAPCHECK_VISITS_H
#define REAPCHECK_VISITS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Part of the object. Starts as zeroes. */
struct visited {
    atomic_uint state;
};

/* On the visitor's stack. */
struct visit {
    struct visited *visited;
    struct visit *outer; /* of the same thread */
    bool in_library;     /* true at first; the visitor clears it while it calls back by itself */
    bool frees;          /* freeing was put off to the end of this visit */
    bool gone;           /* the object is */
};

void visit_begin(struct visit *visit, struct visited *visited);
/* True: the caller is to free the object now, by the same steps as ever. */
bool visit_end(struct visit *visit);

/* True where the library is on the calling thread's stack with this object. */
bool visits_in_library(const struct visited *visited);
/* The object is to be freed. False where that is put off to the end of a visit of this thread. */
bool visits_stop(struct visited *visited);
bool visits_stopped(struct visited *visited);
/* Waits for the visits of other threads to end. Those of this one learn that the object is gone. */
void visits_await(struct visited *visited);
/* In a forked child, where no other thread is left. */
void visits_forked(struct visited *visited);

#endif
