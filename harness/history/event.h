/* SPDX-License-Identifier: MIT */
/*
 * One thing that happened in a run. A history is an array of these, in order.
 *
 * An event is written by whoever sees it happen: the probe (libc calls, handlers, locks), the
 * host (adapter calls and callbacks), the runner (steps, orders, what the kernel says). All of
 * them write into one log in shared memory (log.h), so the order is the order of the world.
 *
 * Which member means what, for each kind, is stated beside the kind; members not named are zero
 * (ctx is -1). `pid` and `tid` always say who did it, `time` when.
 */
#ifndef REAPCHECK_EVENT_H
#define REAPCHECK_EVENT_H

#include <stdint.h>

/* kind, word in the text form. */
#define EVENT_KINDS(X)                                                                               \
    /* -- the host: adapter calls and callbacks -- */                                                \
    X(ENTER, "enter") /* what: op; ctx; subject: pid or 0; value: owner, signal or wait status */    \
    X(LEAVE, "leave") /* as ENTER; result: what the call returned; error: -result if negative */     \
    X(REPORT, "report")     /* ctx; subject: pid; value: wait status */                              \
    X(LOST, "lost")         /* ctx; subject: pid */                                                  \
    X(STRANGER, "stranger") /* ctx; subject: pid; value: wait status; result: the answer given */    \
    X(DISASTER, "disaster") /* ctx; error: errno; text: what */                                      \
    X(WARNED, "warned")     /* ctx; text: what the library logged */                                 \
    X(FORKHOOK, "forkhook") /* ctx; subject: pid, 0 in the child; error: errno; value: 1 where it    \
                               ran no pthread_atfork handlers */                                     \
    /* -- the host: events, operations, event loops (adapter_events.h) -- */                         \
    X(GOT,                                                                                           \
      "got") /* an event was taken out of the library, or handed over by it; what: enum              \
                event_way; ctx; extra: enum rc_event_type; value: its user; subject: number of       \
                its subject, for WAY_PROGRESS of the operation, 0 where it is none known;            \
                result: of COMPLETE: 0 or -errno; text: path, line, or the id that is not known      \
              */                                                                                     \
    X(COMPLETED, "completed") /* a how's callback was called; ctx; subject: number of the            \
                                 operation, 0 where it was given what none was started with;         \
                                 result: 0 or -errno; error */                                       \
    X(RETURNED, "returned")   /* such a callback, or one that was handed an event, is about to       \
                                 return;   what: enum event_way; ctx; subject as it was there */     \
    X(HOOK, "hook") /* the library called a hook; what: enum event_hook; ctx; subject: fd; value:    \
                       registration, numbered as they come, 0 where the library passed what          \
                       belongs to none; extra: events asked for, or when it is due; result: what     \
                       the application answered; spare: 1 where *for_application was not NULL as     \
                       it was registered */                                                          \
    X(WATCHED, "watched") /* subject: number of the watch, 0: none such; value: fd; extra: events;   \
                             spare: revents; result: 1 where poll finds none of these as the         \
                             callback begins */                                                      \
    /* -- the host as application -- */                                                              \
    X(FOREIGN, "foreign") /* subject: pid of a child that the application forked */                  \
    X(WAITED, "waited")   /* subject: pid asked for, -1 any; result: pid or -1; value: wait          \
                             status; error; extra: options */                                        \
    X(ACTION, "action")   /* the application set the disposition of signal `subject`;                \
                             value: enum disposition; extra: sa_flags */                             \
    X(FORKED, "forked")   /* subject: pid of a forked copy of the host that goes on as a host */     \
    X(LANE, "lane")       /* tid is the lane; text: its name */                                      \
    X(UNLANE, "unlane")   /* the lane ends */                                                        \
    /* -- the probe -- */                                                                            \
    X(CALL, "call")   /* what: enum libc_call; zone; subject: first int argument (fd, pid,           \
                         signal); result; error; value, extra: see history/calls.h */                \
    X(FAULT, "fault") /* what: call made to fail; error: with this errno */                          \
    X(HELD, "held")   /* what: call at whose gate the thread waits; value: the gate */               \
    X(FREED, "freed") /* the thread passes the gate `value` on */                                    \
    X(HANDLER_IN, "handler-in") /* subject: signal; value: si_pid; result: si_code, more than 0      \
                                   where the kernel sent it; extra: depth on this thread, 1 for      \
                                   the outermost */                                                  \
    X(HANDLER_OUT,                                                                                   \
      "handler-out")          /* subject: signal; value: errno on entry; extra: errno on exit */     \
    X(LOCK, "lock")           /* value: address of the mutex; extra: bit 0 recursive, bit 1 tried;   \
                                 zone */                                                             \
    X(LOCK_WAIT, "lock-wait") /* as LOCK: it is taken, the thread starts to wait */                  \
    X(UNLOCK, "unlock")       /* value: address of the mutex */                                      \
    X(LEFT_LOCKED, "left-locked") /* the library returned to (value 0) or called (value 1) the       \
                                     application with `extra` still held by this thread */           \
    X(BORN, "born") /* written in a child just forked, before it goes on; subject: its parent */     \
    /* -- the runner -- */                                                                           \
    X(STEP, "step") /* subject: line of the script; text: the step */                                \
    X(EXPECT,                                                                                        \
      "expect") /* subject: line; result: 0 met, 1 not met; value: pid of the forked copy of which   \
                   it was expected, 0 for the host; text: what, and what was seen */                 \
    X(CTX, "ctx")         /* names a ctx: ctx; text */                                               \
    X(CHILD, "child")     /* names a child: ctx or -1 if foreign; subject: pid; text */              \
    X(ORDER, "order")     /* subject: pid; value: the wait status it was told to end with */         \
    X(EXITED, "exited")   /* the kernel's word: subject: pid; value: wait status, -1 if not known;   \
                             extra: 1 if it has been reaped */                                       \
    X(SUBJECT, "subject") /* names what events are about: subject: its number; value: its id;        \
                             extra: enum rc_subject_kind; text */                                    \
    X(EVGEN, "evgen")     /* names an enabling: subject: its number; ctx; value: its user; extra:    \
                             number of what it is about; text */                                     \
    X(OPERATION, "operation") /* names an operation: subject: its number; ctx; extra: enum           \
                                 rc_operation; what: enum rc_how_kind; value: its user; error: 0     \
                                 where no progress is wanted, else 1 by callback, 2 by event;        \
                                 result: with the user of it; text */                                \
    X(WATCH, "watch")     /* names an fd or timeout of the application's in a ctx: subject: its      \
                             number; ctx; text */                                                    \
    X(CHANGED, "changed") /* it has happened: subject: number of what it happened to; value: enum    \
                             rc_subject_change */                                                    \
    X(CLOCK, "clock")     /* the clock was moved; value: by so many microseconds in all */           \
    X(REGISTERED, "registered") /* at a quiet point, of a ctx that has hooks: ctx; value: fds,       \
                                   extra: timeouts that it has registered */                         \
    X(QUIET, "quiet") /* nothing is left to happen; result: 0, or 1 where that was not reached;      \
                         value: bit n where nobody turned the loop of ctx n, as its lane was held    \
                         or waited for something else */                                             \
    X(DISPOSITION, "disposition") /* of SIGCHLD, as the host said when asked; value: enum            \
                                     disposition; extra: sa_flags; result: sa_mask, bit n-1 for      \
                                     signal n; subject: how many events came between question and    \
                                     answer (in a log: how many had come before the question) */     \
    X(MASK, "mask") /* subject: tid of a lane; value: blocked signals, bit n-1 for signal n;         \
                       result: 1 where this is what it is to be from now on */                       \
    X(FD, "fd")     /* subject: fd open in process `value` at the end that was not so at the         \
                       start; text: what it is */                                                    \
    X(FD_GONE,                                                                                       \
      "fd-gone")        /* subject: fd open in process `value` at the start and not at the end */    \
    X(ZOMBIE, "zombie") /* subject: pid: ended, not reaped, when the run was over */                 \
    X(LEFT, "left")     /* subject: pid of a child of process `value` that no step started: it is    \
                           there when the run is over; extra: 1 if it has ended and is not reaped */ \
    X(KEPT, "kept") /* memory that the library took and nobody gave back, when the run is over;      \
                       subject: tid that took it; value: size; extra: how many events had come       \
                       before; result: address of the caller; text: its name, if looked up */        \
    X(THREAD, "thread")   /* subject: tid of a thread of process `value` that is no lane: it is      \
                             there when the run is over, and was not at the start */                 \
    X(EXEC_FD, "exec-fd") /* subject: pid of a program; value: fd it was given; text */              \
    X(EXEC_MASK, "exec-mask") /* subject: pid of a program; value: blocked; extra: ignored */        \
    X(HANG, "hang") /* subject: tid; text: its stack, what it waits for, what it holds */            \
    X(HOST_EXIT, "host-exit")     /* the host ended: value: wait status; text: last words */         \
    X(LOST_EVENTS, "lost-events") /* the log was full; value: events not recorded */

enum event_kind {
    EVENT_NONE,
#define X(name, word) EVENT_##name,
    EVENT_KINDS(X)
#undef X
        EVENT_KIND_COUNT
};

/* QUIET has a bit for each ctx that nobody turned, as far as they go. */
enum { QUIET_CTXS = 63 };

/* Adapter members, as ENTER and LEAVE name them. `run` is recorded only where a callback falls
 * into it, and from the first one on. */
#define EVENT_OPS(X)                                                                               \
    X(OPEN, "open")                                                                                \
    X(CLOSE, "close")                                                                              \
    X(OWNER, "owner") /* value: enum rc_owner */                                                   \
    X(FORK, "fork")   /* LEAVE: subject: pid of the child */                                       \
    X(SPAWN, "spawn") /* LEAVE: subject: pid of the child */                                       \
    X(WATCH, "watch")                                                                              \
    X(FORGET, "forget")                                                                            \
    X(KILL, "kill")                                                                                \
    X(RUN, "run")                                                                                  \
    X(WAKE, "wake")                                                                                \
    X(TOLD_REAPED, "told-reaped")                                                                  \
    X(TOLD_SIGCHLD, "told-sigchld")                                                                \
    X(POSTFORK, "postfork")                                                                        \
    X(CAREFD, "carefd") /* LEAVE: result: the fd */                                                \
    X(SHUT, "shut")                                                                                \
    X(CHECK, "check")         /* value: bits of types; extra: the user that is wanted, -1 any */   \
    X(WAIT, "wait")           /* as CHECK */                                                       \
    X(CALLBACKS, "callbacks") /* value: bits of types; extra: 1 without disaster */                \
    X(ENABLE, "enable")       /* subject: number of the evgen */                                   \
    X(DISABLE, "disable")     /* subject: the same */                                              \
    X(OPERATION, "operation") /* subject: number of the operation */                               \
    X(ABORT, "abort")         /* subject: the same */                                              \
    X(HOOKS, "hooks")                                                                              \
    X(OCCURRED_FD, "occurred-fd")           /* subject: fd; value: registration; extra: events;    \
                                               spare: revents */                                   \
    X(OCCURRED_TIMEOUT, "occurred-timeout") /* value: registration */                              \
    X(BEFOREPOLL, "beforepoll") /* subject: room; value: nfds; extra: timeout in ms, both as given \
                                   and, in LEAVE, as returned; text: the fds, in LEAVE */          \
    X(AFTERPOLL, "afterpoll")   /* subject: nfds; text: the fds */                                 \
    X(OBSERVE, "observe")       /* subject: number of the watch; value: fd, -1 for a timeout;      \
                                   extra: events, or when it is due */                             \
    X(CHANGE, "change")         /* subject: the same; extra: events */                             \
    X(UNOBSERVE, "unobserve")   /* subject: the same */

enum event_op {
    OP_NONE,
#define X(name, word) OP_##name,
    EVENT_OPS(X)
#undef X
        OP_COUNT
};

/* How the application came to an event. */
enum event_way {
    WAY_NONE,
    WAY_CHECK,    /* event_check gave it */
    WAY_WAIT,     /* event_wait gave it */
    WAY_CALLBACK, /* event_occurs was called */
    WAY_PROGRESS, /* the callback of an operation's progress was called */
    WAY_COMPLETE, /* of RETURNED: the callback of an operation's end */
};

/* Hooks of an application's event loop. */
enum event_hook {
    HOOK_NONE,
    HOOK_FD_REGISTER,
    HOOK_FD_MODIFY,
    HOOK_FD_DEREGISTER,
    HOOK_TIMEOUT_REGISTER,
    HOOK_TIMEOUT_MODIFY,
    HOOK_TIMEOUT_DEREGISTER,
    HOOK_COUNT
};

/* Whose code was running. */
enum event_zone {
    ZONE_APPLICATION, /* the host, or a callback of it */
    ZONE_LIBRARY,     /* the implementation, called by the host or on a thread of its own */
    ZONE_HANDLER,     /* a signal handler that the implementation installed */
};

/* What the disposition of a signal is. */
enum disposition {
    DISPOSITION_DEFAULT,
    DISPOSITION_IGNORED,
    DISPOSITION_LIBRARY,     /* a handler that the implementation installed */
    DISPOSITION_APPLICATION, /* a handler that the host installed */
};

/* Which implementation it was, where two share the process (a pair). */
enum event_library {
    LIBRARY_UNKNOWN, /* there is but one, or nobody can tell */
    LIBRARY_ONE,
    LIBRARY_TWO,
    LIBRARY_COUNT
};

/* 64 bytes, so that one event is one cache line. */
struct event {
    uint64_t time;       /* CLOCK_MONOTONIC, nanoseconds */
    uint32_t state;      /* the log's own: 0 until the event is complete; atomic */
    uint16_t kind;       /* enum event_kind */
    uint8_t zone : 4;    /* enum event_zone */
    uint8_t library : 4; /* enum event_library: whose code it was, as far as the probe can tell */
    uint8_t what;        /* enum event_op or enum libc_call */
    int32_t pid, tid;
    int32_t subject;
    int16_t ctx; /* index of the ctx in order of opening, -1 for none */
    int16_t error;
    int64_t result, value, extra;
    uint32_t text;  /* offset of a string in the log's text, 0 for none */
    uint32_t spare; /* of waitid: the pid that it found; of sigaction: enum event_library, whose
                       handler it put in place; else as said above */
};
_Static_assert(sizeof(struct event) == 64, "an event is one cache line");

#endif
