/* SPDX-License-Identifier: MIT */
/*
 * Handler pure: a signal handler of the library calls only what is safe there, keeps errno, never
 * blocks, and calls nobody back.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>
#include <string.h>
#include "history/calls.h"

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
    char who[WHO_SIZE], before[STATUS_SIZE];
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "handler pure"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_follow(&threads, history, i);
        size_t entry = NEVER;

        if (!thread)
            continue;
        if (thread->handlers > 0 && thread->handlers <= THREAD_HANDLERS)
            entry = thread->handler[thread->handlers - 1];
        switch (event->kind) {
        case EVENT_CALL:
            if (event->zone == ZONE_HANDLER)
                judge_call(&trial, event, entry, i);
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
    threads_free(&threads, NULL);
    trial_close(&trial);
}
