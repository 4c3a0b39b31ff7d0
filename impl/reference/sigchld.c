/* SPDX-License-Identifier: MIT */
/*
 * SIGCHLD as the source of announcements: one handler for all contexts of the process, installed
 * if and only if at least one ctx listens [FK-09 FK-13 FK-16 FK-17].
 *
 * The handler may run on any thread at any moment: on the thread that is changing the list of
 * listeners, on several threads at once, and nested in itself. So it takes no lock. It walks a
 * singly linked list whose links are atomic:
 *
 *   join    makes the new element point at the present head, then makes it the head with one
 *           store. A handler sees the list with it or without it, and both are whole. The join
 *           ends with an announcement of its own, so an exit that the handler told to the old list
 *           only is noticed all the same [FK-26 FK-27].
 *   leave   makes the predecessor point past the element with one store. A handler that stands on
 *           the element still finds the rest of the list through it. If it joins again meanwhile,
 *           its link leads to the head of the list: the handler then visits some twice, none less.
 *   settle  before the element's memory or its fd is given up, waits until every handler that may
 *           have seen it has ended [FK-28].
 *
 * settle counts handlers that are under way. A handler adds itself to one of two counters before
 * it reads the head of the list, and takes itself off when it is done. All of this is sequentially
 * consistent, so a handler that saw the list as it was before a leave had added itself before the
 * leave, and when each counter has been seen at zero after it, every such handler has ended. A new
 * handler adds itself to the counter that `phase` names; settle turns the phase before it waits, so
 * only handlers that were already under way stand in the counter it waits for: a storm of signals
 * cannot keep it waiting. It waits with no lock that a fork or another call needs, and a handler
 * never waits for anything; so settle ends.
 *
 * A fork copies the counters, but not the other threads' handlers. In the child `forget` zeroes
 * them and empties the list: the handler, which stays until `restore` or exec, tells nobody, least
 * of all the parent through an inherited fd [XC-21]. A handler that forked (from within, by a
 * signal handler nested in it) finds in the child that `life` has changed and leaves the counters
 * alone.
 *
 * write is a cancellation point, and a thread that was cancelled in the handler would never take
 * itself off its counter (and be cancelled at a place where its own code has no such point). So
 * the handler turns cancellation off; in glibc and musl that touches one word of the thread's own.
 */
#include "internal.h"
#include "races.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { SETTLE_YIELDS = 64, SETTLE_NAP_NS = 500 * 1000 };

static struct exit_listener *_Atomic listeners;
static _Atomic unsigned under_way[2];
static _Atomic unsigned phase;
static _Atomic unsigned life;

static pthread_mutex_t settle_lock = PTHREAD_MUTEX_INITIALIZER;

/* process lock: */
static bool installed;
static struct sigaction before; /* meaningful once the handler was installed */

static void on_sigchld(int signal)
{
    int saved_errno = errno;
    int cancel_state;
    (void)signal;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    unsigned my_life = atomic_load(&life);
    unsigned mine = atomic_load(&phase) & 1;
    atomic_fetch_add(&under_way[mine], 1);
    for (struct exit_listener *listener = atomic_load(&listeners); listener;
         listener = atomic_load(&listener->next)) {
        reap__takes(&listeners);
        atomic_store(&listener->announced, true);
        reap__wake_set(listener->wake_fd);
    }
    if (atomic_load(&life) == my_life) {
        reap__gives(&under_way[mine]);
        atomic_fetch_sub(&under_way[mine], 1);
    }
    (void)pthread_setcancelstate(cancel_state, NULL);
    errno = saved_errno;
}

static bool is_ours(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == on_sigchld;
}

static bool is_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static int install(void)
{
    struct sigaction ours, found;
    if (sigaction(SIGCHLD, NULL, &found) < 0) {
        return REAP_ERROR_SYSTEM;
    }
    if (is_ours(&found)) {
        /* Somebody took the disposition over, outlived the last listener, and has put our handler
         * back since. What was before it is still what is to be put back. */
        installed = true;
        return 0;
    }
    if (is_handler(&found)) {
        return REAP_ERROR_HANDLER_BUSY;
    }
    memset(&ours, 0, sizeof(ours));
    ours.sa_handler = on_sigchld;
    ours.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGCHLD, &ours, &found) < 0) {
        return REAP_ERROR_SYSTEM;
    }
    if (is_handler(&found)) {
        /* The application was quicker: it is to have its handler. */
        (void)sigaction(SIGCHLD, &found, NULL);
        return REAP_ERROR_HANDLER_BUSY;
    }
    before = found;
    installed = true;
    return 0;
}

static int uninstall(void)
{
    struct sigaction found;
    if (sigaction(SIGCHLD, NULL, &found) < 0) {
        return REAP_ERROR_SYSTEM;
    }
    if (!is_ours(&found)) {
        installed = false;
        return REAP_ERROR_HANDLER_BUSY;
    }
    if (sigaction(SIGCHLD, &before, NULL) < 0) {
        return REAP_ERROR_SYSTEM;
    }
    installed = false;
    return 0;
}

static int join(struct exit_listener *listener)
{
    int rc = 0;
    if (listener->joined) {
        return 0;
    }
    if (!installed) {
        rc = install();
    }
    if (rc) {
        return rc;
    }
    atomic_store(&listener->next, atomic_load(&listeners));
    reap__gives(&listeners);
    atomic_store(&listeners, listener);
    listener->joined = true;
    atomic_store(&listener->announced, true);
    reap__wake_set(listener->wake_fd);
    return 0;
}

static int leave(struct exit_listener *listener)
{
    if (!listener->joined) {
        return 0;
    }
    struct exit_listener *_Atomic *link = &listeners;
    while (atomic_load(link) != listener) {
        link = &atomic_load(link)->next;
    }
    atomic_store(link, atomic_load(&listener->next));
    listener->joined = false;
    return atomic_load(&listeners) || !installed ? 0 : uninstall();
}

static void await_zero(_Atomic unsigned *counter)
{
    const struct timespec nap = {0, SETTLE_NAP_NS};
    for (unsigned tries = 0; atomic_load(counter); tries++) {
        if (tries < SETTLE_YIELDS) {
            sched_yield();
        } else {
            nanosleep(&nap, NULL);
        }
    }
    reap__takes(counter);
}

static void settle(void)
{
    int saved_errno = errno;
    pthread_mutex_lock(&settle_lock);
    for (int turn = 0; turn < 2; turn++) {
        unsigned old = atomic_fetch_add(&phase, 1) & 1;
        await_zero(&under_way[old]);
    }
    pthread_mutex_unlock(&settle_lock);
    errno = saved_errno;
}

static bool announces(void)
{
    struct sigaction found;
    return sigaction(SIGCHLD, NULL, &found) == 0 && is_ours(&found);
}

static void forget(void)
{
    atomic_fetch_add(&life, 1);
    atomic_store(&listeners, NULL);
    atomic_store(&under_way[0], 0);
    atomic_store(&under_way[1], 0);
    /* It may have been held by a thread that this process does not have. */
    pthread_mutex_init(&settle_lock, NULL);
}

static int restore(void)
{
    int rc = installed ? uninstall() : 0;
    return rc == REAP_ERROR_HANDLER_BUSY ? 0 : rc;
}

bool reap__exits_vanish(void)
{
    struct sigaction found;
    return sigaction(SIGCHLD, NULL, &found) == 0 &&
           ((found.sa_flags & SA_NOCLDWAIT) ||
            (!(found.sa_flags & SA_SIGINFO) && found.sa_handler == SIG_IGN));
}

__attribute__((constructor)) static void tell_checkers(void)
{
    reap__names_mutex(&settle_lock);
    reap__is_atomic(&listeners);
    reap__is_atomic(&under_way);
    reap__is_atomic(&phase);
    reap__is_atomic(&life);
}

const struct exit_source reap__exit_source = {
    .join = join,
    .leave = leave,
    .settle = settle,
    .announces = announces,
    .forget = forget,
    .restore = restore,
};
