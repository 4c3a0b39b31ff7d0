/* SPDX-License-Identifier: MIT */
/*
 * No library: what a plain program does that looks after children by itself, as a control. A
 * handler for SIGCHLD writes to a pipe of its own; the loop drains the pipe, then reaps whoever has
 * ended by waitpid(-1), and finds in a table whose child it was.
 *
 * It is one program, so there is one ctx and one thread. It reaps every child of the process, so
 * its mode is `always`.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uthash.h>
#include "adapter.h"

struct child {
    pid_t pid;
    bool forgotten; /* to be reaped, but nobody asks */
    UT_hash_handle hh;
};

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    struct child *children;
    struct sigaction before;
    unsigned holds; /* itself, while it is open, and each function that calls back */
    bool closed;
};

static int self_pipe[2];
static bool is_open;

static void on_sigchld(int number)
{
    int error = errno;
    ssize_t r = write(self_pipe[1], "", 1); /* full is as good: somebody will read it */

    (void)number;
    (void)r;
    errno = error;
}

static void release(struct rc_ctx *ctx)
{
    if (--ctx->holds == 0)
        free(ctx);
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct sigaction action = {.sa_handler = on_sigchld, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    struct rc_ctx *ctx;

    if (is_open)
        return -EBUSY;
    ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL)
        return -ENOMEM;
    if (pipe2(self_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
        int error = errno;

        free(ctx);
        return -error;
    }
    *ctx = (struct rc_ctx){.callbacks = callbacks, .user = user, .holds = 1};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, &ctx->before);
    is_open = true;
    *out = ctx;
    return 0;
}

static void put_back(struct rc_ctx *ctx)
{
    struct child *child, *next;

    sigaction(SIGCHLD, &ctx->before, NULL);
    close(self_pipe[0]);
    close(self_pipe[1]);
    HASH_ITER (hh, ctx->children, child, next) {
        HASH_DEL(ctx->children, child);
        free(child);
    }
    ctx->closed = true;
    is_open = false;
}

static int ctx_close(struct rc_ctx *ctx)
{
    if (ctx->children != NULL)
        return -EBUSY;
    put_back(ctx);
    release(ctx);
    return 0;
}

static pid_t start(struct rc_ctx *ctx, void (*body)(void *arg), void *arg, char *const argv[])
{
    struct child *child = calloc(1, sizeof *child);
    int error;

    if (child == NULL)
        return -ENOMEM;
    child->pid = fork();
    if (child->pid == 0) {
        sigaction(SIGCHLD, &ctx->before, NULL);
        if (argv != NULL)
            execv(argv[0], argv);
        else
            body(arg);
        _exit(127);
    }
    if (child->pid < 0) {
        error = errno;
        free(child);
        return -error;
    }
    HASH_ADD_INT(ctx->children, pid, child);
    return child->pid;
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    return start(ctx, body, arg, NULL);
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return start(ctx, NULL, NULL, argv);
}

static struct child *find(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child;

    HASH_FIND_INT(ctx->children, &pid, child);
    return child;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = find(ctx, pid);

    if (child == NULL || child->forgotten)
        return -ESRCH;
    child->forgotten = true;
    return 0;
}

static int child_kill(struct rc_ctx *ctx, pid_t pid, int number)
{
    if (find(ctx, pid) == NULL)
        return -ESRCH;
    return kill(pid, number) < 0 ? -errno : 0;
}

static void reaped(struct rc_ctx *ctx, pid_t pid, int status)
{
    struct child *child = find(ctx, pid);
    bool asked = child != NULL && !child->forgotten;

    if (child == NULL)
        return;
    HASH_DEL(ctx->children, child);
    free(child);
    if (asked)
        ctx->callbacks->exited(ctx->user, pid, status);
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    struct pollfd fd = {.fd = self_pipe[0], .events = POLLIN};
    char bytes[64];
    int status;
    pid_t pid;

    if (poll(&fd, 1, timeout_ms) <= 0)
        return 0;
    while (read(self_pipe[0], bytes, sizeof bytes) > 0)
        ;
    ctx->holds++;
    while (!ctx->closed && (pid = waitpid(-1, &status, WNOHANG)) > 0)
        reaped(ctx, pid, status);
    release(ctx);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    (void)ctx;
    return write(self_pipe[1], "", 1) < 0 && errno != EAGAIN ? -errno : 0;
}

static int postfork(struct rc_ctx *ctx)
{
    put_back(ctx);
    return 0;
}

static const struct rc_adapter posix = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = "2008",
    .owners = RC_OWNS(RC_OWNER_ALWAYS),
    .features = RC_FEATURE_ONE_THREAD | RC_FEATURE_ONE_CONTEXT,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
    .postfork = postfork,
};
RC_ADAPTER(posix);
