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
 * Where the kernel keeps no such list (CONFIG_PROC_CHILDREN), all of /proc is read for processes
 * that name us as their parent. That is slower and may overlook a chain, so there the kernel is
 * asked whether any child remains.
 */
#include "runner/sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/fleet.h"

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

static ssize_t read_some(int fd, char *buffer, size_t size)
{
    ssize_t r;
    do
        r = read(fd, buffer, size);
    while (r < 0 && errno == EINTR);
    return r;
}

/* Adds the children of one thread. False where the kernel has no such list. */
static bool list_of_thread(const char *tid, pid_t *list, size_t room, size_t *count)
{
    char path[64], text[4096];
    ssize_t r;
    pid_t pid = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%.16s/children", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while ((r = read_some(fd, text, sizeof(text))) > 0) {
        for (ssize_t k = 0; k < r; k++) {
            if (isdigit((unsigned char)text[k])) {
                pid = pid * 10 + (text[k] - '0');
            } else if (pid) {
                if (*count < room)
                    list[(*count)++] = pid;
                pid = 0;
            }
        }
    }
    close(fd);
    return true;
}

/* The parent that /proc names for a process; -1 if it is gone. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];

    snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t r = read_some(fd, text, sizeof(text) - 1);
    close(fd);
    if (r <= 0)
        return -1;
    text[r] = '\0';
    /* 123 (name, of any characters) S 1 ... */
    const char *after = strrchr(text, ')');
    return after && strlen(after) > 4 ? (pid_t)strtol(after + 4, NULL, 10) : -1;
}

static void list_by_parent(pid_t *list, size_t room, size_t *count)
{
    struct dirent *entry;
    DIR *proc = opendir("/proc");
    if (!proc)
        return;
    while ((entry = readdir(proc)) && *count < room)
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == getpid())
            list[(*count)++] = (pid_t)strtol(entry->d_name, NULL, 10);
    closedir(proc);
}

size_t sweep_list(pid_t *list, size_t room)
{
    size_t count = 0;
    bool listed = false;
    struct dirent *entry;

    DIR *threads = opendir("/proc/self/task");
    while (threads && (entry = readdir(threads)))
        if (isdigit((unsigned char)entry->d_name[0]))
            listed |= list_of_thread(entry->d_name, list, room, &count);
    if (threads)
        closedir(threads);
    if (!listed)
        list_by_parent(list, room, &count);
    return count;
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
        size_t count = without(list, sweep_list(list, ROUND), spare, spare_count);
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
