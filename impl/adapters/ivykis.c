/* SPDX-License-Identifier: MIT */
/*
 * Drives ivykis by its wait interests. Each thread has an event loop of its own, which all its ctxs
 * share; an interest is dropped on its own thread only, so a ctx is called on its own lane, but for
 * iv_event_post. A program is started by the same call as a child, "which closes the race" that
 * there is if a child is watched later.
 *
 * One wait4(-1) looks for the changes of all processes, so the mode is `always`. A turn of the loop
 * is an iv_main that is left by iv_quit. What a ctx is told while the thread turns the loop for
 * another one is kept until its own turn.
 */
#include <errno.h>
#include <iv.h>
#include <iv_event.h>
#include <iv_wait.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>
#include "adapter.h"

struct child {
    struct iv_wait_interest interest;
    struct rc_ctx *ctx;
    int status; /* once it is kept */
    bool forgotten;
    TAILQ_ENTRY(child) link;
};

TAILQ_HEAD(children, child);

struct rc_ctx {
    struct iv_event wake;
    struct iv_timer timeout;
    struct iv_task second_round; /* of a turn that does not wait */
    bool in_second_round;
    const struct rc_callbacks *callbacks;
    void *user;
    struct children children, kept;
    bool running, closed;
};

static __thread unsigned contexts; /* of this thread */
static pthread_mutex_t first_init = PTHREAD_MUTEX_INITIALIZER;

static void quit(void *unused)
{
    (void)unused;
    iv_quit();
}

/* A task runs before the loop looks for events, so it takes a second one. */
static void on_round(void *cookie)
{
    struct rc_ctx *ctx = cookie;

    if (ctx->in_second_round)
        iv_quit();
    else
        iv_task_register(&ctx->second_round);
    ctx->in_second_round = true;
}

static void finish(struct rc_ctx *ctx)
{
    iv_event_unregister(&ctx->wake);
    free(ctx);
    if (--contexts == 0)
        iv_deinit();
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);

    if (ctx == NULL)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    TAILQ_INIT(&ctx->children);
    TAILQ_INIT(&ctx->kept);
    if (contexts++ == 0) {
        pthread_mutex_lock(&first_init);
        iv_init();
        pthread_mutex_unlock(&first_init);
    }
    IV_TIMER_INIT(&ctx->timeout);
    ctx->timeout.handler = quit;
    IV_TASK_INIT(&ctx->second_round);
    ctx->second_round.cookie = ctx;
    ctx->second_round.handler = on_round;
    IV_EVENT_INIT(&ctx->wake);
    ctx->wake.handler = quit;
    if (iv_event_register(&ctx->wake) != 0) {
        free(ctx);
        if (--contexts == 0)
            iv_deinit();
        return -EMFILE; /* ivykis does not say why */
    }
    *out = ctx;
    return 0;
}

/* A child without an interest in it would be left a zombie. */
static int ctx_close(struct rc_ctx *ctx)
{
    if (!TAILQ_EMPTY(&ctx->children) || !TAILQ_EMPTY(&ctx->kept))
        return -EBUSY;
    ctx->closed = true;
    if (!ctx->running)
        finish(ctx);
    return 0;
}

static void report(struct rc_ctx *ctx, struct child *child)
{
    pid_t pid = child->interest.pid;
    int status = child->status;
    bool forgotten = child->forgotten;

    free(child);
    if (!forgotten)
        ctx->callbacks->exited(ctx->user, pid, status);
}

static void on_change_of(void *cookie, int status, const struct rusage *rusage)
{
    struct child *child = cookie;
    struct rc_ctx *ctx = child->ctx;

    (void)rusage;
    if (!WIFEXITED(status) && !WIFSIGNALED(status))
        return;
    iv_wait_interest_unregister(&child->interest);
    TAILQ_REMOVE(&ctx->children, child, link);
    child->status = status;
    iv_quit();
    if (ctx->running)
        report(ctx, child);
    else
        TAILQ_INSERT_TAIL(&ctx->kept, child, link);
}

struct start {
    void (*body)(void *arg);
    void *arg;
    char *const *argv;
};

static void in_child(void *cookie)
{
    const struct start *start = cookie;

    if (start->argv != NULL)
        execv(start->argv[0], start->argv);
    else
        start->body(start->arg);
    _exit(127);
}

static pid_t begin(struct rc_ctx *ctx, struct start *start)
{
    struct child *child = calloc(1, sizeof *child);

    if (child == NULL)
        return -ENOMEM;
    child->ctx = ctx;
    IV_WAIT_INTEREST_INIT(&child->interest);
    child->interest.cookie = child;
    child->interest.handler = on_change_of;
    if (iv_wait_interest_register_spawn(&child->interest, in_child, start) < 0) {
        int error = errno;

        free(child);
        return -error;
    }
    TAILQ_INSERT_TAIL(&ctx->children, child, link);
    return child->interest.pid;
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    return begin(ctx, &(struct start){.body = body, .arg = arg});
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return begin(ctx, &(struct start){.argv = argv});
}

static struct child *find(struct children *children, pid_t pid)
{
    struct child *child;

    TAILQ_FOREACH (child, children, link)
        if (child->interest.pid == pid && !child->forgotten)
            return child;
    return NULL;
}

static int child_forget(struct rc_ctx *ctx, pid_t pid)
{
    struct child *child = find(&ctx->children, pid);

    if (child == NULL)
        child = find(&ctx->kept, pid);
    if (child == NULL)
        return -ESRCH;
    child->forgotten = true;
    return 0;
}

static int child_kill(struct rc_ctx *ctx, pid_t pid, int number)
{
    struct child *child = find(&ctx->children, pid);

    if (child == NULL)
        return -ESRCH;
    errno = 0;
    return iv_wait_interest_kill(&child->interest, number) == 0 ? 0 : errno ? -errno : -ESRCH;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    struct child *child;

    ctx->running = true;
    if (timeout_ms == 0 || !TAILQ_EMPTY(&ctx->kept)) {
        ctx->in_second_round = false;
        iv_task_register(&ctx->second_round);
    } else if (timeout_ms > 0) {
        iv_validate_now();
        ctx->timeout.expires = iv_now;
        ctx->timeout.expires.tv_sec += timeout_ms / 1000;
        ctx->timeout.expires.tv_nsec += timeout_ms % 1000 * 1000000;
        if (ctx->timeout.expires.tv_nsec >= 1000000000) {
            ctx->timeout.expires.tv_sec++;
            ctx->timeout.expires.tv_nsec -= 1000000000;
        }
        iv_timer_register(&ctx->timeout);
    }
    iv_main();
    if (iv_timer_registered(&ctx->timeout))
        iv_timer_unregister(&ctx->timeout);
    if (iv_task_registered(&ctx->second_round))
        iv_task_unregister(&ctx->second_round);
    while ((child = TAILQ_FIRST(&ctx->kept)) != NULL) {
        TAILQ_REMOVE(&ctx->kept, child, link);
        report(ctx, child);
    }
    ctx->running = false;
    if (ctx->closed)
        finish(ctx);
    return 0;
}

static int wake(struct rc_ctx *ctx)
{
    iv_event_post(&ctx->wake);
    return 0;
}

static const struct rc_adapter ivykis = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = ADAPTER_NAME,
    .version = ADAPTER_VERSION,
    .owners = RC_OWNS(RC_OWNER_ALWAYS),
    .features = RC_FEATURE_OWN_THREAD,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .child_forget = child_forget,
    .child_kill = child_kill,
    .run = run,
    .wake = wake,
};
RC_ADAPTER(ivykis);
