/* SPDX-License-Identifier: MIT */
/*
 * The adapter of Xen's libxl, the library whose ways with SIGCHLD the catalogue was read from.
 *
 * libxl offers no "start a child": children come with operations on domains. So this adapter uses
 * the door that those operations use themselves, libxl__ev_child_fork, which the static archive
 * leaves open (child.c). Everything else goes through the public API, and what libxl wants of the
 * hypervisor and the store is stood in for (impl/xen). What libxl tells of by itself is in news.c,
 * what its documentation disclaims in limits.c.
 *
 * libxl leaves it to its user to free a ctx only when no thread is inside it; that is kept by
 * counting visits (visits.h).
 *
 * The adapter has no mutex of its own, so every lock in a history is libxl's.
 */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef LIBXL_PACKAGE_VERSION /* the Makefile asks the packages */
#define LIBXL_PACKAGE_VERSION ""
#endif

/* Beside the four of rc_owner: what the header forbids. */
enum { MAINLOOP_AND_REAPED = RC_OWNER_SELECTIVE + 1, NO_OWNER };

int error_of(int rc)
{
    switch (rc) {
    case ERROR_NOMEM:
        return -ENOMEM;
    case ERROR_INVAL:
        return -EINVAL;
    case ERROR_UNKNOWN_CHILD:
        return -ESRCH;
    default:
        return errno ? -errno : -EIO;
    }
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof(*ctx));
    int rc;

    if (!ctx)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    news_listen(ctx);
    ctx->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ctx->wake_fd < 0) {
        rc = -errno;
        goto fail;
    }
    errno = 0;
    rc = libxl_ctx_alloc(&ctx->xl, LIBXL_VERSION, 0, &ctx->logger);
    if (rc) {
        rc = error_of(rc);
        close(ctx->wake_fd);
        goto fail;
    }
    libxl_event_register_callbacks(ctx->xl, &ctx->event_hooks, ctx);
    *out = ctx;
    return 0;

fail:
    free(ctx);
    return rc;
}

static int wake(struct rc_ctx *ctx)
{
    uint64_t one = 1;

    /* EAGAIN: it is as awake as can be. */
    while (write(ctx->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    if (!visits_stop(&ctx->visited)) {
        atomic_store(&ctx->silent, true);
        return 0;
    }
    wake(ctx);
    visits_await(&ctx->visited);

    watches_end(ctx);
    libxl_ctx_free(ctx->xl);
    watches_free(ctx);
    news_free(ctx);
    children_free(ctx);
    errands_free(ctx);
    close(ctx->wake_fd);
    free(ctx->fds);
    free(ctx);
    return 0;
}

void ctx_leave(struct rc_ctx *ctx, struct visit *visit)
{
    if (visit_end(visit))
        ctx_close(ctx);
}

static int stranger_reaped(pid_t pid, int status, void *user)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return ERROR_UNKNOWN_CHILD;
    switch (ctx->callbacks->foreign(ctx->user, pid, status)) {
    case 0:
        return 0;
    case -ESRCH:
        return ERROR_UNKNOWN_CHILD;
    default:
        return ERROR_INVAL;
    }
}

static pid_t fork_for_libxl(void *user)
{
    struct rc_ctx *ctx = user;

    return ctx->callbacks->fork(ctx->user);
}

static int set_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    /* libxl keeps the pointer. Mode mainloop must not have a reaped_callback, and libxl takes no
     * other modes than these: the last two are for an application that does not care. */
#define HOOKS(mode, reaped)                                                                        \
    {                                                                                              \
        {.chldowner = (mode), .reaped_callback = (reaped)},                                        \
            {.chldowner = (mode),                                                                  \
             .reaped_callback = (reaped),                                                          \
             .fork_replacement = fork_for_libxl},                                                  \
    }
    static const libxl_childproc_hooks hooks[][2] = {
        [RC_OWNER_LIBRARY] = HOOKS(libxl_sigchld_owner_libxl, stranger_reaped),
        [RC_OWNER_MAINLOOP] = HOOKS(libxl_sigchld_owner_mainloop, NULL),
        [RC_OWNER_ALWAYS] = HOOKS(libxl_sigchld_owner_libxl_always, stranger_reaped),
        [RC_OWNER_SELECTIVE] = HOOKS(libxl_sigchld_owner_libxl_always_selective_reap, NULL),
        [MAINLOOP_AND_REAPED] = HOOKS(libxl_sigchld_owner_mainloop, stranger_reaped),
        [NO_OWNER] = HOOKS((libxl_sigchld_owner)NO_OWNER, stranger_reaped),
    };
#undef HOOKS
    unsigned which = owner;
    struct visit visit;

    if (which >= MAINLOOP_AND_REAPED)
        which = NO_OWNER;
    else if (owner == RC_OWNER_MAINLOOP && ctx->callbacks->foreign_always)
        which = MAINLOOP_AND_REAPED;
    visit_begin(&visit, &ctx->visited);
    libxl_childproc_setmode(ctx->xl, &hooks[which][ctx->callbacks->fork != NULL], ctx);
    ctx_leave(ctx, &visit);
    return 0;
}

/* Asks libxl what to poll, from fds[1] on. */
static int before_poll(struct rc_ctx *ctx, int *count, int *timeout_ms)
{
    struct timeval now;
    int rc;

    for (;;) {
        *count = ctx->fds_size > 0 ? ctx->fds_size - 1 : 0;
        gettimeofday(&now, NULL);
        rc = libxl_osevent_beforepoll(ctx->xl, count, ctx->fds_size > 0 ? ctx->fds + 1 : NULL,
                                      timeout_ms, now);
        if (rc != ERROR_BUFFERFULL && ctx->fds_size > 0)
            return rc ? error_of(rc) : 0;

        struct pollfd *more = realloc(ctx->fds, (size_t)(*count + 1) * sizeof(*more));

        if (!more)
            return -ENOMEM;
        ctx->fds = more;
        ctx->fds_size = *count + 1;
    }
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    struct visit visit;
    struct timeval now;
    uint64_t wakes;
    int count, rc;

    /* libxl wants each poll's outcome before the next one is prepared. */
    if (visits_in_library(&ctx->visited))
        return -EBUSY;

    visit_begin(&visit, &ctx->visited);
    rc = 0;
    if (visits_stopped(&ctx->visited))
        goto out;
    rc = before_poll(ctx, &count, &timeout_ms);
    if (rc)
        goto out;
    ctx->fds[0] = (struct pollfd){.fd = ctx->wake_fd, .events = POLLIN};
    if (poll(ctx->fds, (nfds_t)count + 1, timeout_ms) < 0) {
        rc = errno == EINTR ? 0 : -errno;
        goto out;
    }
    if (ctx->fds[0].revents)
        while (read(ctx->wake_fd, &wakes, sizeof(wakes)) < 0 && errno == EINTR)
            ;
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(ctx->xl, count, ctx->fds + 1, now);
    news_tell(ctx, &visit);
out:
    ctx_leave(ctx, &visit);
    return rc;
}

static int told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    errno = 0;
    rc = libxl_childproc_reaped(ctx->xl, pid, wait_status);
    rc = rc ? error_of(rc) : 0;
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return rc;
}

static int told_sigchld(struct rc_ctx *ctx)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    libxl_childproc_sigchld_occurred(ctx->xl);
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return 0;
}

/* Afterwards the ctx must not be used nor freed. The wake-up channel is the parent's, too. */
static int postfork(struct rc_ctx *ctx)
{
    visits_forked(&ctx->visited);
    libxl_postfork_child_noexec(ctx->xl);
    close(ctx->wake_fd);
    return 0;
}

static int carefd_open(struct rc_ctx *ctx, const char *path, void **carefd)
{
    int fd, error;

    libxl__carefd_begin();
    fd = open(path, O_RDONLY);
    error = errno;
    *carefd = libxl__carefd_opened(ctx->xl, fd);
    return fd < 0 ? -error : fd;
}

static int carefd_close(void *carefd)
{
    return libxl__carefd_close(carefd) ? -errno : 0;
}

static const struct rc_adapter libxl_adapter = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "libxl",
    .version = LIBXL_PACKAGE_VERSION,
    .owners = RC_OWNS(RC_OWNER_LIBRARY) | RC_OWNS(RC_OWNER_MAINLOOP) | RC_OWNS(RC_OWNER_ALWAYS) |
              RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_FORK_HOOK | RC_FEATURE_FOREIGN |
                RC_FEATURE_FOREIGN_ALWAYS | RC_FEATURE_WARNINGS,
    .limits = documented_limits,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .set_owner = set_owner,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .run = run,
    .wake = wake,
    .told_reaped = told_reaped,
    .told_sigchld = told_sigchld,
    .postfork = postfork,
    .carefd_open = carefd_open,
    .carefd_close = carefd_close,
    .events = &libxl_events,
};
RC_ADAPTER(libxl_adapter);
