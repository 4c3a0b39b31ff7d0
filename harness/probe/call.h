/* SPDX-License-Identifier: MIT */
/*
 * What every function that the probe defines is made of:
 *
 *     struct call call;
 *     int r = -1;
 *
 *     if (call_begin(&call, CALL_CLOSE, fd))
 *         r = real()->close(fd);
 *     call_end(&call, r, 0, 0);
 *     return r;
 *
 * Where the thread is not in the library both do nothing. Otherwise the first shows the runner what
 * the thread is at and applies raises, gates and faults; where it returns false, errno is set and
 * the real function must not be called. The second records the call and applies the gates after.
 */
#ifndef REAPCHECK_CALL_H
#define REAPCHECK_CALL_H

#include "probe/thread.h"

#pragma GCC visibility push(hidden)

struct call {
    enum libc_call what;
    bool watched;
    int failed;      /* a fault was applied: the errno */
    bool cut;        /* a read or write is to move one byte at most, a wait to find nothing */
    int32_t subject; /* of the event; the first argument unless changed */
    uint32_t spare;  /* of the event */
    uint32_t outer;  /* the call that a handler has interrupted */
    int64_t outer_arg;
};

bool call_watch(struct call *call, enum libc_call what, int64_t arg);
void call_record(struct call *call, int64_t result, int error, int64_t value, int64_t extra);
void call_finish(struct call *call);
/* Ends a call without a word and without a gate. */
void call_abandon(struct call *call);

static inline bool call_begin(struct call *call, enum libc_call what, int64_t arg)
{
    call->watched = thread_is_watched();
    call->failed = 0;
    call->cut = false;
    return call->watched ? call_watch(call, what, arg) : true;
}

/* The end of a call that returns less than 0 and sets errno when it fails. */
void call_end_watched(struct call *call, int64_t result, int64_t value, int64_t extra);
static inline void call_end(struct call *call, int64_t result, int64_t value, int64_t extra)
{
    if (call->watched)
        call_end_watched(call, result, value, extra);
}

/* The whole body of a function with nothing more to record than its first argument and what it
 * returns, -1 when it fails. */
#define CALL_SIMPLY(type, what, first, real_call)                                                  \
    struct call call;                                                                              \
    type r = -1;                                                                                   \
                                                                                                   \
    if (call_begin(&call, what, (int64_t)(first)))                                                 \
        r = real_call;                                                                             \
    call_end(&call, r, 0, 0);                                                                      \
    return r

/* The end of a call that returns 0 or the number of an error. */
static inline void call_end_error(struct call *call, int result, int64_t value, int64_t extra)
{
    if (call->watched) {
        call_record(call, result, result, value, extra);
        call_finish(call);
    }
}

/* How much of size a read or write may move. */
static inline size_t call_size(const struct call *call, size_t size)
{
    return call->cut && size > 1 ? 1 : size;
}

/* In a handler: 1 where fd is in blocking mode. Elsewhere 0. */
int call_may_block(const struct call *call, int fd);

/* The rules of the control page (rule.c). */

/* Raises and waits at gates before the call; then returns the errno it must fail with, 0 for none,
 * and whether it is to be cut short. */
int rule_before(enum libc_call what, bool *cut);
/* Waits at gates after the call. */
void rule_after(enum libc_call what);

#pragma GCC visibility pop

#endif
