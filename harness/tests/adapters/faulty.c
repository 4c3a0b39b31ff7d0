/* SPDX-License-Identifier: MIT */
/*
 * An adapter of one child at a time, which bears every fault as it should. With a macro it does
 * not:
 *
 * LATE_ERROR    memory that it does not get when it is opened is missed at the first fork.
 * NEVER_CLOSES  after a fork that failed it cannot be closed.
 * SILENT_LOSS   a wait call that was interrupted is the last one.
 */
#include <adapter.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { TURN_MS = 2 };

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    pid_t *child; /* 0: none */
    bool stuck, given_up;
};

static int open_ctx(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);

    if (!ctx)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    ctx->child = calloc(1, sizeof *ctx->child);
#ifndef LATE_ERROR
    if (!ctx->child) {
        free(ctx);
        return -ENOMEM;
    }
#endif
    *out = ctx;
    return 0;
}

static int close_ctx(struct rc_ctx *ctx)
{
    if (ctx->stuck)
        return -EBUSY;
    free(ctx->child);
    free(ctx);
    return 0;
}

static pid_t fork_child(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
    pid_t pid = ctx->child ? fork() : -1;

    if (pid == 0)
        body(arg);
    if (!ctx->child)
        return -ENOMEM;
#ifdef NEVER_CLOSES
    ctx->stuck = pid < 0;
#endif
    if (pid < 0)
        return -errno;
    return *ctx->child = pid;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    int status;
    pid_t r;

    if (timeout_ms != 0)
        poll(NULL, 0, TURN_MS);
    if (!ctx->child || !*ctx->child || ctx->given_up)
        return 0;
    do
        r = waitpid(*ctx->child, &status, WNOHANG);
    while (r < 0 && errno == EINTR
#ifdef SILENT_LOSS
           && !(ctx->given_up = true)
#endif
    );
    if (r > 0) {
        *ctx->child = 0;
        ctx->callbacks->exited(ctx->user, r, status);
    }
    return 0;
}

static const struct rc_adapter faulty = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "faulty",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_ONE_THREAD,
    .ctx_open = open_ctx,
    .ctx_close = close_ctx,
    .child_fork = fork_child,
    .run = run,
};
RC_ADAPTER(faulty);
