/* SPDX-License-Identifier: MIT */
/*
 * Every call of the adapter goes through here, so that each is written down as it starts and ends
 * and is made in the library's zone.
 */
#ifndef REAPCHECK_HOST_LIBRARY_H
#define REAPCHECK_HOST_LIBRARY_H

#include "host/context.h"

#pragma GCC visibility push(hidden)

/* Takes the adapter that is linked in, or that the shared object brings. Returns NULL if there is
 * none to be driven, having written why. */
const struct rc_adapter *library_load(const char *object, char *why, size_t size);
const struct rc_adapter *library_adapter(void);
/* Says `hello` and the limits. */
void library_announce(bool probe);

/* As the members of struct rc_adapter; -ENOSYS where that is not offered. */
int library_open(struct context *context);
int library_close(struct context *context);
int library_owner(struct context *context, enum rc_owner owner);
pid_t library_fork(struct context *context, void (*body)(void *), void *arg);
pid_t library_spawn(struct context *context, char *const argv[]);
int library_watch(struct context *context, pid_t pid);
int library_forget(struct context *context, pid_t pid);
int library_kill(struct context *context, pid_t pid, int signal);
int library_run(struct context *context, int timeout_ms);
/* Something is heard of on this thread: the turn that it falls into, if any, is written down. */
void library_note_turn(void);
int library_wake(struct context *context);
int library_told_reaped(struct context *context, pid_t pid, int wait_status);
int library_told_sigchld(struct context *context);
int library_postfork(struct context *context);
int library_carefd_open(struct context *context, const char *path, void **carefd);
int library_carefd_close(void *carefd);

#pragma GCC visibility pop
#endif
