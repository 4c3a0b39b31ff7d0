/* SPDX-License-Identifier: MIT */
/*
 * The application's event loop in place of poll: hooks by which it learns what to wait for, and
 * calls by which it tells what occurred.
 *
 * Hooks run under the ctx lock, so they come in the order of the changes and are told of each. What
 * they return goes up unchanged to the call that the application made [OE-24]. Only fds and
 * timeouts go through them: entry 0 of the polling loop, which wakes it after a change, is of no
 * use here, as the hook itself tells of the change.
 */
#include "internal.h"
#include <errno.h>

__thread int reap__hook_depth;

_Static_assert(sizeof(uintptr_t) <= sizeof(reap_id), "a for_reap is an id");

static void *for_reap(reap_id id)
{
    return (void *)(uintptr_t)id;
}

int reap__hook_fd_register(reap_ctx *ctx, int fd, short events, reap_id id, void **for_app)
{
    void *out = NULL;
    if (!ctx->os_hooks) {
        return 0;
    }
    reap__hook_depth++;
    int rc = ctx->os_hooks->fd_register(ctx->os_user, fd, &out, events, for_reap(id));
    reap__hook_depth--;
    if (!rc) {
        *for_app = out;
    }
    return rc;
}

int reap__hook_fd_modify(reap_ctx *ctx, int fd, short events, void **for_app)
{
    if (!ctx->os_hooks) {
        return 0;
    }
    reap__hook_depth++;
    int rc = ctx->os_hooks->fd_modify(ctx->os_user, fd, for_app, events);
    reap__hook_depth--;
    return rc;
}

void reap__hook_fd_deregister(reap_ctx *ctx, int fd, void *for_app)
{
    if (ctx->os_hooks) {
        reap__hook_depth++;
        ctx->os_hooks->fd_deregister(ctx->os_user, fd, for_app);
        reap__hook_depth--;
    }
}

int reap__hook_timeout_register(reap_ctx *ctx, int64_t at, reap_id id, void **for_app)
{
    void *out = NULL;
    if (!ctx->os_hooks) {
        return 0;
    }
    reap__hook_depth++;
    int rc = ctx->os_hooks->timeout_register(ctx->os_user, &out, at, for_reap(id));
    reap__hook_depth--;
    if (!rc) {
        *for_app = out;
    }
    return rc;
}

/* Where this fails it occurs at its old time: late, and for nobody all the same. */
void reap__hook_timeout_now(reap_ctx *ctx, void **for_app)
{
    if (ctx->os_hooks) {
        reap__hook_depth++;
        (void)ctx->os_hooks->timeout_modify(ctx->os_user, for_app, 0);
        reap__hook_depth--;
    }
}

int reap_osevent_register_hooks(reap_ctx *ctx, const struct reap_osevent_hooks *hooks, void *user)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    if (!hooks || hooks->version != REAP_OSEVENT_HOOKS_VERSION || !hooks->fd_register ||
        !hooks->fd_modify || !hooks->fd_deregister || !hooks->timeout_register ||
        !hooks->timeout_modify) {
        return REAP_ERROR_INVALID;
    }
    pthread_mutex_lock(&ctx->lock);
    if (ctx->os_hooks || ctx->watches || ctx->timeouts) {
        rc = REAP_ERROR_BUSY;
    } else {
        ctx->os_hooks = hooks;
        ctx->os_user = user;
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

int reap_osevent_occurred_fd(reap_ctx *ctx, void *for_reap_, int fd, short events, short revents)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    reap__watch_dispatch(ctx, (uintptr_t)for_reap_, fd,
                         revents & (events | POLLERR | POLLHUP | POLLNVAL));
    rc = reap__turn_end(ctx, reap__now());
    reap__ctx_release(ctx);
    return rc;
}

int reap_osevent_occurred_timeout(reap_ctx *ctx, void *for_reap_)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    reap__ctx_hold(ctx);
    rc = reap__timeout_occurred(ctx, (uintptr_t)for_reap_);
    int end_rc = reap__turn_end(ctx, reap__now());
    reap__ctx_release(ctx);
    return rc ? rc : end_rc;
}
