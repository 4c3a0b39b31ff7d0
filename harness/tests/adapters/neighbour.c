/* SPDX-License-Identifier: MIT */
/*
 * A small library, for pairs: what it does to the other one is for macros to say. Without a macro
 * it is a good neighbour, who waits for its own children by pid and never touches SIGCHLD.
 *
 *   NEIGHBOUR        its name, a string
 *   GREEDY           waits for any child, and claims to be selective
 *   SAYS_SO          ... and does not claim it: its mode is always
 *   HANDLER          learns of exits by a handler of SIGCHLD, which it puts in place at the first
 *                    ctx and takes back with the last: what was there before comes back
 *   RUDE             ... but puts nothing back
 *   SHY              ... but refuses to be where a handler is already
 *   STUCK            ... but waits for ever where a handler is already
 *   SPAWNS           starts programs, and cannot fork a child that goes on by itself
 */
#include <adapter.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef NEIGHBOUR
#define NEIGHBOUR "neighbour"
#endif
#if defined(RUDE) || defined(SHY) || defined(STUCK)
#define HANDLER
#endif
#ifdef SAYS_SO
#define GREEDY
#define OWNER RC_OWNER_ALWAYS
#else
#define OWNER RC_OWNER_SELECTIVE
#endif

enum { CHILDREN = 1024, LOOK_MS = 1 };

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    pid_t children[CHILDREN];
};

#ifdef HANDLER
static int users, channel[2];
static struct sigaction before;

static void on_sigchld(int number)
{
    int error = errno;
    ssize_t r = write(channel[1], "", 1);

    (void)number;
    (void)r;
    errno = error;
}

static int come(void)
{
    struct sigaction action = {.sa_handler = on_sigchld, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    struct sigaction found;

    sigaction(SIGCHLD, NULL, &found);
    if (users++ > 0)
        return 0;
#ifdef SHY
    if (found.sa_handler != SIG_DFL) {
        users--;
        return -EBUSY;
    }
#endif
#ifdef STUCK
    while (found.sa_handler != SIG_DFL)
        pause();
#endif
    if (pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    return sigaction(SIGCHLD, &action, &before) < 0 ? -errno : 0;
}

static void go(void)
{
    if (--users > 0)
        return;
#ifndef RUDE
    sigaction(SIGCHLD, &before, NULL);
#endif
    close(channel[0]);
    close(channel[1]);
}

/* True if a signal came: with one ctx a lane, each hears of it soon enough by its timeout. */
static int heard(int timeout_ms)
{
    struct pollfd fd = {.fd = channel[0], .events = POLLIN};
    char bytes[64];

    if (poll(&fd, 1, timeout_ms) <= 0)
        return 0;
    while (read(channel[0], bytes, sizeof bytes) > 0)
        ;
    return 1;
}
#else
static int come(void)
{
    return 0;
}
static void go(void)
{
}
static int heard(int timeout_ms)
{
    poll(NULL, 0, timeout_ms < 0 || timeout_ms > LOOK_MS ? LOOK_MS : timeout_ms);
    return 1;
}
#endif

static int open_ctx(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    int rc = come();

    if (rc < 0)
        return rc;
    *ctx = calloc(1, sizeof **ctx);
    (*ctx)->callbacks = callbacks;
    (*ctx)->user = user;
    return 0;
}

static int close_ctx(struct rc_ctx *ctx)
{
    go();
    free(ctx);
    return 0;
}

static pid_t keep(struct rc_ctx *ctx, pid_t pid)
{
    for (int i = 0; pid > 0 && i < CHILDREN; i++)
        if (ctx->children[i] == 0) {
            ctx->children[i] = pid;
            return pid;
        }
    return pid < 0 ? -errno : -EAGAIN;
}

#ifdef SPAWNS
static pid_t spawn_child(struct rc_ctx *ctx, char *const argv[])
{
    pid_t pid = fork();

    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    return keep(ctx, pid);
}
#else
static pid_t fork_child(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
    pid_t pid = fork();

    if (pid == 0)
        body(arg);
    return keep(ctx, pid);
}
#endif

/* The child is no more: waitpid said so, or that there is none. */
static void ended(struct rc_ctx *ctx, int i, pid_t found, int status)
{
    pid_t pid = ctx->children[i];

    ctx->children[i] = 0;
    if (found == pid)
        ctx->callbacks->exited(ctx->user, pid, status);
    else
        ctx->callbacks->lost(ctx->user, pid);
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    int status = 0;
    pid_t pid;

    if (!heard(timeout_ms))
        return 0;
#ifdef GREEDY
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < CHILDREN; i++)
            if (ctx->children[i] == pid)
                ended(ctx, i, pid, status);
#endif
    for (int i = 0; i < CHILDREN; i++)
        if (ctx->children[i] != 0 && (pid = waitpid(ctx->children[i], &status, WNOHANG)) != 0)
            ended(ctx, i, pid, status);
    return 0;
}

static const struct rc_adapter neighbour = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = NEIGHBOUR,
    .version = "1",
    .owners = RC_OWNS(OWNER),
    .ctx_open = open_ctx,
    .ctx_close = close_ctx,
#ifdef SPAWNS
    .child_spawn = spawn_child,
#else
    .child_fork = fork_child,
#endif
    .run = run,
};
RC_ADAPTER(neighbour);
