/* SPDX-License-Identifier: MIT */
/*
 * Copies: a forked copy of the process begins with its parent's handler and its parent's wake-up
 * channels, and has put them off when its postfork has come back. What its handler wrote to such a
 * channel then would wake the parent, for what happened to the copy's children.
 *
 * An fd whose number the copy was seen to close or to use again is its own.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <stdlib.h>
#include "history/calls.h"

/* A channel that the library made, as one process has it. */
struct channel {
    int process, fd;
    size_t made;
    bool inherited;
};

struct channels {
    struct channel *list;
    size_t count, size;
};

static void add(struct channels *channels, struct channel channel)
{
    if (channels->count == channels->size) {
        size_t size = channels->size ? channels->size * 2 : 16;
        struct channel *list = realloc(channels->list, size * sizeof(*list));
        if (!list)
            return; /* errno says so */
        channels->list = list;
        channels->size = size;
    }
    channels->list[channels->count++] = channel;
}

static struct channel *find(const struct channels *channels, int process, int64_t fd)
{
    size_t i;

    for (i = 0; i < channels->count; i++)
        if (channels->list[i].process == process && channels->list[i].fd == fd)
            return &channels->list[i];
    return NULL;
}

static void drop(struct channels *channels, int process, int64_t fd)
{
    struct channel *found = find(channels, process, fd);

    if (found)
        *found = channels->list[--channels->count];
}

static void make(struct channels *channels, const struct event *call, int64_t fd, size_t i)
{
    drop(channels, call->pid, fd);
    if (call->zone != ZONE_APPLICATION)
        add(channels, (struct channel){.process = call->pid, .fd = (int)fd, .made = i});
}

static void inherit(struct channels *channels, int parent, int child)
{
    size_t count = channels->count, i;

    for (i = 0; i < count; i++) {
        struct channel channel = channels->list[i];
        if (channel.process != parent)
            continue;
        channel.process = child;
        channel.inherited = true;
        add(channels, channel);
    }
}

/* A copy that called it has nothing of its parent's any more. Before, it owes nothing: it may not
 * have children yet, or may be about to exec. */
static bool has_called_postfork(const struct history *history, int process, size_t before)
{
    size_t i;

    for (i = 0; i < before; i++) {
        const struct event *event = history_event(history, i);
        if (event->kind == EVENT_LEAVE && event->what == OP_POSTFORK && event->pid == process &&
            event->result == 0 && event->error == 0)
            return true;
    }
    return false;
}

static void judge_write(struct trial *trial, const struct channels *channels, size_t i)
{
    const struct event *call = history_event(trial->history, i);
    const struct channel *channel = find(channels, call->pid, call->subject);
    char who[WHO_SIZE];

    if (call->zone != ZONE_HANDLER || call->result <= 0 || !channel || !channel->inherited ||
        !has_called_postfork(trial->history, call->pid, i))
        return;
    prove(charge(trial, "XC-21", "woken", who_lane(trial, call, who),
                 "wrote to fd %d, a channel of its parent's, in a signal handler, and woke it",
                 call->subject),
          channel->made, i);
}

static void read_call(struct trial *trial, struct channels *channels, size_t i)
{
    const struct event *call = history_event(trial->history, i);

    if (call->what == CALL_WRITE)
        judge_write(trial, channels, i);
    else if (call->what == CALL_CLOSE)
        drop(channels, call->pid, call->subject);
    else if (call->result < 0)
        return;
    else if (call->what == CALL_EVENTFD)
        make(channels, call, call->result, i);
    else if (call->what == CALL_PIPE || call->what == CALL_SOCKETPAIR) {
        make(channels, call, call->value, i);
        make(channels, call, call->extra, i);
    } else if (call->what == CALL_DUP || call->what == CALL_OPEN)
        drop(channels, call->pid, call->result);
}

void judge_copies(const struct history *history, const struct subject *subject,
                  struct findings *findings)
{
    struct trial trial;
    struct channels channels = {NULL, 0, 0};
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "copies"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_BORN)
            inherit(&channels, event->subject, event->pid);
        else if (event->kind == EVENT_CALL)
            read_call(&trial, &channels, i);
    }
    free(channels.list);
    trial_close(&trial);
}
