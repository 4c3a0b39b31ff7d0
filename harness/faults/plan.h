/* SPDX-License-Identifier: MIT */
/*
 * What a sweep plays: points, one after the other, in batches that a process each can take. Pure:
 * nothing is played here.
 */
#ifndef REAPCHECK_FAULTS_PLAN_H
#define REAPCHECK_FAULTS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "faults/errors.h"

/* One call of the library that fails: the one after `skip` of its kind. */
struct fault_point {
    enum libc_call call;
    int error;
    unsigned skip;
};
/* A point as a statement of the script language, "fail waitpid EINTR skip 4": a new string. */
char *fault_point_text(const struct fault_point *point);

/* Some of the points of one script and one row of fault_errors. */
struct fault_batch {
    size_t script, row;
    unsigned calls;    /* of that kind, as many as were counted */
    unsigned most;     /* try so many of them, 0: all */
    unsigned from, to; /* these tries, `to` not included, ... */
    bool open;         /* ... and on, until one meets no call */
};
struct fault_plan {
    struct fault_batch *list;
    size_t count;
    size_t points;  /* to be tried */
    size_t untried; /* left out for `most` */
};
/* Adds what there is to try in a script that makes so many calls of each kind; only kinds that are
 * `wanted` (NULL: all). */
void fault_plan_add(struct fault_plan *plan, size_t script, const unsigned calls[CALL_COUNT],
                    const bool *wanted, unsigned most);
void fault_plan_clear(struct fault_plan *plan);
/* Try number i of a batch. */
struct fault_point fault_batch_point(const struct fault_batch *batch, unsigned i);

/* Points that struck, in order; pairs are made of them. */
struct fault_struck {
    size_t script;
    struct fault_point point;
};
struct fault_pair {
    size_t script;
    struct fault_point point[2];
};
/*
 * Draws up to `budget` pairs, each of two points of one script, scripts in turn, the same for the
 * same seed. Returns how many; the array, in order of scripts, is the caller's.
 */
size_t fault_pairs_draw(const struct fault_struck *struck, size_t count, size_t budget,
                        uint64_t seed, struct fault_pair **pairs);

#endif
