/* SPDX-License-Identifier: MIT */
/*
 * Adapters that misbehave, one for each macro: the runner has to survive them all, say what became
 * of them, and leave other implementations of the same run alone. Without a macro it is well.
 *
 * BAD_ABI, BAD_SILENT (does not register), BAD_SEGV, BAD_HANG, BAD_FORKS (without end, as far as
 * the runner can tell), BAD_FD (closes the harness's own), BAD_EXIT, BAD_TURN=N (crashes in the
 * Nth play of all, which BAD_FILE counts).
 */
#include <adapter.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FORKS_MOST = 1000,
    HARNESS_FD = 500, /* what the harness opens for itself begins here */
};

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    pid_t child;
};

static int open_ctx(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
#ifdef BAD_SEGV
    raise(SIGSEGV);
#endif
#ifdef BAD_TURN
    int fd = open(BAD_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    if (fd < 0 || write(fd, ".", 1) != 1)
        return -EIO;
    if (lseek(fd, 0, SEEK_CUR) == BAD_TURN)
        raise(SIGSEGV);
    close(fd);
#endif
    *ctx = malloc(sizeof **ctx);
    if (!*ctx)
        return -ENOMEM;
    **ctx = (struct rc_ctx){callbacks, user, 0};
    return 0;
}

static int close_ctx(struct rc_ctx *ctx)
{
    free(ctx);
    return 0;
}

static int set_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    (void)ctx;
    return owner == RC_OWNER_SELECTIVE ? 0 : -EINVAL;
}

static pid_t fork_child(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
#ifdef BAD_HANG
    for (;;)
        pause();
#endif
#ifdef BAD_FORKS
    /* every tenth leaves the session, so that no process group holds them together */
    for (int i = 0; i < FORKS_MOST; i++)
        if (!fork()) {
            if (i % 10 == 0)
                setsid();
            for (;;)
                pause();
        }
    for (;;)
        pause();
#endif
#ifdef BAD_FD
    close_range(HARNESS_FD, ~0U, 0);
#endif
#ifdef BAD_EXIT
    exit(0);
#endif
    ctx->child = fork();
    if (!ctx->child)
        body(arg);
    return ctx->child > 0 ? ctx->child : -errno;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    int status;

    (void)timeout_ms;
    if (ctx->child && waitpid(ctx->child, &status, 0) > 0) {
        pid_t pid = ctx->child;

        ctx->child = 0;
        ctx->callbacks->exited(ctx->user, pid, status);
    }
    return 0;
}

__attribute__((unused)) static const struct rc_adapter bad = {
#ifdef BAD_ABI
    .abi = REAPCHECK_ADAPTER_ABI + 77,
#else
    .abi = REAPCHECK_ADAPTER_ABI,
#endif
    .name = "bad",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_ONE_THREAD,
    .ctx_open = open_ctx,
    .ctx_close = close_ctx,
    .set_owner = set_owner,
    .child_fork = fork_child,
    .run = run,
};
#ifndef BAD_SILENT
RC_ADAPTER(bad);
#endif
