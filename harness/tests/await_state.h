/* SPDX-License-Identifier: MIT */
/*
 * Waits until a thread sleeps, is stopped, or is gone. No event tells who is not its parent, so
 * /proc is looked at again and again; the deadline only ends a test that has failed.
 */
#ifndef REAPCHECK_AWAIT_STATE_H
#define REAPCHECK_AWAIT_STATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The letter of /proc; '-' where there is no such thread. */
static inline char state_of(pid_t tid)
{
    char path[64], line[512] = "";
    const char *after;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
    file = fopen(path, "re");
    if (file && !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    after = strrchr(line, ')'); /* 123 (name, of any characters) S ... */
    return after && strlen(after) > 2 ? after[2] : '-';
}

/* One of these states. */
static inline void await_state(pid_t tid, const char *states)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    for (int ms = 0; ms < 20000; ms++) {
        if (strchr(states, state_of(tid)))
            return;
        nanosleep(&moment, NULL);
    }
    fail_msg("%d is in state %c, and never came to one of %s", (int)tid, state_of(tid), states);
}

#endif
