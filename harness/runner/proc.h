/* SPDX-License-Identifier: MIT */
/*
 * What /proc says of a process and its threads.
 */
#ifndef REAPCHECK_PROC_H
#define REAPCHECK_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
    char state; /* R S D Z T t X */
    pid_t ppid;
    int exit_code; /* as wait gives it; of a zombie */
};
/* Of one thread. False where it is gone. */
bool proc_stat(pid_t pid, pid_t tid, struct proc_stat *stat);

/* True if the process is a child of the ancestor, or a child of one that is, and so on. */
bool proc_descends(pid_t pid, pid_t ancestor);

/* Signal sets, bit n-1 for signal n. */
struct proc_signals {
    char state;              /* as in proc_stat: so one file tells both */
    uint64_t pending;        /* on the thread */
    uint64_t shared_pending; /* on the process */
    uint64_t blocked, ignored, caught;
};
bool proc_signals(pid_t pid, pid_t tid, struct proc_signals *signals);

/* Calls each for every thread. Returns how many, 0 where the process is gone. */
size_t proc_threads(pid_t pid, void (*each)(void *user, pid_t tid), void *user);

/*
 * The direct children of a process, zombies too; parent 0: of the caller. Returns how many of them
 * are in the list, at most `room`. Where the kernel keeps no list of them (CONFIG_PROC_CHILDREN),
 * all of /proc is read for processes that name the parent.
 */
size_t proc_children(pid_t parent, pid_t *list, size_t room);

/* Calls each for every open fd with what it is ("pipe:[123]"). False where it cannot be read. */
bool proc_fds(pid_t pid, void (*each)(void *user, int fd, const char *what), void *user);

/* True if the process runs a program whose file has this name. */
bool proc_runs(pid_t pid, const char *program);

/* Makes the next process of this pid namespace get this pid, if it is free. 0 or -errno. */
int proc_set_next_pid(pid_t pid);

#endif
