/* SPDX-License-Identifier: MIT */
/*
 * What all operations have in common: how they are started, told, aborted, and when they are over.
 *
 * An operation is under way, then done (its result is known, its children are reaped), then
 * complete: all its progress callbacks have returned. Only then is it told, and is off the list
 * where abort finds it; that list also keeps the ctx from being freed [AO-09].
 *
 * It is counted: one reference is the initiating call's, one the operation's own until it was told,
 * and one each thing's that is due for it. So whichever thread completes it, at whatever moment, no
 * other is left with what is gone. The last reference goes with no lock held, since what an
 * operation has may take the process lock to be closed.
 *
 * Everything that can fail comes before the child: once that exists, an operation has all it needs
 * to reach its end. A signal for it that the system refuses is tried again, as an abort or a limit
 * that was forgotten would leave the operation under way for ever.
 */
#include "internal.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    NAP_NS = 50 * 1000 * 1000,
    KILL_AGAIN_MS = 100,
};

#define CONTAINER(due_, member) ((struct ao *)((char *)(due_)-offsetof(struct ao, member)))

int reap__ao_init(struct ao *ao, reap_ctx *ctx, const reap_how *how)
{
    int rc = 0;
    ao->ctx = ctx;
    ao->references = 2;
    ao->waited_for = !how;
    if (!how) {
        rc = reap__waiter_open(ctx, &ao->waiter, 0);
    } else {
        ao->how = *how;
        if (!how->callback) {
            ao->event = reap__event_new(REAP_EVENT_OPERATION_COMPLETE, how->u.for_event, NULL, 0);
            rc = ao->event ? 0 : REAP_ERROR_NO_MEMORY;
        }
    }
    if (!rc) {
        reap__ctx_hold(ctx);
        pthread_mutex_lock(&ctx->lock);
        TAILQ_INSERT_TAIL(&ctx->aos, ao, others);
        pthread_mutex_unlock(&ctx->lock);
    } else {
        int saved_errno = errno;
        ao->free(ao);
        errno = saved_errno;
    }
    return rc;
}

/* [unlocked] */
static void release(struct ao *ao, unsigned references)
{
    reap_ctx *ctx = ao->ctx;
    int saved_errno = errno;
    pthread_mutex_lock(&ctx->lock);
    ao->references -= references;
    bool last = !ao->references;
    pthread_mutex_unlock(&ctx->lock);
    if (last) {
        if (ao->waited_for) {
            reap__waiter_close(ctx, &ao->waiter);
        }
        free(ao->event);
        ao->free(ao);
        reap__ctx_release(ctx);
    }
    errno = saved_errno;
}

static void run_complete(reap_ctx *ctx, struct due *due)
{
    struct ao *ao = CONTAINER(due, complete_due);
    const struct reap_how how = ao->how;
    int rc = ao->rc;
    bool waited_for = ao->waited_for;
    pthread_mutex_lock(&ctx->lock);
    ao->complete = true;
    TAILQ_REMOVE(&ctx->aos, ao, others);
    if (ao->event) {
        ao->event->pub.u.complete.rc = rc;
        reap__event_put(ctx, ao->event);
        ao->event = NULL;
    }
    if (waited_for) {
        reap__waiter_wake(&ao->waiter);
    }
    pthread_mutex_unlock(&ctx->lock);
    release(ao, 1);
    if (!waited_for && how.callback) {
        REAP__OUTSIDE;
        how.callback(ctx, rc, how.u.for_callback);
    }
}

/* [ctx lock] */
static void complete_if_over(struct ao *ao)
{
    if (ao->done && !ao->progress_due) {
        bool calls_back = !ao->waited_for && ao->how.callback;
        reap__due_add(ao->ctx, &ao->complete_due, calls_back ? REAP_APPLICATIONS : REAP_OWN,
                      run_complete);
    }
}

void reap__ao_done(struct ao *ao, int rc)
{
    ao->done = true;
    ao->rc = rc;
    reap__timeout_remove(ao->ctx, &ao->kill_again);
    complete_if_over(ao);
}

static void run_progress(reap_ctx *ctx, struct due *due)
{
    struct event *event = (struct event *)((char *)due - offsetof(struct event, due));
    struct ao *ao = event->ao;
    {
        REAP__OUTSIDE;
        ao->progress.callback(ctx, &event->pub, ao->progress.u.for_callback);
    }
    pthread_mutex_lock(&ctx->lock);
    ao->progress_due--;
    complete_if_over(ao);
    pthread_mutex_unlock(&ctx->lock);
    release(ao, 1);
}

void reap__ao_progress(struct ao *ao, const char *line, size_t length)
{
    if (!ao->progresses) {
        return;
    }
    struct event *event =
        reap__event_new(REAP_EVENT_OPERATION_PROGRESS, ao->progress.u.for_event, line, length);
    if (!event) {
        reap__event_missing(ao->ctx, REAP_EVENT_OPERATION_PROGRESS);
        return;
    }
    event->pub.u.progress.line = event->text;
    if (ao->progress.callback) {
        event->ao = ao;
        ao->references++;
        ao->progress_due++;
        reap__due_add(ao->ctx, &event->due, REAP_APPLICATIONS, run_progress);
        if (ao->waited_for) {
            reap__waiter_wake(&ao->waiter); /* it need not stand behind others' callbacks */
        }
    } else {
        reap__event_put(ao->ctx, event);
    }
}

/* [ctx lock] */
static void on_kill_again(reap_ctx *ctx, void *user)
{
    struct ao *ao = user;
    (void)ctx;
    ao->kill_again = 0;
    reap__ao_kill(ao, ao->kill_signal);
}

/* [unlocked] The child was not sent the signal, and not because it has ended. */
static void kill_refused(struct ao *ao, pid_t pid, int signal, int errnum)
{
    reap_ctx *ctx = ao->ctx;
    int rc = 0;
    pthread_mutex_lock(&ctx->lock);
    bool is_first = !ao->kill_refused;
    ao->kill_refused = true;
    if (!ao->done && !ao->kill_again) {
        rc = reap__timeout_add(ctx, reap__timeout_at(KILL_AGAIN_MS), REAP_OWN, on_kill_again, ao,
                               &ao->kill_again);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (is_first) {
        reap__log(ctx, REAP_LOG_ERROR, "child %ld of an operation cannot be sent signal %d",
                  (long)pid, signal);
    }
    if (rc) {
        reap__disaster(ctx, REAP_EVENT_OPERATION_COMPLETE, "ending the child of an operation",
                       errnum);
    }
}

static void run_kill(reap_ctx *ctx, struct due *due)
{
    struct ao *ao = CONTAINER(due, kill);
    pthread_mutex_lock(&ctx->lock);
    ao->kill_due = false;
    pid_t pid = ao->pid;
    int signal = ao->kill_signal;
    pthread_mutex_unlock(&ctx->lock);
    if (pid && reap__child_kill(ctx, pid, ao, signal) == REAP_ERROR_SYSTEM) {
        kill_refused(ao, pid, signal, errno);
    }
    release(ao, 1);
}

void reap__ao_kill(struct ao *ao, int signal)
{
    ao->kill_signal = signal;
    if (!ao->kill_due) {
        ao->kill_due = true;
        ao->references++;
        reap__due_add(ao->ctx, &ao->kill, REAP_OWN, run_kill);
    }
}

void reap__ao_child(struct ao *ao, pid_t pid)
{
    pthread_mutex_lock(&ao->ctx->lock);
    ao->pid = pid;
    if (ao->kill_signal && !ao->done) {
        reap__ao_kill(ao, ao->kill_signal);
    }
    pthread_mutex_unlock(&ao->ctx->lock);
}

/* Where it cannot poll, time and the end of children still bring it on. */
static void wait_for(struct ao *ao)
{
    const struct timespec nap = {0, NAP_NS};
    reap_ctx *ctx = ao->ctx;
    for (;;) {
        pthread_mutex_lock(&ctx->lock);
        bool complete = ao->complete;
        pthread_mutex_unlock(&ctx->lock);
        if (complete) {
            return;
        }
        int rc = reap__waiter_turn(ctx, &ao->waiter);
        if (rc == REAP_ERROR_NO_MEMORY || rc == REAP_ERROR_SYSTEM) {
            nanosleep(&nap, NULL);
        }
    }
}

int reap__ao_started(struct ao *ao, int rc)
{
    reap_ctx *ctx = ao->ctx;
    if (rc) {
        int saved_errno = errno;
        pthread_mutex_lock(&ctx->lock);
        TAILQ_REMOVE(&ctx->aos, ao, others);
        pthread_mutex_unlock(&ctx->lock);
        release(ao, 2);
        errno = saved_errno;
        return rc;
    }
    reap__ctx_hold(ctx);
    reap__due_run_flat(ctx);
    if (ao->waited_for) {
        wait_for(ao);
        rc = ao->rc;
        errno = ao->errnum;
    }
    release(ao, 1);
    reap__ctx_release(ctx);
    return rc;
}

/* [ctx lock] */
static bool is_meant(const struct ao *ao, const reap_how *how)
{
    if (ao->done || ao->waited_for != !how) {
        return false;
    }
    if (!how) {
        return true;
    }
    return ao->how.callback == how->callback &&
           (how->callback ? ao->how.u.for_callback == how->u.for_callback
                          : ao->how.u.for_event == how->u.for_event);
}

int reap_ao_abort(reap_ctx *ctx, const reap_how *how)
{
    REAP__INSIDE;
    struct ao *ao;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    pthread_mutex_lock(&ctx->lock);
    TAILQ_FOREACH (ao, &ctx->aos, others) {
        if (is_meant(ao, how)) {
            break;
        }
    }
    if (!ao) {
        rc = REAP_ERROR_NOT_FOUND;
    } else if (ao->aborted) {
        rc = REAP_ERROR_ABORTED;
    } else {
        ao->aborted = true;
        ao->abort(ao);
    }
    pthread_mutex_unlock(&ctx->lock);
    reap__due_run_flat(ctx);
    reap__ctx_release(ctx);
    return rc;
}
