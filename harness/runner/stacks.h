/* SPDX-License-Identifier: MIT */
/*
 * The stacks of another process, by function names. The process is held by ptrace from opening to
 * closing.
 */
#ifndef REAPCHECK_STACKS_H
#define REAPCHECK_STACKS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stacks;

/* Stops the threads. NULL with errno: EPERM where ptrace is not allowed, ESRCH where there is no
 * such process. Threads that cannot be stopped now are left as they are, and have no stack. */
struct stacks *stacks_open(pid_t pid, const pid_t *tids, size_t count);

/* Calls name for each of these return addresses with the function that it lies in. Nothing is
 * stopped. */
void stacks_name(pid_t pid, const int64_t *addresses, size_t count,
                 void (*name)(void *user, size_t i, const char *function), void *user);

/* Calls frame for each function on the stack of a thread, the innermost first, at most `most`
 * times. Returns how many there were. */
size_t stacks_walk(struct stacks *stacks, pid_t tid, size_t most,
                   void (*frame)(void *user, const char *function), void *user);

/* Lets the threads go on, with the signals that reached them meanwhile; what was stopped by a
 * signal before stays so. */
void stacks_close(struct stacks *stacks);

#endif
