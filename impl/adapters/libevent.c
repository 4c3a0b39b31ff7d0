/* SPDX-License-Identifier: MIT */
/*
 * Drives libevent by a signal event for SIGCHLD, whose callback asks for each child by pid.
 * Children are the application's own, which it forks and then has watched.
 *
 * "With current versions of Libevent, with most backends, only one event_base per process at a time
 * can be listening for signals", so there is one ctx. With evthread_use_pthreads it may be called
 * from any thread.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include "adapter.h"

struct child {
    pid_t pid;
    int status; /* once it is among the ended; LOST where nobody has it */
    bool forgotten;
    TAILQ_ENTRY(child) link;
};

enum { LOST = -1, AT_ONCE = 64 };

TAILQ_HEAD(children, child);

struct rc_ctx {
    struct event_base *base;
    struct event *on_sigchld, *on_rest, *on_wake;
    const struct rc_callbacks *callbacks;
    void *user;
    pthread_mutex_t mutex; /* of the lists */
    struct children children, ended;
    bool running, closed;
};

static void finish(struct rc_ctx *ctx)
{
    if (ctx->on_sigchld != NULL)
        event_free(ctx->on_sigchld);
    if (ctx->on_rest != NULL)
        event_free(ctx->on_rest);
    if (ctx->on_wake != NULL)
        event_free(ctx->on_wake);
    if (ctx->base != NULL)
        event_base_free(ctx->base);
    pthread_mutex_destroy(&ctx->mutex);
    free(ctx);
}

/* Asks for each child once. */
static void scan(struct rc_ctx *ctx)
{
    struct child *child, *next;

    pthread_mutex_lock(&ctx->mutex);
    for (child = TAILQ_FIRST(&ctx->children); child != NULL; child = next) {
        pid_t pid;

        next = TAILQ_NEXT(child, link);
        do
            pid = waitpid(child->pid, &child->status, WNOHANG);
        while (pid < 0 && errno == EINTR);
        if (pid == 0)
            continue;
        if (pid < 0)
            child->status = LOST;
        TAILQ_REMOVE(&ctx->children, child, link);
        TAILQ_INSERT_TAIL(&ctx->ended, child, link);
    }
    pthread_mutex_unlock(&ctx->mutex);
}

/* Reports who has ended. What is more than a few waits until other events have had their turn. */
static void report(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval at_once;
    struct rc_ctx *ctx = arg;

    (void)fd;
    (void)what;
    for (int reports = 0; !ctx->closed; reports++) {
        struct child *child;

        pthread_mutex_lock(&ctx->mutex);
        child = TAILQ_FIRST(&ctx->ended);
        if (child != NULL && reports < AT_ONCE)
            TAILQ_REMOVE(&ctx->ended, child, link);
        pthread_mutex_unlock(&ctx->mutex);
        if (child == NULL)
            break;
        if (reports == AT_ONCE) {
            event_add(ctx->on_rest, &at_once);
            break;
        }
        if (!child->forgotten && child->status == LOST)
            ctx->callbacks->lost(ctx->user, child->pid);
        else if (!child->forgotten)
            ctx->callbacks->exited(ctx->user, child->pid, child->status);
        free(child);
    }
}

static void on_sigchld(evutil_socket_t number, short what, void *arg)
{
    scan(arg);
    report(number, what, arg);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx;

    if (evthread_use_pthreads() < 0 || (ctx = calloc(1, sizeof *ctx)) == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    pthread_mutex_init(&ctx->mutex, NULL);
    TAILQ_INIT(&ctx->children);
    TAILQ_INIT(&ctx->ended);
    ctx->base = event_base_new();
    if (ctx->base != NULL) {
        ctx->on_sigchld = evsignal_new(ctx->base, SIGCHLD, on_sigchld, ctx);
        ctx->on_rest = event_new(ctx->base, -1, 0, report, ctx);
        ctx->on_wake = event_new(ctx->base, -1, EV_PERSIST, on_wake, NULL);
    }
    if (ctx->on_sigchld == NULL || ctx->on_rest == NULL || ctx->on_wake == NULL ||
        evsignal_add(ctx->on_sigchld, NULL) < 0) {
        finish(ctx); /* libevent does not say why it failed */
        return -EIO;
    }
    *out = ctx;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    bool busy;

    pthread_mutex_lock(&ctx->mutex);
    busy = !TAILQ_EMPTY(&ctx->children) || !TAILQ_EMPTY(&ctx->ended);
    pthread_mutex_unlock(&ctx->mutex);
    if (busy)
        return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

/* It may have ended before, and its SIGCHLD been and gone: so the callback runs once in any case.
 */
static int child_watch(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = calloc(1, sizeof *child);

    if (child == NULL)
        return -ENOMEM;
    child->pid = pid;
    pthread_mutex_lock(&ctx->mutex);
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    pthread_mutex_unlock(&ctx->mutex);
    event_active(ctx->on_sigchld, EV_SIGNAL, 1);
    return 0;
}

static int forget_in(struct children *children, pid_t pid)
{
    struct child *child;

    TAILQ_FOREACH (child, children, link) {
        if (child->pid != pid || child->forgotten)
            continue;
        child->forgotten = true;
        return 0;
    }
    return -ESRCH;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    int rc;

    pthread_mutex_lock(&ctx->mutex);
    rc = forget_in(&ctx->children, pid);
    if (rc < 0)
        rc = forget_in(&ctx->ended, pid);
    pthread_mutex_unlock(&ctx->mutex);
    return rc;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    const struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY | (timeout_ms == 0 ? EVLOOP_NONBLOCK : 0);

    if (timeout_ms > 0)
        event_add(ctx->on_wake, &timeout);
    ctx->running = true;
    event_base_loop(ctx->base, flags);
    ctx->running = false;
    if (ctx->closed)
        finish(ctx);
    else if (timeout_ms > 0)
        event_del(ctx->on_wake);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    event_active(ctx->on_wake, EV_TIMEOUT, 1);
    return 0;
}

static const struct rc_adapter libevent = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_ONE_CONTEXT,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_watch = child_watch,
    .child_forget = child_forget,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(libevent);
