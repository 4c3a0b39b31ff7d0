/* SPDX-License-Identifier: MIT */
/*
 * Looks at a process that does not go on: for each of its threads a text with its state, the
 * system call it waits in, its stack by function names, and, where a control page is given, the
 * libc call it is inside and the locks it holds.
 */
#ifndef REAPCHECK_HANG_H
#define REAPCHECK_HANG_H

#include <sys/types.h>
#include "probe/control.h"

/* Calls found once a thread with a text that is valid during the call only. The process is
 * stopped by ptrace while it is looked at and let go afterwards. Returns the number of threads,
 * or -errno (-ESRCH: it is gone; -EPERM: no ptrace; the texts then lack stacks). */
int hang_examine(pid_t pid, const struct control *control,
                 void (*found)(void *user, pid_t tid, const char *text), void *user);

#endif
