/* SPDX-License-Identifier: MIT */
/*
 * REAP_OWNER_MAINLOOP: the application tells.
 *
 * It may be told of a child before the thread that forked it has recorded it: the child ends at
 * once, the application's SIGCHLD is quick [XC-04]. reaped must answer, so it waits for the forks
 * of this ctx on other threads; sigchld_occurred leaves a mark with them, and the fork looks at its
 * child again.
 */
#include "internal.h"
#include <pthread.h>
#include <sys/wait.h>

/* [locked] Is another thread forking for this ctx? */
static bool forks_elsewhere(const reap_ctx *ctx)
{
    const struct fork_under_way *fork;
    LIST_FOREACH (fork, &reap__process.forks, others) {
        if (fork->ctx == ctx && !pthread_equal(fork->thread, pthread_self())) {
            return true;
        }
    }
    return false;
}

/* [locked] Waits for a child that is about to be recorded. NULL if the ctx has none such. */
static struct child *find_child(reap_ctx *ctx, pid_t pid)
{
    for (;;) {
        struct child *child = reap__registry_find(pid);
        if (child) {
            return child->ctx == ctx ? child : NULL;
        }
        if (!forks_elsewhere(ctx)) {
            return NULL;
        }
        reap__await_fork();
    }
}

/*
 * A signal handler may have interrupted a call of libreap on this very thread, with a lock in its
 * hand or a list half changed. What it asks for is refused then, with nothing done. [FK-35]
 */
static int may_tell(const reap_ctx *ctx)
{
    int rc = reap__ctx_check(ctx);
    return !rc && reap__is_inside() ? REAP_ERROR_REENTRANT : rc;
}

int reap_childproc_reaped(reap_ctx *ctx, pid_t pid, int status)
{
    int rc = may_tell(ctx);
    if (rc) {
        return rc;
    }
    REAP__INSIDE;
    reap__ctx_hold(ctx);
    reap__lock();
    if (ctx->hooks.owner != REAP_OWNER_MAINLOOP) {
        rc = REAP_ERROR_WRONG_MODE;
        goto out;
    }
    struct child *child = find_child(ctx, pid);
    if (!child) {
        rc = REAP_ERROR_UNKNOWN_CHILD;
    } else if (WIFEXITED(status) || WIFSIGNALED(status)) {
        reap__child_ended(child, REAP_EXITED, status);
    }
out:
    reap__unlock();
    if (!rc) {
        rc = reap__turn_told(ctx);
    }
    reap__ctx_release(ctx);
    return rc;
}

int reap_childproc_sigchld_occurred(reap_ctx *ctx)
{
    struct fork_under_way *fork;
    int rc = may_tell(ctx);
    if (rc) {
        return rc;
    }
    REAP__INSIDE;
    reap__ctx_hold(ctx);
    reap__lock();
    if (ctx->hooks.owner != REAP_OWNER_MAINLOOP) {
        rc = REAP_ERROR_WRONG_MODE;
    }
    LIST_FOREACH (fork, &reap__process.forks, others) {
        if (fork->ctx == ctx) {
            fork->told = true;
        }
    }
    reap__unlock();
    if (!rc) {
        reap__scan_own(ctx);
        rc = reap__turn_told(ctx);
    }
    reap__ctx_release(ctx);
    return rc;
}
