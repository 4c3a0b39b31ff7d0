/* SPDX-License-Identifier: MIT */
/*
 * What there is once in a process: the process lock, the lists it guards, and what a fork does to
 * them.
 *
 * The application may fork on any thread at any moment. The handlers registered with pthread_atfork
 * take the process lock before and release it after, so the child gets the lists whole and the lock
 * free. In the child they then forget everything that is the parent's but the carefds, which
 * reap_postfork_child_noexec closes. Contexts of the parent refuse to work from then on: their
 * generation is not that of the process.
 *
 * Their own locks may have been held by threads that the child does not have; nobody will take
 * them.
 */
#include "internal.h"
#include "races.h"
#include <time.h>
#include <unistd.h>

struct process reap__process;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fork_ended = PTHREAD_COND_INITIALIZER;
static bool atfork_registered;

__attribute__((constructor)) static void tell_checkers(void)
{
    reap__names_mutex(&lock);
    reap__is_atomic(&reap__process.generation);
}

__thread volatile sig_atomic_t reap__depth;

/* Who has the lock is inside libreap, even where that is the application's thread: while it forks,
 * and between reap_carefd_begin and its end. */
void reap__lock(void)
{
    reap__depth++;
    pthread_mutex_lock(&lock);
}

void reap__unlock(void)
{
    pthread_mutex_unlock(&lock);
    reap__depth--;
}

void reap__lock_new(void)
{
    pthread_mutex_init(&lock, NULL);
}

void reap__await_fork(void)
{
    pthread_cond_wait(&fork_ended, &lock);
}

void reap__fork_ended(void)
{
    pthread_cond_broadcast(&fork_ended);
}

void reap__process_new(void)
{
    atomic_fetch_add(&reap__process.generation, 1);
    reap__exit_source.forget();
    LIST_INIT(&reap__process.ctxs);
    LIST_INIT(&reap__process.forks);
    reap__registry_clear();
    /* Threads that waited are not here. */
    pthread_cond_init(&fork_ended, NULL);
}

static void in_child(void)
{
    reap__process_new();
    reap__unlock();
}

int reap__atfork(void)
{
    if (!atfork_registered) {
        if (pthread_atfork(reap__lock, reap__unlock, in_child)) {
            return REAP_ERROR_NO_MEMORY;
        }
        atfork_registered = true;
        reap__process.pid = getpid();
    }
    return 0;
}

int64_t reap__now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
