/* SPDX-License-Identifier: MIT */
/*
 * Who owns SIGCHLD: which contexts listen to the exit source, and which owners go together.
 *
 * A ctx listens for as long as its owner says: with REAP_OWNER_LIBRARY while it has a child or
 * starts one, with REAP_OWNER_ALWAYS and REAP_OWNER_SELECTIVE always, with REAP_OWNER_MAINLOOP
 * never [FK-07 FK-10 FK-11 FK-12].
 *
 * Two contexts that both reap all do no harm to one another: each hands over what belongs to the
 * other (scan.c). But one that reaps all would take the children that the application of a
 * selective one waits for itself, so these two are kept apart [FK-46].
 */
#include "internal.h"
#include <errno.h>

static bool needs_exits(const reap_ctx *ctx, enum reap_owner owner)
{
    switch (owner) {
    case REAP_OWNER_LIBRARY:
        return ctx->living_count || ctx->starting;
    case REAP_OWNER_MAINLOOP:
        return false;
    case REAP_OWNER_ALWAYS:
    case REAP_OWNER_SELECTIVE:
        break;
    }
    return true;
}

int reap__owner_allows(const reap_ctx *ctx, enum reap_owner owner)
{
    const reap_ctx *other;
    LIST_FOREACH (other, &reap__process.ctxs, all) {
        enum reap_owner theirs = other->hooks.owner;
        if (other == ctx) {
            continue;
        }
        if (owner == REAP_OWNER_ALWAYS && theirs == REAP_OWNER_ALWAYS) {
            return REAP_ERROR_CONFLICT;
        }
        if (owner == REAP_OWNER_SELECTIVE && reap__owner_reaps_all(theirs) &&
            needs_exits(other, theirs)) {
            return REAP_ERROR_CONFLICT;
        }
        if (reap__owner_reaps_all(owner) && theirs == REAP_OWNER_SELECTIVE) {
            return REAP_ERROR_CONFLICT;
        }
    }
    return 0;
}

static void leave(reap_ctx *ctx)
{
    if (!ctx->listener.joined) {
        return;
    }
    int rc = reap__exit_source.leave(&ctx->listener);
    ctx->left = true;
    if (rc) {
        ctx->left_error = rc;
        ctx->left_errno = errno;
    }
}

int reap__owner_update(reap_ctx *ctx)
{
    int rc = 0;
    if (!atomic_load(&ctx->closed) && needs_exits(ctx, ctx->hooks.owner)) {
        rc = reap__exit_source.join(&ctx->listener);
    } else {
        leave(ctx);
    }
    reap__exits_note(ctx);
    return rc;
}

int reap_childproc_setmode(reap_ctx *ctx, const struct reap_childproc_hooks *hooks, void *user)
{
    REAP__INSIDE;
    static const struct reap_childproc_hooks none = {
        .version = REAP_CHILDPROC_HOOKS_VERSION,
        .owner = REAP_OWNER_LIBRARY,
    };
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    if (!hooks) {
        hooks = &none;
    }
    if (hooks->version != REAP_CHILDPROC_HOOKS_VERSION || hooks->owner < REAP_OWNER_LIBRARY ||
        hooks->owner > REAP_OWNER_SELECTIVE ||
        (hooks->owner == REAP_OWNER_MAINLOOP && hooks->reaped_callback)) {
        return REAP_ERROR_INVALID;
    }
    bool pinned = hooks->owner == REAP_OWNER_ALWAYS || hooks->owner == REAP_OWNER_SELECTIVE;
    rc = pinned ? reap__exits_pin(ctx, false) : 0;
    if (rc) {
        return rc;
    }
    reap__lock();
    if (ctx->living_count || ctx->ended_count || ctx->starting) {
        rc = REAP_ERROR_BUSY;
        goto out;
    }
    /* An owner that is idle until its first child is asked again then. */
    if (needs_exits(ctx, hooks->owner)) {
        rc = reap__owner_allows(ctx, hooks->owner);
        if (!rc) {
            rc = reap__exit_source.join(&ctx->listener);
        }
    }
    if (rc) {
        goto out;
    }
    ctx->hooks = *hooks;
    ctx->hooks_user = user;
    (void)reap__owner_update(ctx);
    if (reap__owner_reaps_all(hooks->owner) && ctx->listener.joined) {
        /* There may be children that it did not look for until now. */
        atomic_store(&ctx->listener.announced, true);
        reap__wake_set(ctx->listener.wake_fd);
    }
out:
    reap__unlock();
    int saved_errno = errno;
    if (pinned) {
        reap__exits_unpin(ctx, false);
    }
    (void)reap__ctx_settle(ctx);
    errno = saved_errno;
    return rc;
}
