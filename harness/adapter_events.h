/* SPDX-License-Identifier: MIT */
/*
 * The second part of the contract: events, asynchronous operations, and the two ways in which an
 * application's own event loop drives a library. For a library that has such things; its adapter
 * fills in a `struct rc_events` and names it in rc_adapter.events. Everything in adapter.h holds
 * here, too: NULL is what is not offered, failures are negative errnos, and an adapter hands values
 * and pointers through as they are. It never looks one up in a table of its own, since what comes
 * back is what is being tested.
 *
 * Errors have one meaning each: -EAGAIN no event is ready, -ECANCELED aborted, -ENOENT no such
 * operation, -EALREADY asked for that already, -ENOBUFS too little room, -ETIMEDOUT its time limit
 * was over, -EIO what it ran has failed, RC_HOOK_FAILED a hook said so. A positive result is the
 * value by which a hook failed, and came up through the library as it was.
 *
 * Threads. Any member may be called on any lane at any moment, `operation` and `event_wait` may
 * stay inside for long, and the harness may be called back on any thread that is inside the
 * library. Where RC_FEATURE_ONE_THREAD or RC_FEATURE_OWN_THREAD forbids that, they hold here, too.
 * What is called while the library may hold its locks (predicates, hooks) calls nothing of the
 * adapter. All else (rc_callbacks.event and the reapcheck_ functions at the end) may call any
 * member again, but ctx_close: only reapcheck_watched may call that.
 *
 * Times are in microseconds of `clock`, to which the harness adds a span of its own: it makes hours
 * pass in no time. Whatever the library asks of that clock by clock_gettime or gettimeofday has the
 * span in it, too.
 */
#ifndef REAPCHECK_ADAPTER_EVENTS_H
#define REAPCHECK_ADAPTER_EVENTS_H

#include <poll.h>
#include <time.h>
#include "adapter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REAPCHECK_EVENTS_ABI 1

/*
 * Subjects: what an event is about. They are made outside the library, by the harness: a process
 * that is no child of the host, or a file; or by the adapter, where its library is about something
 * else (libxl: a domain, a disk of it).
 */
enum rc_subject_kind {
    RC_SUBJECT_PROCESS, /* can stop and go on, and ends */
    RC_SUBJECT_PATH,    /* can vanish */
};
struct rc_subject {
    enum rc_subject_kind kind;
    long id;          /* the pid, or what the adapter calls it by; 0 where `path` says all */
    const char *path; /* of the file, or what the adapter calls it by; NULL: none */
    void *own;        /* the adapter's */
};
enum rc_subject_change { RC_SUBJECT_STOPS, RC_SUBJECT_ENDS, RC_SUBJECT_VANISHES };

/* The numbers are libxl's. */
enum rc_event_type {
    RC_EVENT_STOPPED = 1,  /* a process stopped (libxl: a domain shut down); once at most */
    RC_EVENT_ENDED = 2,    /* it ended (a domain died) */
    RC_EVENT_VANISHED = 3, /* a path (a disk was ejected) */
    RC_EVENT_COMPLETE = 4, /* an operation completed */
    RC_EVENT_PROGRESS = 5, /* an operation got on (a console became available) */
};
#define RC_EVENT_BIT(type) (UINT64_C(1) << (type))

/* An event as the adapter shows it. The structure is its holder's and may be copied. What it points
 * to is the library's, and stays until event_free. */
struct rc_event {
    enum rc_event_type type;
    uint64_t user;    /* the value that `enable` or the how was given, as the event has it */
    long id;          /* STOPPED, ENDED, VANISHED: of the subject, as the event has it, else 0 */
    const char *path; /* VANISHED: the same; else NULL */
    int result;       /* COMPLETE: 0 or an error, as above */
    const char *text; /* PROGRESS: what it says, may be NULL; else NULL */
    void *own;        /* the library's event, for event_free */
};

/* What event_check and event_wait are to look for. */
struct rc_criteria {
    uint64_t types; /* RC_EVENT_BIT()s, handed to the library as they are */
    /* Handed to the library as its predicate, NULL as NULL. Not 0: this one. Called under the
     * library's locks, also for events that are not of these types, if the library does that. */
    int (*wanted)(void *user, const struct rc_event *event);
    void *user;
};

enum rc_how_kind {
    RC_HOW_SYNCHRONOUS, /* the call returns when the operation has completed, with its result */
    RC_HOW_CALLBACK,    /* reapcheck_completed, reapcheck_progressed */
    RC_HOW_EVENT,       /* an event with the value `user` */
};
/* The structure need not outlive the call. The adapter spoils what it makes of it for the library
 * as soon as the call has returned. */
struct rc_how {
    enum rc_how_kind kind;
    uint64_t user;      /* EVENT */
    void *for_callback; /* CALLBACK: handed to the library as it is */
};

enum rc_operation {
    RC_OPERATION_PROGRAM, /* runs a program to its end: 0 for exit status 0, else -EIO */
    RC_OPERATION_HELPER,  /* the same; each line that it says is progress */
    RC_OPERATION_LOCK,    /* waits in a child for a file lock that somebody else holds */
    RC_OPERATION_END,     /* ends the subject and waits until it is gone */
};
#define RC_OPERATION_BIT(operation) (1u << (operation))

/* Stays as it is until the operation has completed. What is not for the operation is 0 or NULL. */
struct rc_operation_arguments {
    /* PROGRAM, HELPER: a program that awaits orders. It has them from a file that is named in its
     * arguments, so it needs no fd of the caller's; a helper says its lines on stdout. argv[0] is
     * its path, argv ends with NULL. */
    char *const *argv;
    /* The same for a library whose child does not become a program: there, body(arg) is called and
     * returns the exit status, or never. */
    int (*body)(void *arg);
    void *arg;
    /* LOCK: a file that the harness has locked by flock(LOCK_EX). The lock that the operation gains
     * is given up by the adapter, at once. */
    const char *path;
    /* END */
    const struct rc_subject *subject;
    /* RC_EVENTS_LIMIT: after so long the operation is to end with -ETIMEDOUT; 0: never. For END the
     * grace, after which the subject is ended by force. */
    int64_t limit_us;
};

/* What an enabling gives; each adapter defines its own. */
struct rc_evgen;

/* A hook fails without a value of its own: handed to the library as its constant for that. Any
 * positive result is handed through as it is. */
#define RC_HOOK_FAILED (-1000)

/*
 * The application's event loop, as the library sees it. Handed through as it is: `user`,
 * *for_application, for_library, events, results. due_us 0 is the library's word for "now".
 */
struct rc_os_hooks {
    int (*fd_register)(void *user, int fd, void **for_application, short events, void *for_library);
    int (*fd_modify)(void *user, int fd, void **for_application, short events);
    void (*fd_deregister)(void *user, int fd, void *for_application);
    int (*timeout_register)(void *user, void **for_application, int64_t due_us, void *for_library);
    int (*timeout_modify)(void *user, void **for_application, int64_t due_us);
    void (*timeout_deregister)(void *user, void *for_application);
};

enum rc_events_feature {
    /* rc_operation_arguments.limit_us is honoured. */
    RC_EVENTS_LIMIT = 1u << 0,
    /* A disaster for which there is no callback ends the process with exit(-1). */
    RC_EVENTS_DISASTER_EXITS = 1u << 1,
};

struct rc_events {
    uint32_t abi;        /* REAPCHECK_EVENTS_ABI */
    uint32_t types;      /* RC_EVENT_BIT()s: those that can occur */
    uint32_t operations; /* RC_OPERATION_BIT()s: those that `operation` takes */
    uint32_t features;   /* enum rc_events_feature bits */
    clockid_t clock;     /* CLOCK_MONOTONIC or CLOCK_REALTIME: by what the library's times go */

    /* Takes the first event that fits out of the queue: 0, or -EAGAIN. The holder of *event gives
     * it to event_free, once. */
    int (*event_check)(struct rc_ctx *ctx, const struct rc_criteria *criteria,
                       struct rc_event *event);
    /* The same, but waits until there is one. */
    int (*event_wait)(struct rc_ctx *ctx, const struct rc_criteria *criteria,
                      struct rc_event *event);
    void (*event_free)(struct rc_ctx *ctx, struct rc_event *event);
    /* From now on events of these types (RC_EVENT_BIT()s) go to rc_callbacks.event. with_disaster
     * 0: the library is given no callback for disasters; after ctx_open it has one. With a mask of
     * 0 it is given none for events. Called while nothing else calls the ctx and nothing is
     * enabled.
     */
    int (*event_callbacks)(struct rc_ctx *ctx, uint64_t mask, int with_disaster);

    /* What happens to the subject becomes an event: STOPPED and ENDED of a process, VANISHED of a
     * path. The subject is not kept: the adapter spoils its own copies of texts after the call. */
    int (*enable)(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
                  struct rc_evgen **evgen);
    /* Not after ctx_close. */
    void (*disable)(struct rc_ctx *ctx, struct rc_evgen *evgen);

    /* Starts an operation: 0 where it is on its way, else it was not started. Synchronous: its
     * result. progress: NULL: none is wanted; never SYNCHRONOUS. */
    int (*operation)(struct rc_ctx *ctx, enum rc_operation operation,
                     const struct rc_operation_arguments *arguments, const struct rc_how *how,
                     const struct rc_how *progress);
    /* Asks for the end of the operation that was started in this way; SYNCHRONOUS: of one that
     * another lane waits for. 0: it is being aborted; -ENOENT; -EALREADY. */
    int (*abort)(struct rc_ctx *ctx, const struct rc_how *how);

    /* Once in the life of a ctx, while it has nothing registered, else -EBUSY; the structure
     * outlives the ctx. The ctx is then driven by occurred_fd and occurred_timeout, and `run` is
     * called only where the application mixes the two. */
    int (*hooks)(struct rc_ctx *ctx, const struct rc_os_hooks *hooks, void *user);
    void (*occurred_fd)(struct rc_ctx *ctx, void *for_library, int fd, short events, short revents);
    void (*occurred_timeout)(struct rc_ctx *ctx, void *for_library);

    /* What `run` is made of, with nothing added: one call of the library each. beforepoll: 0 or
     * -ENOBUFS; fds may be NULL where *nfds is 0. timeout_ms as for poll, negative: none. */
    int (*beforepoll)(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms,
                      int64_t now_us);
    int (*afterpoll)(struct rc_ctx *ctx, int nfds, struct pollfd *fds, int64_t now_us);

    /* An fd or a timeout of the application's in the ctx, heard of by reapcheck_watched; for a
     * timeout, that ends it. The watch itself stays until ctx_close: timeout_unwatch may come for
     * one that has ended, and then does nothing or fails. Where the library's own sources for those
     * can be had. */
    int (*fd_watch)(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **watch);
    int (*fd_change)(struct rc_ctx *ctx, void *watch, short events);
    int (*fd_unwatch)(struct rc_ctx *ctx, void *watch);
    int (*timeout_watch)(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **watch);
    int (*timeout_unwatch)(struct rc_ctx *ctx, void *watch);

    /* Subjects that the harness cannot make. Both or none; with none, the harness makes them all.
     * subject_make fills in *subject, whose texts stay until the process ends. */
    int (*subject_make)(enum rc_subject_kind kind, const char *name, struct rc_subject *subject);
    int (*subject_do)(struct rc_subject *subject, enum rc_subject_change change);
};

/*
 * What the harness offers to adapters beside reapcheck_register_adapter; for_callback is what the
 * library gave back, whatever that is. An event is the harness's then, as in rc_callbacks.event.
 */
void reapcheck_completed(void *for_callback, int result);
void reapcheck_progressed(void *for_callback, const struct rc_event *event);
/* An fd is ready; a timeout is over: fd -1, events and revents 0. */
void reapcheck_watched(void *for_callback, int fd, short events, short revents);

#ifdef __cplusplus
}
#endif
#endif
