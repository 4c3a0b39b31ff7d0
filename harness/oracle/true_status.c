/* SPDX-License-Identifier: MIT */
/*
 * True status: what is reported is what the kernel says, or, where the kernel could not be asked,
 * what the child was told to do. "Lost" is said only of a status that was not to be had, and no
 * status is made up.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include "history/calls.h"

static bool told_this(const struct trial *trial, const struct life *life, int64_t status)
{
    int n;

    for (n = life->care; n >= 0; n = trial->facts->cares[n].next)
        if (trial->facts->cares[n].told != NEVER && trial->facts->cares[n].told_status == status)
            return true;
    return false;
}

static bool was_told(const struct trial *trial, const struct life *life)
{
    int n;

    for (n = life->care; n >= 0; n = trial->facts->cares[n].next)
        if (trial->facts->cares[n].told != NEVER)
            return true;
    return false;
}

/* The child was seen alive after event i: at a rest, it had not ended yet. */
static bool alive_after(const struct trial *trial, const struct life *life, size_t i)
{
    size_t count = history_count(trial->history);
    size_t end = life->exited != NEVER ? life->exited : count;

    /* One that was told to end may have done so unseen, where its end was not recorded. */
    if (life->exited == NEVER && (life->orders || trial->facts->crashed != NEVER))
        return false;
    for (; i < end; i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_QUIET && event->result == 0)
            return true;
    }
    return false;
}

/* Whether a wait call of the library was made to fail, so that it could not know. */
static bool waits_failed(const struct trial *trial)
{
    size_t i;

    for (i = trial->facts->first_fault; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_FAULT && event->error != EINTR)
            return true;
    }
    return false;
}

static bool is_ignored(int64_t disposition, int64_t flags)
{
    return disposition == DISPOSITION_IGNORED || (flags & SA_NOCLDWAIT);
}

/* From its beginning to its end the kernel was told to keep no status of the child. */
static bool had_no_status(const struct trial *trial, const struct life *life)
{
    bool ignored = false;
    size_t i;

    for (i = 0; i <= life->exited && life->exited != NEVER; i++) {
        const struct event *event = history_event(trial->history, i);
        bool known = event->kind == EVENT_DISPOSITION &&
                     facts_process(trial->facts, event) == life->process &&
                     facts_look_stands(trial->facts, life->process, i);

        if (event->subject == SIGCHLD && event->pid == life->process)
            known = event->kind == EVENT_ACTION ||
                    (event->kind == EVENT_CALL && event->what == CALL_SIGACTION &&
                     event->result == 0 && event->value >= 0);
        if (!known)
            continue;
        ignored = is_ignored(event->value, event->extra);
        if (i > life->from && !ignored)
            return false;
    }
    return ignored;
}

static void judge_report(struct trial *trial, const struct life *life, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int64_t status = event->value, truth = life->status;
    char who[WHO_SIZE], said[STATUS_SIZE], was[STATUS_SIZE];

    who_child(trial, life, event->ctx, who);
    say_status(status, said);
    if (WIFSTOPPED((int)status) || WIFCONTINUED((int)status)) {
        prove(charge(trial, "XC-08", "stop or continue", who, "was reported as ended when it %s",
                     said),
              life->at, i);
        return;
    }
    if (told_this(trial, life, status))
        return;
    if (alive_after(trial, life, i)) {
        prove(
            charge(trial, "XC-09", "alive", who, "was reported (\"%s\") while it was alive", said),
            life->at, i, life->exited);
        return;
    }
    if (truth == -1 && life->orders == 1 && life->exited != NEVER) {
        truth = history_event(trial->history, life->order)->value;
        if (WIFSIGNALED((int)truth) && WIFSIGNALED((int)status)) /* a core cannot be foreseen */
            truth = (truth & 0x7f) | (status & 0x80);
    }
    if (life->waited != NEVER && life->collected == NEVER && !was_told(trial, life) &&
        (trial->subject->has_probe || (truth != -1 && truth != status))) {
        prove(charge(trial, "XC-06", "made up", who,
                     "was reaped by the application, yet reported with a status (\"%s\") that the "
                     "library did not see",
                     said),
              life->at, life->waited, i);
        return;
    }
    if (truth != -1 && truth != status)
        prove(charge(trial,
                     trial->facts->ignored < i && life->collected == NEVER ? "XC-07" : "XC-02",
                     "wrong status", who, "%s, but was reported as \"%s\" (0x%x, not 0x%x)",
                     say_status(truth, was), said, (unsigned)status, (unsigned)truth),
              life->exited, i, life->status == -1 ? life->order : NEVER);
    else if (life->collected == NEVER && !was_told(trial, life) && trial->subject->has_probe &&
             had_no_status(trial, life))
        prove(charge(trial, "XC-07", "made up", who,
                     "ended while SIGCHLD was ignored: nobody could see the status (\"%s\") that "
                     "was reported",
                     said),
              trial->facts->ignored, life->at, life->exited, i);
}

static void judge_lost(struct trial *trial, const struct life *life, size_t i)
{
    const struct facts *facts = trial->facts;
    int ctx = history_event(trial->history, i)->ctx;
    char who[WHO_SIZE];
    size_t n;

    if (life->waited != NEVER || facts->ignored != NEVER || waits_failed(trial) ||
        life->exited == NEVER)
        return;
    /* Another ctx that reaps all children may have been the thief. */
    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process && facts->ctxs[n].ctx != ctx &&
            !facts_all_owners(facts, life->process,
                              RC_OWNS(RC_OWNER_SELECTIVE) | RC_OWNS(RC_OWNER_MAINLOOP), life->from,
                              i))
            return;
    prove(charge(trial, "XC-06", "not lost", who_child(trial, life, ctx, who),
                 "was reported as lost although nobody else had waited for it"),
          life->at, life->exited, life->collected, i);
}

void judge_true_status(const struct history *history, const struct subject *subject,
                       struct findings *findings)
{
    struct trial trial;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "true status"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct life *life;

        if (event->kind != EVENT_REPORT && event->kind != EVENT_LOST)
            continue;
        life = facts_life(trial.facts, event->subject, i);
        if (!life || life->doubtful)
            continue;
        if (event->kind == EVENT_REPORT)
            judge_report(&trial, life, i);
        else
            judge_lost(&trial, life, i);
    }
    trial_close(&trial);
}
