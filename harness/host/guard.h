/* SPDX-License-Identifier: MIT */
/*
 * The lock of a guarded application, which knows one way only to keep to the order of locks: it
 * takes its own in its hooks, and never calls the library without it. So while one thread is in the
 * library no other gets in, for however long that is.
 *
 * The lock counts, as hooks and callbacks run within calls. It is none of the library's: what the
 * oracles hear of locks leaves it out.
 */
#ifndef REAPCHECK_HOST_GUARD_H
#define REAPCHECK_HOST_GUARD_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* From now on, for all ctxs. A call that is under way goes on as it began. */
void guard_set(bool guarded);
/* Takes the lock where the application is guarded. What it returns is for guard_leave. */
bool guard_enter(void);
void guard_leave(bool guarded);
/* In a forked copy: its lock is as if nobody had had it. */
void guard_forget(void);

#pragma GCC visibility pop
#endif
