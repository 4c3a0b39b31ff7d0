/* SPDX-License-Identifier: MIT */
/*
 * Newborns: a forked child has copies of all that its parent's library has open, and what it does
 * to those it does to the parent.
 *
 * A child that the library forked may use what was made for it: an fd that is no older than the
 * call which forked it, such as a pipe by which it tells that exec failed. An older one is the
 * parent's own business: a loop's wake-up channel, a connection. To read or write that from the
 * child is wrong where the library has promised not to (FK-64), and in any case where the fd is one
 * that a signal handler writes to, for then it is what wakes the parent (XC-21).
 *
 * The handler, too, goes on in a child. It may run there for reasons of others, before the child
 * has had time to do anything about it. So it is charged only with what it does when a child of
 * this child has ended, and in a copy of the application only after postfork: before, the
 * application may not have children there.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "history/calls.h"

struct fd {
    int number;
    size_t made;  /* by the library */
    bool handled; /* a handler has written to it */
};

struct process {
    int pid;
    bool of_library; /* forked by the library, for the application */
    bool postforked;
    bool call_seen, call_awaited; /* that of the parent's fork, which is put down when it is over */
    size_t op;                    /* the ENTER of the call that forked it, or NEVER */
    size_t born;
    struct fd *inherited, *own; /* open ones */
    size_t inherited_count, own_count, own_size;
    UT_hash_handle hh;
};

struct family {
    struct process *all;
    bool unsure; /* events were lost, or memory */
};

static struct process *process_of(struct family *family, int pid)
{
    struct process *process;

    HASH_FIND_INT(family->all, &pid, process);
    if (process)
        return process;
    process = calloc(1, sizeof(*process));
    if (!process) {
        family->unsure = true;
        return NULL;
    }
    process->pid = pid;
    process->born = NEVER;
    HASH_ADD_INT(family->all, pid, process);
    return process;
}

static void family_free(struct family *family)
{
    struct process *process, *next;

    HASH_ITER (hh, family->all, process, next) {
        HASH_DEL(family->all, process);
        free(process->inherited);
        free(process->own);
        free(process);
    }
}

static struct fd *fd_in(struct fd *fds, size_t count, int number)
{
    for (size_t n = 0; n < count; n++)
        if (fds[n].number == number)
            return &fds[n];
    return NULL;
}

/* The number stands for something else from now on, or for nothing. */
static void fd_ends(struct process *process, int64_t number)
{
    struct fd *fd = fd_in(process->own, process->own_count, (int)number);

    if (fd)
        *fd = process->own[--process->own_count];
    fd = fd_in(process->inherited, process->inherited_count, (int)number);
    if (fd)
        *fd = process->inherited[--process->inherited_count];
}

static void fd_made(struct family *family, struct process *process, int64_t number, size_t i)
{
    if (number < 0)
        return;
    fd_ends(process, number);
    if (process->own_count == process->own_size) {
        size_t size = process->own_size ? 2 * process->own_size : 16;
        struct fd *own = realloc(process->own, size * sizeof(*own));

        if (!own) {
            family->unsure = true;
            return;
        }
        process->own = own;
        process->own_size = size;
    }
    process->own[process->own_count++] = (struct fd){.number = (int)number, .made = i};
}

static void follow_call(struct family *family, struct process *process, const struct event *event,
                        size_t i)
{
    struct fd *fd;

    if (event->result < 0)
        return;
    switch (event->what) {
    case CALL_PIPE:
    case CALL_SOCKETPAIR:
        fd_made(family, process, event->value, i);
        fd_made(family, process, event->extra, i);
        break;
    case CALL_EVENTFD:
    case CALL_SIGNALFD:
    case CALL_PIDFD_OPEN:
    case CALL_OPEN:
    case CALL_DUP:
    case CALL_EPOLL_CREATE:
    case CALL_TIMERFD:
        fd_made(family, process, event->result, i);
        break;
    case CALL_CLOSE:
        fd_ends(process, event->subject);
        break;
    case CALL_WRITE:
        fd = fd_in(process->own, process->own_count, event->subject);
        if (fd && event->zone == ZONE_HANDLER)
            fd->handled = true;
        break;
    default:
        break;
    }
}

/* The call of the adapter that forks, if it is one that is to make a child. */
static size_t forking_op(const struct history *history, const struct thread *thread)
{
    const struct event *op = thread ? thread_op(history, thread) : NULL;

    return op && (op->what == OP_FORK || op->what == OP_SPAWN) ? thread->op[thread->ops - 1]
                                                               : NEVER;
}

/* A fork that has returned: its child may have been heard of, or may be yet to be. */
static void follow_fork(struct family *family, const struct history *history,
                        const struct thread *thread, size_t i)
{
    struct process *child = process_of(family, (int)history_event(history, i)->result);

    if (!child)
        return;
    if (!child->call_awaited) {
        child->call_seen = true;
        child->op = forking_op(history, thread);
    }
    child->call_awaited = false;
}

/* The child gets what its parent's library had open before it was at this call. */
static void follow_birth(struct family *family, const struct history *history,
                         const struct threads *threads, size_t i)
{
    const struct event *born = history_event(history, i);
    struct process *parent = process_of(family, born->subject);
    struct process *child = process_of(family, born->pid);

    if (!parent || !child)
        return;
    free(child->inherited);
    child->inherited_count = child->own_count = 0;
    child->born = i;
    child->postforked = false;
    if (!child->call_seen) {
        const struct thread *forker = threads_forked_by(threads, history, i);

        child->op = forking_op(history, forker);
        child->call_awaited = forker != NULL;
    }
    child->call_seen = false;
    child->of_library = child->op != NEVER;
    child->inherited = calloc(parent->own_count + 1, sizeof(*child->inherited));
    if (!child->inherited) {
        family->unsure = true;
        return;
    }
    for (size_t n = 0; n < parent->own_count; n++)
        if (parent->own[n].made < (child->of_library ? child->op : i))
            child->inherited[child->inherited_count++] = parent->own[n];
}

/* The kernel tells nobody but the parent of an end. */
static bool told_of_own_child(const struct event *handler)
{
    return handler->subject == SIGCHLD && handler->result > 0;
}

static void judge_call(struct trial *trial, const struct process *process,
                       const struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct fd *fd = fd_in(process->inherited, process->inherited_count, event->subject);
    const char *requirement = NULL;
    size_t entry = NEVER;
    char who[WHO_SIZE];

    if (!fd || event->result < 0 || (event->what != CALL_READ && event->what != CALL_WRITE))
        return;
    if (event->zone == ZONE_LIBRARY && process->of_library) {
        requirement = is_libxl_shaped(trial->subject) ? "FK-64" : fd->handled ? "XC-21" : NULL;
    } else if (event->zone == ZONE_HANDLER && (process->of_library || process->postforked) &&
               thread->handlers > 0 && thread->handlers <= THREAD_HANDLERS) {
        entry = thread->handler[thread->handlers - 1];
        if (told_of_own_child(history_event(trial->history, entry)))
            requirement = "XC-21";
    }
    snprintf(who, sizeof(who), "child %s", history_child_name(trial->history, process->pid));
    prove(charge(trial, requirement, event->zone == ZONE_HANDLER ? "handler" : "call", who,
                 "called %s%s, after it was forked, on fd %d, which is its parent's, too",
                 libc_call_word(event->what),
                 event->zone == ZONE_HANDLER ? " in a signal handler" : "", event->subject),
          fd->made, process->born, entry, i);
}

void judge_newborns(const struct history *history, const struct subject *subject,
                    struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    struct family family = {NULL, false};

    if (!trial_open(&trial, history, subject, findings, "newborns"))
        return;
    for (size_t i = 0; i < history_count(history) && !family.unsure; i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_follow(&threads, history, i);
        struct process *process;

        family.unsure = event->kind == EVENT_LOST_EVENTS;
        if (!thread)
            continue;
        if (event->kind == EVENT_BORN) {
            follow_birth(&family, history, &threads, i);
            continue;
        }
        process = process_of(&family, event->pid);
        if (!process)
            break;
        if (event->kind == EVENT_LEAVE && event->what == OP_POSTFORK && event->result == 0)
            process->postforked = true;
        if (event->kind != EVENT_CALL)
            continue;
        if (event->what == CALL_FORK && event->result > 0)
            follow_fork(&family, history, thread, i);
        judge_call(&trial, process, thread, i);
        follow_call(&family, process, event, i);
    }
    family_free(&family);
    threads_free(&threads, NULL);
    trial_close(&trial);
}
