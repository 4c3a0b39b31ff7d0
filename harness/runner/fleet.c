/* SPDX-License-Identifier: MIT */
/*
 * The calling process keeps a slot for each job that runs. It waits in one place, for results,
 * for guards that have ended (guard.h), for deadlines and for signals. Signals are let in only
 * there, so none comes between asking `stop` and waiting.
 *
 * To end a job is to close its life-line; its guard does the rest and then ends. A guard that does
 * not manage that in time is killed itself. The caller is a subreaper while it runs the fleet, so
 * what a lost guard leaves behind comes to it and is swept up here, the other guards and whatever
 * children the caller had before being spared.
 */
#include "runner/fleet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/guard.h"
#include "runner/namespace.h"
#include "runner/proc.h"
#include "runner/sweep.h"

enum {
    GRACE_MS = 5000,       /* for a guard to end its job */
    LOST_SWEEP_MS = 10000, /* for sweeping after a guard that was killed */
    RESULT_FIRST = 4096,   /* bytes of a result to begin with */
    CHILDREN_BEFORE = 256, /* children of the caller that are remembered */
};

enum ending { ENDING_BY_ITSELF, ENDING_DEADLINE, ENDING_STOPPED };

struct slot {
    struct guard guard; /* pid 0: the slot is free */
    size_t i;
    int64_t until; /* the job's deadline; once it is being ended, the guard's */
    enum ending ending;
    bool killed; /* the guard */
    char *result;
    size_t size, room;
    bool cut; /* for want of memory */
};

struct run {
    const struct fleet *fleet;
    bool namespaces, stopped;
    size_t slots_count, running;
    struct slot *slots;
    struct pollfd *fds;          /* for each slot its result, then its status */
    const struct guard **others; /* scratch: guards that run */
    pid_t *spare;                /* scratch: pids not to sweep */
    pid_t before[CHILDREN_BEFORE];
    size_t before_count;
};

bool fleet_has_namespaces(void)
{
    return namespace_allowed();
}

/* From the first yes on it is yes. */
static bool is_stopped(struct run *run)
{
    const struct fleet *fleet = run->fleet;
    run->stopped = run->stopped || (fleet->stop && fleet->stop(fleet->user));
    return run->stopped;
}

static int start_job(struct run *run, size_t i)
{
    const struct fleet *fleet = run->fleet;
    struct slot *slot = NULL;
    size_t others = 0;

    for (size_t k = 0; k < run->slots_count; k++) {
        if (run->slots[k].guard.pid)
            run->others[others++] = &run->slots[k].guard;
        else
            slot = &run->slots[k];
    }
    *slot = (struct slot){.i = i};
    int rc = guard_start(&slot->guard, run->namespaces, fleet->work, fleet->user, i, run->others,
                         others);
    if (rc)
        return rc;
    slot->until = sweep_now() + fleet->deadline_ms;
    run->running++;
    return 0;
}

static void end_job(struct slot *slot, enum ending ending)
{
    if (slot->ending != ENDING_BY_ITSELF)
        return;
    slot->ending = ending;
    slot->until = sweep_now() + GRACE_MS;
    guard_end(&slot->guard);
}

/* Takes some of the result. False if there is nothing to be had now. */
static bool read_result(struct slot *slot)
{
    char spill[RESULT_FIRST];

    if (slot->size == slot->room && !slot->cut) {
        size_t room = slot->room ? 2 * slot->room : RESULT_FIRST;
        char *more = room > slot->room ? realloc(slot->result, room) : NULL;
        if (more) {
            slot->result = more;
            slot->room = room;
        }
        slot->cut = !more; /* the rest is read nevertheless, or the job would wait */
    }
    char *to = slot->cut ? spill : slot->result + slot->size;
    size_t size = slot->cut ? sizeof(spill) : slot->room - slot->size;
    ssize_t r = read(slot->guard.result, to, size);
    if (r > 0 && !slot->cut)
        slot->size += (size_t)r;
    if (r == 0)
        guard_close_result(&slot->guard); /* or poll would go on telling of it */
    return r > 0 || (r < 0 && errno == EINTR);
}

/* After a guard was killed: what its job left is ours now. */
static void sweep_lost(struct run *run)
{
    size_t count = run->before_count;
    memcpy(run->spare, run->before, count * sizeof(*run->spare));
    for (size_t k = 0; k < run->slots_count; k++)
        if (run->slots[k].guard.pid)
            run->spare[count++] = run->slots[k].guard.pid;
    sweep_children(run->spare, count, LOST_SWEEP_MS);
}

/* Says in text what became of a job; false if it ended well. */
static bool describe(const struct run *run, const struct slot *slot, const int *wait_status,
                     char *text, size_t size)
{
    const char *name = NULL;

    if (slot->ending == ENDING_STOPPED)
        snprintf(text, size, "stopped");
    else if (slot->ending == ENDING_DEADLINE)
        snprintf(text, size, "did not end within %g s", run->fleet->deadline_ms / 1000.0);
    else if (!wait_status)
        snprintf(text, size, "its guard was killed");
    else if (WIFSIGNALED(*wait_status) && (name = sigabbrev_np(WTERMSIG(*wait_status))))
        snprintf(text, size, "was ended by SIG%s", name);
    else if (WIFSIGNALED(*wait_status))
        snprintf(text, size, "was ended by signal %d", WTERMSIG(*wait_status));
    else if (WEXITSTATUS(*wait_status))
        snprintf(text, size, "exited with %d", WEXITSTATUS(*wait_status));
    else if (slot->cut)
        snprintf(text, size, "its result did not fit into memory");
    else
        return false;
    return true;
}

/* The guard has ended, or is about to: its status pipe says so. */
static void finish_job(struct run *run, struct slot *slot)
{
    int wait_status;
    char failure[96];
    ssize_t r;

    do
        r = read(slot->guard.status, &wait_status, sizeof(wait_status));
    while (r < 0 && errno == EINTR);
    bool told = r == (ssize_t)sizeof(wait_status);

    /* With a namespace, waiting for its process 1 is waiting for all of it. */
    guard_wait(&slot->guard);
    if (!told && (slot->killed || slot->ending == ENDING_BY_ITSELF))
        sweep_lost(run);
    while (read_result(slot))
        ;
    bool failed = describe(run, slot, told ? &wait_status : NULL, failure, sizeof(failure));
    guard_free(&slot->guard);
    run->running--;
    run->fleet->done(run->fleet->user, slot->i, slot->result ? slot->result : "", slot->size,
                     failed ? failure : NULL);
    free(slot->result);
    slot->result = NULL;
}

static void report_not_started(const struct run *run, size_t i, int rc)
{
    char failure[96];
    snprintf(failure, sizeof(failure), "could not be started: %s", strerror(-rc));
    run->fleet->done(run->fleet->user, i, "", 0, failure);
}

/* Starts jobs from *next on, while there are jobs and free slots. Returns 0, or -errno where not
 * even one can be started. */
static int start_jobs(struct run *run, size_t *next, size_t count)
{
    while (*next < count && run->running < run->slots_count && !is_stopped(run)) {
        int rc = start_job(run, *next);
        if (rc && run->running)
            return 0; /* once more, when another has ended */
        if (rc && *next == 0)
            return rc;
        if (rc)
            report_not_started(run, *next, rc);
        (*next)++;
    }
    return 0;
}

/* Ends jobs whose time is over. Returns the milliseconds to the next deadline. */
static int keep_deadlines(struct run *run)
{
    int64_t now = sweep_now(), nearest = INT_MAX;

    for (size_t k = 0; k < run->slots_count; k++) {
        struct slot *slot = &run->slots[k];
        if (!slot->guard.pid || slot->killed)
            continue;
        if (slot->until <= now && slot->ending == ENDING_BY_ITSELF) {
            end_job(slot, ENDING_DEADLINE);
        } else if (slot->until <= now) {
            kill(slot->guard.pid, SIGKILL);
            slot->killed = true;
            continue;
        }
        if (slot->until - now < nearest)
            nearest = slot->until - now;
    }
    return (int)nearest;
}

/* Waits until something happens, with the caller's signals let in, and deals with it. */
static void wait_and_handle(struct run *run, const sigset_t *mask)
{
    int ms = keep_deadlines(run);
    const struct timespec timeout = {ms / 1000, ms % 1000 * 1000000L};
    sigset_t all;

    for (size_t k = 0; k < run->slots_count; k++) {
        const struct guard *guard = &run->slots[k].guard;
        run->fds[2 * k] = (struct pollfd){guard->pid ? guard->result : -1, POLLIN, 0};
        run->fds[2 * k + 1] = (struct pollfd){guard->pid ? guard->status : -1, POLLIN, 0};
    }
    int r = ppoll(run->fds, 2 * run->slots_count, &timeout, mask);
    sigprocmask(SIG_SETMASK, mask, NULL); /* those that came meanwhile, and `done` */
    for (size_t k = 0; r > 0 && k < run->slots_count; k++) {
        if (run->fds[2 * k].revents)
            read_result(&run->slots[k]);
        if (run->fds[2 * k + 1].revents)
            finish_job(run, &run->slots[k]);
    }
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static int run_jobs(struct run *run, size_t count, const sigset_t *mask)
{
    size_t next = 0;

    for (;;) {
        int rc = start_jobs(run, &next, count);
        if (rc)
            return rc;
        for (size_t k = 0; is_stopped(run) && k < run->slots_count; k++)
            if (run->slots[k].guard.pid)
                end_job(&run->slots[k], ENDING_STOPPED);
        if (!run->running && (run->stopped || next == count))
            return 0;
        wait_and_handle(run, mask);
    }
}

int fleet_run(const struct fleet *fleet, size_t count)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct sigaction chld_before;
    sigset_t all, mask_before;
    int was_subreaper = 0, rc = -ENOMEM;
    struct run run = {.fleet = fleet, .slots_count = fleet->jobs > 1 ? (size_t)fleet->jobs : 1};

    if (run.slots_count > count)
        run.slots_count = count;
    if (count == 0)
        return 0;
    run.slots = calloc(run.slots_count, sizeof(*run.slots));
    run.fds = calloc(2 * run.slots_count, sizeof(*run.fds));
    run.others = calloc(run.slots_count, sizeof(*run.others));
    run.spare = calloc(run.slots_count + CHILDREN_BEFORE, sizeof(*run.spare));
    if (!run.slots || !run.fds || !run.others || !run.spare)
        goto out;

    /* Children that the kernel reaps by itself could not be told from strangers. */
    sigaction(SIGCHLD, &by_default, &chld_before);
    prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    run.before_count = proc_children(0, run.before, CHILDREN_BEFORE);
    run.namespaces = fleet->namespaces == FLEET_NAMESPACES_IF_ALLOWED && namespace_allowed();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask_before);

    rc = run_jobs(&run, count, &mask_before);

    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, was_subreaper);
    sigaction(SIGCHLD, &chld_before, NULL);
out:
    free(run.slots);
    free(run.fds);
    free(run.others);
    free(run.spare);
    return rc;
}
