/* SPDX-License-Identifier: MIT */
/*
 * Drives APR's other children. APR has no handler and no loop for them: the application notices
 * that children have ended and either reaps one and says so (apr_proc_other_child_alert), or has
 * all that are registered looked at (apr_proc_other_child_refresh_all). So its mode is `mainloop`,
 * and what is turned as a loop is a pollset.
 *
 * The list of other children is one for the process and unguarded: one ctx, one thread. "Caller
 * must call unregister still" when a child has died; as the list may just be walked then, pools of
 * records are destroyed when nobody is inside.
 */
#include <apr_general.h>
#include <apr_poll.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include "adapter.h"

/* In a pool of its own. */
struct child {
    apr_proc_t process;
    apr_pool_t *pool;
    struct rc_ctx *ctx;
    bool forgotten;
    TAILQ_ENTRY(child) link;
};

TAILQ_HEAD(children, child);

struct rc_ctx {
    apr_pool_t *pool;
    apr_pollset_t *pollset;
    const struct rc_callbacks *callbacks;
    void *user;
    struct children children, ended;
    unsigned depth; /* of calls into APR that may call back */
    bool closed;
};

static void enter(struct rc_ctx *ctx)
{
    ctx->depth++;
}

static void leave(struct rc_ctx *ctx)
{
    struct child *child, *next;

    if (--ctx->depth > 0)
        return;
    for (child = TAILQ_FIRST(&ctx->ended); child != NULL; child = next) {
        next = TAILQ_NEXT(child, link);
        apr_pool_destroy(child->pool);
    }
    TAILQ_INIT(&ctx->ended);
    if (!ctx->closed)
        return;
    apr_pool_destroy(ctx->pool);
    apr_terminate();
    free(ctx);
}

static int error_of(apr_status_t status)
{
    int error = APR_TO_OS_ERROR(status);

    return error > 0 ? -error : -EIO;
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);
    apr_status_t status;

    if (ctx == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    TAILQ_INIT(&ctx->children);
    TAILQ_INIT(&ctx->ended);
    status = apr_initialize();
    if (status != APR_SUCCESS) {
        free(ctx);
        return error_of(status);
    }
    status = apr_pool_create(&ctx->pool, NULL);
    if (status == APR_SUCCESS)
        status = apr_pollset_create(&ctx->pollset, 1, ctx->pool, APR_POLLSET_WAKEABLE);
    if (status != APR_SUCCESS) {
        if (ctx->pool != NULL)
            apr_pool_destroy(ctx->pool);
        apr_terminate();
        free(ctx);
        return error_of(status);
    }
    *out = ctx;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    if (!TAILQ_EMPTY(&ctx->children))
        return -EBUSY;
    enter(ctx);
    ctx->closed = true;
    leave(ctx);
    return 0;
}

static void maintain(int reason, void *data, int status)
{
    struct child *child = data;
    struct rc_ctx *ctx = child->ctx;
    pid_t pid = child->process.pid;

    if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST)
        return;
    apr_proc_other_child_unregister(child);
    TAILQ_REMOVE(&ctx->children, child, link);
    TAILQ_INSERT_TAIL(&ctx->ended, child, link);
    if (child->forgotten)
        return;
    if (reason == APR_OC_REASON_DEATH)
        ctx->callbacks->exited(ctx->user, pid, status);
    else
        ctx->callbacks->lost(ctx->user, pid);
}

static struct child *child_new(struct rc_ctx *ctx)
{
    struct child *child;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, ctx->pool) != APR_SUCCESS)
        return NULL;
    child = apr_pcalloc(pool, sizeof *child);
    if (child == NULL) {
        apr_pool_destroy(pool);
        return NULL;
    }
    child->pool = pool;
    child->ctx = ctx;
    return child;
}

static void add(struct child *child)
{
    TAILQ_INSERT_TAIL(&child->ctx->children, child, link);
    apr_proc_other_child_register(&child->process, maintain, child, NULL, child->pool);
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    struct child *child = child_new(ctx);
    apr_status_t status;

    if (child == NULL)
        return -ENOMEM;
    status = apr_proc_fork(&child->process, child->pool);
    if (status == APR_INCHILD)
        body(arg);
    if (status != APR_INPARENT) {
        apr_pool_destroy(child->pool);
        return error_of(status);
    }
    add(child);
    return child->process.pid;
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    struct child *child = child_new(ctx);
    apr_procattr_t *attributes;
    apr_status_t status;

    if (child == NULL)
        return -ENOMEM;
    status = apr_procattr_create(&attributes, child->pool);
    if (status == APR_SUCCESS)
        status = apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
    if (status == APR_SUCCESS)
        status = apr_proc_create(&child->process, argv[0], (const char *const *)argv, NULL,
                                 attributes, child->pool);
    if (status != APR_SUCCESS) {
        apr_pool_destroy(child->pool);
        return error_of(status);
    }
    add(child);
    return child->process.pid;
}

static int child_watch(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = child_new(ctx);

    if (child == NULL)
        return -ENOMEM;
    child->process.pid = pid;
    add(child);
    return 0;
}

static struct child *find(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child;

    TAILQ_FOREACH (child, &ctx->children, link)
        if (child->process.pid == pid && !child->forgotten)
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
    apr_status_t status;

    if (child == NULL)
        return -ESRCH;
    status = apr_proc_kill(&child->process, number);
    return status == APR_SUCCESS ? 0 : error_of(status);
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    const apr_pollfd_t *ready;
    apr_int32_t count;

    apr_pollset_poll(ctx->pollset, timeout_ms < 0 ? -1 : timeout_ms * 1000LL, &count, &ready);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    apr_status_t status = apr_pollset_wakeup(ctx->pollset);

    return status == APR_SUCCESS ? 0 : error_of(status);
}

static int told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    apr_proc_t process = {.pid = pid};
    apr_status_t status;

    enter(ctx);
    status = apr_proc_other_child_alert(&process, APR_OC_REASON_DEATH, wait_status);
    leave(ctx);
    return status == APR_SUCCESS ? 0 : -ESRCH;
}

static int told_sigchld(struct rc_ctx *ctx)
{
    enter(ctx);
    apr_proc_other_child_refresh_all(APR_OC_REASON_RUNNING);
    leave(ctx);
    return 0;
}

static const struct rc_adapter apr = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_MAINLOOP),
    .features = RC_FEATURE_ONE_THREAD | RC_FEATURE_ONE_CONTEXT,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .child_watch = child_watch,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
    .told_reaped = told_reaped,
    .told_sigchld = told_sigchld,
};
RC_ADAPTER(apr);
