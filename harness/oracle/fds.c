/* SPDX-License-Identifier: MIT */
/*
 * Fds: with all ctxs closed the process has the fds that it had before, and a program that it
 * started was given none of the library's.
 *
 * A library may keep an fd or two for the whole process. Unless it has libxl's shape, which
 * promises not to, only a leak that grows with the number of children is charged.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>

enum { FEW = 4, LAST_STANDARD_FD = 2, FIRST_HARNESS_FD = 499 };

static bool all_closed(const struct facts *facts, int process, size_t i)
{
    size_t n;

    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process == process &&
            facts_owner(facts, &facts->ctxs[n], i) != OWNER_CLOSED)
            return false;
    return true;
}

static bool grows(const struct trial *trial)
{
    size_t fds = 0, i;

    for (i = 0; i < history_count(trial->history); i++)
        fds += history_event(trial->history, i)->kind == EVENT_FD;
    return fds >= FEW && fds >= trial->facts->care_count && trial->facts->care_count > 0;
}

static void judge_left_open(struct trial *trial, size_t failed_fork, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const char *requirement, *text = history_text(trial->history, event);
    char who[WHO_SIZE];

    if (event->subject >= FIRST_HARNESS_FD || (event->value && event->value != facts->host) ||
        !all_closed(facts, facts->host, i))
        return;
    if (failed_fork != NEVER)
        requirement = "XC-19";
    else if (facts->first_fault < i)
        requirement = "XC-20";
    else if (is_libxl_shaped(trial->subject))
        requirement = "FK-81";
    else
        requirement = grows(trial) ? "XC-30" : NULL;
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
    prove(charge(trial, "XC-18", "passed on", who, "was started with fd %lld open (%s)",
                 (long long)event->value, *text ? text : "not known what"),
          life ? life->at : NEVER, i);
    if (is_libxl_shaped(trial->subject))
        prove(charge(trial, "FK-65", "passed on", who,
                     "was started with fd %lld of the library's open (%s)", (long long)event->value,
                     *text ? text : "not known what"),
              life ? life->at : NEVER, i);
}

void judge_fds(const struct history *history, const struct subject *subject,
               struct findings *findings)
{
    struct trial trial;
    size_t failed_fork = NEVER, i;

    if (!trial_open(&trial, history, subject, findings, "fds"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_LEAVE && (event->what == OP_FORK || event->what == OP_SPAWN) &&
            event->error && failed_fork == NEVER)
            failed_fork = i;
        else if (event->kind == EVENT_FD)
            judge_left_open(&trial, failed_fork, i);
        else if (event->kind == EVENT_EXEC_FD)
            judge_passed_on(&trial, i);
    }
    trial_close(&trial);
}
