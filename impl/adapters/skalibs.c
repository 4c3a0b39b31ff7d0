/* SPDX-License-Identifier: MIT */
/*
 * Drives skalibs: SIGCHLD comes by the selfpipe, and wait_pids_nohang finds, as its documentation
 * recommends, who of the known children has ended, while it "automatically and silently" takes care
 * of those that are not known. So the mode is `always`.
 *
 * The selfpipe is one for the process: "dedicate one thread to signal handling and block signals in
 * all the other threads". So there is one ctx, on one thread, and SIGCHLD is blocked.
 */
#include <errno.h>
#include <signal.h>
#include <skalibs/allreadwrite.h>
#include <skalibs/config.h>
#include <skalibs/djbunix.h>
#include <skalibs/iopause.h>
#include <skalibs/selfpipe.h>
#include <skalibs/tai.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "adapter.h"

enum { REAPED_A_TURN = 64 }; /* then other work has its turn */

struct rc_ctx {
    int signals, wake[2];
    const struct rc_callbacks *callbacks;
    void *user;
    pid_t *pids;     /* of the children */
    bool *forgotten; /* for each */
    unsigned count, room;
    bool more; /* children may have ended of whom no signal will come */
    bool running, closed;
};

static void finish(struct rc_ctx *ctx)
{
    if (ctx->signals >= 0)
        selfpipe_finish();
    if (ctx->wake[0] >= 0) {
        close(ctx->wake[0]);
        close(ctx->wake[1]);
    }
    free(ctx->pids);
    free(ctx->forgotten);
    free(ctx);
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);
    int error;

    if (ctx == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    ctx->wake[0] = -1;
    tain_now_set_stopwatch_g();
    ctx->signals = selfpipe_init();
    if (ctx->signals < 0 || pipenbcoe(ctx->wake) < 0 || !selfpipe_trap(SIGCHLD)) {
        error = errno;
        finish(ctx);
        return -error;
    }
    *out = ctx;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    if (ctx->count > 0)
        return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

/* There is room for one more child after it. */
static bool make_room(struct rc_ctx *ctx)
{
    unsigned room = ctx->room ? 2 * ctx->room : 16;
    pid_t *pids;
    bool *forgotten;

    if (ctx->count < ctx->room)
        return true;
    pids = realloc(ctx->pids, room * sizeof *pids);
    if (pids != NULL)
        ctx->pids = pids;
    forgotten = realloc(ctx->forgotten, room * sizeof *forgotten);
    if (forgotten != NULL)
        ctx->forgotten = forgotten;
    if (pids == NULL || forgotten == NULL)
        return false;
    ctx->room = room;
    return true;
}

static pid_t add(struct rc_ctx *ctx, pid_t pid)
{
    ctx->pids[ctx->count] = pid;
    ctx->forgotten[ctx->count++] = false;
    return pid;
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    pid_t pid;

    if (!make_room(ctx))
        return -ENOMEM;
    pid = fork();
    if (pid == 0) {
        selfpipe_finish();
        body(arg);
    }
    return pid < 0 ? -errno : add(ctx, pid);
}

static pid_t spawn(struct rc_ctx *ctx, char *const argv[])
{
    pid_t pid;

    if (!make_room(ctx))
        return -ENOMEM;
    pid = child_spawn0(argv[0], (char const *const *)argv, (char const *const *)environ);
    return pid == 0 ? -errno : add(ctx, pid);
}

static unsigned find(struct rc_ctx *ctx, pid_t pid)
{
    unsigned i = 0;

    while (i < ctx->count && (ctx->pids[i] != pid || ctx->forgotten[i]))
        i++;
    return i;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    unsigned i = find(ctx, pid);

    if (i == ctx->count)
        return -ESRCH;
    ctx->forgotten[i] = true;
    return 0;
}

static int child_kill(struct rc_ctx *ctx, pid_t pid, int number)
{
    if (find(ctx, pid) == ctx->count)
        return -ESRCH;
    return kill(pid, number) < 0 ? -errno : 0;
}

/* Removes it; true where a report of it is wanted. */
static bool remove_at(struct rc_ctx *ctx, unsigned i)
{
    bool wanted = !ctx->forgotten[i];

    ctx->count--;
    ctx->pids[i] = ctx->pids[ctx->count];
    ctx->forgotten[i] = ctx->forgotten[ctx->count];
    return wanted;
}

static void reap(struct rc_ctx *ctx)
{
    int status, i = 0;

    for (int n = 0; n < REAPED_A_TURN && !ctx->closed; n++) {
        pid_t pid;

        i = wait_pids_nohang(ctx->pids, ctx->count, &status);
        if (i <= 0)
            break;
        pid = ctx->pids[i - 1];
        if (remove_at(ctx, (unsigned)i - 1))
            ctx->callbacks->exited(ctx->user, pid, status);
    }
    ctx->more = i > 0;
    /* "-1 ECHILD if the current process has no children": then those that are known are gone. */
    while (i < 0 && errno == ECHILD && !ctx->closed && ctx->count > 0) {
        pid_t pid = ctx->pids[0];

        if (remove_at(ctx, 0))
            ctx->callbacks->lost(ctx->user, pid);
        errno = ECHILD;
    }
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    iopause_fd fds[] = {{.fd = ctx->signals, .events = IOPAUSE_READ},
                        {.fd = ctx->wake[0], .events = IOPAUSE_READ}};
    tain deadline = tain_infinite_relative;
    char bytes[64];
    int signal;

    tain_now_g();
    if (timeout_ms >= 0 || ctx->more)
        tain_from_millisecs(&deadline, ctx->more ? 0 : timeout_ms);
    tain_add_g(&deadline, &deadline);
    if (iopause_g(fds, 2, &deadline) < 0)
        return -errno;
    while (fd_read(ctx->wake[0], bytes, sizeof bytes) > 0)
        ;
    while ((signal = selfpipe_read()) > 0)
        if (signal == SIGCHLD)
            ctx->more = true;
    ctx->running = true;
    if (ctx->more)
        reap(ctx);
    ctx->running = false;
    if (ctx->closed)
        finish(ctx);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    return fd_write(ctx->wake[1], "", 1) < 0 && errno != EAGAIN ? -errno : 0;
}

static const struct rc_adapter skalibs = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = SKALIBS_VERSION,
    .owners = RC_OWNS(RC_OWNER_ALWAYS),
    .features = RC_FEATURE_ONE_THREAD | RC_FEATURE_ONE_CONTEXT | RC_FEATURE_SIGCHLD_BLOCKED,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_fork = child_fork,
    .child_spawn = spawn,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(skalibs);
