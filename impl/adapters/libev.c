/* SPDX-License-Identifier: MIT */
/*
 * Drives libev by its child watchers. "The default loop is the only loop that can handle ev_child
 * watchers", so there is one ctx; and "you cannot use an ev_loop from multiple threads", so it is
 * called on one thread, but for ev_async_send.
 *
 * "Libev always reaps all children, even ones not watched": its mode is `always`, and a watcher of
 * any process learns of those of others. A child is forked and its watcher started at once: later,
 * it might have been reaped.
 *
 * In a program with threads the flag EVFLAG_NOSIGMASK is required. WITH_SIGNALFD makes the variant
 * with EVFLAG_SIGNALFD, for which SIGCHLD is blocked in all threads.
 */
#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>
#include "adapter.h"

#ifdef WITH_SIGNALFD
#define LOOP_FLAGS EVFLAG_SIGNALFD
#define FEATURES   RC_FEATURE_SIGCHLD_BLOCKED
#else
#define LOOP_FLAGS EVFLAG_NOSIGMASK
#define FEATURES   0
#endif

/* Its own watcher and the one of any process are both told of its end, in an order that is not
 * documented: it is known until both were. */
struct child {
    struct ev_child watcher;
    bool over;        /* reported, or forgotten */
    bool ended, seen; /* the one was told, the other was */
    TAILQ_ENTRY(child) link;
};

struct rc_ctx {
    struct ev_loop *loop;
    struct ev_child any;
    struct ev_async wake;
    struct ev_timer timeout;
    const struct rc_callbacks *callbacks;
    void *user;
    TAILQ_HEAD(, child) children;
    bool running, closed;
};

static void release(struct rc_ctx *ctx, struct child *child)
{
    TAILQ_REMOVE(&ctx->children, child, link);
    free(child);
}

static void finish(struct rc_ctx *ctx)
{
    struct child *child;

    while ((child = TAILQ_FIRST(&ctx->children)) != NULL)
        release(ctx, child);
    ev_child_stop(ctx->loop, &ctx->any);
    ev_async_stop(ctx->loop, &ctx->wake);
    ev_timer_stop(ctx->loop, &ctx->timeout);
    ev_loop_destroy(ctx->loop);
    free(ctx);
}

static void on_wake(struct ev_loop *loop, struct ev_async *wake, int events)
{
    (void)loop;
    (void)wake;
    (void)events;
}

static void on_timeout(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
}

static void on_exit_of(struct ev_loop *loop, struct ev_child *watcher, int events)
{
    struct child *child = (struct child *)watcher;
    struct rc_ctx *ctx = watcher->data;
    pid_t pid = watcher->rpid;
    int status = watcher->rstatus;

    (void)events;
    ev_child_stop(loop, watcher);
    child->over = child->ended = true;
    if (child->seen)
        release(ctx, child);
    if (!ctx->closed)
        ctx->callbacks->exited(ctx->user, pid, status);
}

static void on_exit_of_any(struct ev_loop *loop, struct ev_child *watcher, int events)
{
    struct rc_ctx *ctx = watcher->data;
    struct child *child;

    (void)loop;
    (void)events;
    TAILQ_FOREACH (child, &ctx->children, link)
        if (child->watcher.pid == watcher->rpid)
            break;
    if (child == NULL) {
        if (!ctx->closed)
            ctx->callbacks->foreign(ctx->user, watcher->rpid, watcher->rstatus);
    } else if (child->over) {
        release(ctx, child);
    } else {
        child->seen = true;
    }
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);

    if (ctx == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    TAILQ_INIT(&ctx->children);
    ctx->loop = ev_default_loop(LOOP_FLAGS);
    if (ctx->loop == NULL) {
        free(ctx);
        return -EIO; /* libev does not say why */
    }
    ev_async_init(&ctx->wake, on_wake);
    ev_async_start(ctx->loop, &ctx->wake);
    ev_timer_init(&ctx->timeout, on_timeout, 0., 0.);
    ev_child_init(&ctx->any, on_exit_of_any, 0, 0);
    ctx->any.data = ctx;
    ev_child_start(ctx->loop, &ctx->any);
    *out = ctx;
    return 0;
}

/* Without the loop nobody would reap those that are left. */
static int ctx_close(struct rc_ctx *ctx)
{
    struct child *child;

    TAILQ_FOREACH (child, &ctx->children, link)
        if (!child->ended)
            return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

static pid_t start(struct rc_ctx *ctx, void (*body)(void *arg), void *arg, char *const argv[])
{
    struct child *child = calloc(1, sizeof *child);
    pid_t pid;

    if (child == NULL)
        return -ENOMEM;
    pid = fork();
    if (pid == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (argv != NULL)
            execv(argv[0], argv);
        else
            body(arg);
        _exit(127);
    }
    if (pid < 0) {
        int error = errno;

        free(child);
        return -error;
    }
    ev_child_init(&child->watcher, on_exit_of, pid, 0);
    child->watcher.data = ctx;
    ev_child_start(ctx->loop, &child->watcher);
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    return pid;
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    return start(ctx, body, arg, NULL);
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return start(ctx, NULL, NULL, argv);
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child;

    TAILQ_FOREACH (child, &ctx->children, link) {
        if (child->watcher.pid != pid || child->over)
            continue;
        ev_child_stop(ctx->loop, &child->watcher);
        child->over = true;
        if (child->seen)
            release(ctx, child);
        return 0;
    }
    return -ESRCH;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    if (timeout_ms > 0) {
        ev_now_update(ctx->loop);
        ev_timer_set(&ctx->timeout, timeout_ms / 1000., 0.);
        ev_timer_start(ctx->loop, &ctx->timeout);
    }
    ctx->running = true;
    ev_run(ctx->loop, timeout_ms == 0 ? EVRUN_NOWAIT : EVRUN_ONCE);
    ctx->running = false;
    ev_timer_stop(ctx->loop, &ctx->timeout);
    if (ctx->closed)
        finish(ctx);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    ev_async_send(ctx->loop, &ctx->wake);
    return 0;
}

#define INHERITANCE                                                                                \
    "ev(3), ev_signal, The special problem of inheritance: the signal mask and the disposition "   \
    "are unspecified after starting a signal watcher (and after stopping it again)"

static const struct rc_limit limits[] = {
    {"XC-20", RC_LIMIT_ABORTS,
     "ev(3), ERROR HANDLING: the default is to print a diagnostic message and to call abort()"},
#ifdef WITH_SIGNALFD
    {"XC-17", RC_LIMIT_DISCLAIMED, INHERITANCE},
    {"XC-19", RC_LIMIT_DISCLAIMED, INHERITANCE},
#endif
    {"XC-24", RC_LIMIT_DISCLAIMED, INHERITANCE},
    {NULL, 0, NULL},
};

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

static const struct rc_adapter libev = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = STRING(EV_VERSION_MAJOR) "." STRING(EV_VERSION_MINOR),
    .owners = RC_OWNS(RC_OWNER_ALWAYS),
    .features = RC_FEATURE_ONE_THREAD | RC_FEATURE_ONE_CONTEXT | RC_FEATURE_FOREIGN | FEATURES,
    .limits = limits,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .child_forget = child_forget,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(libev);
