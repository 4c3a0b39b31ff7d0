/* SPDX-License-Identifier: MIT */
/*
 * Calls of adapter_events.h, each written down as it starts and ends, in the library's zone. Giving
 * an event back is not written down: nobody learns anything from it that a crash would not tell.
 */
#include "host/library.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "host/guard.h"
#include "host/output.h"
#include "host/things.h"
#include "probe/probe.h"

enum { FDS_TEXT = 512 };

const struct rc_events *library_events(const struct context *context)
{
    return context->library->adapter->events;
}

void library_offers(const struct library *library, char *words, size_t size)
{
    const struct rc_events *e = library->adapter->events;

    if (e == NULL)
        return;

    bool enables = e->event_check != NULL && e->enable != NULL && e->disable != NULL;
    bool operates = e->operation != NULL;
    const struct library_offer offers[] = {
        {e->event_check != NULL && e->event_free != NULL, "events"},
        {e->event_wait != NULL && e->event_free != NULL, "event-wait"},
        {e->event_callbacks != NULL, "callbacks"},
        {enables && e->types & RC_EVENT_BIT(RC_EVENT_STOPPED), "stopped"},
        {enables && e->types & RC_EVENT_BIT(RC_EVENT_ENDED), "ended"},
        {enables && e->types & RC_EVENT_BIT(RC_EVENT_VANISHED), "vanished"},
        {operates && e->operations & RC_OPERATION_BIT(RC_OPERATION_PROGRAM), "program"},
        {operates && e->operations & RC_OPERATION_BIT(RC_OPERATION_HELPER), "helper"},
        {operates && e->operations & RC_OPERATION_BIT(RC_OPERATION_LOCK), "lock"},
        {operates && e->operations & RC_OPERATION_BIT(RC_OPERATION_END), "end"},
        {operates && e->abort != NULL, "abort"},
        {operates && e->features & RC_EVENTS_LIMIT, "limits"},
        {operates && e->types & RC_EVENT_BIT(RC_EVENT_PROGRESS), "progress"},
        {e->hooks != NULL && e->occurred_fd != NULL && e->occurred_timeout != NULL, "hooks"},
        {e->beforepoll != NULL && e->afterpoll != NULL, "poll"},
        {e->fd_watch != NULL && e->fd_change != NULL && e->fd_unwatch != NULL, "watches"},
        {e->timeout_watch != NULL && e->timeout_unwatch != NULL, "timers"},
        {e->features & RC_EVENTS_DISASTER_EXITS, "disaster-exits"},
        {e->subject_make != NULL && e->subject_do != NULL, "subjects"},
    };

    library_add_offers(offers, sizeof offers / sizeof offers[0], words, size);
}

/* One member of the adapter; the rest of the event is to be said in front. */
#define CALL_OF(context_, member, op_, ...)                                                        \
    struct context *of_ = (context_);                                                              \
    const struct rc_events *offered = library_events(of_);                                         \
    struct library_call call = {                                                                   \
        .library = of_->library, .op = (op_), .ctx = of_->index, __VA_ARGS__};                     \
                                                                                                   \
    if (offered == NULL || offered->member == NULL)                                                \
        return -ENOSYS;                                                                            \
    library_enter(&call)
#define CALLED(result) return library_leave(&call, result)

int library_check(struct context *context, const struct rc_criteria *criteria, int64_t user,
                  struct rc_event *event)
{
    CALL_OF(context, event_check, OP_CHECK, .value = (int64_t)criteria->types, .extra = user);
    CALLED(offered->event_check(context->handle, criteria, event));
}

int library_wait(struct context *context, const struct rc_criteria *criteria, int64_t user,
                 struct rc_event *event)
{
    CALL_OF(context, event_wait, OP_WAIT, .value = (int64_t)criteria->types, .extra = user);
    CALLED(offered->event_wait(context->handle, criteria, event));
}

void library_free_event(struct context *context, struct rc_event *event)
{
    const struct rc_events *offered = library_events(context);
    bool guarded = guard_enter();
    int zone = probe_enter_library(context->library->number);

    if (offered != NULL && offered->event_free != NULL)
        offered->event_free(context->handle, event);
    probe_leave(zone);
    guard_leave(guarded);
}

int library_callbacks(struct context *context, uint64_t types, bool with_disaster)
{
    CALL_OF(context, event_callbacks, OP_CALLBACKS, .value = (int64_t)types,
            .extra = !with_disaster);
    CALLED(offered->event_callbacks(context->handle, types, with_disaster));
}

int library_enable(struct evgen *evgen, const struct subject *subject, uint64_t user)
{
    CALL_OF(evgen->thing.context, enable, OP_ENABLE, .subject = evgen->thing.number);
    CALLED(offered->enable(of_->handle, &subject->rc, user, &evgen->handle));
}

int library_disable(struct evgen *evgen)
{
    CALL_OF(evgen->thing.context, disable, OP_DISABLE, .subject = evgen->thing.number);
    offered->disable(of_->handle, evgen->handle);
    CALLED(0);
}

int library_operation(struct operation *operation)
{
    CALL_OF(operation->thing.context, operation, OP_OPERATION, .subject = operation->thing.number);
    CALLED(offered->operation(of_->handle, operation->kind, &operation->arguments, &operation->how,
                              operation->wants_progress ? &operation->progress : NULL));
}

int library_abort(struct operation *operation)
{
    CALL_OF(operation->thing.context, abort, OP_ABORT, .subject = operation->thing.number);
    CALLED(offered->abort(of_->handle, &operation->how));
}

int library_hooks(struct context *context, const struct rc_os_hooks *hooks)
{
    CALL_OF(context, hooks, OP_HOOKS, .subject = 0);
    CALLED(offered->hooks(context->handle, hooks, context));
}

void library_occurred_fd(struct context *context, int64_t registration, void *for_library, int fd,
                         short events, short revents)
{
    struct library_call call = {.library = context->library,
                                .op = OP_OCCURRED_FD,
                                .ctx = context->index,
                                .subject = fd,
                                .value = registration,
                                .extra = events,
                                .spare = (uint16_t)revents};

    library_enter(&call);
    library_events(context)->occurred_fd(context->handle, for_library, fd, events, revents);
    library_leave(&call, 0);
}

void library_occurred_timeout(struct context *context, int64_t registration, void *for_library)
{
    struct library_call call = {.library = context->library,
                                .op = OP_OCCURRED_TIMEOUT,
                                .ctx = context->index,
                                .value = registration};

    library_enter(&call);
    library_events(context)->occurred_timeout(context->handle, for_library);
    library_leave(&call, 0);
}

/* "5:in/hup 7:out", each as asked for and, behind the stroke, as poll found it. */
static uint32_t text_of(const struct pollfd *fds, int count)
{
    static const struct {
        short bit;
        const char *word;
    } words[] = {{POLLIN, "in"},   {POLLPRI, "pri"}, {POLLOUT, "out"},
                 {POLLERR, "err"}, {POLLHUP, "hup"}, {POLLNVAL, "nval"}};
    char text[FDS_TEXT] = "";
    size_t n = 0;

    for (int i = 0; i < count && n < sizeof text - 64; i++) {
        short found[2] = {fds[i].events, fds[i].revents};

        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d:", i > 0 ? " " : "", fds[i].fd);
        for (int part = 0; part < (found[1] ? 2 : 1); part++)
            for (size_t w = 0, first = 1; w < sizeof words / sizeof words[0]; w++)
                if (found[part] & words[w].bit) {
                    n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                                          !first ? "+"
                                          : part ? "/"
                                                 : "",
                                          words[w].word);
                    first = 0;
                }
    }
    return output_text(text);
}

int library_beforepoll(struct context *context, int *nfds, struct pollfd *fds, int *timeout_ms,
                       int64_t now_us)
{
    CALL_OF(context, beforepoll, OP_BEFOREPOLL, .subject = *nfds, .value = *nfds,
            .extra = *timeout_ms);
    int room = *nfds;
    int result = offered->beforepoll(context->handle, nfds, fds, timeout_ms, now_us);

    call.value = *nfds;
    call.extra = *timeout_ms;
    if (result == 0 && *nfds <= room)
        call.text = text_of(fds, *nfds);
    CALLED(result);
}

int library_afterpoll(struct context *context, int nfds, struct pollfd *fds, int64_t now_us)
{
    CALL_OF(context, afterpoll, OP_AFTERPOLL, .subject = nfds);
    call.text = text_of(fds, nfds);
    CALLED(offered->afterpoll(context->handle, nfds, fds, now_us));
}

int library_fd_watch(struct watch *watch, short events)
{
    CALL_OF(watch->thing.context, fd_watch, OP_OBSERVE, .subject = watch->thing.number,
            .value = atomic_load(&watch->fd), .extra = events);
    CALLED(offered->fd_watch(of_->handle, atomic_load(&watch->fd), events, &watch->ready,
                             &watch->handle));
}

int library_fd_change(struct watch *watch, short events)
{
    CALL_OF(watch->thing.context, fd_change, OP_CHANGE, .subject = watch->thing.number,
            .extra = events);
    CALLED(offered->fd_change(of_->handle, watch->handle, events));
}

int library_timeout_watch(struct watch *watch, int64_t due_us)
{
    CALL_OF(watch->thing.context, timeout_watch, OP_OBSERVE, .subject = watch->thing.number,
            .value = -1, .extra = due_us);
    CALLED(offered->timeout_watch(of_->handle, due_us, &watch->ready, &watch->handle));
}

static int fd_unwatch(struct watch *watch)
{
    CALL_OF(watch->thing.context, fd_unwatch, OP_UNOBSERVE, .subject = watch->thing.number);
    CALLED(offered->fd_unwatch(of_->handle, watch->handle));
}

static int timeout_unwatch(struct watch *watch)
{
    CALL_OF(watch->thing.context, timeout_unwatch, OP_UNOBSERVE, .subject = watch->thing.number);
    CALLED(offered->timeout_unwatch(of_->handle, watch->handle));
}

int library_unwatch(struct watch *watch)
{
    return watch->is_timer ? timeout_unwatch(watch) : fd_unwatch(watch);
}
