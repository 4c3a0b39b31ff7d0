/* SPDX-License-Identifier: MIT */
/* The least that an adapter can be: one file, built by one call of the compiler outside of the
 * tree. Its library is a list of children, each asked for by its pid whenever the loop turns. */
#include <adapter.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 64, POLL_MS = 2 };

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    pid_t children[CHILDREN]; /* 0: free */
};

static int open_ctx(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    *ctx = calloc(1, sizeof **ctx);
    if (!*ctx)
        return -ENOMEM;
    (*ctx)->callbacks = callbacks;
    (*ctx)->user = user;
    return 0;
}

static int close_ctx(struct rc_ctx *ctx)
{
    for (int i = 0; i < CHILDREN; i++)
        if (ctx->children[i])
            return -EBUSY;
    free(ctx);
    return 0;
}

static pid_t fork_child(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
    for (int i = 0; i < CHILDREN; i++) {
        if (ctx->children[i])
            continue;
        ctx->children[i] = fork();
        if (!ctx->children[i])
            body(arg);
        return ctx->children[i] > 0 ? ctx->children[i] : (ctx->children[i] = 0, -errno);
    }
    return -ENOSPC;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    if (timeout_ms)
        poll(NULL, 0, timeout_ms < 0 || timeout_ms > POLL_MS ? POLL_MS : timeout_ms);
    for (int i = 0, status; i < CHILDREN; i++) {
        pid_t pid = ctx->children[i];
        pid_t found = pid ? waitpid(pid, &status, WNOHANG) : 0;

        if (!found || (found < 0 && errno != ECHILD))
            continue;
        ctx->children[i] = 0;
        if (found > 0)
            ctx->callbacks->exited(ctx->user, pid, status);
        else
            ctx->callbacks->lost(ctx->user, pid);
        return 0; /* the callback may have closed the ctx */
    }
    return 0;
}

static const struct rc_adapter minimal = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "minimal",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_ONE_THREAD,
    .ctx_open = open_ctx,
    .ctx_close = close_ctx,
    .child_fork = fork_child,
    .run = run,
};
RC_ADAPTER(minimal);
