/* SPDX-License-Identifier: MIT */
/*
 * Drives libreap, the reference implementation (impl/reference/reap.h).
 *
 * The second part of the contract is in reference_events.c and reference_operations.c.
 *
 * One rc_ctx holds one reap_ctx. Since a callback may close the ctx whose loop called it, the
 * rc_ctx is counted: `run` and its like keep it until they are done.
 */
#include "reference.h"
#include "races.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* Another where the reference is built with a bug put back (build-aux/mutant.sh). */
#ifndef ADAPTER_NAME
#define ADAPTER_NAME "reference"
#endif

int reference_result(int rc)
{
    switch (rc) {
    case REAP_ERROR_INVALID:
        return -EINVAL;
    case REAP_ERROR_NO_MEMORY:
        return -ENOMEM;
    case REAP_ERROR_SYSTEM:
        return -errno;
    case REAP_ERROR_BUSY:
        return -EBUSY;
    case REAP_ERROR_UNKNOWN_CHILD:
    case REAP_ERROR_UNKNOWN_ID:
        return -ESRCH;
    case REAP_ERROR_WRONG_MODE:
    case REAP_ERROR_CONFLICT:
    case REAP_ERROR_FORKED:
    case REAP_ERROR_NOT_FORKED:
        return -EPERM;
    case REAP_ERROR_HANDLER_BUSY:
        return -EEXIST;
    case REAP_ERROR_REENTRANT:
        return -EDEADLK;
    case REAP_ERROR_BUFFER_FULL:
        return -ENOBUFS;
    case REAP_ERROR_NOT_READY:
        return -EAGAIN;
    case REAP_ERROR_ABORTED:
        return -ECANCELED;
    case REAP_ERROR_TIMED_OUT:
        return -ETIMEDOUT;
    case REAP_ERROR_FAILED:
        return -EIO;
    case REAP_ERROR_NOT_FOUND:
        return -ENOENT;
    case REAP_ERROR_FREED:
        return -ESHUTDOWN;
    case REAP_ERROR_OSEVENT_REG_FAIL:
        return RC_HOOK_FAILED;
    default:
        return rc;
    }
}

void reference_hold(struct rc_ctx *ctx)
{
    atomic_fetch_add(&ctx->holds, 1);
}

void reference_release(struct rc_ctx *ctx)
{
    reap__gives(&ctx->holds);
    if (atomic_fetch_sub(&ctx->holds, 1) == 1) {
        reap__takes(&ctx->holds);
        reference_events_release(ctx);
        free(ctx->fds);
        free(ctx);
    }
}

static void on_child(reap_ctx *reap, pid_t pid, enum reap_outcome outcome, int status, void *user)
{
    struct rc_ctx *ctx = user;
    (void)reap;
    if (outcome == REAP_LOST) {
        ctx->callbacks->lost(ctx->user, pid);
    } else {
        ctx->callbacks->exited(ctx->user, pid, status);
    }
}

static int on_stranger(pid_t pid, int status, void *user)
{
    struct rc_ctx *ctx = user;
    int r = ctx->callbacks->foreign ? ctx->callbacks->foreign(ctx->user, pid, status) : -ESRCH;
    return r == -ESRCH ? REAP_ERROR_UNKNOWN_CHILD : r;
}

static pid_t on_fork(void *user)
{
    struct rc_ctx *ctx = user;
    return ctx->callbacks->fork(ctx->user);
}

static void on_log(void *user, enum reap_log_level level, const char *text)
{
    struct rc_ctx *ctx = user;
    if (level >= REAP_LOG_WARNING && ctx->callbacks->warned) {
        ctx->callbacks->warned(ctx->user, text);
    }
}

/* What nobody should find: reap_childproc_setmode has copied the hooks [FK-05]. */
static pid_t spoilt_fork(void *user)
{
    (void)user;
    errno = EFAULT;
    return -1;
}

static int spoilt_stranger(pid_t pid, int status, void *user)
{
    (void)pid;
    (void)status;
    (void)user;
    return REAP_ERROR_INVALID;
}

static int set_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    bool tells = owner != RC_OWNER_MAINLOOP || ctx->callbacks->foreign_always;
    ctx->hooks = (struct reap_childproc_hooks){
        .version = REAP_CHILDPROC_HOOKS_VERSION,
        .owner = (enum reap_owner)owner, /* the same four, in the same order */
        .fork_replacement = ctx->callbacks->fork ? on_fork : NULL,
        .reaped_callback = tells ? on_stranger : NULL,
    };
    int rc = reference_result(reap_childproc_setmode(ctx->reap, &ctx->hooks, ctx));
    ctx->hooks = (struct reap_childproc_hooks){
        .fork_replacement = spoilt_fork,
        .reaped_callback = spoilt_stranger,
    };
    return rc;
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof(*ctx));
    *out = NULL;
    if (!ctx) {
        return -ENOMEM;
    }
    ctx->callbacks = callbacks;
    ctx->user = user;
    reap__is_atomic(&ctx->holds);
    atomic_init(&ctx->holds, 1);
    pthread_mutex_init(&ctx->lock, NULL);
    int rc = reference_result(reap_ctx_new(&ctx->reap));
    if (rc) {
        free(ctx);
        return rc;
    }
    reap_ctx_set_log(ctx->reap, on_log, ctx);
    rc = reference_event_callbacks(ctx, 0, 1);
    /* Else the mode is left as it is from the start [FK-02]. */
    if (!rc && callbacks->fork) {
        rc = set_owner(ctx, RC_OWNER_LIBRARY);
    }
    if (rc) {
        (void)reap_ctx_free(ctx->reap);
        free(ctx);
        return rc;
    }
    *out = ctx;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    int rc = reference_result(reap_ctx_free(ctx->reap));
    if (!rc) {
        reference_release(ctx);
    }
    return rc;
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    pid_t pid = reap_child_fork(ctx->reap, on_child, ctx);
    if (pid == 0) {
        body(arg);
        _Exit(127); /* it never returns */
    }
    return reference_result(pid);
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return reference_result(reap_child_spawn(ctx->reap, argv, on_child, ctx));
}

static int child_watch(struct rc_ctx *ctx, pid_t pid)
{
    return reference_result(reap_child_adopt(ctx->reap, pid, on_child, ctx));
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    return reference_result(reap_child_deregister(ctx->reap, pid));
}

static int child_kill(struct rc_ctx *ctx, pid_t pid, int signal)
{
    return reference_result(reap_child_kill(ctx->reap, pid, signal));
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Asks until there is room enough. */
static int beforepoll(struct rc_ctx *ctx, int *nfds, int *timeout_ms)
{
    for (;;) {
        *nfds = ctx->fds_room;
        int rc = reap_beforepoll(ctx->reap, nfds, ctx->fds, timeout_ms, now_ms());
        if (rc != REAP_ERROR_BUFFER_FULL) {
            return reference_result(rc);
        }
        struct pollfd *fds = realloc(ctx->fds, (size_t)*nfds * sizeof(*fds));
        if (!fds) {
            return -ENOMEM;
        }
        ctx->fds = fds;
        ctx->fds_room = *nfds;
    }
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    int nfds, rc;
    reference_hold(ctx);
    rc = beforepoll(ctx, &nfds, &timeout_ms);
    if (rc) {
        goto out;
    }
    int r = poll(ctx->fds, (nfds_t)nfds, timeout_ms);
    if (r < 0 && errno != EINTR) {
        rc = -errno;
        goto out;
    }
    rc = reference_result(reap_afterpoll(ctx->reap, r < 0 ? 0 : nfds, ctx->fds, now_ms()));
out:
    reference_release(ctx);
    return rc;
}

static int wake(struct rc_ctx *ctx)
{
    reap_wake(ctx->reap);
    return 0;
}

static int told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    reference_hold(ctx);
    int rc = reference_result(reap_childproc_reaped(ctx->reap, pid, wait_status));
    reference_release(ctx);
    return rc;
}

static int told_sigchld(struct rc_ctx *ctx)
{
    reference_hold(ctx);
    int rc = reference_result(reap_childproc_sigchld_occurred(ctx->reap));
    reference_release(ctx);
    return rc;
}

static int postfork(struct rc_ctx *ctx)
{
    return reference_result(reap_postfork_child_noexec(ctx->reap));
}

static int carefd_open(struct rc_ctx *ctx, const char *path, void **out)
{
    reap_carefd *carefd;
    (void)ctx;
    reap_carefd_begin();
    int fd = open(path, O_RDONLY);
    int error = errno;
    int rc = reap_carefd_record(fd, &carefd);
    *out = carefd;
    return fd < 0 ? -error : rc ? reference_result(rc) : fd;
}

static int carefd_close(void *carefd)
{
    return reference_result(reap_carefd_close(carefd));
}

static const struct rc_adapter reference_adapter = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = REAP_VERSION,
    .owners = RC_OWNS(RC_OWNER_LIBRARY) | RC_OWNS(RC_OWNER_MAINLOOP) | RC_OWNS(RC_OWNER_ALWAYS) |
              RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_FORK_HOOK | RC_FEATURE_FOREIGN |
                RC_FEATURE_FOREIGN_ALWAYS | RC_FEATURE_HOOKS_COPIED | RC_FEATURE_WARNINGS,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .set_owner = set_owner,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .child_watch = child_watch,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
    .told_reaped = told_reaped,
    .told_sigchld = told_sigchld,
    .postfork = postfork,
    .carefd_open = carefd_open,
    .carefd_close = carefd_close,
    .events = &reference_events,
};
RC_ADAPTER(reference_adapter);
