/* SPDX-License-Identifier: MIT */
/*
 * Fds: with all ctxs closed the process has the fds that it had before, the application's standard
 * ones among them, and a program that it started was given none of the library's.
 *
 * A library may keep an fd or two for the whole process, and may have made them in a call that then
 * failed. Unless it has libxl's shape, which promises not to, only a leak is charged that grows
 * with the number of children, or of calls that failed.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>
#include "history/calls.h"

enum { FEW = 4, LAST_STANDARD_FD = 2, FIRST_HARNESS_FD = RC_CHILD_FD };

/* There are as many fds left as `times`, and not only a few. */
static bool grows_with(const struct trial *trial, size_t times)
{
    size_t fds = 0, i;

    for (i = 0; i < history_count(trial->history); i++)
        fds += history_event(trial->history, i)->kind == EVENT_FD;
    return fds >= FEW && fds >= times && times > 0;
}

static size_t failed_calls(const struct trial *trial)
{
    size_t calls = 0, i;

    for (i = 0; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);

        calls += event->kind == EVENT_LEAVE && event->error != 0 && event->what != OP_CLOSE;
    }
    return calls;
}

/* The thread was waiting for an event when event i, a call, was made. */
static bool was_waiting(const struct trial *trial, size_t i)
{
    const struct event *call = history_event(trial->history, i);

    while (i-- > 0) {
        const struct event *event = history_event(trial->history, i);
        if (event->pid == call->pid && event->tid == call->tid &&
            (event->kind == EVENT_ENTER || event->kind == EVENT_LEAVE))
            return event->kind == EVENT_ENTER && event->what == OP_WAIT;
    }
    return false;
}

/* Was the fd, which is left at event i, made to wait for an event? */
static bool is_of_a_wait(const struct trial *trial, int fd, size_t i)
{
    while (i-- > 0) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_CALL && event->what == CALL_EVENTFD && event->result == fd)
            return was_waiting(trial, i);
    }
    return false;
}

static void judge_left_open(struct trial *trial, size_t failed_fork, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const char *requirement, *text = history_text(trial->history, event);
    char who[WHO_SIZE];

    if (event->subject >= FIRST_HARNESS_FD || (event->value && event->value != facts->host) ||
        !facts_all_closed(facts, facts->host, i))
        return;
    if (is_of_a_wait(trial, event->subject, i))
        requirement = "EV-10";
    else if (failed_fork != NEVER)
        requirement = "XC-19";
    else if (facts->first_fault < i)
        requirement = "XC-20";
    else
        requirement = is_libxl_shaped(trial->subject) ? "FK-81" : "XC-30";
    if (!is_libxl_shaped(trial->subject) &&
        !grows_with(trial, facts->first_fault < i ? failed_calls(trial) : facts->care_count))
        requirement = NULL;
    snprintf(who, sizeof(who), "fd %d", event->subject);
    prove(charge(trial, requirement, "left open", who, "(%s) was left open with all ctxs closed%s",
                 *text ? text : "not known what",
                 failed_fork != NEVER     ? ", after a fork that failed"
                 : facts->first_fault < i ? ", after a call that was made to fail"
                                          : ""),
          failed_fork, facts->first_fault < i ? facts->first_fault : NEVER, i);
}

static void judge_passed_on(struct trial *trial, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct life *life = facts_life(trial->facts, event->subject, i);
    const char *text = history_text(trial->history, event);
    struct life unknown = {.pid = event->subject};
    char who[WHO_SIZE];
    int ctx = -1;

    if (event->value <= LAST_STANDARD_FD || event->value >= FIRST_HARNESS_FD)
        return;
    if (life && life->care >= 0)
        ctx = trial->facts->cares[life->care].ctx;
    who_child(trial, life ? life : &unknown, ctx, who);
    prove(charge(trial, for_shape(trial->subject, "FK-65"), "passed on", who,
                 "was started with fd %lld open (%s)", (long long)event->value,
                 *text ? text : "not known what"),
          life ? life->at : NEVER, i);
}

/* What the library has closed of what was the application's from the start. */
struct closes {
    size_t at[LAST_STANDARD_FD + 1]; /* the first; NEVER */
    bool by_close[LAST_STANDARD_FD + 1];
};

static void follow_close(struct closes *closes, const struct trial *trial,
                         const struct thread *thread, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int fd = event->subject;

    if (event->kind != EVENT_CALL || event->what != CALL_CLOSE || event->result != 0 ||
        event->pid != trial->facts->host || fd < 0 || fd > LAST_STANDARD_FD ||
        closes->at[fd] != NEVER)
        return;
    closes->at[fd] = i;
    closes->by_close[fd] = thread_in_op(trial->history, thread, OP_CLOSE, NULL);
}

static void judge_gone(struct trial *trial, const struct closes *closes, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const char *requirement;
    char who[WHO_SIZE];

    if (event->subject < 0 || event->subject > LAST_STANDARD_FD ||
        closes->at[event->subject] == NEVER)
        return;
    if (is_libxl_shaped(trial->subject))
        requirement = closes->by_close[event->subject] ? "FK-82" : "FK-78";
    else
        requirement = trial->facts->first_fault < closes->at[event->subject] ? "XC-20" : NULL;
    snprintf(who, sizeof(who), "fd %d", event->subject);
    prove(charge(trial, requirement, "closed", who,
                 "was closed by the library, and was the application's"),
          closes->at[event->subject], i);
}

void judge_fds(const struct history *history, const struct subject *subject,
               struct findings *findings)
{
    struct trial trial;
    struct closes closes = {.at = {NEVER, NEVER, NEVER}};
    struct threads threads = {NULL};
    size_t failed_fork = NEVER, i;

    if (!trial_open(&trial, history, subject, findings, "fds"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct thread *thread = threads_follow(&threads, history, i);

        if (thread)
            follow_close(&closes, &trial, thread, i);
        if (event->kind == EVENT_LEAVE && (event->what == OP_FORK || event->what == OP_SPAWN) &&
            event->error && failed_fork == NEVER)
            failed_fork = i;
        else if (event->kind == EVENT_FD)
            judge_left_open(&trial, failed_fork, i);
        else if (event->kind == EVENT_FD_GONE)
            judge_gone(&trial, &closes, i);
        else if (event->kind == EVENT_EXEC_FD)
            judge_passed_on(&trial, i);
    }
    threads_free(&threads, NULL);
    trial_close(&trial);
}
