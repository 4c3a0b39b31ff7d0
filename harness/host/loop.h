/* SPDX-License-Identifier: MIT */
/*
 * The application's own event loop, which drives a ctx through hooks: a register of the fds and
 * timeouts that the library is interested in, and the calls of occurred_fd and occurred_timeout.
 */
#ifndef REAPCHECK_HOST_LOOP_H
#define REAPCHECK_HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "adapter_events.h"
#include "history/event.h"

#pragma GCC visibility push(hidden)

struct context;
struct loop;

/* How an application may go about it; all of them are allowed. Bits. */
enum loop_habit {
    HABIT_LATE = 1 << 0,     /* what occurs is told only when this is over, gone or not */
    HABIT_TWICE = 1 << 1,    /* each readiness of an fd is told twice */
    HABIT_STALE = 1 << 2,    /* an fd that was deregistered is told of once more */
    HABIT_OTHER_FD = 1 << 3, /* each is told with the number of another fd first */
    HABIT_SPURIOUS =
        1 << 4, /* tells of all that is registered, ready or not, once and behind all that occurs */
    HABIT_SPARING = 1 << 5,   /* of several registrations of an fd, one a turn is told */
    HABIT_AGAIN = 1 << 6,     /* each timeout is told once more */
    HABIT_REENTRANT = 1 << 7, /* within hooks it calls the library; of no use, and not allowed */
    HABIT_VALUELESS = 1 << 8, /* its hooks set no value */
    HABIT_PATIENT = 1 << 9,   /* it looks at its register when a hook wakes it, or it has told */
    HABIT_GUARDED = 1 << 10,  /* see guard.h */
};

/* When a hook is to fail. */
struct loop_refusal {
    enum event_hook hook;
    int value;            /* what it returns */
    uint32_t skip, times; /* so many pass first; so many fail then, 0: all */
};

/* Hands the hooks to the library; the ctx has just been opened. 0 or -errno. */
int loop_attach(struct context *context);
/* The ctx is closed: nothing is registered any more. */
void loop_detach(struct context *context);
/* One turn: waits up to timeout_ms, tells the library what occurred. [the ctx's lane] */
void loop_turn(struct context *context, int timeout_ms);
/* Has a turn on another thread look up. [any thread, under the library's locks] */
void loop_wake(const struct context *context);
/* What is registered has changed: it looks up, and at its register. [any thread, as above] */
void loop_changed(const struct context *context);
void loop_set_habit(struct context *context, unsigned habit);
void loop_refuse(struct context *context, const struct loop_refusal *refusal);
/* How much is registered. */
void loop_count(const struct context *context, int *fds, int *timeouts);

#pragma GCC visibility pop
#endif
