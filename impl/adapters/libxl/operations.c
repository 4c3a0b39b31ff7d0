/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous operations, through libxl's public API alone. Each works on a domain that exists for
 * it (../../xen), but for END, which is given one.
 *
 *     PROGRAM  libxl_domain_destroy; its forked child calls xc_domain_destroy, which runs the body
 *     LOCK     libxl_set_vcpuonline of an emulated domain, of which the monitor is locked: the
 *              lock's file is a link to the harness's
 *     END      libxl_domain_destroy
 *
 * What belongs to an operation is kept until its ctx is closed.
 */
#include "events.h"
#include "../../xen/directories.h"
#include "../../xen/domains.h"
#include "../../xen/monitor.h"
#include "../../xen/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libxl_utils.h>

/* What has to outlive an operation. */
struct errand {
    struct errand *older;
    uint32_t domain;
    libxl_bitmap vcpus;
    char lock[256];
};

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

static struct errand *errand_new(struct rc_ctx *ctx)
{
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand)
        return NULL;
    errand->older = atomic_load(&ctx->errands);
    while (!atomic_compare_exchange_weak(&ctx->errands, &errand->older, errand))
        ;
    return errand;
}

void errands_free(struct rc_ctx *ctx)
{
    for (struct errand *errand = atomic_load(&ctx->errands), *older; errand; errand = older) {
        older = errand->older;
        if (errand->lock[0])
            unlink(errand->lock);
        if (errand->vcpus.map)
            monitor_close(errand->domain);
        libxl_bitmap_dispose(&errand->vcpus);
        domain_forget(errand->domain);
        free(errand);
    }
}

static int describe_emulated(uint32_t domain)
{
    char path[64];

    snprintf(path, sizeof(path), "/libxl/%u/type", domain);
    if (!store_write(path, "hvm"))
        return -ENOMEM;
    snprintf(path, sizeof(path), "/libxl/%u/dm-version", domain);
    return store_write(path, "qemu_xen") ? 0 : -ENOMEM;
}

/* A domain whose monitor is locked by whoever has locked `path`. */
static int prepare_lock(struct errand *errand, const char *path)
{
    uint8_t uuid[16];
    int rc, length;

    errand->domain = domain_make(true, NULL, NULL);
    if (!errand->domain)
        return -ENOSPC;
    rc = describe_emulated(errand->domain);
    if (rc)
        return rc;
    domain_identify(errand->domain, uuid);
    length = snprintf(errand->lock, sizeof(errand->lock), XEN_LIB "/userdata-l.%u.",
                      errand->domain);
    for (int i = 0; i < 16; i++)
        length += snprintf(errand->lock + length, sizeof(errand->lock) - (size_t)length, "%s%02x",
                           i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    snprintf(errand->lock + length, sizeof(errand->lock) - (size_t)length, ".qmp-socket-lock");
    if (symlink(path, errand->lock))
        return -errno;
    rc = monitor_open(errand->domain);
    if (rc)
        return rc;
    errand->vcpus.size = 1;
    errand->vcpus.map = calloc(1, 1);
    if (!errand->vcpus.map)
        return -ENOMEM;
    libxl_bitmap_set(&errand->vcpus, 0);
    return 0;
}

static int prepare(struct errand *errand, enum rc_operation kind,
                   const struct rc_operation_arguments *arguments)
{
    switch (kind) {
    case RC_OPERATION_PROGRAM:
        errand->domain = domain_make(false, arguments->body, arguments->arg);
        return errand->domain ? 0 : -ENOSPC;
    case RC_OPERATION_LOCK:
        return prepare_lock(errand, arguments->path);
    case RC_OPERATION_END:
    case RC_OPERATION_HELPER:
        break;
    }
    return 0;
}

int operation(struct rc_ctx *ctx, enum rc_operation kind,
              const struct rc_operation_arguments *arguments, const struct rc_how *how,
              const struct rc_how *progress)
{
    struct errand *errand = errand_new(ctx);
    libxl_asyncop_how own;
    const libxl_asyncop_how *xl_how = how_of(&own, how);
    struct visit visit;
    int rc;

    (void)progress; /* none of these operations reports any */
    if (!errand)
        return -ENOMEM;
    rc = prepare(errand, kind, arguments);
    if (rc)
        return rc;
    visit_begin(&visit, &ctx->visited);
    switch (kind) {
    case RC_OPERATION_PROGRAM:
        rc = libxl_domain_destroy(ctx->xl, errand->domain, xl_how);
        break;
    case RC_OPERATION_LOCK:
        rc = libxl_set_vcpuonline(ctx->xl, errand->domain, &errand->vcpus, xl_how);
        break;
    case RC_OPERATION_END:
        rc = libxl_domain_destroy(ctx->xl, (uint32_t)arguments->subject->id, xl_how);
        break;
    default:
        rc = ERROR_INVAL;
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
    .operations = RC_OPERATION_BIT(RC_OPERATION_PROGRAM) | RC_OPERATION_BIT(RC_OPERATION_LOCK) |
                  RC_OPERATION_BIT(RC_OPERATION_END),
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
    .subject_make = subject_make,
    .subject_do = subject_do,
};

/* Without its directories libxl can do no operation. */
__attribute__((constructor)) static void say_what_cannot_be_had(void)
{
    if (!directories_missing())
        return;
    libxl_events.operations = 0;
    dprintf(STDERR_FILENO, "libxl: no operations, as its directories cannot be had (%s)\n",
            directories_missing());
}
