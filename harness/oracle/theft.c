/* SPDX-License-Identifier: MIT */
/*
 * No theft: while every ctx of the process is selective, or leaves SIGCHLD to the main loop, the
 * library waits for its own children by pid, and for nothing else; and where all leave it to the
 * main loop, it keeps its hands off the disposition.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include "history/calls.h"

#define SELECTIVE RC_OWNS(RC_OWNER_SELECTIVE)
#define MAINLOOP  RC_OWNS(RC_OWNER_MAINLOOP)

static bool asks_for_many(const struct event *call)
{
    if (call->extra & WNOWAIT)
        return false;
    if (call->what == CALL_WAITPID)
        return call->subject <= 0;
    return (call->value >> 32) == P_ALL || (call->value >> 32) == P_PGID;
}

static void judge_wait(struct trial *trial, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *call = history_event(trial->history, i);
    const struct life *life = NULL;
    char who[WHO_SIZE];

    /* A forked child of the library waits for children of its own, and has no ctx. */
    if (!facts_all_owners(facts, call->pid, SELECTIVE | MAINLOOP, i, i))
        return;
    if (!(call->extra & WNOWAIT))
        life = facts_life(facts, facts_waited_for(call), i);
    if (life && life->foreign && life->care < 0 && !life->doubtful && life->process == call->pid)
        prove(charge(trial, "XC-05", "taken", who_child(trial, life, -1, who),
                     "was waited for by the library, which is to leave it to the application"),
              life->at, i);
    if (!asks_for_many(call))
        return;
    who_lane(trial, call, who);
    if (facts_all_owners(facts, call->pid, MAINLOOP, i, i))
        prove(charge(trial, for_shape(trial->subject, "FK-38"), "any child", who,
                     "waited for any child in the library, while the main loop owns SIGCHLD"),
              i);
    else
        prove(charge(trial, for_shape(trial->subject, "FK-47"), "any child", who,
                     "waited for any child in the library, while all is selective"),
              i);
}

/* The application waits in vain for a child of its own: somebody took it. */
static void judge_waited(struct trial *trial, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *waited = history_event(trial->history, i);
    const struct life *life;
    char who[WHO_SIZE];

    if (waited->error != ECHILD || waited->subject <= 0 || facts->ignored < i)
        return;
    life = facts_life(facts, waited->subject, i);
    if (!life || !life->foreign || life->care >= 0 || life->doubtful ||
        life->process != waited->pid || life->waited < i)
        return;
    if (facts_all_owners(facts, life->process, SELECTIVE | MAINLOOP, life->from, i))
        prove(charge(trial, "XC-05", "gone", who_child(trial, life, -1, who),
                     "was gone when the application waited for it"),
              life->at, life->exited, life->collected, i);
}

static void judge_sigaction(struct trial *trial, size_t i)
{
    const struct event *call = history_event(trial->history, i);
    char who[WHO_SIZE];

    if (call->subject != SIGCHLD || call->value < 0 || call->result != 0 ||
        !facts_all_owners(trial->facts, call->pid, MAINLOOP, i, i))
        return;
    prove(charge(trial, for_shape(trial->subject, "FK-11"), "disposition",
                 who_lane(trial, call, who),
                 "changed the disposition of SIGCHLD in the library, while the main loop owns it"),
          i);
}

void judge_theft(const struct history *history, const struct subject *subject,
                 struct findings *findings)
{
    struct trial trial;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "no theft"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_WAITED)
            judge_waited(&trial, i);
        if (event->kind != EVENT_CALL || event->zone == ZONE_APPLICATION)
            continue;
        if (event->what == CALL_WAITPID || event->what == CALL_WAITID)
            judge_wait(&trial, i);
        else if (event->what == CALL_SIGACTION)
            judge_sigaction(&trial, i);
    }
    trial_close(&trial);
}
