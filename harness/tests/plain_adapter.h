/* SPDX-License-Identifier: MIT */
/*
 * The adapter that the tests of the host put under it. It does the plainest thing, a pidfd and a
 * waitpid for each child, and offers all that an adapter can offer.
 */
#ifndef REAPCHECK_PLAIN_ADAPTER_H
#define REAPCHECK_PLAIN_ADAPTER_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "adapter.h"

extern char **environ;

enum { PLAIN_CHILDREN = 64 };

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    enum rc_owner owner;
    int alarm; /* eventfd: `wake` */
    pthread_mutex_t mutex;
    int count;
    struct plain_child {
        pid_t pid;
        int pidfd;
    } children[PLAIN_CHILDREN];
};

static int plain_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *new = calloc(1, sizeof *new);

    new->callbacks = callbacks;
    new->user = user;
    new->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&new->mutex, NULL);
    *ctx = new;
    return 0;
}

static int plain_close(struct rc_ctx *ctx)
{
    if (ctx->count > 0)
        return -EBUSY;
    close(ctx->alarm);
    free(ctx);
    return 0;
}

static int plain_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    if (ctx->count > 0)
        return -EBUSY;
    ctx->owner = owner;
    return 0;
}

static int plain_wake(struct rc_ctx *ctx)
{
    uint64_t one = 1;

    return write(ctx->alarm, &one, sizeof one) < 0 ? -errno : 0;
}

static int plain_watch(struct rc_ctx *ctx, pid_t pid)
{
    pthread_mutex_lock(&ctx->mutex);
    ctx->children[ctx->count++] = (struct plain_child){pid, pidfd_open(pid, 0)};
    pthread_mutex_unlock(&ctx->mutex);
    plain_wake(ctx);
    return 0;
}

static int plain_forget(struct rc_ctx *ctx, pid_t pid)
{
    int rc = -ESRCH;

    pthread_mutex_lock(&ctx->mutex);
    for (int i = 0; i < ctx->count && rc < 0; i++) {
        if (ctx->children[i].pid != pid)
            continue;
        close(ctx->children[i].pidfd);
        ctx->children[i] = ctx->children[--ctx->count];
        rc = 0;
    }
    pthread_mutex_unlock(&ctx->mutex);
    return rc;
}

static pid_t plain_fork(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
    pid_t pid = ctx->callbacks->fork != NULL ? ctx->callbacks->fork(ctx->user) : fork();

    if (pid == 0)
        body(arg);
    if (pid < 0)
        return -errno;
    plain_watch(ctx, pid);
    return pid;
}

static pid_t plain_spawn(struct rc_ctx *ctx, char *const argv[])
{
    pid_t pid;
    int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);

    if (error != 0)
        return -error;
    plain_watch(ctx, pid);
    return pid;
}

static int plain_kill(struct rc_ctx *ctx, pid_t pid, int signal)
{
    (void)ctx;
    return kill(pid, signal) < 0 ? -errno : 0;
}

static int plain_run(struct rc_ctx *ctx, int timeout_ms)
{
    struct pollfd fds[1 + PLAIN_CHILDREN] = {{.fd = ctx->alarm, .events = POLLIN}};
    pid_t ended[PLAIN_CHILDREN];
    int count, status, ended_count = 0;
    uint64_t alarms;

    pthread_mutex_lock(&ctx->mutex);
    count = ctx->count;
    for (int i = 0; i < count; i++)
        fds[1 + i] = (struct pollfd){.fd = ctx->children[i].pidfd, .events = POLLIN};
    pthread_mutex_unlock(&ctx->mutex);
    if (ctx->owner == RC_OWNER_ALWAYS && timeout_ms != 0)
        timeout_ms = 5;
    poll(fds, (nfds_t)count + 1, timeout_ms);
    if (fds[0].revents != 0 && read(ctx->alarm, &alarms, sizeof alarms) < 0)
        return -errno;
    if (ctx->owner == RC_OWNER_MAINLOOP)
        return 0;
    for (int i = 0; i < count; i++)
        if (fds[1 + i].revents != 0 && i < ctx->count)
            ended[ended_count++] = ctx->children[i].pid;
    for (int i = 0; i < ended_count; i++) {
        const struct rc_callbacks *callbacks = ctx->callbacks;
        void *user = ctx->user;
        bool last = i == ended_count - 1 && ctx->owner != RC_OWNER_ALWAYS;
        pid_t pid = waitpid(ended[i], &status, WNOHANG);

        plain_forget(ctx, ended[i]);
        if (pid == ended[i])
            callbacks->exited(user, pid, status);
        else
            callbacks->lost(user, ended[i]);
        if (last) /* the callback may have closed the ctx */
            return 0;
    }
    while (ctx->owner == RC_OWNER_ALWAYS && (count = waitpid(-1, &status, WNOHANG)) > 0)
        ctx->callbacks->foreign(ctx->user, count, status);
    return 0;
}

static int plain_told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    if (plain_forget(ctx, pid) < 0)
        return -ESRCH;
    ctx->callbacks->exited(ctx->user, pid, wait_status);
    return 0;
}

static int plain_told_sigchld(struct rc_ctx *ctx)
{
    if (ctx->owner == RC_OWNER_MAINLOOP)
        return 0;
    ctx->callbacks->disaster(ctx->user, "told in\nthe wrong mode", EPERM);
    return -EPERM;
}

static int plain_postfork(struct rc_ctx *ctx)
{
    ctx->count = 0;
    return 0;
}

static int plain_carefd_open(struct rc_ctx *ctx, const char *path, void **carefd)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    (void)ctx;
    *carefd = (void *)(intptr_t)fd;
    return fd < 0 ? -errno : fd;
}

static int plain_carefd_close(void *carefd)
{
    return close((int)(intptr_t)carefd) < 0 ? -errno : 0;
}

static const struct rc_limit plain_limits[] = {
    {"FK-36", RC_LIMIT_ABORTS, "its header, \"never\""},
    {"XC-11", RC_LIMIT_DISCLAIMED, "README"},
    {0},
};

static struct rc_adapter plain = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "plain",
    .version = "1.0 beta",
    .owners = 15,
    .features = RC_FEATURE_FORK_HOOK,
    .limits = plain_limits,
    .ctx_open = plain_open,
    .ctx_close = plain_close,
    .set_owner = plain_owner,
    .child_fork = plain_fork,
    .child_spawn = plain_spawn,
    .child_watch = plain_watch,
    .child_forget = plain_forget,
    .child_kill = plain_kill,
    .run = plain_run,
    .wake = plain_wake,
    .told_reaped = plain_told_reaped,
    .told_sigchld = plain_told_sigchld,
    .postfork = plain_postfork,
    .carefd_open = plain_carefd_open,
    .carefd_close = plain_carefd_close,
};

#endif
