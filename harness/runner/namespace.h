/* SPDX-License-Identifier: MIT */
/*
 * A process that is the first of a pid namespace, with a /proc of its own. When it ends, the
 * kernel ends every other process of the namespace before anybody can wait for it.
 */
#ifndef REAPCHECK_NAMESPACE_H
#define REAPCHECK_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * As fork, the child being process 1 of a new pid namespace. In the child *failure is 0, or the
 * errno of what could not be set up. Returns -1 with errno where the kernel does not let us. [one
 * thread]
 *
 * It is no fork to libc: the child must not use raise, abort or locks owned by thread id. What it
 * forks itself is a process like any other.
 */
pid_t namespace_fork(int *failure);

/* Tries it. [one thread] */
bool namespace_allowed(void);

#endif
