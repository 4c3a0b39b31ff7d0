/* SPDX-License-Identifier: MIT */
/* A whole adapter. Its library is an array of children, each asked for by pid at every turn. */
#include <adapter.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 1024, POLL_MS = 2 };
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
        pid_t pid = ctx->children[i] ? 0 : fork();
        if (ctx->children[i])
            continue;
        if (pid == 0)
            body(arg); /* never returns */
        return pid < 0 ? -errno : (ctx->children[i] = pid);
    }
    return -ENOSPC;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    poll(NULL, 0, timeout_ms < 0 || timeout_ms > POLL_MS ? POLL_MS : timeout_ms);
    for (int i = 0, status; i < CHILDREN; i++) {
        pid_t pid = ctx->children[i], found = pid ? waitpid(pid, &status, WNOHANG) : 0;
        if (found == 0 || (found < 0 && errno != ECHILD))
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
