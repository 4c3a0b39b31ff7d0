/* SPDX-License-Identifier: MIT */
/* The ctxs that the host has opened, by name, and what the harness hears from them. */
#ifndef REAPCHECK_HOST_CONTEXT_H
#define REAPCHECK_HOST_CONTEXT_H

#include <stdbool.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "adapter.h"

#pragma GCC visibility push(hidden)

enum { CONTEXTS = 1024 };

struct lane;
struct library;
struct loop;

enum context_state {
    CONTEXT_FREE,
    CONTEXT_OPENING,
    CONTEXT_OPEN,
    CONTEXT_CLOSING,
    CONTEXT_CLOSED, /* kept for as long as possible: a library may yet call back */
};

struct context {
    char name[16];
    int index;                     /* its number in the log */
    const struct library *library; /* whose it is */
    struct rc_ctx *handle;
    struct rc_callbacks callbacks;
    int strangers; /* what the application says of a stranger: 0, -ESRCH or, wrongly, -EINVAL */
    bool fork_raw;
    struct loop *_Atomic loop;   /* that drives it through hooks; NULL: `run` does */
    bool mixes;                  /* both do */
    _Atomic uint64_t serial;     /* the latest of a name wins */
    _Atomic(struct lane *) lane; /* where its loop is turned; NULL: inherited by a forked copy */
    _Atomic int state;           /* enum context_state */
    _Atomic bool paused;
    _Atomic uint32_t pins; /* the helper is waking it */
};

struct context_options {
    const struct library *library;
    bool forkhook, forkhook_raw, strangers_wanted, hooks, mixes;
    int strangers; /* as in struct context */
    int owner;     /* enum rc_owner, -1 for none */
};

/* Opens a ctx on the calling lane. 0 or -errno. */
int context_open(const char *name, int index, const struct context_options *options);
/* 0 or -errno; -ETIMEDOUT where its loop could not be got out of. */
int context_close(struct context *context);
/* The open ctx of that name, or NULL. */
struct context *context_find(const char *name);
/* Stops or resumes the turning of its loop. */
void context_pause(struct context *context, bool paused);

/* One turn of its loop, in whatever way it is driven. */
int context_turn(struct context *context, int timeout_ms);
/* Makes a turn on another thread return soon. */
void context_wake(struct context *context);

/* Place in the table, for lanes. */
uint32_t context_place(const struct context *context);
struct context *context_at(uint32_t place);
/* Whether the lane is to turn its loop now. */
bool context_turns_on(const struct context *context, const struct lane *lane);
/* Fills in the ctxs that the lane turns; returns how many. */
size_t context_list(const struct lane *lane, uint16_t places[CONTEXTS]);
/* Gives the ctxs of one lane to another. */
void context_move(struct lane *from, struct lane *to);
/* In a forked copy: no loop that was inherited is turned. */
void context_disown_all(void);

#pragma GCC visibility pop
#endif
