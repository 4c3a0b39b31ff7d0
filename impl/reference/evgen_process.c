/* SPDX-License-Identifier: MIT */
/*
 * Events of a process: that it has ended, through a pidfd; that it is stopped, by a look now and
 * then until it was, as nothing tells of the stop of a process that is not a child. Where there are
 * no pidfds the looks go on until it has ended.
 *
 * It may be stopped and ended before anybody looks: then only its end is told [EV-26]. Both events
 * are made beforehand, and each is handed on once. When there is nothing more to come nothing is
 * registered any more.
 */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>

enum { LOOK_MS = 100 };

struct process_evgen {
    struct reap_evgen evgen; /* first */
    struct process_ref process;
    struct event *stopped, *ended; /* NULL: told */
    reap_id watch, look;
};

static void on_look(reap_ctx *ctx, void *user);

/* [ctx lock] */
static void tell(reap_ctx *ctx, struct event **event)
{
    if (*event) {
        reap__event_put(ctx, *event);
        *event = NULL;
    }
}

/* [ctx lock] */
static int look_later(reap_ctx *ctx, struct process_evgen *evgen)
{
    return reap__timeout_add(ctx, reap__timeout_at(LOOK_MS), REAP_OWN, on_look, evgen,
                             &evgen->look);
}

/* [ctx lock] */
static void look(reap_ctx *ctx, struct process_evgen *evgen)
{
    switch (reap__process_state(&evgen->process)) {
    case PROCESS_ENDED:
        tell(ctx, &evgen->ended);
        reap__watch_remove(ctx, &evgen->watch);
        reap__timeout_remove(ctx, &evgen->look);
        return;
    case PROCESS_STOPPED:
        tell(ctx, &evgen->stopped);
        break;
    case PROCESS_RUNS:
        break;
    }
    bool looks = evgen->stopped || !evgen->process.pidfd;
    if (looks && !evgen->look && look_later(ctx, evgen)) {
        /* A stop, or without pidfds the end, will go unnoticed. */
        reap__event_missing(ctx, evgen->process.pidfd ? REAP_EVENT_PROCESS_STOPPED
                                                      : REAP_EVENT_PROCESS_ENDED);
    }
}

static void on_look(reap_ctx *ctx, void *user)
{
    struct process_evgen *evgen = user;
    evgen->look = 0;
    look(ctx, evgen);
}

static void on_pidfd(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)fd;
    (void)revents;
    look(ctx, user);
}

static void stop(reap_ctx *ctx, struct reap_evgen *evgen_)
{
    struct process_evgen *evgen = (struct process_evgen *)evgen_;
    reap__watch_remove(ctx, &evgen->watch);
    reap__timeout_remove(ctx, &evgen->look);
}

static void free_process(struct reap_evgen *evgen_)
{
    struct process_evgen *evgen = (struct process_evgen *)evgen_;
    reap__process_close(&evgen->process);
    free(evgen->stopped);
    free(evgen->ended);
    free(evgen);
}

static struct event *event_for(enum reap_event_type type, pid_t pid, uint64_t for_user)
{
    struct event *event = reap__event_new(type, for_user, NULL, 0);
    if (event) {
        event->pub.u.process.pid = pid;
    }
    return event;
}

/* [ctx lock] */
static int start(reap_ctx *ctx, struct process_evgen *evgen)
{
    int rc = 0;
    if (evgen->process.pidfd) {
        rc = reap__watch_add(ctx, reap_carefd_fd(evgen->process.pidfd), POLLIN, REAP_OWN, on_pidfd,
                             evgen, &evgen->watch);
    }
    if (!rc) {
        rc = look_later(ctx, evgen);
    }
    if (!rc) {
        rc = reap__evgen_add(ctx, &evgen->evgen);
    }
    if (rc) {
        stop(ctx, &evgen->evgen);
    }
    return rc;
}

int reap_evenable_process(reap_ctx *ctx, pid_t pid, uint64_t for_user, reap_evgen **out)
{
    REAP__INSIDE;
    if (!out || pid <= 0) {
        return REAP_ERROR_INVALID;
    }
    *out = NULL;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    struct process_evgen *evgen = calloc(1, sizeof(*evgen));
    if (!evgen) {
        return REAP_ERROR_NO_MEMORY;
    }
    evgen->evgen.stop = stop;
    evgen->evgen.free = free_process;
    rc = reap__process_open(&evgen->process, pid);
    int saved_errno = errno;
    if (rc) {
        goto out;
    }
    evgen->stopped = event_for(REAP_EVENT_PROCESS_STOPPED, pid, for_user);
    evgen->ended = event_for(REAP_EVENT_PROCESS_ENDED, pid, for_user);
    if (!evgen->stopped || !evgen->ended) {
        rc = REAP_ERROR_NO_MEMORY;
        goto out;
    }
    pthread_mutex_lock(&ctx->lock);
    rc = start(ctx, evgen);
    pthread_mutex_unlock(&ctx->lock);
out:
    if (rc) {
        free_process(&evgen->evgen);
        errno = saved_errno;
    } else {
        *out = &evgen->evgen;
    }
    return rc;
}
