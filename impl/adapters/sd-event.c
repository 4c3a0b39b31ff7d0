/* SPDX-License-Identifier: MIT */
/*
 * Drives sd-event by its child sources: a ctx is an sd_event, "targeted on running a separate
 * instance of the event loop in each thread". An eventfd wakes it.
 *
 * "SIGCHLD must be blocked in all threads before." Children are the application's own, which it
 * forks and then has watched; sd-event reaps each as soon as its callback has returned, and no
 * others.
 *
 * WITHOUT_PIDFDS makes the variant with SYSTEMD_PIDFD=0 in its environment.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>
#include "adapter.h"

struct child {
    struct rc_ctx *ctx;
    pid_t pid;
    sd_event_source *source;
    bool forgotten;
    TAILQ_ENTRY(child) link;
};

struct rc_ctx {
    sd_event *event;
    int wake_fd;
    const struct rc_callbacks *callbacks;
    void *user;
    TAILQ_HEAD(, child) children;
    bool running, closed;
};

#ifndef WITHOUT_PIDFDS
#define FEATURES RC_FEATURE_WITH_PIDFDS
#else
#define FEATURES 0
__attribute__((constructor)) static void refuse_pidfds(void)
{
    setenv("SYSTEMD_PIDFD", "0", true);
}
#endif

static void finish(struct rc_ctx *ctx)
{
    sd_event_unref(ctx->event);
    if (ctx->wake_fd >= 0)
        close(ctx->wake_fd);
    free(ctx);
}

static int on_wake(sd_event_source *source, int fd, uint32_t events, void *user)
{
    uint64_t count;
    ssize_t r = read(fd, &count, sizeof count);

    (void)source;
    (void)r;
    (void)events;
    (void)user;
    return 0;
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);
    int rc;

    if (ctx == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    TAILQ_INIT(&ctx->children);
    ctx->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = ctx->wake_fd < 0 ? -errno : sd_event_new(&ctx->event);
    if (rc >= 0)
        rc = sd_event_add_io(ctx->event, NULL, ctx->wake_fd, EPOLLIN, on_wake, NULL);
    if (rc < 0) {
        finish(ctx);
        return rc;
    }
    *out = ctx;
    return 0;
}

/* A child whose source is gone is nobody's, and would be left a zombie. */
static int ctx_close(struct rc_ctx *ctx)
{
    if (!TAILQ_EMPTY(&ctx->children))
        return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

static int raw_status(const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        return W_EXITCODE(info->si_status, 0);
    return info->si_status | (info->si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

static int on_exit_of(sd_event_source *source, const siginfo_t *info, void *user)
{
    struct child *child = user;
    struct rc_ctx *ctx = child->ctx;
    bool forgotten = child->forgotten;
    pid_t pid = child->pid;

    TAILQ_REMOVE(&ctx->children, child, link);
    free(child);
    sd_event_source_unref(source);
    if (!forgotten)
        ctx->callbacks->exited(ctx->user, pid, raw_status(info));
    return 0;
}

static int child_watch(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = calloc(1, sizeof *child);
    int rc;

    if (child == NULL)
        return -ENOMEM;
    child->ctx = ctx;
    child->pid = pid;
    rc = sd_event_add_child(ctx->event, &child->source, pid, WEXITED, on_exit_of, child);
    if (rc < 0) {
        free(child);
        return rc;
    }
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    return 0;
}

static struct child *find(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child;

    TAILQ_FOREACH (child, &ctx->children, link)
        if (child->pid == pid && !child->forgotten)
            return child;
    return NULL;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = find(ctx, pid);

    if (child == NULL)
        return -ESRCH;
    child->forgotten = true;
    return 0;
}

static int child_kill(struct rc_ctx *ctx, pid_t pid, int number)
{
    struct child *child = find(ctx, pid);

    return child == NULL ? -ESRCH
                         : sd_event_source_send_child_signal(child->source, number, NULL, 0);
}

/* What sd_event_run returns below 0 is not about one source. */
static int run(struct rc_ctx *ctx, int timeout_ms)
{
    int rc;

    ctx->running = true;
    rc = sd_event_run(ctx->event, timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * 1000);
    ctx->running = false;
    if (ctx->closed)
        finish(ctx);
    else if (rc < 0)
        ctx->callbacks->disaster(ctx->user, "sd_event_run", -rc);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    return eventfd_write(ctx->wake_fd, 1) < 0 ? -errno : 0;
}

static const struct rc_adapter sd_event_adapter = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_OWN_THREAD | RC_FEATURE_SIGCHLD_BLOCKED | FEATURES,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_watch = child_watch,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(sd_event_adapter);
