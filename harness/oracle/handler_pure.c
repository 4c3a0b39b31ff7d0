/* SPDX-License-Identifier: MIT */
/*
 * Handler pure: a signal handler of the library calls only what is safe there, keeps errno, never
 * blocks, calls nobody back, and uses no fd that has been closed.
 *
 * That an fd is closed is proved by EBADF, or by the library's own calls: the ctx for which it was
 * made has been closed and the fd with it, and only then did the handler go on to use the number,
 * or the handler stood at a gate before the call meanwhile and had chosen its fd before. By then
 * the number may be somebody else's. A call is recorded when it is over, so what two threads do at
 * once may stand in the history either way round: an fd counts as closed when as many closes as
 * makings of it are there.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "history/calls.h"

/* What the library has done to a number of an fd in the host. */
struct fd {
    int number;
    int ctx;             /* for which it was made, -1 not known */
    int open;            /* makings less closes */
    size_t made, closed; /* the last making; the last close that left nothing open, and */
    size_t closed_made;  /* its making */
    int closed_ctx;
    UT_hash_handle hh;
};

struct fds {
    struct fd *all;
    bool unsure; /* events were lost, or memory */
};

static struct fd *fd_find(struct fds *fds, int number)
{
    struct fd *fd;

    HASH_FIND_INT(fds->all, &number, fd);
    return fd;
}

static void fd_made(struct fds *fds, int64_t number, int ctx, size_t i)
{
    struct fd *fd = fd_find(fds, (int)number);

    if (number < 0)
        return;
    if (!fd) {
        fd = calloc(1, sizeof(*fd));
        if (!fd) {
            fds->unsure = true;
            return;
        }
        fd->number = (int)number;
        fd->closed = NEVER;
        HASH_ADD_INT(fds->all, number, fd);
    }
    fd->open++;
    fd->ctx = ctx;
    fd->made = i;
}

static void fd_closed(struct fds *fds, int number, size_t i)
{
    struct fd *fd = fd_find(fds, number);

    if (!fd || fd->open == 0 || --fd->open > 0)
        return;
    fd->closed = i;
    fd->closed_made = fd->made;
    fd->closed_ctx = fd->ctx;
}

static void fds_free(struct fds *fds)
{
    struct fd *fd, *next;

    HASH_ITER (hh, fds->all, fd, next) {
        HASH_DEL(fds->all, fd);
        free(fd);
    }
}

static void fds_follow(struct fds *fds, const struct history *history, const struct thread *thread,
                       size_t i)
{
    const struct event *event = history_event(history, i), *op = thread_op(history, thread);
    int ctx = op ? op->ctx : -1;

    if (event->result < 0)
        return;
    switch (event->what) {
    case CALL_PIPE:
    case CALL_SOCKETPAIR:
        fd_made(fds, event->value, ctx, i);
        fd_made(fds, event->extra, ctx, i);
        break;
    case CALL_EVENTFD:
    case CALL_SIGNALFD:
    case CALL_PIDFD_OPEN:
    case CALL_OPEN:
    case CALL_DUP:
    case CALL_EPOLL_CREATE:
    case CALL_TIMERFD:
        fd_made(fds, event->result, ctx, i);
        break;
    case CALL_CLOSE:
        fd_closed(fds, event->subject, i);
        break;
    default:
        break;
    }
}

static bool takes_fd(const struct event *event)
{
    switch (event->what) {
    case CALL_READ:
    case CALL_WRITE:
    case CALL_CLOSE:
    case CALL_FCNTL:
    case CALL_DUP:
    case CALL_EPOLL_CTL:
        return event->subject >= 0;
    default:
        return false;
    }
}

/*
 * Where the thread of this call stood at a gate right before it, the fd chosen already; NEVER if
 * it did not. A gate after a call of the same kind looks the same, and does not count.
 */
static size_t held_before(const struct history *history, const struct thread *thread, size_t i)
{
    const struct event *call = history_event(history, i);
    size_t held = NEVER;

    if (thread->before == NEVER || history_event(history, thread->before)->kind != EVENT_FREED)
        return NEVER;
    for (i = thread->before; i-- > 0;) {
        const struct event *event = history_event(history, i);

        if (event->kind >= EVENT_STEP || event->pid != call->pid || event->tid != call->tid)
            continue;
        if (held != NEVER)
            return event->kind == EVENT_CALL && event->what == call->what ? NEVER : held;
        if (event->kind != EVENT_HELD || event->what != call->what)
            return NEVER;
        held = i;
    }
    return held;
}

/* Closed with its ctx before the handler could have chosen anew, and not made again since. */
static bool surely_gone(const struct trial *trial, const struct fd *fd, const struct thread *thread,
                        size_t i)
{
    const struct facts *facts = trial->facts;
    size_t held;

    if (fd->closed == NEVER || fd->closed_ctx < 0 || (size_t)fd->closed_ctx >= facts->ctx_count ||
        facts->ctxs[fd->closed_ctx].closed > i)
        return false;
    held = held_before(trial->history, thread, i);
    if (held != NEVER)
        return held < fd->closed && fd->closed_made < held;
    return fd->open == 0 && thread->before != NEVER && thread->before > fd->closed;
}

/* A call of the handler that has an fd. */
static void judge_fd(struct trial *trial, struct fds *fds, const struct thread *thread,
                     size_t entry, size_t i)
{
    const struct history *history = trial->history;
    const struct event *event = history_event(history, i);
    const struct fd *fd =
        event->pid == trial->facts->host && !fds->unsure ? fd_find(fds, event->subject) : NULL;
    const char *requirement = for_shape(trial->subject, "FK-28");
    char who[WHO_SIZE];

    if (thread->before != NEVER && history_event(history, thread->before)->kind == EVENT_FAULT)
        return;
    who_lane(trial, event, who);
    if (fd && surely_gone(trial, fd, thread, i))
        prove(charge(trial, requirement, "gone", who,
                     "called %s in a signal handler on fd %d, which had been closed with ctx %s",
                     libc_call_word(event->what), event->subject,
                     history_ctx_name(history, fd->closed_ctx)),
              fd->closed_made, entry, fd->closed, trial->facts->ctxs[fd->closed_ctx].closed, i);
    else if (event->error == EBADF)
        prove(charge(trial, requirement, "gone", who,
                     "called %s in a signal handler on fd %d, which was not open",
                     libc_call_word(event->what), event->subject),
              entry, fd ? fd->closed : NEVER, i);
}

static void judge_call(struct trial *trial, const struct event *event, size_t entry, size_t i)
{
    char who[WHO_SIZE];

    who_lane(trial, event, who);
    switch (event->what) {
    case CALL_MALLOC:
    case CALL_FREE:
    case CALL_STDIO:
        prove(
            charge(trial, for_shape(trial->subject, "FK-23"), libc_call_word(event->what), who,
                   "called %s in a signal handler, which is not async-signal-safe",
                   event->what == CALL_STDIO ? "a function of stdio" : libc_call_word(event->what)),
            entry, i);
        break;
    case CALL_READ:
    case CALL_WRITE:
        if (event->extra)
            prove(charge(trial, for_shape(trial->subject, "FK-22"), libc_call_word(event->what),
                         who, "called %s in a signal handler on fd %d, which is blocking",
                         libc_call_word(event->what), event->subject),
                  entry, i);
        break;
    default:
        break;
    }
}

void judge_handler_pure(const struct history *history, const struct subject *subject,
                        struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    struct fds fds = {NULL, false};
    char who[WHO_SIZE], before[STATUS_SIZE];
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "handler pure"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_follow(&threads, history, i);
        size_t entry = NEVER;

        if (event->kind == EVENT_LOST_EVENTS)
            fds.unsure = true;
        if (!thread)
            continue;
        if (thread->handlers > 0 && thread->handlers <= THREAD_HANDLERS)
            entry = thread->handler[thread->handlers - 1];
        switch (event->kind) {
        case EVENT_CALL:
            if (event->zone == ZONE_HANDLER) {
                judge_call(&trial, event, entry, i);
                if (takes_fd(event))
                    judge_fd(&trial, &fds, thread, entry, i);
            }
            if (event->pid == trial.facts->host)
                fds_follow(&fds, history, thread, i);
            break;
        case EVENT_LOCK:
        case EVENT_LOCK_WAIT:
            if (event->zone == ZONE_HANDLER)
                prove(charge(&trial, for_shape(subject, "FK-23"), "mutex",
                             who_lane(&trial, event, who),
                             "took a mutex (0x%llx) in a signal handler, which is not "
                             "async-signal-safe",
                             (unsigned long long)event->value),
                      entry, i);
            break;
        case EVENT_HANDLER_OUT:
            if (event->value != event->extra) {
                const char *word = strerrorname_np((int)event->extra);
                snprintf(before, sizeof(before), "%s", strerrorname_np((int)event->value));
                prove(charge(&trial, for_shape(subject, "FK-20"), "errno",
                             who_lane(&trial, event, who),
                             "came out of the signal handler with errno %s; it had been %s",
                             event->extra && word ? word : "0", event->value ? before : "0"),
                      i);
            }
            break;
        case EVENT_REPORT:
        case EVENT_LOST:
        case EVENT_STRANGER:
        case EVENT_DISASTER:
            if (entry != NEVER)
                prove(charge(&trial, for_shape(subject, "FK-25"), "callback",
                             who_lane(&trial, event, who),
                             "called the application back from within a signal handler"),
                      entry, i);
            break;
        default:
            break;
        }
    }
    fds_free(&fds);
    threads_free(&threads, NULL);
    trial_close(&trial);
}
