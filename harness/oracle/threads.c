/* SPDX-License-Identifier: MIT */
#include "oracle/threads.h"

#include <stdlib.h>
#include "history/calls.h"

struct thread *threads_find(const struct threads *threads, int pid, int tid)
{
    struct thread *found, like = {.key = {.pid = pid, .tid = tid}};

    HASH_FIND(hh, threads->all, &like.key, sizeof(like.key), found);
    return found;
}

static struct thread *find_or_add(struct threads *threads, int pid, int tid)
{
    struct thread *thread = threads->latest;

    if (thread && thread->key.pid == pid && thread->key.tid == tid)
        return thread;
    threads->latest = thread = threads_find(threads, pid, tid);
    if (thread)
        return thread;
    thread = calloc(1, sizeof(*thread));
    if (!thread)
        return NULL;
    thread->key.pid = pid;
    thread->key.tid = tid;
    thread->before = thread->last = NEVER;
    HASH_ADD(hh, threads->all, key, sizeof(thread->key), thread);
    return threads->latest = thread;
}

static void follow_op(struct thread *thread, const struct history *history,
                      const struct event *event, size_t i)
{
    if (event->kind == EVENT_ENTER) {
        if (thread->ops < THREAD_OPS)
            thread->op[thread->ops] = i;
        thread->ops++;
        return;
    }
    /* A LEAVE ends its ENTER and what was left inside it by a jump. */
    while (thread->ops > 0) {
        thread->ops--;
        if (thread->ops >= THREAD_OPS ||
            history_event(history, thread->op[thread->ops])->what == event->what)
            break;
    }
}

struct thread *threads_follow(struct threads *threads, const struct history *history, size_t i)
{
    const struct event *event = history_event(history, i);
    struct thread *thread;

    if (event->kind >= EVENT_STEP || event->pid == 0)
        return NULL;
    thread = find_or_add(threads, event->pid, event->tid);
    if (!thread)
        return NULL;
    thread->before = thread->last;
    thread->last = i;
    thread->held = event->kind == EVENT_HELD;
    switch (event->kind) {
    case EVENT_ENTER:
    case EVENT_LEAVE:
        follow_op(thread, history, event, i);
        break;
    case EVENT_HANDLER_IN:
        if (thread->handlers < THREAD_HANDLERS)
            thread->handler[thread->handlers] = i;
        thread->handlers++;
        break;
    case EVENT_HANDLER_OUT:
        if (thread->handlers > 0)
            thread->handlers--;
        break;
    default:
        break;
    }
    return thread;
}

struct thread *threads_forked_by(const struct threads *threads, const struct history *history,
                                 size_t i)
{
    const struct event *born = history_event(history, i);

    for (; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        bool forked =
            (event->kind == EVENT_CALL && event->what == CALL_FORK && event->result == born->pid) ||
            ((event->kind == EVENT_FOREIGN || event->kind == EVENT_FORKED ||
              event->kind == EVENT_FORKHOOK) &&
             event->subject == born->pid);
        if (forked && event->pid == born->subject)
            return threads_find(threads, event->pid, event->tid);
    }
    return NULL;
}

void threads_free(struct threads *threads, void (*free_own)(void *own))
{
    struct thread *thread, *next;

    HASH_ITER (hh, threads->all, thread, next) {
        HASH_DEL(threads->all, thread);
        if (free_own)
            free_own(thread->own);
        free(thread);
    }
    threads->latest = NULL;
}

const struct event *thread_op(const struct history *history, const struct thread *thread)
{
    if (thread->ops == 0 || thread->ops > THREAD_OPS)
        return NULL;
    return history_event(history, thread->op[thread->ops - 1]);
}

bool thread_in_op(const struct history *history, const struct thread *thread, enum event_op op,
                  size_t *at)
{
    unsigned n = thread->ops < THREAD_OPS ? thread->ops : THREAD_OPS;

    while (n-- > 0) {
        if (history_event(history, thread->op[n])->what == op) {
            if (at)
                *at = thread->op[n];
            return true;
        }
    }
    return false;
}

/* Did the thread hold a lock of the library when it entered event i? A turn of the event loop is no
 * op on record, but no application holds such a lock. */
static bool held_lock(const struct history *history, const struct event *enter, size_t i)
{
    int held = 0;

    for (size_t j = 0; j < i; j++) {
        const struct event *event = history_event(history, j);

        if (event->pid == enter->pid && event->tid == enter->tid)
            held += (event->kind == EVENT_LOCK) - (event->kind == EVENT_UNLOCK);
    }
    return held > 0;
}

bool thread_was_interrupted(const struct history *history, const struct thread *thread)
{
    const struct event *enter = thread_op(history, thread);
    size_t i;

    if (!enter)
        return false;
    if (thread->ops < 2)
        return held_lock(history, enter, thread->op[thread->ops - 1]);
    for (i = thread->op[thread->ops - 1]; i-- > 0;) {
        const struct event *event = history_event(history, i);

        if (event->pid != enter->pid || event->tid != enter->tid || event->kind >= EVENT_STEP)
            continue;
        switch (event->kind) {
        case EVENT_REPORT:
        case EVENT_LOST:
        case EVENT_STRANGER:
        case EVENT_DISASTER:
        case EVENT_FORKHOOK:
        case EVENT_LEFT_LOCKED:
        case EVENT_LEAVE: /* of what a callback called before */
            return false;
        default:
            return true;
        }
    }
    return false;
}
