/* SPDX-License-Identifier: MIT */
/*
 * Is a process stuck, or is the machine slow? Looked at for a while: a process is stuck where that
 * is proved, and only there (stuck.c).
 */
#ifndef REAPCHECK_STUCK_H
#define REAPCHECK_STUCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    STUCK_ASLEEP_MS = 100, /* nobody ran for so long */
    STUCK_SPUN_MS = 1000,  /* so long none lacked a processor */
    STUCK_THREADS = 8192,  /* looked at */
};

/* A thread as it was when the watch began. */
struct stuck_thread {
    pid_t pid, tid;
    uint64_t ran, waited; /* ns on a processor, and ns waiting for one */
    char call[192];       /* the system call and its arguments; empty where it is not known */
};

struct stuck_watch {
    int64_t begun; /* ms */
    size_t count;
    bool whole; /* all had room */
    struct stuck_thread thread[STUCK_THREADS];
};

/* Starts a watch that has nobody in it yet. */
void stuck_begin(struct stuck_watch *watch, int64_t now_ms);
/* Adds every thread of a process. */
void stuck_add(struct stuck_watch *watch, pid_t pid);
/* True where it is proved that those in the watch did not go on since it began, and will not;
 * spun_ms is STUCK_SPUN_MS, multiplied as deadlines are. */
bool stuck_proved(const struct stuck_watch *watch, int64_t now_ms, int64_t spun_ms);

#endif
