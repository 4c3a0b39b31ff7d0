/* SPDX-License-Identifier: MIT */
/*
 * What the probe knows of the calling thread, and how it writes down what the thread does. All of
 * it may be used in a signal handler and in a child after fork, and keeps errno.
 */
#ifndef REAPCHECK_THREAD_H
#define REAPCHECK_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include "probe/probe.h"

#pragma GCC visibility push(hidden)

/* What probe_start was given; log is set last and is NULL until then. */
struct probe {
    struct log *_Atomic log;
    struct control *control;
    int notify_fd, births_fd;
};
extern struct probe probe;

enum { THREAD_LOCKS = 32 };

struct thread {
    pid_t tid;
    struct control_thread *place; /* in the control page; NULL until the thread is known */
    enum event_zone zone;
    enum event_library library; /* whose code it is; where nobody can tell, or there is but one:
                                   LIBRARY_UNKNOWN */
    uint32_t depth;             /* handlers of the library on its stack */
    uint32_t lent; /* of `held`: those of what a handler of the application has interrupted */
    uint32_t held; /* locks taken in the library; the first THREAD_LOCKS of them: */
    pthread_mutex_t *lock[THREAD_LOCKS];
};
/* Only zone may be read directly; for all else, thread_self(). */
extern __thread struct thread thread_state __attribute__((tls_model("initial-exec")));

static inline bool probe_is_on(void)
{
    return atomic_load_explicit(&probe.log, memory_order_acquire) != NULL;
}

/* True where what the calling thread does now is recorded, gated and failed. */
static inline bool thread_is_watched(void)
{
    return __builtin_expect(thread_state.zone != ZONE_APPLICATION, 0) && probe_is_on();
}

/* The calling thread, with its place in the control page. Only while the probe is on. */
struct thread *thread_self(void);
void thread_set_zone(enum event_zone zone);
void thread_push_lock(pthread_mutex_t *mutex);
/* Forgets one taking of the mutex; false where there was none. */
bool thread_pop_lock(pthread_mutex_t *mutex);
/* Gives up the place: the thread ends or becomes another program. */
void thread_release(void);
/* In a new child: this thread has become another. */
void thread_forget(void);

/* Appends the event; kind, and what else is to be said, from the caller, the rest from here. */
void thread_record(struct event event);

/* True in a child that has not been announced yet; announces it. (birth.c) */
void birth_check(void);
/* True in the process in which the probe was switched on, false in what was forked from it. */
bool birth_is_first(void);
/* Once, from probe_start. */
void birth_start(void);

#pragma GCC visibility pop

#endif
