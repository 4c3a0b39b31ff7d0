/* SPDX-License-Identifier: MIT */
/*
 * Late signals: the library sends no signal to a pid after it was reaped, for the pid may by then
 * be another process.
 *
 * A kill and a wait on two threads are written down after they were made, in any order; so the
 * kill counts as late only where its thread is seen to do something between the two.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include "history/calls.h"

static size_t reaped_when(const struct trial *trial, const struct life *life)
{
    size_t at = life->collected;
    int n;

    /* What the application reaped counts once the library was told. */
    for (n = life->care; n >= 0; n = trial->facts->cares[n].next)
        if (trial->facts->cares[n].told < at)
            at = trial->facts->cares[n].told;
    return at;
}

void judge_late_signals(const struct history *history, const struct subject *subject,
                        struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    char who[WHO_SIZE], signal[STATUS_SIZE];
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "late signals"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_follow(&threads, history, i);
        const struct life *life;
        size_t reaped;

        if (!thread || event->kind != EVENT_CALL || event->what != CALL_KILL ||
            event->zone == ZONE_APPLICATION || event->subject <= 0 || event->value == 0)
            continue;
        life = facts_life(trial.facts, event->subject, i);
        if (!life || life->doubtful || life->process != event->pid)
            continue;
        reaped = reaped_when(&trial, life);
        if (reaped > i || thread->before == NEVER || thread->before < reaped)
            continue;
        who_child(&trial, life, life->care >= 0 ? trial.facts->cares[life->care].ctx : -1, who);
        say_signal((int)event->value, signal);
        prove(charge(&trial, for_shape(subject, "FK-59"), "late", who,
                     "was sent %s by the library after it had been reaped", signal),
              reaped, i);
    }
    threads_free(&threads, NULL);
    trial_close(&trial);
}
