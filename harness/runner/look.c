/* SPDX-License-Identifier: MIT */
/*
 * What is looked at when the host is at rest: the disposition of SIGCHLD, the lanes' signal masks,
 * open fds, zombies, and what programs were given. All of it goes into the history; nothing is
 * judged here.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "runner/proc.h"
#include "runner/stage.h"

bool stage_disposition(struct stage *stage, int *disposition, int *flags, unsigned long long *mask)
{
    struct request *request = host_request(stage, stage->host, "-", "disposition");

    if (!host_answered(stage, stage->host, request)) {
        host_hangs(stage, stage->host, "the host does not tell the disposition of SIGCHLD");
        return false;
    }
    if (!request->ok)
        return false;
    *disposition = (int)wire_number(request->answer, "disposition", -1);
    *flags = (int)wire_number(request->answer, "flags", 0);
    *mask = (unsigned long long)wire_number(request->answer, "mask", 0);
    return true;
}

void stage_look(struct stage *stage, bool baseline)
{
    int disposition, flags, before = (int)log_count(stage->log);
    unsigned long long mask;

    if (stage_disposition(stage, &disposition, &flags, &mask)) {
        struct event event = {.kind = EVENT_DISPOSITION,
                              .subject = before,
                              .pid = stage->host->pid,
                              .tid = stage->host->pid,
                              .ctx = -1,
                              .value = disposition,
                              .extra = flags,
                              .result = (int64_t)mask};
        log_append(stage->log, &event);
        if (baseline && disposition != DISPOSITION_LIBRARY) {
            stage->base_disposition = disposition;
            stage->base_flags = flags;
            stage->base_mask = mask;
        }
    }
    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        struct request *request;
        struct event event = {.kind = EVENT_MASK,
                              .pid = lane->host->pid,
                              .tid = lane->tid,
                              .ctx = -1,
                              .subject = lane->tid,
                              .result = baseline};
        if (lane->gone || !lane->host->alive || lane_is_held(stage, lane))
            continue;
        /* Its own word, not that of /proc: there, a handler that runs just now has its mask. */
        request = host_request(stage, lane->host, lane->name, "blocked");
        if (!lane_answered(stage, lane, request)) {
            host_hangs(stage, lane->host, "a lane does not come out of its event loop");
            return;
        }
        if (!request->done || !request->ok)
            continue;
        event.value = wire_number(request->answer, "blocked", 0);
        log_append(stage->log, &event);
    }
}

static void remember_fd(void *user, int fd, const char *what)
{
    struct stage *stage = user;

    (void)what;
    if (fd < RC_CHILD_FD)
        stage->fds_at_start[fd] = 1;
}

static void mark_fd(void *user, int fd, const char *what)
{
    unsigned char *open = user;

    (void)what;
    if (fd < RC_CHILD_FD)
        open[fd] = 1;
}

void stage_list_fds(struct stage *stage, unsigned char open[RC_CHILD_FD])
{
    memset(open, 0, RC_CHILD_FD);
    proc_fds(stage->host->pid, mark_fd, open);
}

void stage_excuse_fds(struct stage *stage, const unsigned char before[RC_CHILD_FD])
{
    unsigned char open[RC_CHILD_FD];

    stage_list_fds(stage, open);
    for (int fd = 0; fd < RC_CHILD_FD; fd++)
        stage->fds_at_start[fd] |= open[fd] && !before[fd];
}

struct fd_comparison {
    struct stage *stage;
    bool open[RC_CHILD_FD]; /* now */
};

static void compare_fd(void *user, int fd, const char *what)
{
    struct fd_comparison *comparison = user;
    struct stage *stage = comparison->stage;

    if (fd >= RC_CHILD_FD)
        return;
    comparison->open[fd] = true;
    if (!stage->fds_at_start[fd])
        stage_note(stage, EVENT_FD, fd, stage->host->pid, what);
}

void stage_remember_fds(struct stage *stage)
{
    memset(stage->fds_at_start, 0, sizeof(stage->fds_at_start));
    proc_fds(stage->host->pid, remember_fd, stage);
}

void stage_compare_fds(struct stage *stage)
{
    struct fd_comparison comparison = {.stage = stage};

    if (!proc_fds(stage->host->pid, compare_fd, &comparison))
        return;
    for (int fd = 0; fd < RC_CHILD_FD; fd++)
        if (stage->fds_at_start[fd] && !comparison.open[fd])
            stage_note(stage, EVENT_FD_GONE, fd, stage->host->pid, NULL);
}

void stage_zombies(struct stage *stage)
{
    struct proc_stat stat;

    for (size_t i = 0; i < stage->child_count; i++) {
        struct stage_child *child = &stage->children[i];
        struct life *life = &stage->record.lives[child->life];
        if (child->pid && child->host == stage->host && record_look(life) && !record_reaped(life) &&
            proc_stat(child->pid, child->pid, &stat) && stat.ppid == stage->host->pid)
            stage_note(stage, EVENT_ZOMBIE, child->pid, 0, NULL);
    }
}

struct fd_look {
    char what[SCRIPT_NAME + 32];
    bool found;
};

static void look_for_fd(void *user, int fd, const char *what)
{
    struct fd_look *look = user;

    look->found |= fd < RC_CHILD_FD && strcmp(what, look->what) == 0;
}

bool stage_has_fd(struct stage *stage, const char *name)
{
    struct fd_look look = {.found = false};

    /* As the host makes them, and /proc shows them. */
    snprintf(look.what, sizeof(look.what), "/memfd:%s (deleted)", name);
    proc_fds(stage->host->pid, look_for_fd, &look);
    return look.found;
}

struct exec_look {
    struct stage *stage;
    struct stage_child *child;
};

static void note_exec_fd(void *user, int fd, const char *what)
{
    struct exec_look *look = user;

    if (fd > 2 && fd != RC_CHILD_FD)
        stage_note(look->stage, EVENT_EXEC_FD, look->child->pid, fd, what);
}

static bool has_execed(struct stage *stage, void *user)
{
    struct stage_child *child = user;
    struct proc_stat stat;

    /* It may have ended on its way to the program, untold. */
    return child->seen || record_look(&stage->record.lives[child->life]) ||
           (proc_runs(child->pid, "child") && proc_stat(child->pid, child->pid, &stat) &&
            stat.state == 'S');
}

bool stage_await_program(struct stage *stage, struct stage_child *child)
{
    return !child->execs || stage_until(stage, STAGE_EXPECT_MS, has_execed, child);
}

void stage_look_at_program(struct stage *stage, struct stage_child *child)
{
    struct exec_look look = {stage, child};
    struct proc_signals signals;
    struct event event = {.kind = EVENT_EXEC_MASK, .ctx = -1, .subject = child->pid};

    if (!child->execs || child->looked_at || child->pid == 0)
        return;
    child->looked_at = true;
    if (!stage_await_program(stage, child) || !proc_signals(child->pid, child->pid, &signals))
        return;
    proc_fds(child->pid, note_exec_fd, &look);
    event.value = (int64_t)signals.blocked;
    event.extra = (int64_t)signals.ignored;
    log_append(stage->log, &event);
}
