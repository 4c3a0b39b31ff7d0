/* SPDX-License-Identifier: MIT */
/*
 * How libreap learns that a child may have ended. A source announces, it does not reap: upon an
 * announcement the ctx is woken and looks for itself (scan.c), so a source may announce too much,
 * but never too little. SIGCHLD is one such source (sigchld.c).
 */
#ifndef REAP_EXIT_SOURCE_H
#define REAP_EXIT_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>

/* One who wants to hear of exits; embedded in its ctx. */
struct exit_listener {
    struct exit_listener *_Atomic next; /* the source's; see sigchld.c */
    _Atomic bool announced;             /* set by the source, cleared before a look */
    int wake_fd;                        /* written to after that */
    bool joined;
};

struct exit_source {
    /*
     * From now on every exit of a child of this process is announced to the listener, and one
     * announcement is made at once for those that were before. Idempotent. 0 or a reap_error, with
     * nothing changed. [locked]
     */
    int (*join)(struct exit_listener *listener);
    /*
     * No further announcement begins. Idempotent. 0, or a reap_error for the record: the listener
     * has left in any case. REAP_ERROR_HANDLER_BUSY: what was set up for the listeners had been
     * taken over by the application, and was left alone. [locked]
     */
    int (*leave)(struct exit_listener *listener);
    /* After leave: returns when no announcement to those who left is under way. [unlocked] */
    void (*settle)(void);
    /* Are exits announced at present, to one who has joined? [locked] */
    bool (*announces)(void);
    /* In a forked child: forgets all listeners. Nothing is put back yet. Idempotent. */
    void (*forget)(void);
    /* In a forked child, after forget: puts back what was there before the first listener of the
     * parent came. Idempotent. 0 or a reap_error. */
    int (*restore)(void);
};

#pragma GCC visibility push(hidden)

extern const struct exit_source reap__exit_source;

/* Does the process have its children reaped by the kernel (SIG_IGN or SA_NOCLDWAIT)? */
bool reap__exits_vanish(void);

#pragma GCC visibility pop

#endif
