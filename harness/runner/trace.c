/* SPDX-License-Identifier: MIT */
/*
 * Children that the harness traces, as a debugger does. The end of a traced child is told to its
 * tracer first: until that has waited for it, the parent's waits find nothing, though a pidfd of
 * the child is readable. Here that lasts until the script says `untrace`.
 *
 * PTRACE_SEIZE stops nothing. A traced child stops before each signal that it takes, and goes on
 * from there in the next turn of the pump. One thread of the runner does all of it, as ptrace
 * demands.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include "runner/stage.h"

static bool none(struct stage *stage, const struct step *step)
{
    if (stage_next_child(stage, step->child, NULL))
        return false;
    stage_no_child(stage, step);
    return true;
}

void trace_begin(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;

    if (none(stage, step))
        return;
    while ((child = stage_next_child(stage, step->child, child))) {
        child->traced = ptrace(PTRACE_SEIZE, child->pid, NULL, NULL) == 0;
        child->let_go = false;
        if (child->traced)
            continue;
        stage->stop = true;
        stage->played->result = PLAY_SKIPPED;
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "the system does not let the harness trace %s (PTRACE_SEIZE: %s)", child->name,
                 strerrorname_np(errno));
        return;
    }
}

/* It has stopped, at a signal or at PTRACE_INTERRUPT or with its group. */
static void go_on(struct stage_child *child, int status)
{
    bool at_signal = status >> 8 == 0, with_group = !at_signal && (status & 0xff) != SIGTRAP;
    long signal = at_signal ? status : 0;

    if (child->let_go) {
        ptrace(PTRACE_DETACH, child->pid, NULL, signal);
        child->traced = false;
    } else {
        ptrace(with_group ? PTRACE_LISTEN : PTRACE_CONT, child->pid, NULL, signal);
    }
}

static void look(struct stage_child *child)
{
    siginfo_t info = {.si_pid = 0};
    int what = WSTOPPED | WNOHANG | __WALL | (child->let_go ? WEXITED : 0);

    /* It fails for one that has ended, too. */
    if (waitid(P_PID, (id_t)child->pid, &info, what) < 0)
        child->traced = !child->let_go || errno != ECHILD;
    else if (info.si_pid && info.si_code == CLD_TRAPPED)
        go_on(child, info.si_status);
    else if (info.si_pid)
        child->traced = false; /* it has ended, and now its parent learns of it */
}

void trace_look(struct stage *stage)
{
    for (size_t i = 0; i < stage->child_count; i++)
        if (stage->children[i].traced)
            look(&stage->children[i]);
}

static bool is_free(struct stage *stage, void *user)
{
    const struct stage_child *child = user;

    (void)stage;
    return !child->traced;
}

void trace_release(struct stage *stage, struct stage_child *child)
{
    if (!child->traced)
        return;
    child->let_go = true;
    ptrace(PTRACE_INTERRUPT, child->pid, NULL, NULL); /* one that has ended needs none */
    if (!stage_until(stage, STAGE_EXPECT_MS, is_free, child) && stage->host->alive)
        stage_break_unless_found(stage, "%s, which was traced, does not stop", child->name);
}

void trace_end(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;

    if (none(stage, step))
        return;
    while (!stage->stop && (child = stage_next_child(stage, step->child, child)))
        trace_release(stage, child);
}
