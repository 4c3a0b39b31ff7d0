/* SPDX-License-Identifier: MIT */
/*
 * Operations of libreap, for the second part of the contract.
 *
 * Where an operation puts its result has to stay until it is complete. What the library hands back
 * is not looked up to learn what to tell, so these places stay until the ctx is closed. Only a lock
 * is given up as soon as its completion is told, whatever else that says.
 */
#include "reference.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where a result goes. */
struct place {
    struct place *next;
    const struct rc_ctx *ctx;
    enum rc_how_kind kind;
    uint64_t user;
    void *for_callback;
    reap_carefd *lock;
    struct reap_program_result result;
};

/* Of all contexts: a callback of the library's does not say whose it is. */
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;
static struct place *places;

/* An end without a limit is by request only, as far as any test will wait. */
static const int64_t FOR_EVER_MS = INT64_C(1000) * 60 * 60 * 24 * 1000;
enum { OUTPUT_LIMIT = 4096 };

static struct place *place_new(const struct rc_ctx *ctx, const struct rc_how *how)
{
    struct place *place = calloc(1, sizeof(*place));
    if (place) {
        place->ctx = ctx;
        place->kind = how->kind;
        place->user = how->user;
        place->for_callback = how->for_callback;
        pthread_mutex_lock(&places_lock);
        place->next = places;
        places = place;
        pthread_mutex_unlock(&places_lock);
    }
    return place;
}

/* The latest that was started so; it is complete. */
static void give_up_lock(const struct rc_ctx *ctx, const struct rc_how *how)
{
    reap_carefd *lock = NULL;
    pthread_mutex_lock(&places_lock);
    for (struct place *place = places; place; place = place->next) {
        if (place->kind == how->kind &&
            (how->kind == RC_HOW_CALLBACK ? place->for_callback == how->for_callback
                                          : place->ctx == ctx && place->user == how->user)) {
            lock = place->lock;
            place->lock = NULL;
            break;
        }
    }
    pthread_mutex_unlock(&places_lock);
    (void)reap_carefd_close(lock);
}

void reference_completed(struct rc_ctx *ctx, const struct rc_event *event)
{
    if (event->type == RC_EVENT_COMPLETE) {
        give_up_lock(ctx, &(struct rc_how){.kind = RC_HOW_EVENT, .user = event->user});
    }
}

void reference_operations_release(const struct rc_ctx *ctx)
{
    pthread_mutex_lock(&places_lock);
    for (struct place **link = &places, *place; (place = *link);) {
        if (place->ctx != ctx) {
            link = &place->next;
            continue;
        }
        *link = place->next;
        (void)reap_carefd_close(place->lock);
        free(place->result.output);
        free(place);
    }
    pthread_mutex_unlock(&places_lock);
}

static void on_complete(reap_ctx *reap, int rc, void *for_callback)
{
    (void)reap;
    give_up_lock(NULL, &(struct rc_how){.kind = RC_HOW_CALLBACK, .for_callback = for_callback});
    reapcheck_completed(for_callback, reference_result(rc));
}

static void on_progress(reap_ctx *reap, reap_event *event, void *for_callback)
{
    const struct rc_event shown = reference_event(event);
    (void)reap;
    reapcheck_progressed(for_callback, &shown);
}

/* For RC_HOW_SYNCHRONOUS: NULL. */
static const reap_how *how_for(const struct rc_how *how, reap_how *out)
{
    memset(out, 0, sizeof(*out));
    if (how->kind == RC_HOW_CALLBACK) {
        out->callback = on_complete;
        out->u.for_callback = how->for_callback;
    } else {
        out->u.for_event = how->user;
    }
    return how->kind == RC_HOW_SYNCHRONOUS ? NULL : out;
}

static const reap_progress_how *progress_for(const struct rc_how *how, reap_progress_how *out)
{
    memset(out, 0, sizeof(*out));
    if (how && how->kind == RC_HOW_CALLBACK) {
        out->callback = on_progress;
        out->u.for_callback = how->for_callback;
    } else if (how) {
        out->u.for_event = how->user;
    }
    return how ? out : NULL;
}

int64_t reference_ms_of(int64_t us)
{
    return us / 1000 + (us % 1000 != 0);
}

int reference_operate(struct rc_ctx *ctx, enum rc_operation operation,
                      const struct rc_operation_arguments *arguments, const struct rc_how *how,
                      const struct rc_how *progress)
{
    struct place *place = place_new(ctx, how);
    reap_how own;
    reap_progress_how own_progress;
    const reap_how *given = how_for(how, &own);
    int64_t limit_ms = reference_ms_of(arguments->limit_us);
    int rc = REAP_ERROR_INVALID;
    if (!place) {
        return -ENOMEM;
    }
    reference_hold(ctx);
    switch (operation) {
    case RC_OPERATION_PROGRAM: {
        const struct reap_program program = {REAP_PROGRAM_VERSION, arguments->argv, limit_ms,
                                             OUTPUT_LIMIT};
        rc = reap_run_program(ctx->reap, &program, &place->result, given);
        break;
    }
    case RC_OPERATION_HELPER:
        rc = reap_run_helper(ctx->reap, arguments->argv, progress_for(progress, &own_progress),
                             given);
        break;
    case RC_OPERATION_LOCK:
        rc = reap_lock_file(ctx->reap, arguments->path, &place->lock, given);
        break;
    case RC_OPERATION_END:
        rc = reap_end_process(ctx->reap, (pid_t)arguments->subject->id,
                              limit_ms ? limit_ms : FOR_EVER_MS, given);
        break;
    }
    rc = reference_result(rc);
    if (how->kind == RC_HOW_SYNCHRONOUS) {
        (void)reap_carefd_close(place->lock);
        place->lock = NULL;
    }
    /* Both were copied [AO-05]. */
    memset(&own, 0xa5, sizeof(own));
    memset(&own_progress, 0xa5, sizeof(own_progress));
    reference_release(ctx);
    return rc;
}

int reference_abort(struct rc_ctx *ctx, const struct rc_how *how)
{
    reap_how own;
    reference_hold(ctx);
    int rc = reap_ao_abort(ctx->reap, how_for(how, &own));
    rc = rc == REAP_ERROR_ABORTED ? -EALREADY : reference_result(rc);
    reference_release(ctx);
    return rc;
}
