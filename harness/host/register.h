/* SPDX-License-Identifier: MIT */
/* The register of an application's event loop: hooks.c keeps it, loop.c goes by it. */
#ifndef REAPCHECK_HOST_REGISTER_H
#define REAPCHECK_HOST_REGISTER_H

#include <poll.h>
#include <stdatomic.h>
#include "host/loop.h"

#pragma GCC visibility push(hidden)

enum {
    REGISTRATIONS = 1 << 15, /* at one time */
    LOOP_GONE = 64,          /* deregistered fds that are remembered */
    LOOP_QUEUE = 1024,       /* readinesses that a late application keeps */
};

enum registration_state {
    REGISTRATION_FREE,
    REGISTRATION_NEW,
    REGISTRATION_FD,
    REGISTRATION_TIMEOUT
};

struct registration {
    _Atomic int state;        /* enum registration_state */
    _Atomic int number;       /* of its own; 0 before the first */
    _Atomic uint32_t version; /* of what the library is to hand back; 0: it was given nothing */
    _Atomic int fd, events;
    _Atomic int64_t due_us; /* 0: now */
    void *_Atomic for_library;
    _Atomic bool queued; /* its readiness waits to be told */
};

/* A readiness to be told, of what may be gone by then. */
struct occurrence {
    int number, fd;
    short events, revents;
    void *for_library;
};

/* An fd that was deregistered. Whoever reads takes it for whole only if the serial is the one that
 * it looks for before it reads and after. */
struct departed {
    _Atomic uint32_t serial; /* its place in the order of all, from 1; 0 while it is written */
    _Atomic int number, fd, events;
    void *_Atomic for_library;
};

struct loop_rule {
    _Atomic bool armed;
    _Atomic int value;
    _Atomic uint32_t skip, times, seen;
};

struct loop {
    _Atomic bool used;
    struct registration *registrations; /* REGISTRATIONS of them */
    struct pollfd *fds;                 /* REGISTRATIONS and one more; of the ctx's lane */
    int *which;                         /* likewise: the place behind each */
    _Atomic int high, lowest_free;      /* places ever used; where to look for a free one */
    _Atomic int wake;                   /* an eventfd */
    _Atomic unsigned habit;             /* enum loop_habit bits */
    struct loop_rule rules[HOOK_COUNT];
    struct departed gone[LOOP_GONE]; /* a ring */
    _Atomic uint32_t gone_count;
    uint32_t gone_told; /* of the ctx's lane, as what follows */
    struct occurrence queue[LOOP_QUEUE];
    int queued, turns;
    int count;             /* of fds */
    int64_t due_us;        /* the first timeout, negative: none */
    _Atomic bool changed;  /* the register, since fds was filled in */
    _Atomic bool owes_all; /* a spurious application: all is to be told of once more */
};

extern const struct rc_os_hooks loop_hooks;

/* The registration in use that has this number; NULL. */
struct registration *registration_numbered(struct loop *loop, int number);
/* Takes the place of one that is over. */
void registration_free(struct loop *loop, struct registration *registration);

#pragma GCC visibility pop
#endif
