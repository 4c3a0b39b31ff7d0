/* SPDX-License-Identifier: MIT */
/*
 * Lanes: the threads of the host that do requests, one at a time and in order. A lane that has
 * none turns the loops of its ctxs.
 */
#ifndef REAPCHECK_HOST_LANE_H
#define REAPCHECK_HOST_LANE_H

#include <pthread.h>
#include <signal.h>
#include "host/context.h"
#include "host/request.h"

#pragma GCC visibility push(hidden)

enum { NAME_BYTES = 16, LANES = 128 };

struct lane {
    char name[NAME_BYTES];
    _Atomic bool used;
    bool ending;      /* of the lane's thread itself */
    pthread_t thread; /* not of main */
    pid_t tid;
    struct request *queue[REQUESTS]; /* a ring that has room for all requests there are */
    _Atomic uint32_t posted, taken;
    uint64_t together;        /* of the reader: the last barrier that it was sent to */
    _Atomic uint32_t bell;    /* changes whenever the lane has to look up */
    _Atomic uint32_t turning; /* 1 + place of the ctx whose loop it is inside, 0: none */
    _Atomic uint32_t watched; /* others wait for `turning` to change */
    _Atomic bool wake;        /* the helper is to wake the loop */
    struct request *request;  /* that started the lane; that ends it */
    _Atomic bool gone;        /* the thread has nothing left to do but end */
    unsigned long heard;      /* callbacks so far; of the thread itself */
    uint16_t loops[CONTEXTS]; /* the ctxs it turns; of the thread itself */
    size_t loops_count;
};

/* The lane of the calling thread, NULL if it is none. */
struct lane *lane_self(void);
/* Makes the calling thread the lane `main`, the only one there is. mask: with what lanes start.
 * name: what the history calls it. */
struct lane *lane_main(const sigset_t *mask, const char *name);
/* Main, which calls it, and the lanes that will be made have the signal blocked from the start. */
void lanes_block(int number);
/* Starts a thread. The lane itself answers the request. 0 or -errno. [the reader] */
int lane_start(const char *name, struct request *request);
/* Hands a request to the lane of that name. -ENOENT if there is none, -EDEADLK if it was sent to
 * the same barrier before. [the reader] */
int lane_post(const char *name, struct request *request);
/* Serves until the lane is told to end. */
void lane_serve(struct lane *lane);
/* The calling lane ends; the request is answered when the thread is gone. */
void lane_end(struct request *request);
/* All lanes look up. [any thread] */
void lanes_ring(void);
/* Has the lane look at its queue and its loops again. [any thread] */
void lane_ring(struct lane *lane);
/* Waits until the lane is not inside the loop of the ctx. False: it still is. */
bool lane_await_out_of(struct lane *lane, uint32_t place);
/* The calling lane counts as out of the loop of the ctx, in a callback of which it may be. */
void lane_leave_loop(uint32_t place);
/* Turns the loops of the calling lane until a full round brought no callback. */
void lane_turn(void);
/* Counts a callback on the calling thread. */
void lane_heard(void);

/* Whether the calling thread may end its lane. */
bool lane_is_main(void);

/* The helper: a thread for what must keep neither the reader nor a lane. */
int helper_start(void);

#pragma GCC visibility pop
#endif
