/* SPDX-License-Identifier: MIT */
/*
 * Every call of the adapter goes through here, so that each is written down as it starts and ends
 * and is made in the library's zone.
 */
#ifndef REAPCHECK_HOST_LIBRARY_H
#define REAPCHECK_HOST_LIBRARY_H

#include "history/event.h"
#include "host/context.h"

#pragma GCC visibility push(hidden)

/* An implementation that the host drives. */
struct library {
    const struct rc_adapter *adapter;
    enum event_library number; /* in the log: LIBRARY_UNKNOWN where it is the only one */
};

/* Takes the adapter that is linked in, if there is one, and those that shared objects bring (ends
 * with NULL): one, or the two of a pair. False if there is none to be driven, having written why.
 */
bool library_load(char *const *objects, char *why, size_t size);
/* "one" or "two"; NULL: the one, or the first. NULL where there is none such. */
const struct library *library_named(const char *word);
/* Every adapter offers wake. */
bool library_wakes(void);
/* Says `hello` and the limits, for each. */
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
int library_carefd_close(const struct library *library, void *carefd);

#pragma GCC visibility pop
#endif
