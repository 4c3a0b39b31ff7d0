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
    X(CTX, "ctx")       /* names a ctx: ctx; text */                                                 \
    X(CHILD, "child")   /* names a child: ctx or -1 if foreign; subject: pid; text */                \
    X(ORDER, "order")   /* subject: pid; value: the wait status it was told to end with */           \
    X(EXITED, "exited") /* the kernel's word: subject: pid; value: wait status, -1 if not known;     \
                           extra: 1 if it has been reaped */                                         \
    X(QUIET, "quiet") /* nothing is left to happen; result: 0, or 1 where that was not reached */    \
    X(DISPOSITION, "disposition") /* of SIGCHLD, at a quiet point; value: enum disposition; extra:   \
                                     sa_flags; result: sa_mask, bit n-1 for signal n */              \
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
    X(SHUT, "shut")

enum event_op {
    OP_NONE,
#define X(name, word) OP_##name,
    EVENT_OPS(X)
#undef X
        OP_COUNT
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
                       handler it put in place */
};
_Static_assert(sizeof(struct event) == 64, "an event is one cache line");

#endif
