/* SPDX-License-Identifier: MIT */
/*
 * The second part of the contract for libreap: events, hooks, the loop in its parts, fds and
 * timeouts of the application's. Operations are in reference_operations.c.
 *
 * libreap reckons in milliseconds. A moment that is to come is rounded up, the present down, so
 * nothing is ever early.
 */
#include "reference.h"
#include "races.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { US_PER_MS = 1000 };

/* An fd or timeout of the application's. Kept until the end, so that a stale one can be handed to
 * the library, which is to find out. */
struct reference_watch {
    struct reference_watch *next;
    reap_id id;
    _Atomic short events;
    void *for_callback;
};

struct rc_event reference_event(reap_event *event)
{
    struct rc_event shown = {
        .type = (enum rc_event_type)event->type, /* the same numbers */
        .user = event->for_user,
        .own = event,
    };
    switch (event->type) {
    case REAP_EVENT_PROCESS_STOPPED:
    case REAP_EVENT_PROCESS_ENDED:
        shown.id = event->u.process.pid;
        break;
    case REAP_EVENT_PATH_VANISHED:
        shown.path = event->u.path.path;
        break;
    case REAP_EVENT_OPERATION_COMPLETE:
        shown.result = reference_result(event->u.complete.rc);
        break;
    case REAP_EVENT_OPERATION_PROGRESS:
        shown.text = event->u.progress.line;
        break;
    }
    return shown;
}

static int is_wanted(const reap_event *event, void *user)
{
    const struct rc_criteria *criteria = user;
    const struct rc_event shown = reference_event((reap_event *)event);
    return criteria->wanted(criteria->user, &shown);
}

static int event_check(struct rc_ctx *ctx, const struct rc_criteria *criteria,
                       struct rc_event *event)
{
    reap_event *found;
    int rc = reap_event_check(ctx->reap, &found, criteria->types,
                              criteria->wanted ? is_wanted : NULL, (void *)criteria);
    if (!rc) {
        *event = reference_event(found);
        reference_completed(ctx, event);
    }
    return reference_result(rc);
}

static int event_wait(struct rc_ctx *ctx, const struct rc_criteria *criteria,
                      struct rc_event *event)
{
    reap_event *found;
    reference_hold(ctx);
    int rc = reap_event_wait(ctx->reap, &found, criteria->types,
                             criteria->wanted ? is_wanted : NULL, (void *)criteria);
    if (!rc) {
        *event = reference_event(found);
        reference_completed(ctx, event);
    }
    rc = reference_result(rc);
    reference_release(ctx);
    return rc;
}

/* The ctx may be closed by then; the library does not look at it. */
static void event_free(struct rc_ctx *ctx, struct rc_event *event)
{
    (void)ctx;
    reap_event_free(NULL, event->own);
}

static void on_event(void *user, reap_event *event)
{
    struct rc_ctx *ctx = user;
    const struct rc_event shown = reference_event(event);
    reference_completed(ctx, &shown);
    ctx->callbacks->event(ctx->user, &shown);
}

static void on_disaster(void *user, enum reap_event_type type, const char *what, int errnum)
{
    struct rc_ctx *ctx = user;
    (void)type;
    if (ctx->callbacks->disaster) {
        ctx->callbacks->disaster(ctx->user, what, errnum);
    }
}

int reference_event_callbacks(struct rc_ctx *ctx, uint64_t mask, int with_disaster)
{
    struct reap_event_hooks hooks = {
        .version = REAP_EVENT_HOOKS_VERSION,
        .event_occurs_mask = mask,
        .event_occurs = mask ? on_event : NULL,
        .disaster = with_disaster ? on_disaster : NULL,
    };
    int rc = reference_result(reap_event_register_callbacks(ctx->reap, &hooks, ctx));
    memset(&hooks, 0xa5, sizeof(hooks)); /* they were copied */
    return rc;
}

static int enable(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
                  struct rc_evgen **evgen)
{
    reap_evgen *made = NULL;
    int rc;
    if (subject->kind == RC_SUBJECT_PATH) {
        char *path = strdup(subject->path);
        if (!path) {
            return -ENOMEM;
        }
        rc = reference_result(reap_evenable_path(ctx->reap, path, user, &made));
        memset(path, 'x', strlen(path)); /* it was copied [EV-27] */
        free(path);
    } else {
        rc = reference_result(reap_evenable_process(ctx->reap, (pid_t)subject->id, user, &made));
    }
    *evgen = (struct rc_evgen *)made;
    return rc;
}

static void disable(struct rc_ctx *ctx, struct rc_evgen *evgen)
{
    reap_evdisable(ctx->reap, (reap_evgen *)evgen);
}

/* -- hooks -- */

static int hook_result(int r)
{
    return r == RC_HOOK_FAILED ? REAP_ERROR_OSEVENT_REG_FAIL : r;
}

static int on_fd_register(void *user, int fd, void **for_app, short events, void *for_reap)
{
    struct rc_ctx *ctx = user;
    return hook_result(ctx->os_hooks->fd_register(ctx->os_user, fd, for_app, events, for_reap));
}

static int on_fd_modify(void *user, int fd, void **for_app, short events)
{
    struct rc_ctx *ctx = user;
    return hook_result(ctx->os_hooks->fd_modify(ctx->os_user, fd, for_app, events));
}

static void on_fd_deregister(void *user, int fd, void *for_app)
{
    struct rc_ctx *ctx = user;
    ctx->os_hooks->fd_deregister(ctx->os_user, fd, for_app);
}

static int on_timeout_register(void *user, void **for_app, int64_t at, void *for_reap)
{
    struct rc_ctx *ctx = user;
    return hook_result(
        ctx->os_hooks->timeout_register(ctx->os_user, for_app, at * US_PER_MS, for_reap));
}

static int on_timeout_modify(void *user, void **for_app, int64_t at)
{
    struct rc_ctx *ctx = user;
    return hook_result(ctx->os_hooks->timeout_modify(ctx->os_user, for_app, at * US_PER_MS));
}

static void on_timeout_deregister(void *user, void *for_app)
{
    struct rc_ctx *ctx = user;
    ctx->os_hooks->timeout_deregister(ctx->os_user, for_app);
}

static const struct reap_osevent_hooks os_hooks = {
    .version = REAP_OSEVENT_HOOKS_VERSION,
    .fd_register = on_fd_register,
    .fd_modify = on_fd_modify,
    .fd_deregister = on_fd_deregister,
    .timeout_register = on_timeout_register,
    .timeout_modify = on_timeout_modify,
    .timeout_deregister = on_timeout_deregister,
};

static int hooks(struct rc_ctx *ctx, const struct rc_os_hooks *given, void *user)
{
    const struct rc_os_hooks *former = ctx->os_hooks;
    void *former_user = ctx->os_user;
    ctx->os_hooks = given;
    ctx->os_user = user;
    int rc = reference_result(reap_osevent_register_hooks(ctx->reap, &os_hooks, ctx));
    if (rc) {
        ctx->os_hooks = former;
        ctx->os_user = former_user;
    }
    return rc;
}

static void occurred_fd(struct rc_ctx *ctx, void *for_library, int fd, short events, short revents)
{
    reference_hold(ctx);
    (void)reap_osevent_occurred_fd(ctx->reap, for_library, fd, events, revents);
    reference_release(ctx);
}

static void occurred_timeout(struct rc_ctx *ctx, void *for_library)
{
    reference_hold(ctx);
    (void)reap_osevent_occurred_timeout(ctx->reap, for_library);
    reference_release(ctx);
}

/* -- the loop in its parts -- */

static int beforepoll(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms,
                      int64_t now_us)
{
    return reference_result(reap_beforepoll(ctx->reap, nfds, fds, timeout_ms, now_us / US_PER_MS));
}

static int afterpoll(struct rc_ctx *ctx, int nfds, struct pollfd *fds, int64_t now_us)
{
    reference_hold(ctx);
    int rc = reference_result(reap_afterpoll(ctx->reap, nfds, fds, now_us / US_PER_MS));
    reference_release(ctx);
    return rc;
}

/* -- fds and timeouts of the application's -- */

static struct reference_watch *watch_new(struct rc_ctx *ctx, short events, void *for_callback)
{
    struct reference_watch *watch = calloc(1, sizeof(*watch));
    if (watch) {
        reap__is_atomic(&watch->events);
        atomic_init(&watch->events, events);
        watch->for_callback = for_callback;
        pthread_mutex_lock(&ctx->lock);
        watch->next = ctx->watches;
        ctx->watches = watch;
        pthread_mutex_unlock(&ctx->lock);
    }
    return watch;
}

static void on_fd(reap_ctx *reap, int fd, short revents, void *user)
{
    struct reference_watch *watch = user;
    (void)reap;
    reapcheck_watched(watch->for_callback, fd, atomic_load(&watch->events), revents);
}

static void on_timeout(reap_ctx *reap, void *user)
{
    const struct reference_watch *watch = user;
    (void)reap;
    reapcheck_watched(watch->for_callback, -1, 0, 0);
}

static int fd_watch(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **out)
{
    struct reference_watch *watch = watch_new(ctx, events, for_callback);
    *out = watch;
    return watch
               ? reference_result(reap_fd_register(ctx->reap, fd, events, on_fd, watch, &watch->id))
               : -ENOMEM;
}

static int fd_change(struct rc_ctx *ctx, void *watch_, short events)
{
    struct reference_watch *watch = watch_;
    short former = atomic_exchange(&watch->events, events);
    int rc = reference_result(reap_fd_modify(ctx->reap, watch->id, events));
    if (rc) {
        atomic_store(&watch->events, former);
    }
    return rc;
}

static int fd_unwatch(struct rc_ctx *ctx, void *watch_)
{
    const struct reference_watch *watch = watch_;
    return reference_result(reap_fd_deregister(ctx->reap, watch->id));
}

static int timeout_watch(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **out)
{
    struct reference_watch *watch = watch_new(ctx, 0, for_callback);
    *out = watch;
    return watch ? reference_result(reap_timeout_register_at(ctx->reap, reference_ms_of(due_us),
                                                             on_timeout, watch, &watch->id))
                 : -ENOMEM;
}

static int timeout_unwatch(struct rc_ctx *ctx, void *watch_)
{
    const struct reference_watch *watch = watch_;
    return reference_result(reap_timeout_deregister(ctx->reap, watch->id));
}

void reference_events_release(struct rc_ctx *ctx)
{
    struct reference_watch *watch;
    reference_operations_release(ctx);
    while ((watch = ctx->watches)) {
        ctx->watches = watch->next;
        free(watch);
    }
    pthread_mutex_destroy(&ctx->lock);
}

const struct rc_events reference_events = {
    .abi = REAPCHECK_EVENTS_ABI,
    .types = RC_EVENT_BIT(RC_EVENT_STOPPED) | RC_EVENT_BIT(RC_EVENT_ENDED) |
             RC_EVENT_BIT(RC_EVENT_VANISHED) | RC_EVENT_BIT(RC_EVENT_COMPLETE) |
             RC_EVENT_BIT(RC_EVENT_PROGRESS),
    .operations = RC_OPERATION_BIT(RC_OPERATION_PROGRAM) | RC_OPERATION_BIT(RC_OPERATION_HELPER) |
                  RC_OPERATION_BIT(RC_OPERATION_LOCK) | RC_OPERATION_BIT(RC_OPERATION_END),
    .features = RC_EVENTS_LIMIT | RC_EVENTS_DISASTER_EXITS,
    .clock = CLOCK_MONOTONIC,
    .event_check = event_check,
    .event_wait = event_wait,
    .event_free = event_free,
    .event_callbacks = reference_event_callbacks,
    .enable = enable,
    .disable = disable,
    .operation = reference_operate,
    .abort = reference_abort,
    .hooks = hooks,
    .occurred_fd = occurred_fd,
    .occurred_timeout = occurred_timeout,
    .beforepoll = beforepoll,
    .afterpoll = afterpoll,
    .fd_watch = fd_watch,
    .fd_change = fd_change,
    .fd_unwatch = fd_unwatch,
    .timeout_watch = timeout_watch,
    .timeout_unwatch = timeout_unwatch,
};
