/* SPDX-License-Identifier: MIT */
#include "host/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include "probe/probe.h"

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static atomic_bool is_guarded;

void guard_set(bool guarded)
{
    atomic_store(&is_guarded, guarded);
}

bool guard_enter(void)
{
    bool guarded = atomic_load(&is_guarded);

    if (guarded)
        probe_real.pthread_mutex_lock(&lock);
    return guarded;
}

void guard_leave(bool guarded)
{
    if (guarded)
        probe_real.pthread_mutex_unlock(&lock);
}

void guard_forget(void)
{
    static const pthread_mutex_t unlocked = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

    lock = unlocked;
}
