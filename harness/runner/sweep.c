/* SPDX-License-Identifier: MIT */
/*
 * Only direct children are ever signalled. The pid of a child that was not waited for cannot be
 * given to another process, so such a signal reaches the process it is meant for, always: there is
 * no window to check, and no stranger can be hit. What a child leaves behind when it is ended
 * becomes a child of the subreaper, and has its turn in the next round.
 *
 * That also beats those that fork as fast as they can:
 *
 * - A fork that has not finished when SIGKILL is sent fails, so a process that was signalled has
 *   no child that is not already there. Parents go before their children: none sees a child die
 *   and replaces it.
 * - A chain, in which each forks the next and exits, has a living member at any moment, and that
 *   one is our child or the child of a living child. The kernel's list of children is read in some
 *   microseconds, less than a fork takes, so soon a round comes before the next link is made.
 * - Children stay in the kernel's list until they are waited for, new ones are added at its end,
 *   and nobody waits while it is read. So one reading misses nobody, and a reading that finds
 *   nobody proves that there is no descendant at all.
 *
 * Where the kernel keeps no such list, reading /proc instead (proc_children) is slower and may
 * overlook a chain, so there the kernel is asked whether any child remains.
 */
#include "runner/sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/fleet.h"
#include "runner/proc.h"

enum {
    ROUND = 4096,          /* children ended in one round */
    PAUSE_MS = 5,          /* between two looks where no SIGCHLD comes */
    FLEET_SWEEP_MS = 10000 /* a job's own sweep gives up then; its guard goes on */
};

int64_t sweep_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t without(pid_t *list, size_t count, const pid_t *spare, size_t spare_count)
{
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        bool spared = false;
        for (size_t s = 0; s < spare_count && !spared; s++)
            spared = spare[s] == list[k];
        if (!spared)
            list[kept++] = list[k];
    }
    return kept;
}

/* Until a child ends, or for a moment. SIGCHLD is blocked. */
static void pause_for_child(void)
{
    const struct timespec moment = {.tv_nsec = PAUSE_MS * 1000000L};
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigtimedwait(&chld, NULL, &moment);
}

/* Reaps a child that was killed. False if it does not end in time. */
static bool reap(pid_t pid, int64_t until)
{
    for (;;) {
        pid_t r = waitpid(pid, NULL, WNOHANG | __WALL);
        if (r == pid)
            return true;
        if (r < 0 && errno != EINTR)
            return false;
        if (sweep_now() >= until)
            return false;
        pause_for_child();
    }
}

static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 || errno != ECHILD;
}

size_t sweep_children(const pid_t *spare, size_t spare_count, int ms)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct sigaction action_before;
    sigset_t chld, mask_before;
    pid_t list[ROUND];
    size_t reaped = 0;
    int64_t until = sweep_now() + ms;

    /* Nobody else may wait for them: no handler, and no kernel that reaps by itself. */
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &chld, &mask_before);
    sigaction(SIGCHLD, &by_default, &action_before);

    do {
        size_t count = without(list, proc_children(0, list, ROUND), spare, spare_count);
        for (size_t k = 0; k < count; k++)
            kill(list[k], SIGKILL);
        for (size_t k = 0; k < count; k++)
            reaped += reap(list[k], until);
        if (count == 0) {
            if (spare_count || !has_children())
                break;
            pause_for_child();
        }
    } while (sweep_now() < until);

    sigaction(SIGCHLD, &action_before, NULL);
    pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
    return reaped;
}

size_t fleet_sweep(void)
{
    return sweep_children(NULL, 0, FLEET_SWEEP_MS);
}
