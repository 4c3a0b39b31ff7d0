/* SPDX-License-Identifier: MIT */
/* The frame around each libc call of the library: see call.h. */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>

static void show(uint32_t what, int64_t arg)
{
    struct control_thread *place = thread_self()->place;

    atomic_store_explicit(&place->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&place->call, what, memory_order_release);
}

/* Locks have events of their own; memory and stdio matter only where they are forbidden. A poll
 * that ends as it should tells nothing, and there are more of them than of anything else. */
static bool is_recorded(const struct call *call, int error)
{
    switch (call->what) {
    case CALL_MUTEX_LOCK:
    case CALL_MUTEX_UNLOCK:
    case CALL_HANDLER:
        return false;
    case CALL_MALLOC:
    case CALL_FREE:
    case CALL_STDIO:
        return call->failed || thread_state.zone == ZONE_HANDLER;
    case CALL_POLL:
        return error || thread_state.zone == ZONE_HANDLER;
    default:
        return true;
    }
}

bool call_watch(struct call *call, enum libc_call what, int64_t arg)
{
    int error = errno;
    const struct control_thread *place = thread_self()->place;

    call->what = what;
    call->subject = (int32_t)arg;
    call->spare = 0;
    call->outer = atomic_load_explicit(&place->call, memory_order_relaxed);
    call->outer_arg = atomic_load_explicit(&place->arg, memory_order_relaxed);
    show(what, arg);
    atomic_fetch_add_explicit(&probe.control->calls[what], 1, memory_order_relaxed);
    call->failed = rule_before(what, &call->cut);
    if (call->failed || (call->cut && (what == CALL_WAITPID || what == CALL_WAITID)))
        thread_record((struct event){.kind = EVENT_FAULT,
                                     .what = (uint8_t)what,
                                     .subject = call->subject,
                                     .error = (int16_t)call->failed});
    errno = call->failed ? call->failed : error;
    return !call->failed;
}

void call_record(struct call *call, int64_t result, int error, int64_t value, int64_t extra)
{
    if (is_recorded(call, error))
        thread_record((struct event){.kind = EVENT_CALL,
                                     .what = (uint8_t)call->what,
                                     .subject = call->subject,
                                     .result = result,
                                     .error = (int16_t)error,
                                     .value = value,
                                     .extra = extra,
                                     .spare = call->spare});
}

void call_abandon(struct call *call)
{
    show(call->outer, call->outer_arg);
}

void call_finish(struct call *call)
{
    rule_after(call->what);
    call_abandon(call);
}

void call_end_watched(struct call *call, int64_t result, int64_t value, int64_t extra)
{
    int error = errno;

    call_record(call, result, result < 0 ? error : 0, value, extra);
    call_finish(call);
    errno = error;
}

int call_may_block(const struct call *call, int fd)
{
    int error = errno;
    int flags = 0;

    if (!call->watched || thread_state.zone != ZONE_HANDLER)
        return 0;
    flags = real()->fcntl(fd, F_GETFL);
    errno = error;
    return flags >= 0 && !(flags & O_NONBLOCK);
}
