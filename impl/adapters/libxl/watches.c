/* SPDX-License-Identifier: MIT */
/*
 * Fds and times that libxl waits for on the harness's behalf, in the way in which its operations
 * wait for theirs (../../xen/internals.h).
 *
 * They belong to one operation of the ctx, which begins with the first of them and ends with the
 * ctx. What happens to one is heard with the ctx locked; it is passed on as the operation's
 * progress, which libxl reports when it has let go of the ctx, on whatever thread that is. The
 * value that such an event carries says what happened.
 *
 * A watch is kept until the ctx is closed, since a report may still be under way when it ends.
 */
#include "events.h"
#include "within.h"

#include <errno.h>
#include <stdlib.h>

struct watch {
    union {
        struct xl_fd fd;
        struct xl_time time;
    }; /* first: libxl hands its address back */
    struct rc_ctx *ctx;
    bool is_time;
    void *for_callback;
    struct watch *older;
    libxl_asyncprogress_how how;
};

/* What happened, in the value of an event. */
static uint64_t packed(int fd, short events, short revents)
{
    return (uint64_t)(uint32_t)fd << 32 | (uint64_t)(uint16_t)events << 16 | (uint16_t)revents;
}

static void report(libxl_ctx *xl, libxl_event *event, void *for_callback)
{
    const struct watch *watch = for_callback;
    uint64_t what = event->for_user;

    libxl_event_free(xl, event);
    reapcheck_watched(watch->for_callback, (int)(what >> 32), (short)(what >> 16), (short)what);
}

static void happened(struct xl_egc *egc, const struct watch *watch, uint64_t what)
{
    libxl_event *event =
        libxl__event_new(egc, LIBXL_EVENT_TYPE_DOMAIN_CREATE_CONSOLE_AVAILABLE, 0, what);

    libxl__ao_progress_report(egc, watch->ctx->watching, &watch->how, event);
}

static void fd_ready(struct xl_egc *egc, struct xl_fd *fd, int number, short events, short revents)
{
    happened(egc, (struct watch *)fd, packed(number, events, revents));
}

static void time_over(struct xl_egc *egc, struct xl_time *time, const struct timeval *due, int rc)
{
    (void)due;
    (void)rc;
    happened(egc, (struct watch *)time, packed(-1, 0, 0));
}

static void ended(libxl_ctx *xl, int rc, void *for_callback)
{
    (void)xl;
    (void)rc;
    (void)for_callback;
}

/* The operation that watches belong to. */
static int begin_watching(struct rc_ctx *ctx)
{
    const libxl_asyncop_how how = {.callback = ended, .u.for_callback = ctx};
    int rc = 0;

    within_lock(ctx);
    if (!ctx->watching) {
        ctx->watching = libxl__ao_create(ctx->xl, 0, &how, __FILE__, __LINE__, __func__);
        if (ctx->watching)
            libxl__ao_inprogress(ctx->watching, __FILE__, __LINE__, __func__);
        else
            rc = -ENOMEM;
    }
    within_unlock(ctx);
    return rc;
}

static int watch_new(struct rc_ctx *ctx, void *for_callback, struct watch **out)
{
    struct watch *watch = *out = calloc(1, sizeof(*watch));

    if (!watch)
        return -ENOMEM;
    watch->ctx = ctx;
    watch->for_callback = for_callback;
    watch->how.callback = report;
    watch->how.for_callback = watch;
    watch->older = atomic_load(&ctx->watches);
    while (!atomic_compare_exchange_weak(&ctx->watches, &watch->older, watch))
        ;
    return begin_watching(ctx);
}

int fd_watch(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **out)
{
    struct xl_egc egc;
    struct watch *watch;
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    rc = watch_new(ctx, for_callback, &watch);
    if (!rc) {
        watch->fd.fd = -1;
        *out = watch;
        within_begin(ctx, &egc);
        rc = result_of(libxl__ev_fd_register(&egc.gc, &watch->fd, fd_ready, fd, events));
        within_end(ctx, &egc);
    }
    ctx_leave(ctx, &visit);
    return rc;
}

int fd_change(struct rc_ctx *ctx, void *own, short events)
{
    struct watch *watch = own;
    struct visit visit;
    struct xl_egc egc;
    int rc;

    visit_begin(&visit, &ctx->visited);
    within_begin(ctx, &egc);
    rc = libxl__ev_fd_modify(&egc.gc, &watch->fd, events);
    within_end(ctx, &egc);
    ctx_leave(ctx, &visit);
    return result_of(rc);
}

int timeout_watch(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **out)
{
    const struct timeval due = {.tv_sec = due_us / 1000000, .tv_usec = due_us % 1000000};
    struct xl_egc egc;
    struct watch *watch;
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    rc = watch_new(ctx, for_callback, &watch);
    if (!rc) {
        watch->is_time = true;
        *out = watch;
        within_begin(ctx, &egc);
        rc = result_of(libxl__ev_time_register_abs(ctx->watching, &watch->time, time_over, due));
        within_end(ctx, &egc);
    }
    ctx_leave(ctx, &visit);
    return rc;
}

static void unwatch(struct rc_ctx *ctx, struct watch *watch)
{
    struct xl_egc egc;

    within_begin(ctx, &egc);
    if (watch->is_time)
        libxl__ev_time_deregister(&egc.gc, &watch->time);
    else
        libxl__ev_fd_deregister(&egc.gc, &watch->fd);
    within_end(ctx, &egc);
}

int fd_unwatch(struct rc_ctx *ctx, void *watch)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    unwatch(ctx, watch);
    ctx_leave(ctx, &visit);
    return 0;
}

int timeout_unwatch(struct rc_ctx *ctx, void *watch)
{
    return fd_unwatch(ctx, watch);
}

void watches_end(struct rc_ctx *ctx)
{
    struct xl_egc egc;

    if (!ctx->watching)
        return;
    for (struct watch *watch = atomic_load(&ctx->watches); watch; watch = watch->older)
        unwatch(ctx, watch);
    within_begin(ctx, &egc);
    libxl__ao_complete(&egc, ctx->watching, 0);
    within_end(ctx, &egc);
}

void watches_free(struct rc_ctx *ctx)
{
    for (struct watch *watch = atomic_load(&ctx->watches), *older; watch; watch = older) {
        older = watch->older;
        free(watch);
    }
}
