/* SPDX-License-Identifier: MIT */
/*
 * Mutexes. A lock is tried first, so that the history tells taking one from waiting for one; and
 * an unlock is recorded before it is done, so that in the order of the log nobody takes a mutex
 * that is still held.
 *
 * A lock that the library took is followed until it is released, in whichever zone that is.
 */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>
#include "history/races.h"
#include "history/tsan.h"

static int is_recursive(const pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
    return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP;
#else
    (void)mutex;
    return 0;
#endif
}

static void record(enum event_kind kind, const pthread_mutex_t *mutex, int tried)
{
    thread_record((struct event){.kind = (uint16_t)kind,
                                 .value = (intptr_t)mutex,
                                 .extra = kind == EVENT_UNLOCK ? 0 : is_recursive(mutex) | tried});
}

enum { TRIED = 2 }; /* in extra: by trylock, which waits for nobody and so closes no cycle */

static void taken(pthread_mutex_t *mutex, int r, int tried)
{
    if (r == 0 || r == EOWNERDEAD) {
        thread_push_lock(mutex);
        record(EVENT_LOCK, mutex, tried);
    }
}

static bool release(pthread_mutex_t *mutex)
{
    if (!probe_is_on() || thread_state.held == 0 || !thread_pop_lock(mutex))
        return false;
    record(EVENT_UNLOCK, mutex, 0);
    return true;
}

/* The ways to lock differ only in how they wait. */
enum wait_kind { WAIT_FOR_EVER, WAIT_TIMED, WAIT_CLOCK };

static int wait_for(pthread_mutex_t *mutex, enum wait_kind kind, clockid_t clock,
                    const struct timespec *deadline)
{
    switch (kind) {
    case WAIT_TIMED:
        return real()->pthread_mutex_timedlock(mutex, deadline);
    case WAIT_CLOCK:
        return real()->pthread_mutex_clocklock(mutex, clock, deadline);
    default:
        return real()->pthread_mutex_lock(mutex);
    }
}

/*
 * A lock that is tried first would tell TSan nothing of the order of locks, and in one that is
 * waited for no signal would arrive (history/tsan.h). So there the mutex is looked at, and locked
 * when it is free. Somebody else may come first: then it is waited for, and not told.
 */
static int lock_under_tsan(pthread_mutex_t *mutex, enum wait_kind kind, clockid_t clock,
                           const struct timespec *deadline)
{
#ifdef __GLIBC__
    bool told = false;

    while (kind == WAIT_FOR_EVER && __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) &&
           __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED) != thread_self()->tid) {
        if (!told)
            record(EVENT_LOCK_WAIT, mutex, 0);
        told = true;
        real()->poll(NULL, 0, TSAN_NAP_MS);
    }
#endif
    return wait_for(mutex, kind, clock, deadline);
}

static int lock(pthread_mutex_t *mutex, enum wait_kind kind, clockid_t clock,
                const struct timespec *deadline)
{
    struct call call;
    int error = errno;
    int r = 0;

    if (!thread_is_watched())
        return wait_for(mutex, kind, clock, deadline);
    RACES_MUTEX(mutex, is_recursive(mutex));
    if (call_begin(&call, CALL_MUTEX_LOCK, (intptr_t)mutex)) {
        r = UNDER_TSAN ? lock_under_tsan(mutex, kind, clock, deadline)
                       : real()->pthread_mutex_trylock(mutex);
        if (r == EBUSY) {
            record(EVENT_LOCK_WAIT, mutex, 0);
            r = wait_for(mutex, kind, clock, deadline);
        }
        taken(mutex, r, 0);
    } else {
        r = call.failed;
    }
    call_end_error(&call, r, 0, 0);
    errno = error;
    return r;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return lock(mutex, WAIT_FOR_EVER, 0, NULL);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)
{
    return lock(mutex, WAIT_TIMED, 0, deadline);
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                            const struct timespec *deadline)
{
    return lock(mutex, WAIT_CLOCK, clock, deadline);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct call call;
    int error = errno;
    int r = 0;

    if (!thread_is_watched())
        return real()->pthread_mutex_trylock(mutex);
    if (call_begin(&call, CALL_MUTEX_LOCK, (intptr_t)mutex)) {
        r = real()->pthread_mutex_trylock(mutex);
        taken(mutex, r, TRIED);
    } else {
        r = call.failed;
    }
    call_end_error(&call, r, 0, 0);
    errno = error;
    return r;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    struct call call;
    int error = errno;
    int r = 0;

    if (call_begin(&call, CALL_MUTEX_UNLOCK, (intptr_t)mutex)) {
        release(mutex);
        r = real()->pthread_mutex_unlock(mutex);
    } else {
        r = call.failed;
    }
    call_end_error(&call, r, 0, 0);
    errno = error;
    return r;
}

/* A mutex that is made anew is free: so do children deal with locks that fork left held. */
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    while (release(mutex))
        ;
    return real()->pthread_mutex_init(mutex, attributes);
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    int r = real()->pthread_mutex_destroy(mutex);

    while (r == 0 && release(mutex))
        ;
    return r;
}

/*
 * The rest of the family, so that all of it is of one version: an object linked without versions
 * (DRD's own is one) would else be bound to the older, incompatible kind here and to ours in waits.
 */
int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    return real()->pthread_cond_init(condition, attributes);
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    return real()->pthread_cond_destroy(condition);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    return real()->pthread_cond_signal(condition);
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    return real()->pthread_cond_broadcast(condition);
}

/* Waiting on a condition releases the mutex once and takes it again before it returns. */
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    bool held = release(mutex);
    int r = real()->pthread_cond_wait(condition, mutex);

    if (held)
        taken(mutex, 0, 0);
    return r;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *deadline)
{
    bool held = release(mutex);
    int r = real()->pthread_cond_timedwait(condition, mutex, deadline);

    if (held)
        taken(mutex, 0, 0);
    return r;
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *deadline)
{
    bool held = release(mutex);
    int r = real()->pthread_cond_clockwait(condition, mutex, clock, deadline);

    if (held)
        taken(mutex, 0, 0);
    return r;
}
