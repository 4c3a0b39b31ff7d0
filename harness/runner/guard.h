/* SPDX-License-Identifier: MIT */
/*
 * A guard is the process between the fleet and one job: it starts the job's worker, waits, and
 * sees to it that nothing is left when it ends itself. It ends when the worker has ended, or when
 * the caller closes the life-line, be it by dying.
 */
#ifndef REAPCHECK_GUARD_H
#define REAPCHECK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct guard {
    pid_t pid;  /* 0 once it was waited for */
    int life;   /* closing it makes the guard end its job; -1 once closed */
    int status; /* delivers the worker's wait status once all is swept up, or end of file */
    int result; /* what the worker writes; does not block; -1 once closed */
};

/*
 * Starts a guard and its worker, which does exit(work(user, i, result_fd)) with all signals at
 * their defaults. `others` are the caller's other guards: their fds are closed in the new
 * processes. Returns 0, or -errno where a process or an fd could not be had. [one thread; SIGCHLD
 * is not ignored]
 */
int guard_start(struct guard *guard, bool own_namespace,
                int (*work)(void *user, size_t i, int result_fd), void *user, size_t i,
                const struct guard *const *others, size_t others_count);

/* Closes the life-line. */
void guard_end(struct guard *guard);

/* After the end of the result. */
void guard_close_result(struct guard *guard);

/* Waits until the guard has ended, which it must be about to do. */
void guard_wait(struct guard *guard);

/* Closes the fds of a guard that has been waited for. */
void guard_free(struct guard *guard);

#endif
