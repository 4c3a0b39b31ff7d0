/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous operations, through libxl's public API alone. Each works on a domain that exists for
 * it (errand.h), but for END, which is given one.
 *
 *     PROGRAM  libxl_device_disk_add: the program is the script by which a disk is attached. It has
 *              40 seconds; an abort kills it
 *     HELPER   libxl_domain_suspend: the program is the helper that saves the domain. An abort asks
 *              it to end
 *     LOCK     libxl_set_vcpuonline of a domain whose monitor is locked; a forked child waits for
 *              the lock. It has 10 seconds; an abort kills the child
 *     END      libxl_domain_destroy; a forked child does it
 *
 * None of these reports progress.
 */
#include "errand.h"
#include "../../xen/directories.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int result_of(int rc)
{
    switch (rc) {
    case ERROR_NOT_READY:
        return -EAGAIN;
    case ERROR_ABORTED:
        return -ECANCELED;
    case ERROR_NOTFOUND:
        return -ENOENT;
    case ERROR_BUFFERFULL:
        return -ENOBUFS;
    case ERROR_TIMEDOUT:
        return -ETIMEDOUT;
    case ERROR_NOMEM:
        return -ENOMEM;
    case ERROR_INVAL:
        return -EINVAL;
    case ERROR_OSEVENT_REG_FAIL:
        return RC_HOOK_FAILED;
    default:
        return rc < 0 ? -EIO : rc;
    }
}

static void completed(libxl_ctx *xl, int rc, void *for_callback)
{
    (void)xl;
    reapcheck_completed(for_callback, result_of(rc));
}

/* What libxl wants to know of how; NULL where it is to be synchronous. */
static const libxl_asyncop_how *how_of(libxl_asyncop_how *own, const struct rc_how *how)
{
    memset(own, 0, sizeof(*own));
    switch (how->kind) {
    case RC_HOW_SYNCHRONOUS:
        return NULL;
    case RC_HOW_CALLBACK:
        own->callback = completed;
        own->u.for_callback = how->for_callback;
        break;
    case RC_HOW_EVENT:
        own->u.for_event = how->user;
        break;
    }
    return own;
}

int operation(struct rc_ctx *ctx, enum rc_operation kind,
              const struct rc_operation_arguments *arguments, const struct rc_how *how,
              const struct rc_how *progress)
{
    libxl_asyncop_how own;
    const libxl_asyncop_how *xl_how = how_of(&own, how);
    struct errand *errand;
    struct visit visit;
    int rc;

    (void)progress;
    if (!(libxl_events.operations & RC_OPERATION_BIT(kind)))
        return -ENOSYS;
    rc = errand_prepare(ctx, kind, arguments, &errand);
    if (rc)
        return rc;
    visit_begin(&visit, &ctx->visited);
    switch (kind) {
    case RC_OPERATION_PROGRAM:
        rc = libxl_device_disk_add(ctx->xl, errand->domain, &errand->disk, xl_how);
        break;
    case RC_OPERATION_HELPER:
        rc = libxl_domain_suspend(ctx->xl, errand->domain, errand->fd, 0, xl_how);
        break;
    case RC_OPERATION_LOCK:
        rc = libxl_set_vcpuonline(ctx->xl, errand->domain, &errand->vcpus, xl_how);
        break;
    case RC_OPERATION_END:
        rc = libxl_domain_destroy(ctx->xl, (uint32_t)arguments->subject->id, xl_how);
        break;
    }
    memset(&own, 0xa5, sizeof(own));
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return result_of(rc);
}

int operation_abort(struct rc_ctx *ctx, const struct rc_how *how)
{
    libxl_asyncop_how own;
    const libxl_asyncop_how *xl_how = how_of(&own, how);
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    rc = libxl_ao_abort(ctx->xl, xl_how);
    memset(&own, 0xa5, sizeof(own));
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return rc == ERROR_ABORTED ? -EALREADY : result_of(rc);
}

struct rc_events libxl_events = {
    .abi = REAPCHECK_EVENTS_ABI,
    .types = RC_EVENT_BIT(RC_EVENT_STOPPED) | RC_EVENT_BIT(RC_EVENT_ENDED) |
             RC_EVENT_BIT(RC_EVENT_VANISHED) | RC_EVENT_BIT(RC_EVENT_COMPLETE),
    .operations = RC_OPERATION_BIT(RC_OPERATION_PROGRAM) | RC_OPERATION_BIT(RC_OPERATION_HELPER) |
                  RC_OPERATION_BIT(RC_OPERATION_LOCK) | RC_OPERATION_BIT(RC_OPERATION_END),
    .features = RC_EVENTS_DISASTER_EXITS,
    .clock = CLOCK_REALTIME,
    .event_check = event_check,
    .event_wait = event_wait,
    .event_free = event_free,
    .event_callbacks = event_callbacks,
    .enable = enable,
    .disable = disable,
    .operation = operation,
    .abort = operation_abort,
    .hooks = os_hooks,
    .occurred_fd = occurred_fd,
    .occurred_timeout = occurred_timeout,
    .beforepoll = beforepoll,
    .afterpoll = afterpoll,
    .fd_watch = fd_watch,
    .fd_change = fd_change,
    .fd_unwatch = fd_unwatch,
    .timeout_watch = timeout_watch,
    .timeout_unwatch = timeout_unwatch,
    .subject_make = subject_make,
    .subject_do = subject_do,
};

/* Without its directories libxl can do no operation. */
__attribute__((constructor)) static void make_directories(void)
{
    const char *why_not = directories_make();

    if (!why_not)
        return;
    libxl_events.operations = 0;
    dprintf(STDERR_FILENO, "libxl: no operations, as its directories cannot be had (%s)\n",
            why_not);
}
