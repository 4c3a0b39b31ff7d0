/* SPDX-License-Identifier: MIT */
/*
 * The two ways in which the application's event loop drives libxl, handed through as they are. Only
 * times and the word for a failed hook are put into the contract's terms.
 *
 * Where closing was put off, as libxl is on the stack, the ctx is closed for the application, and
 * its hooks are gone. What libxl asks of them until it is freed is answered here, by nothing.
 */
#include "events.h"

#include <stdatomic.h>
#include <sys/time.h>

static struct timeval timeval_of(int64_t us)
{
    return (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
}

static int64_t us_of(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static int hook_result(int rc)
{
    return rc == RC_HOOK_FAILED ? ERROR_OSEVENT_REG_FAIL : rc;
}

static int fd_register(void *user, int fd, void **for_application, short events, void *for_libxl)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return 0;
    return hook_result(
        ctx->os_hooks->fd_register(ctx->os_user, fd, for_application, events, for_libxl));
}

static int fd_modify(void *user, int fd, void **for_application, short events)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return 0;
    return hook_result(ctx->os_hooks->fd_modify(ctx->os_user, fd, for_application, events));
}

static void fd_deregister(void *user, int fd, void *for_application)
{
    struct rc_ctx *ctx = user;

    if (!atomic_load(&ctx->silent))
        ctx->os_hooks->fd_deregister(ctx->os_user, fd, for_application);
}

static int timeout_register(void *user, void **for_application, struct timeval due, void *for_libxl)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return 0;
    return hook_result(
        ctx->os_hooks->timeout_register(ctx->os_user, for_application, us_of(due), for_libxl));
}

static int timeout_modify(void *user, void **for_application, struct timeval due)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return 0;
    return hook_result(ctx->os_hooks->timeout_modify(ctx->os_user, for_application, us_of(due)));
}

static void timeout_deregister(void *user, void *for_application)
{
    struct rc_ctx *ctx = user;

    if (!atomic_load(&ctx->silent))
        ctx->os_hooks->timeout_deregister(ctx->os_user, for_application);
}

int os_hooks(struct rc_ctx *ctx, const struct rc_os_hooks *hooks, void *user)
{
    static const libxl_osevent_hooks own = {
        .fd_register = fd_register,
        .fd_modify = fd_modify,
        .fd_deregister = fd_deregister,
        .timeout_register = timeout_register,
        .timeout_modify = timeout_modify,
        .timeout_deregister = timeout_deregister,
    };
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    ctx->os_hooks = hooks;
    ctx->os_user = user;
    libxl_osevent_register_hooks(ctx->xl, &own, ctx);
    ctx_leave(ctx, &visit);
    return 0;
}

void occurred_fd(struct rc_ctx *ctx, void *for_library, int fd, short events, short revents)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    libxl_osevent_occurred_fd(ctx->xl, for_library, fd, events, revents);
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
}

void occurred_timeout(struct rc_ctx *ctx, void *for_library)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    libxl_osevent_occurred_timeout(ctx->xl, for_library);
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
}

int beforepoll(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms, int64_t now_us)
{
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    rc = libxl_osevent_beforepoll(ctx->xl, nfds, fds, timeout_ms, timeval_of(now_us));
    ctx_leave(ctx, &visit);
    return result_of(rc);
}

int afterpoll(struct rc_ctx *ctx, int nfds, struct pollfd *fds, int64_t now_us)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    libxl_osevent_afterpoll(ctx->xl, nfds, fds, timeval_of(now_us));
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return 0;
}
