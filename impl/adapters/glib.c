/* SPDX-License-Identifier: MIT */
/*
 * Drives GLib's child watches: a ctx is a GMainContext, of which there may be any number, each run
 * by a thread of its own; sources may be attached to one from any thread. Programs are started by
 * g_spawn, and watched as any other child is.
 *
 * WITHOUT_PIDFDS makes the variant that finds no pidfds, so that GLib's older way runs: a handler
 * for SIGCHLD and a worker thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include "adapter.h"

#ifdef WITHOUT_PIDFDS
#define FEATURES (RC_FEATURE_WITHOUT_PIDFDS | RC_FEATURE_OWN_REAPER)
#else
#define FEATURES RC_FEATURE_WITH_PIDFDS
#endif

struct child {
    struct rc_ctx *ctx;
    pid_t pid;
    bool forgotten;
    TAILQ_ENTRY(child) link;
};

struct rc_ctx {
    GMainContext *context;
    const struct rc_callbacks *callbacks;
    void *user;
    GMutex mutex; /* of the list */
    TAILQ_HEAD(, child) children;
    gint holds; /* itself, and a run that is under way */
};

static void release(struct rc_ctx *ctx)
{
    if (!g_atomic_int_dec_and_test(&ctx->holds))
        return;
    g_main_context_unref(ctx->context);
    g_mutex_clear(&ctx->mutex);
    free(ctx);
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);

    if (ctx == NULL)
        return -ENOMEM;
    ctx->context = g_main_context_new();
    ctx->callbacks = callbacks;
    ctx->user = user;
    ctx->holds = 1;
    g_mutex_init(&ctx->mutex);
    TAILQ_INIT(&ctx->children);
    *out = ctx;
    return 0;
}

/* A child whose watch is given up is nobody's, and would be left a zombie. */
static int ctx_close(struct rc_ctx *ctx)
{
    bool busy;

    g_mutex_lock(&ctx->mutex);
    busy = !TAILQ_EMPTY(&ctx->children);
    g_mutex_unlock(&ctx->mutex);
    if (busy)
        return -EBUSY;
    release(ctx);
    return 0;
}

static void on_exit_of(GPid pid, gint wait_status, gpointer user)
{
    struct child *child = user;
    struct rc_ctx *ctx = child->ctx;
    bool forgotten;

    g_mutex_lock(&ctx->mutex);
    TAILQ_REMOVE(&ctx->children, child, link);
    forgotten = child->forgotten;
    g_mutex_unlock(&ctx->mutex);
    free(child);
    g_spawn_close_pid(pid);
    if (!forgotten)
        ctx->callbacks->exited(ctx->user, pid, wait_status);
}

static int child_watch(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = calloc(1, sizeof *child);
    GSource *source;

    if (child == NULL)
        return -ENOMEM;
    child->ctx = ctx;
    child->pid = pid;
    g_mutex_lock(&ctx->mutex);
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    g_mutex_unlock(&ctx->mutex);
    source = g_child_watch_source_new(pid);
    g_source_set_callback(source, G_SOURCE_FUNC(on_exit_of), child, NULL);
    g_source_attach(source, ctx->context);
    g_source_unref(source);
    return 0;
}

static int error_of(GError *error)
{
    int code = g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK) ? EAGAIN : EIO;

    g_error_free(error);
    return -code;
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    const gint kept = RC_CHILD_FD;
    GError *error = NULL;
    GPid pid;
    int rc;

    if (!g_spawn_async_with_pipes_and_fds(NULL, (const gchar *const *)argv, NULL,
                                          G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, -1, -1, -1, &kept,
                                          &kept, 1, &pid, NULL, NULL, NULL, &error))
        return error_of(error);
    rc = child_watch(ctx, pid);
    return rc < 0 ? rc : pid;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child;
    int rc = -ESRCH;

    g_mutex_lock(&ctx->mutex);
    TAILQ_FOREACH (child, &ctx->children, link) {
        if (child->pid == pid && !child->forgotten) {
            child->forgotten = true;
            rc = 0;
        }
    }
    g_mutex_unlock(&ctx->mutex);
    return rc;
}

static gboolean on_timeout(gpointer user)
{
    (void)user;
    return G_SOURCE_REMOVE;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    GSource *timeout = NULL;

    g_atomic_int_inc(&ctx->holds);
    if (timeout_ms > 0) {
        timeout = g_timeout_source_new((guint)timeout_ms);
        g_source_set_callback(timeout, on_timeout, NULL, NULL);
        g_source_attach(timeout, ctx->context);
    }
    g_main_context_iteration(ctx->context, timeout_ms != 0);
    if (timeout != NULL) {
        g_source_destroy(timeout);
        g_source_unref(timeout);
    }
    release(ctx);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    g_main_context_wakeup(ctx->context);
    return 0;
}

static const struct rc_limit limits[] = {
    {"XC-06", RC_LIMIT_DISCLAIMED,
     "g_child_watch_source_new: \"the application must not wait for pid to exit by any other "
     "mechanism, including waitpid(pid, ...)\", \"must not call waitpid with a non-positive first "
     "argument\""},
    {"XC-07", RC_LIMIT_DISCLAIMED,
     "g_child_watch_source_new: \"the application must not ignore SIGCHLD\""},
    {NULL, 0, NULL},
};

static const struct rc_adapter glib = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = FEATURES,
    .limits = limits,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_spawn = child_spawn,
    .child_watch = child_watch,
    .child_forget = child_forget,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(glib);
