/* SPDX-License-Identifier: MIT */
#include "oracle/registrations.h"

#include <stdlib.h>
#include <string.h>

enum { TIMERS = -1 };

bool registrations_known(const struct facts *facts, const struct event *event, size_t i)
{
    const struct ctx_fact *ctx;

    if (event->ctx < 0 || (size_t)event->ctx >= facts->ctx_count)
        return false;
    ctx = &facts->ctxs[event->ctx];
    return ctx->process && ctx->process == event->pid && ctx->opening < i;
}

struct registration *registrations_find(const struct registrations *registrations, int ctx,
                                        int64_t number)
{
    struct registration *found, like;

    memset(&like, 0, sizeof(like));
    like.key.ctx = ctx;
    like.key.number = (int32_t)number;
    HASH_FIND(hh, registrations->all, &like.key, sizeof(like.key), found);
    return found;
}

struct shared_fd *registrations_of_fd(const struct registrations *registrations, int ctx, int fd)
{
    struct shared_fd *found, like;

    memset(&like, 0, sizeof(like));
    like.key.ctx = ctx;
    like.key.fd = fd;
    HASH_FIND(hh, registrations->fds, &like.key, sizeof(like.key), found);
    return found;
}

static struct shared_fd *fd_of(struct registrations *registrations, int ctx, int fd)
{
    struct shared_fd *shared = registrations_of_fd(registrations, ctx, fd);

    if (shared)
        return shared;
    shared = calloc(1, sizeof(*shared));
    if (!shared)
        return NULL;
    shared->key.ctx = ctx;
    shared->key.fd = fd;
    shared->refused = NEVER;
    HASH_ADD(hh, registrations->fds, key, sizeof(shared->key), shared);
    return shared;
}

static void add(struct registrations *registrations, const struct event *event, size_t i)
{
    bool timer = event->what == HOOK_TIMEOUT_REGISTER;
    struct shared_fd *shared =
        fd_of(registrations, event->ctx, timer ? TIMERS : (int)event->subject);
    struct registration *registration;

    if (event->result != 0) {
        if (shared)
            shared->refused = i;
        return;
    }
    if (registrations_find(registrations, event->ctx, event->value))
        return;
    registration = calloc(1, sizeof(*registration));
    if (!registration)
        return;
    registration->key.ctx = event->ctx;
    registration->key.number = (int32_t)event->value;
    registration->timer = timer;
    registration->fd = event->subject;
    registration->events = event->extra;
    registration->made = i;
    registration->ended = registration->over = registration->told_now = NEVER;
    HASH_ADD(hh, registrations->all, key, sizeof(registration->key), registration);
    if (timer || !shared)
        return;
    registration->next = shared->first;
    shared->first = registration;
}

static void end(struct registrations *registrations, struct registration *registration, size_t i)
{
    struct shared_fd *shared =
        registrations_of_fd(registrations, registration->key.ctx, registration->fd);
    struct registration **place = shared ? &shared->first : NULL;

    registration->ended = i;
    while (!registration->timer && place && *place && *place != registration)
        place = &(*place)->next;
    if (!registration->timer && place && *place)
        *place = registration->next;
}

static void change(struct registration *registration, const struct event *event, size_t i)
{
    registration->refused = event->result != 0;
    if (registration->timer && event->extra == 0) {
        if (registration->told_now == NEVER)
            registration->told_now = i;
        registration->now = registration->now || event->result == 0;
    }
    if (event->result == 0)
        registration->events = event->extra;
}

static void follow_hook(struct registrations *registrations, const struct event *event, size_t i)
{
    struct registration *registration;

    if (event->what == HOOK_FD_REGISTER || event->what == HOOK_TIMEOUT_REGISTER) {
        add(registrations, event, i);
        return;
    }
    registration =
        event->value ? registrations_find(registrations, event->ctx, event->value) : NULL;
    if (!registration || registration->ended != NEVER)
        return;
    if (event->what == HOOK_FD_DEREGISTER || event->what == HOOK_TIMEOUT_DEREGISTER)
        end(registrations, registration, i);
    else
        change(registration, event, i);
}

void registrations_follow(struct registrations *registrations, const struct facts *facts, size_t i)
{
    const struct event *event = history_event(facts->history, i);
    struct registration *registration;

    if (event->kind == EVENT_HOOK && registrations_known(facts, event, i)) {
        follow_hook(registrations, event, i);
        return;
    }
    if (event->what != OP_OCCURRED_TIMEOUT ||
        (event->kind != EVENT_ENTER && event->kind != EVENT_LEAVE) ||
        !registrations_known(facts, event, i))
        return;
    registration = registrations_find(registrations, event->ctx, event->value);
    if (!registration || !registration->timer)
        return;
    if (event->kind == EVENT_ENTER && registration->ended == NEVER)
        end(registrations, registration, i);
    else if (event->kind == EVENT_LEAVE && registration->over == NEVER)
        registration->over = i;
}

bool registration_lives(const struct registration *registration)
{
    return registration->ended == NEVER && registration->told_now == NEVER;
}

void registrations_free(struct registrations *registrations)
{
    struct registration *registration, *next;
    struct shared_fd *shared, *next_fd;

    HASH_ITER (hh, registrations->all, registration, next) {
        HASH_DEL(registrations->all, registration);
        free(registration);
    }
    HASH_ITER (hh, registrations->fds, shared, next_fd) {
        HASH_DEL(registrations->fds, shared);
        free(shared);
    }
}
