/* SPDX-License-Identifier: MIT */
/*
 * A fleet runs jobs, each in a supervised process of its own, some at once. Whatever a job starts
 * is gone when it ends, however it ends, and everything is gone within two seconds when the fleet
 * itself is killed, SIGKILL included.
 *
 * Where the kernel lets us, a job has a pid namespace with its own /proc, so the kernel itself
 * sweeps up. Elsewhere its descendants are hunted down. In both settings the job's process is the
 * subreaper of what it starts and has a process group of its own, no terminal, and all signals at
 * their defaults. No process that the fleet did not start is ever signalled.
 */
#ifndef REAPCHECK_FLEET_H
#define REAPCHECK_FLEET_H

#include <stdbool.h>
#include <stddef.h>

enum fleet_namespaces { FLEET_NAMESPACES_IF_ALLOWED, FLEET_NAMESPACES_NEVER };

struct fleet {
    int jobs; /* processes at once, 1.. */
    enum fleet_namespaces namespaces;
    int deadline_ms; /* for one job; it is then ended and reported as failed */
    /* In the supervised process: does job number i, writes its result to result_fd. Returns the
     * process's exit status. */
    int (*work)(void *user, size_t i, int result_fd);
    /* In the calling process, as jobs end, in any order. failure is NULL if the job ended well,
     * else says what became of it. */
    void (*done)(void *user, size_t i, const char *result, size_t size, const char *failure);
    /* Asked before each job is started and after each signal that the calling process handles;
     * may be NULL. True: start no more. Jobs that run are ended and reported as "stopped", those
     * that were not started are not reported. */
    bool (*stop)(void *user);
    void *user;
};

/* Runs jobs 0..count-1. Returns 0, or -errno where no job could be started at all. [one thread;
 * the process must have no other children meanwhile] */
int fleet_run(const struct fleet *fleet, size_t count);

/* True where a job gets a pid namespace of its own. */
bool fleet_has_namespaces(void);

/*
 * In a supervised process: ends every process that descends from it, also those that fork as fast
 * as they can, and reaps them all. Returns how many there were.
 */
size_t fleet_sweep(void);

#endif
