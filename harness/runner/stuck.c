/* SPDX-License-Identifier: MIT */
/*
 * A deadline that is over proves nothing: a machine with other things to do may need ten times as
 * long. Of a process two things can be proved, whatever else the machine does:
 *
 *  - It sleeps. All its threads sleep at two looks, and between them none ran for so much as an
 *    instant, so each is in the same system call as before. Nobody in it can wake another.
 *  - It goes round in a circle. For a second and more it had the processors that it wanted, and did
 *    not come to an end that takes microseconds. Time in which a thread waits for a processor does
 *    not count, so the load of the machine is not in it.
 *
 * Both only as long as nothing comes from outside: who sees a signal, a birth or an answer in the
 * meantime begins a new watch.
 */
#include "runner/stuck.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "runner/proc.h"

enum { NS_A_MS = 1000000 };

/* Reads the first line of a thread's file. False if there is none. */
static bool read_line(pid_t pid, pid_t tid, const char *what, char *line, size_t size)
{
    char path[80];
    FILE *file;
    bool well;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, what);
    file = fopen(path, "re");
    well = file && fgets(line, (int)size, file);
    if (file)
        fclose(file);
    if (!well)
        line[0] = 0;
    return well;
}

static void look_at(pid_t pid, pid_t tid, struct stuck_thread *thread)
{
    char line[128];

    *thread = (struct stuck_thread){.pid = pid, .tid = tid};
    if (read_line(pid, tid, "schedstat", line, sizeof(line)))
        sscanf(line, "%" SCNu64 " %" SCNu64, &thread->ran, &thread->waited);
    read_line(pid, tid, "syscall", thread->call, sizeof(thread->call));
}

/* It has, or waits for, a processor or a disk. In vfork it waits for its child only. */
static bool is_at_work(char state, const char *call)
{
    long number = *call ? strtol(call, NULL, 10) : -1;

#ifdef SYS_vfork
    if (state == 'D' && number == SYS_vfork)
        return false;
#endif
    return state == 'R' || (state == 'D' && number != SYS_clone && number != SYS_clone3);
}

struct adding {
    struct stuck_watch *watch;
    pid_t pid;
};

static void add_thread(void *user, pid_t tid)
{
    struct adding *adding = user;
    struct stuck_watch *watch = adding->watch;

    if (watch->count == STUCK_THREADS)
        watch->whole = false;
    else
        look_at(adding->pid, tid, &watch->thread[watch->count++]);
}

void stuck_begin(struct stuck_watch *watch, int64_t now_ms)
{
    watch->begun = now_ms;
    watch->count = 0;
    watch->whole = true;
}

void stuck_add(struct stuck_watch *watch, pid_t pid)
{
    struct adding adding = {watch, pid};

    proc_threads(pid, add_thread, &adding);
}

bool stuck_proved(const struct stuck_watch *watch, int64_t now_ms, int64_t spun_ms)
{
    int64_t least = now_ms - watch->begun; /* that any of them was free to use */
    bool asleep = least >= STUCK_ASLEEP_MS;

    for (size_t i = 0; i < watch->count && watch->whole; i++) {
        const struct stuck_thread *before = &watch->thread[i];
        struct stuck_thread now;
        struct proc_stat stat;
        int64_t free_ms;
        bool works;

        if (!proc_stat(before->pid, before->tid, &stat))
            return false; /* it has gone on, to its end */
        if (stat.state == 'Z' || stat.state == 'X')
            continue;
        look_at(before->pid, before->tid, &now);
        works = is_at_work(stat.state, now.call);
        /* The time that it waits for a processor is put down when it has got one. */
        if (works)
            free_ms = (int64_t)(now.ran - before->ran) / NS_A_MS;
        else
            free_ms = now_ms - watch->begun - (int64_t)(now.waited - before->waited) / NS_A_MS;
        if (free_ms < least)
            least = free_ms;
        asleep = asleep && !works && now.ran == before->ran && !strcmp(now.call, before->call);
    }
    return watch->whole && (asleep || least >= spun_ms);
}
