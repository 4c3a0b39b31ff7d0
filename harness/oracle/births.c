/* SPDX-License-Identifier: MIT */
/*
 * Births: the library has children where it was asked for them, and none that it keeps.
 *
 * A library of libxl's shape has none at all but while an operation runs: here, from the call that
 * starts a child to the report of it, from the start of an asynchronous operation to its end, and
 * while events are enabled. Any other may have helpers of its own; but when all its ctxs are closed
 * none may be left, alive or as a zombie, for the application to trip over.
 *
 * What a child forks is its own affair, and so is what the application does: only forks that the
 * library made in the host itself are looked at.
 */
#include "history/calls.h"
#include "oracle/families.h"
#include "oracle/trial.h"

/* The child that the library made in the host by this event; 0 for none. */
static int child_of(const struct facts *facts, const struct event *event)
{
    if (event->kind != EVENT_CALL || event->zone == ZONE_APPLICATION || event->pid != facts->host)
        return 0;
    if (event->what == CALL_FORK && event->result > 0)
        return (int)event->result;
    return event->what == CALL_POSIX_SPAWN && event->result == 0 ? event->subject : 0;
}

/* Some child is in the care of a ctx of the host at event i, or may be. */
static bool in_care(const struct facts *facts, size_t i)
{
    size_t n;

    for (n = 0; n < facts->care_count; n++) {
        const struct care *care = &facts->cares[n];
        const struct life *life = &facts->lives[care->life];

        if (life->process == facts->host && care->from <= i &&
            (care->report == NEVER || care->report >= i))
            return true;
    }
    return false;
}

/* A call that may start a child is under way on some thread of the host. */
static bool starting(const struct trial *trial, const struct threads *threads)
{
    struct thread *thread, *next;

    HASH_ITER (hh, threads->all, thread, next)
        if (thread->key.pid == trial->facts->host &&
            (thread_in_op(trial->history, thread, OP_FORK, NULL) ||
             thread_in_op(trial->history, thread, OP_SPAWN, NULL) ||
             thread_in_op(trial->history, thread, OP_ENABLE, NULL) ||
             thread_in_op(trial->history, thread, OP_OPERATION, NULL)))
            return true;
    return false;
}

static void judge_birth(struct trial *trial, const struct threads *threads, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct thread *thread = threads_find(threads, event->pid, event->tid);
    int pid = child_of(trial->facts, event);
    struct life life = {.pid = pid};
    char who[WHO_SIZE];

    if (!pid || !is_libxl_shaped(trial->subject) || starting(trial, threads) ||
        in_care(trial->facts, i) || things_may_have_children(trial->facts->things, -1, i))
        return;
    prove(charge(trial, "FK-01", "unasked", who_child(trial, &life, -1, who),
                 "was started by the library while no operation ran"),
          thread && thread->ops > 0 && thread->ops <= THREAD_OPS ? thread->op[thread->ops - 1]
                                                                 : NEVER,
          i);
}

/* The latest birth of pid before event i that was the library's; NEVER if it was not. */
static size_t born(const struct facts *facts, int pid, size_t i)
{
    while (i-- > 0) {
        const struct event *event = history_event(facts->history, i);

        if (child_of(facts, event) == pid)
            return i;
        if ((event->kind == EVENT_FOREIGN || event->kind == EVENT_FORKED) && event->subject == pid)
            return NEVER;
    }
    return NEVER;
}

static void judge_left(struct trial *trial, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    size_t birth = born(facts, event->subject, i);
    struct life life = {.pid = event->subject};
    char who[WHO_SIZE];

    if (birth == NEVER || event->value != facts->host || !facts_all_closed(facts, facts->host, i))
        return;
    prove(charge(trial, "XC-14", event->extra ? "zombie" : "alive",
                 who_child(trial, &life, -1, who),
                 "was started by the library for itself and is %s with all ctxs closed",
                 event->extra ? "a zombie" : "still alive"),
          birth, i);
}

void judge_births(const struct history *history, const struct subject *subject,
                  struct findings *findings)
{
    struct threads threads = {NULL};
    struct trial trial;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "births"))
        return;
    for (i = 0; i < history_count(history); i++) {
        threads_follow(&threads, history, i);
        judge_birth(&trial, &threads, i);
        if (history_event(history, i)->kind == EVENT_LEFT)
            judge_left(&trial, i);
    }
    threads_free(&threads, NULL);
    trial_close(&trial);
}
