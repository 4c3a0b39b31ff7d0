/* SPDX-License-Identifier: MIT */
/*
 * Planted fault: a thread locks a mutex that it holds. Another thread ends the process once the
 * first is asleep in that second lock, which glibc's mutex shows (2: held, and somebody waits).
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static void *end_when_stuck(void *arg)
{
    pthread_mutex_t *mutex = arg;

    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_SEQ_CST) != 2)
        sched_yield();
    _exit(0);
}

static int lock_twice(pthread_mutex_t *mutex)
{
    pthread_t thread;

    pthread_mutex_lock(mutex);
    if (pthread_create(&thread, NULL, end_when_stuck, mutex) != 0)
        return 1;
    pthread_mutex_lock(mutex);
    return 1;
}
