/* SPDX-License-Identifier: MIT */
/*
 * What a script gives a name to, beside ctxs, children and fds: subjects of events, enablings,
 * operations, and fds and timeouts of the application's in a ctx.
 */
#ifndef REAPCHECK_HOST_THINGS_H
#define REAPCHECK_HOST_THINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include "adapter_events.h"
#include "host/context.h"

#pragma GCC visibility push(hidden)

enum {
    SUBJECTS = 256,
    EVGENS = 4096,
    OPERATIONS = 1024,
    WATCHES = 16384,
    THING_PATH = 256,
};

enum thing_state {
    THING_FREE,
    THING_NEW, /* its place is being made up */
    THING_LIVE,
    THING_OVER, /* kept for as long as possible: a library may yet speak of it */
};

/* What each begins with. */
struct thing {
    char name[16];
    int number;              /* in the log */
    _Atomic uint64_t serial; /* the latest of a name wins */
    _Atomic int state;       /* enum thing_state */
    struct context *context;
    uint64_t of; /* the serial of that ctx: another may have its place by now */
};

struct subject {
    struct thing thing;
    struct rc_subject rc;
    char path[THING_PATH];
};

struct evgen {
    struct thing thing;
    struct rc_evgen *handle;
};

struct operation {
    struct thing thing;
    enum rc_operation kind;
    struct rc_how how, progress;
    bool wants_progress;
    struct rc_operation_arguments arguments;
    char path[THING_PATH]; /* from which its program has its orders; the file to be locked */
    char *argv[3];
    _Atomic int orders, orders_read; /* the two ends of a pipe, 0: none */
    _Atomic int lock;                /* the file that is locked, 0: none */
    char ended, told; /* their addresses are for_callback: of its end, of its progress */
};

struct watch {
    struct thing thing;
    void *handle;
    bool is_timer;
    bool owns;            /* the fd is its own, and not that of another watch */
    _Atomic int fd, peer; /* a pair of sockets; 0: none */
    char ready;           /* its address is for_callback */
};

/* Each finds the latest of that name, which may be over; NULL if there is none. */
struct subject *subject_find(const char *name);
struct evgen *evgen_find(const char *name);
struct operation *operation_find(const char *name);
struct watch *watch_find(const char *name);

/* Each makes up a place, of state NEW; NULL if there is none left. */
struct subject *subject_new(const char *name, int number);
struct evgen *evgen_new(const char *name, int number, struct context *context);
struct operation *operation_new(const char *name, int number, struct context *context);
struct watch *watch_new(const char *name, int number, struct context *context);
/* The ctx is still open. */
bool thing_has_context(const struct thing *thing);
void thing_set(struct thing *thing, enum thing_state state);

/* The number of the subject that an event is about, 0 for none known. */
int subject_of(const struct rc_event *event);
/* Whose end or progress the library speaks of by this pointer; NULL: nobody's. */
struct operation *operation_ended(const void *for_callback);
struct operation *operation_told(const void *for_callback);
struct watch *watch_ready(const void *for_callback);
/* An event says that an operation of the ctx that was to end in it has ended. */
void operation_came(const struct context *context, const struct rc_event *event);

/* Makes what the operation's child takes its orders from, or the lock that it waits for: fills in
 * path, argv and arguments. 0 or -errno. */
int operation_equip(struct operation *operation);
/* Passes on an order, such as "exit 3". 0 or -errno. */
int operation_order(struct operation *operation, const char *order);
/* Gives up the lock that it waits for. 0 or -errno. */
int operation_unlock(struct operation *operation);
/* Closes all of that. */
void operation_over(struct operation *operation);

#pragma GCC visibility pop
#endif
