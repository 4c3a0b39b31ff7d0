/* SPDX-License-Identifier: MIT */
/*
 * Hooks: a library that registers its fds and timeouts with the application's event loop hands back
 * what it was given for each, asks for nothing by what is over or never was, and tells its caller
 * of a hook that failed.
 *
 * Hooks are called under the library's locks, so what they say has an order. What the application
 * tells has none with them until it has come back: a timeout that occurs while another thread ends
 * it is touched by both, and that is allowed.
 */
#include "oracle/families.h"
#include "oracle/registrations.h"
#include "oracle/trial.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a thread: the call that it is in, in which hooks failed; where fds came to overlap. */
struct failing {
    size_t entered, hook, overlap;
    unsigned count;
};

static const char *who_registration(const struct event *event, char *who)
{
    if (event->what >= HOOK_TIMEOUT_REGISTER)
        snprintf(who, WHO_SIZE, "timeout registration %lld", (long long)event->value);
    else
        snprintf(who, WHO_SIZE, "registration %lld of fd %d", (long long)event->value,
                 event->subject);
    return who;
}

/* -- what is handed back -- */

static bool same_kind(const struct registration *registration, const struct event *event)
{
    bool timer = event->what >= HOOK_TIMEOUT_REGISTER;

    return registration->timer == timer && (timer || registration->fd == event->subject);
}

/* It modifies or deregisters what is not what it says. True where that was charged. */
static bool judge_value(struct trial *trial, const struct registrations *registrations,
                        const struct registration *registration, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int fd = event->what >= HOOK_TIMEOUT_REGISTER ? -1 : event->subject;
    const struct shared_fd *shared = registrations_of_fd(registrations, event->ctx, fd);
    size_t refused = shared ? shared->refused : NEVER;
    const char *deed = event->what == HOOK_FD_DEREGISTER ? "deregistered" : "modified";
    char who[WHO_SIZE];

    if (registration && same_kind(registration, event) && !event->spare)
        return false;
    if (registration && same_kind(registration, event) &&
        (refused == NEVER || refused < registration->made)) {
        prove(charge(trial, registration->refused ? "OE-25" : "OE-26", "old value",
                     who_registration(event, who), "was %s with a value that %s had replaced", deed,
                     registration->refused ? "a modification which failed" : "a modification"),
              registration->made, i);
        return true;
    }
    if (event->what >= HOOK_TIMEOUT_REGISTER)
        snprintf(who, sizeof(who), "a timeout");
    else
        snprintf(who, sizeof(who), "fd %d", event->subject);
    if (refused != NEVER)
        prove(
            charge(trial, "OE-25", "refused", who, "was %s, and its registration had failed", deed),
            refused, i);
    else
        prove(charge(trial, "OE-26", "value", who, "was %s with a value that is not its own", deed),
              registration ? registration->made : NEVER, i);
    return true;
}

static void judge_over(struct trial *trial, const struct registration *registration,
                       const struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct event *ending = history_event(trial->history, registration->ended);
    size_t at = NEVER;
    char who[WHO_SIZE];

    who_registration(event, who);
    if (ending->kind == EVENT_HOOK) {
        prove(charge(trial, "OE-26", "over", who, "was %s after it had been deregistered",
                     event->what == HOOK_FD_MODIFY || event->what == HOOK_TIMEOUT_MODIFY
                         ? "modified"
                         : "deregistered"),
              registration->ended, i);
        return;
    }
    if (registration->over < i ||
        (thread && thread_in_op(trial->history, thread, OP_OCCURRED_TIMEOUT, &at) &&
         at == registration->ended))
        prove(charge(trial, "OE-35", "over", who, "was modified after it had occurred"),
              registration->made, registration->ended, i);
}

static void judge_register(struct trial *trial, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    char who[WHO_SIZE];

    if (event->spare)
        prove(charge(trial, "OE-22", "not null", who_registration(event, who),
                     "was made with *for_application not NULL"),
              i);
}

static void judge_change(struct trial *trial, const struct registrations *registrations,
                         const struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct registration *registration =
        event->value ? registrations_find(registrations, event->ctx, event->value) : NULL;
    char who[WHO_SIZE];

    who_registration(event, who);
    if (event->what == HOOK_TIMEOUT_DEREGISTER) {
        prove(charge(trial, "OE-33", "deregistered", who,
                     "was deregistered by the hook that is never called"),
              registration ? registration->made : NEVER, i);
        return;
    }
    if (event->what == HOOK_TIMEOUT_MODIFY && event->extra != 0)
        prove(charge(trial, "OE-31", "not now", who,
                     "was modified to be due at %lld, and may only be asked for at once",
                     (long long)event->extra),
              registration ? registration->made : NEVER, i);
    /* Its version may be old, too: what is over has no right one. */
    if (registration && registration->ended != NEVER && same_kind(registration, event)) {
        judge_over(trial, registration, thread, i);
        return;
    }
    if (judge_value(trial, registrations, registration, i))
        return;
    if (registration->timer && registration->now && event->extra == 0)
        prove(charge(trial, "OE-45", "again", who,
                     "was ended once more, after it had been told to occur at once"),
              registration->told_now, i);
}

/* -- several of one fd -- */

/* One of the fd's that has no event of its own, or NULL. */
static const struct registration *without_own(const struct shared_fd *shared)
{
    const struct registration *one, *other;

    for (one = shared ? shared->first : NULL; one; one = one->next) {
        int64_t others = 0;

        for (other = shared->first; other; other = other->next)
            others |= other == one ? 0 : other->events;
        if (one->events && shared->first->next && !(one->events & ~others))
            return one;
    }
    return NULL;
}

/* The call in which it came about is over, and it has stayed so. */
static void judge_overlap(struct trial *trial, const struct registrations *registrations,
                          size_t overlap)
{
    const struct event *event = history_event(trial->history, overlap);
    const struct shared_fd *shared = registrations_of_fd(registrations, event->ctx, event->subject);
    const struct registration *one = without_own(shared), *other;
    struct finding *finding;
    char who[WHO_SIZE];

    if (!one)
        return;
    snprintf(who, sizeof(who), "registration %d of fd %d", one->key.number, one->fd);
    finding = charge(trial, "OE-27", "overlap", who,
                     "has no event that no other registration of the fd has");
    for (other = shared->first; other; other = other->next)
        prove(finding, other->made);
    prove(finding, overlap);
}

/* -- hooks that fail -- */

/* The hook was for what the call itself is to register or modify. */
static bool is_for_call(const struct event *enter, const struct things *things,
                        const struct event *hook)
{
    const struct watch_fact *watch = things_watch(things, enter->subject);

    if (!watch || (enter->what != OP_OBSERVE && enter->what != OP_CHANGE))
        return false;
    return watch->timer ? hook->what == HOOK_TIMEOUT_REGISTER
                        : hook->what <= HOOK_FD_MODIFY && hook->subject == watch->fd;
}

static void judge_failure(struct trial *trial, const struct failing *failing, size_t i)
{
    const struct event *leave = history_event(trial->history, i);
    const struct event *hook = history_event(trial->history, failing->hook);
    const struct event *enter = history_event(trial->history, failing->entered);
    char who[WHO_SIZE];

    if (leave->what != OP_OBSERVE && leave->what != OP_CHANGE && leave->what != OP_ENABLE &&
        leave->what != OP_OPERATION)
        return;
    for (size_t n = failing->entered; n < i; n++)
        if (history_event(trial->history, n)->kind == EVENT_FAULT)
            return;
    who_lane(trial, leave, who);
    if (leave->result == 0 && is_for_call(enter, trial->facts->things, hook))
        prove(charge(trial, "OE-43", "no error", who,
                     "was told that all was well, and a hook had failed with %lld",
                     (long long)hook->result),
              failing->entered, failing->hook, i);
    else if (leave->result != 0 && failing->count == 1 && leave->result != hook->result)
        prove(charge(trial, "OE-24", "other value", who,
                     "was told %lld of a hook that had failed with %lld", (long long)leave->result,
                     (long long)hook->result),
              failing->entered, failing->hook, i);
}

static struct failing *failing_of(struct thread *thread)
{
    if (!thread->own) {
        struct failing *failing = malloc(sizeof(*failing));
        if (failing)
            *failing = (struct failing){NEVER, NEVER, NEVER, 0};
        thread->own = failing;
    }
    return thread->own;
}

static void note_failure(struct thread *thread, size_t i)
{
    struct failing *failing = failing_of(thread);

    if (!failing || thread->ops == 0 || thread->ops > THREAD_OPS)
        return;
    if (failing->entered != thread->op[thread->ops - 1]) {
        failing->entered = thread->op[thread->ops - 1];
        failing->hook = i;
        failing->count = 0;
    }
    failing->count++;
}

/* -- all of it -- */

static void judge_hook(struct trial *trial, struct registrations *registrations,
                       struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    bool enters = event->what == HOOK_FD_REGISTER || event->what == HOOK_TIMEOUT_REGISTER;
    struct failing *failing;

    if (enters)
        judge_register(trial, i);
    else
        judge_change(trial, registrations, thread, i);
    registrations_follow(registrations, trial->facts, i);
    if (event->result != 0)
        note_failure(thread, i);
    if (event->what != HOOK_FD_REGISTER && event->what != HOOK_FD_MODIFY)
        return;
    failing = failing_of(thread);
    if (failing && without_own(registrations_of_fd(registrations, event->ctx, event->subject)))
        failing->overlap = i;
}

void judge_hooks(const struct history *history, const struct subject *subject,
                 struct findings *findings)
{
    struct trial trial;
    struct registrations registrations = {NULL, NULL};
    struct threads threads = {NULL};

    if (!trial_open(&trial, history, subject, findings, "hooks"))
        return;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread = threads_find(&threads, event->pid, event->tid);
        struct failing *failing = thread ? thread->own : NULL;

        if (event->kind == EVENT_LEAVE && failing && thread->ops > 0 && thread->ops <= THREAD_OPS) {
            if (failing->entered == thread->op[thread->ops - 1])
                judge_failure(&trial, failing, i);
            if (failing->overlap != NEVER)
                judge_overlap(&trial, &registrations, failing->overlap);
            failing->overlap = NEVER;
        }
        thread = threads_follow(&threads, history, i);
        /* What is called after the close is the oracle idle's. */
        if (thread && event->kind == EVENT_HOOK && registrations_known(trial.facts, event, i) &&
            trial.facts->ctxs[event->ctx].closed > i)
            judge_hook(&trial, &registrations, thread, i);
        else
            registrations_follow(&registrations, trial.facts, i);
    }
    registrations_free(&registrations);
    threads_free(&threads, free);
    trial_close(&trial);
}
