/* SPDX-License-Identifier: MIT */
/*
 * Drives libuv by its processes (uv_process_t): a ctx is a loop. "The event loop or any other API
 * that involves a loop or handles [is] not thread-safe except where stated otherwise", so a ctx is
 * called on its own thread only; uv_async_send is what is stated otherwise.
 *
 * libuv starts programs only, and reports an end as an exit status and a signal, so the raw status
 * is put together again; whether there was a core it does not say.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <uv.h>
#include "adapter.h"

/* Freed when its handle is closed. */
struct child {
    uv_process_t process;
    struct rc_ctx *ctx;
    pid_t pid;
    bool forgotten;
    TAILQ_ENTRY(child) link; /* while it is not reported */
};

struct rc_ctx {
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timeout;
    const struct rc_callbacks *callbacks;
    void *user;
    TAILQ_HEAD(, child) children;
    bool running, closed;
};

static void on_wake(uv_async_t *wake)
{
    (void)wake;
}

static void on_timeout(uv_timer_t *timer)
{
    (void)timer;
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
    rc = uv_loop_init(&ctx->loop);
    if (rc < 0) {
        free(ctx);
        return rc;
    }
    rc = uv_async_init(&ctx->loop, &ctx->wake, on_wake);
    if (rc < 0) {
        uv_loop_close(&ctx->loop);
        free(ctx);
        return rc;
    }
    uv_timer_init(&ctx->loop, &ctx->timeout);
    *out = ctx;
    return 0;
}

static void finish(struct rc_ctx *ctx)
{
    uv_close((uv_handle_t *)&ctx->wake, NULL);
    uv_close((uv_handle_t *)&ctx->timeout, NULL);
    uv_run(&ctx->loop, UV_RUN_DEFAULT);
    uv_loop_close(&ctx->loop);
    free(ctx);
}

/* A loop must not be closed while it has handles that are active. */
static int ctx_close(struct rc_ctx *ctx)
{
    if (!TAILQ_EMPTY(&ctx->children))
        return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_exit_of(uv_process_t *process, int64_t exit_status, int signal)
{
    struct child *child = process->data;
    struct rc_ctx *ctx = child->ctx;
    int status = signal ? signal : W_EXITCODE((int)exit_status, 0);
    pid_t pid = child->pid;

    TAILQ_REMOVE(&ctx->children, child, link);
    uv_close((uv_handle_t *)process, on_closed);
    if (!child->forgotten)
        ctx->callbacks->exited(ctx->user, pid, status);
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    uv_stdio_container_t stdio[RC_CHILD_FD + 1];
    uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = argv[0],
        .args = (char **)argv,
        .stdio_count = RC_CHILD_FD + 1,
        .stdio = stdio,
    };
    struct child *child = calloc(1, sizeof *child);
    int rc;

    if (child == NULL)
        return -ENOMEM;
    for (int fd = 0; fd <= RC_CHILD_FD; fd++) {
        bool passed = fd <= 2 || fd == RC_CHILD_FD;

        stdio[fd] =
            (uv_stdio_container_t){.flags = passed ? UV_INHERIT_FD : UV_IGNORE, .data.fd = fd};
    }
    child->ctx = ctx;
    child->process.data = child;
    rc = uv_spawn(&ctx->loop, &child->process, &options);
    if (rc < 0) {
        uv_close((uv_handle_t *)&child->process, on_closed);
        return rc;
    }
    child->pid = uv_process_get_pid(&child->process);
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    return child->pid;
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

static int child_kill(struct rc_ctx *ctx, pid_t pid, int signal)
{
    struct child *child = find(ctx, pid);

    return child != NULL ? uv_process_kill(&child->process, signal) : -ESRCH;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    if (timeout_ms > 0)
        uv_timer_start(&ctx->timeout, on_timeout, (uint64_t)timeout_ms, 0);
    ctx->running = true;
    uv_run(&ctx->loop, timeout_ms == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    ctx->running = false;
    if (ctx->closed)
        finish(ctx);
    else
        uv_timer_stop(&ctx->timeout);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    return uv_async_send(&ctx->wake);
}

static const struct rc_adapter libuv = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_OWN_THREAD,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_spawn = child_spawn,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(libuv);
