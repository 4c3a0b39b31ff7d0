/* SPDX-License-Identifier: MIT */
/*
 * libreap: child processes and SIGCHLD, shared.
 *
 * A library that starts child processes lives in a process that it does not own alone. libreap
 * starts and watches children for any number of contexts in any threads, with one SIGCHLD handler
 * among them that is installed only while one of them needs it; what was there before is put back
 * exactly. A context states who owns SIGCHLD and whom libreap may reap (enum reap_owner).
 *
 * Each function says where it may be called:
 *   any thread         also at the same time as others, also from any callback but fork_replacement
 *   the ctx's thread   any thread, but one at a time for a ctx
 *   a signal handler   also there
 *   a child after fork also there, as described
 * A call that is still inside the library when another thread frees its ctx is a mistake of the
 * application. A thread is not to be cancelled while it is inside the library.
 *
 * Callbacks run on a thread that is inside a call that turns the loop, which are reap_afterpoll,
 * reap_osevent_occurred_fd and _timeout, reap_event_wait, and an operation that is waited for;
 * inside reap_childproc_reaped or reap_childproc_sigchld_occurred; or, those of events and
 * operations only, inside the call that starts or aborts an operation. They never run in a signal
 * handler, and no lock of libreap is held meanwhile; they may call anything here again [EV-14
 * AO-06]. Where a callback of an event or operation starts or aborts another, what is to be called
 * back for that comes when it has returned, or on another thread that waits; never on top of it.
 * fork_replacement and the log run inside other calls, unlocked, too.
 *
 * Hooks for OS events and predicates are no callbacks: they run inside any call, with the lock of
 * the ctx held, so that they see changes in their order; a lock that they take is never to be held
 * by a thread that calls libreap [OE-18 OE-37]. From within them every call here is refused with
 * REAP_ERROR_REENTRANT, and nothing is done [EV-02 OE-19 FK-80 AO-07]. What a hook returned as its
 * failure is returned unchanged by the call that it was made for [OE-24]; so the calls that may
 * register something return, beside the errors listed, any value of a hook. Nothing is left of what
 * failed [OE-43].
 *
 * Ids in brackets, such as [FK-13], name requirements of the catalogue (scenarios/CATALOGUE.md).
 */
#ifndef REAP_H
#define REAP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define REAP_API __attribute__((visibility("default")))
#else
#define REAP_API
#endif

#define REAP_VERSION        "0.1.0"
#define REAP_VERSION_NUMBER 0x000100

/* What this version can do, for the preprocessor. [FK-83] */
#define REAP_HAVE_SIGCHLD_SHARING              1 /* several contexts share one handler */
#define REAP_HAVE_SIGCHLD_OWNER_SELECTIVE_REAP 1 /* REAP_OWNER_SELECTIVE */
#define REAP_HAVE_LOST_CHILD                   1 /* REAP_LOST */

/* The version of the library that is linked in. [any thread, a signal handler] */
REAP_API const char *reap_version(void);

/* -- errors ------------------------------------------------------------------------------------ */

/* Every call that can fail returns one of these, all negative. errno is meaningful after
 * REAP_ERROR_SYSTEM only. */
enum reap_error {
    REAP_OK = 0,
    REAP_ERROR_INVALID = -1,       /* an argument makes no sense */
    REAP_ERROR_NO_MEMORY = -2,     /* nothing was changed */
    REAP_ERROR_SYSTEM = -3,        /* a system call failed, errno says why; nothing was changed */
    REAP_ERROR_BUSY = -4,          /* in use: children, operations, registrations */
    REAP_ERROR_UNKNOWN_CHILD = -5, /* no child of this ctx, or no longer */
    REAP_ERROR_WRONG_MODE = -6,    /* not with the ctx's owner of SIGCHLD */
    REAP_ERROR_HANDLER_BUSY = -7,  /* the application has a SIGCHLD handler of its own */
    REAP_ERROR_CONFLICT = -8,      /* not beside the owner that another ctx has chosen */
    REAP_ERROR_FORKED = -9,        /* the ctx belongs to the parent of this process */
    REAP_ERROR_NOT_FORKED = -10,   /* this process is not a forked child that needs the call */
    REAP_ERROR_BUFFER_FULL = -11,  /* the array of struct pollfd is too small */
    REAP_ERROR_UNKNOWN_ID = -12,   /* no such fd or timeout is registered, or no longer */
    REAP_ERROR_REENTRANT = -13,    /* called on top of libreap itself: by a signal handler that
                                      interrupted it, by a hook or a predicate */
    REAP_ERROR_NOT_READY = -14,    /* no such event has happened */
    REAP_ERROR_ABORTED = -15,      /* the operation was aborted, or is being aborted already */
    REAP_ERROR_TIMED_OUT = -16,    /* the time limit was over */
    REAP_ERROR_FAILED = -17,       /* the program failed: an exit status but 0, a signal, lost */
    REAP_ERROR_NOT_FOUND = -18,    /* no such operation is under way */
    REAP_ERROR_OSEVENT_REG_FAIL = -19, /* for hooks: could not register or modify */
    REAP_ERROR_FREED = -20, /* the ctx is being freed, or a callback freed it while the call was
                               waiting */
};

/* A short text for an error; never NULL. [any thread, a signal handler] */
REAP_API const char *reap_strerror(int error);

/* -- contexts ---------------------------------------------------------------------------------- */

typedef struct reap_ctx reap_ctx;

/*
 * Makes a context in *ctx. It takes two fds (wake-up channels, close-on-exec and non-blocking) and
 * begins with REAP_OWNER_LIBRARY and no hooks [FK-02 XC-18 XC-20]. The thread that made it may
 * end [XC-23]. [any thread; a child after fork, once reap_postfork_child_noexec was called]
 *
 * Errors: REAP_ERROR_NO_MEMORY; REAP_ERROR_SYSTEM: eventfd or pthread_atfork failed. *ctx is NULL
 * then.
 */
REAP_API int reap_ctx_new(reap_ctx **ctx);

/*
 * Ends a context. It leaves the users of SIGCHLD, and when it was the last the disposition is what
 * it was before; once this has returned no instance of the handler touches the ctx or its fd
 * [FK-12 FK-13 FK-16 FK-28 FK-81 XC-14 XC-24]. fds and timeouts still registered are dropped, and
 * so are evgens, and events that nobody has retrieved [EV-25 OE-42]. NULL is allowed. May be called
 * from a callback of the same ctx [XC-12]; no further callback of the ctx starts then, and until
 * that one has returned other calls are refused with REAP_ERROR_FREED. So are those of a disaster
 * that is told meanwhile. The hooks' event loop makes no occurred call for it any more, also not
 * for timeouts that were told to occur [OE-40]. [any thread]
 *
 * Errors: REAP_ERROR_BUSY: a child, watched or deregistered, is not yet reaped, or its end is not
 * yet reported; an operation is not complete; another thread waits in reap_event_wait;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED. The ctx is as before then. [FK-79]
 */
REAP_API int reap_ctx_free(reap_ctx *ctx);

enum reap_log_level { REAP_LOG_DEBUG, REAP_LOG_WARNING, REAP_LOG_ERROR, REAP_LOG_CRITICAL };
typedef void reap_log_fn(void *user, enum reap_log_level level, const char *text);

/*
 * Messages of the ctx go to log from now on; NULL: warnings and worse go to stderr, which is how a
 * ctx begins. The function may not call libreap. [any thread, while no other call on the ctx is
 * running]
 */
REAP_API void reap_ctx_set_log(reap_ctx *ctx, reap_log_fn *log, void *user);

/* -- who owns SIGCHLD -------------------------------------------------------------------------- */

enum reap_owner {
    /*
     * libreap, while the ctx has a child; meanwhile it reaps every child of the process. Meanwhile
     * the application may not have children, a SIGCHLD handler, or reap. The default.
     * [FK-10 FK-29 FK-31 FK-32]
     */
    REAP_OWNER_LIBRARY = 0,
    /*
     * The application. It finds out about SIGCHLD and tells every ctx, by reap_childproc_reaped or
     * reap_childproc_sigchld_occurred. libreap never touches the disposition. [FK-11 FK-33 FK-34]
     */
    REAP_OWNER_MAINLOOP = 1,
    /*
     * libreap, as long as the ctx is in this mode; it reaps every child of the process, and the
     * application learns of its own by reaped_callback. Only one ctx may be in this mode.
     * [FK-12 FK-42 FK-43 FK-44]
     */
    REAP_OWNER_ALWAYS = 2,
    /*
     * libreap, as long as the ctx is in this mode; it reaps only children of its own. The
     * application reaps its own ones by pid, without SIGCHLD. If one ctx is in this mode, all that
     * have children must be in it or in REAP_OWNER_MAINLOOP. [FK-45 FK-46 FK-47 FK-48 XC-05 XC-22]
     */
    REAP_OWNER_SELECTIVE = 3,
};

#define REAP_CHILDPROC_HOOKS_VERSION 1

struct reap_childproc_hooks {
    unsigned version; /* REAP_CHILDPROC_HOOKS_VERSION */
    enum reap_owner owner;
    /*
     * Called instead of fork for every fork that libreap does, or NULL. Behaves exactly like fork,
     * errno and pthread_atfork handlers included, and does not call libreap. Where those handlers
     * did not run the child is set right all the same, but knows nothing of carefds that other
     * threads were about to record. Unlike libxl's it is called with no lock held.
     * [FK-50 FK-51 FK-52]
     */
    pid_t (*fork_replacement)(void *user);
    /*
     * Called with the pid and raw wait status of a child that libreap reaped and did not start, or
     * NULL. Returns 0 if the application knows it, REAP_ERROR_UNKNOWN_CHILD if not (a warning is
     * logged then, as with NULL); anything else is a disaster. Not allowed with
     * REAP_OWNER_MAINLOOP; never called with REAP_OWNER_SELECTIVE. [FK-41 FK-49 FK-53 to FK-56]
     */
    int (*reaped_callback)(pid_t pid, int status, void *user);
};

/*
 * Chooses who owns SIGCHLD, at once [FK-07]. *hooks is copied [FK-05]; NULL means the default, no
 * hooks [FK-02]. user is passed to both hooks. [any thread; not while another thread starts a child
 * through the ctx]
 *
 * Errors, and then nothing is changed: REAP_ERROR_INVALID: unknown version or owner, or a
 * reaped_callback with REAP_OWNER_MAINLOOP [FK-08 FK-41]; REAP_ERROR_BUSY: the ctx has children
 * [FK-04]; REAP_ERROR_HANDLER_BUSY: the owner needs the handler and the application has one of its
 * own [FK-14]; REAP_ERROR_CONFLICT: a second ctx with REAP_OWNER_ALWAYS, or REAP_OWNER_SELECTIVE
 * beside a ctx that reaps all [FK-42 FK-46]; REAP_ERROR_SYSTEM; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED; a hook's.
 */
REAP_API int reap_childproc_setmode(reap_ctx *ctx, const struct reap_childproc_hooks *hooks,
                                    void *user);

/*
 * Neither of the next two belongs into a signal handler that may interrupt libreap on its thread.
 * Where that happens they notice, do nothing, and return REAP_ERROR_REENTRANT: tell again, from
 * outside [FK-35].
 */

/*
 * The application reaped pid and got this raw wait status. The end of the child is reported before
 * this returns. A status that is no exit (a stop) is ignored [XC-08]. Waits while another thread is
 * between fork and the record of its child. [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD, silently: no unreaped child of this ctx [FK-37];
 * REAP_ERROR_WRONG_MODE: the owner is not REAP_OWNER_MAINLOOP [FK-36]; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_childproc_reaped(reap_ctx *ctx, pid_t pid, int status);

/*
 * The application saw SIGCHLD, or suspects it. Reaps those children of this ctx that have ended,
 * nothing else, and reports them before it returns (what goes beyond 256 reports is left to
 * reap_afterpoll) [FK-38 XC-09]. [any thread]
 *
 * Errors: REAP_ERROR_WRONG_MODE [FK-36]; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_childproc_sigchld_occurred(reap_ctx *ctx);

/* -- children ---------------------------------------------------------------------------------- */

enum reap_outcome {
    REAP_EXITED, /* status is the raw wait status */
    REAP_LOST,   /* it ended and somebody else has its status, or nobody; status is -1 [XC-06] */
};

/*
 * The one report of the end of a child [XC-01 FK-57]. When it is called the pid is reaped, no
 * longer a child of the ctx, and may be in use again. May call anything in this header,
 * reap_ctx_free of its ctx included [XC-12].
 */
typedef void reap_child_fn(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status,
                           void *user);

/*
 * Forks. Returns the pid in the parent and 0 in the child, where mask and dispositions are the
 * application's own [XC-17]; the child soon calls exec or _exit, or else
 * reap_postfork_child_noexec. callback is called when it has ended. [any thread]
 *
 * Errors: REAP_ERROR_INVALID: no callback; REAP_ERROR_HANDLER_BUSY, REAP_ERROR_CONFLICT (as for
 * reap_childproc_setmode), REAP_ERROR_NO_MEMORY, REAP_ERROR_SYSTEM (fork failed),
 * REAP_ERROR_REENTRANT, REAP_ERROR_FORKED, REAP_ERROR_OSEVENT_REG_FAIL for whatever a hook
 * returned: no child, and mask, disposition and fds are as before [XC-19 FK-62].
 */
REAP_API pid_t reap_child_fork(reap_ctx *ctx, reap_child_fn *callback, void *user);

/*
 * Forks and runs argv[0], searched for as execvp does, with argv, SIGPIPE at default and every fd
 * that is not close-on-exec [FK-69]. If it cannot be run the child ends with exit status 127.
 * Returns the pid. [any thread]
 *
 * Errors: as for reap_child_fork; REAP_ERROR_INVALID also for an empty argv.
 */
REAP_API pid_t reap_child_spawn(reap_ctx *ctx, char *const argv[], reap_child_fn *callback,
                                void *user);

/*
 * Takes a child that the application forked into the care of the ctx, for good. It may have ended
 * already [XC-04], but may not have been reaped. [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD: no child of this process, or reaped; REAP_ERROR_BUSY: some ctx
 * has it already; else as for reap_child_fork, but a hook's as it is.
 */
REAP_API int reap_child_adopt(reap_ctx *ctx, pid_t pid, reap_child_fn *callback, void *user);

/*
 * Sends signal to a child. Nothing is ever sent to a pid after it was reaped [XC-10 FK-59].
 * [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD: no unreaped child of this ctx; REAP_ERROR_SYSTEM: kill failed;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_child_kill(reap_ctx *ctx, pid_t pid, int signal);

/*
 * No report of this child follows. libreap reaps it silently when it ends; until then the ctx has a
 * child [FK-58]. On another thread a callback for it may be running. [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD: no child of this ctx, or reported, or deregistered already;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_child_deregister(reap_ctx *ctx, pid_t pid);

/* The number of children that are not yet reaped or not yet reported. [any thread] */
REAP_API unsigned reap_child_count(reap_ctx *ctx);

/* -- the polling loop -------------------------------------------------------------------------- */

/*
 * For one turn: beforepoll, poll(2), afterpoll. *nfds_io is the room in fds (fds may be part of a
 * larger array, or NULL with room 0) and becomes, whatever is returned, the number wanted.
 * *timeout_io is as for poll(2), in milliseconds, and is only ever reduced: rounded up, 0 for what
 * is past, never more than 2 000 000 seconds. now is the time: milliseconds of CLOCK_MONOTONIC,
 * rounded down. Entry 0 becomes readable when something is registered after this, so that poll
 * returns [OE-10]. Threads in reap_event_wait, operations that are waited for, and hooks may go on
 * at the same time [OE-11]. [the ctx's thread] [OE-01 OE-02 OE-04 OE-05 OE-08]
 *
 * Errors: REAP_ERROR_BUFFER_FULL: *nfds_io is more than it was, fds undefined: call again before
 * poll [OE-03]; REAP_ERROR_NO_MEMORY; REAP_ERROR_INVALID; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_beforepoll(reap_ctx *ctx, int *nfds_io, struct pollfd *fds, int *timeout_io,
                             int64_t now);

/*
 * Does what is to be done: calls back for fds and timeouts, finds children that ended and reports
 * them, 256 at most; what is left makes the next beforepoll give timeout 0 [XC-15 XC-16]. nfds and
 * fds are from the latest beforepoll, as poll left them; where poll failed (EINTR) nfds may be 0.
 * now is as for reap_beforepoll, and decides which timeouts are due: those of that moment are
 * [OE-44]. Each fd is told once for one beforepoll at most; called again without one, this does
 * only what the time and children demand. Entries that are not from the latest beforepoll are
 * ignored, and so are those whose registration has gone since. [the ctx's thread]
 * [OE-06 OE-07 OE-09 OE-14]
 *
 * Errors: REAP_ERROR_INVALID; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; what a hook returned when
 * something had to be registered: all else was done.
 */
REAP_API int reap_afterpoll(reap_ctx *ctx, int nfds, const struct pollfd *fds, int64_t now);

/* Makes the poll that belongs to reap_beforepoll return soon, on another thread or the next time.
 * errno is kept. [any thread, a signal handler] */
REAP_API void reap_wake(reap_ctx *ctx);

/* Names one registration; never 0 and never used twice in a ctx, so an old one is harmless. */
typedef uint64_t reap_id;
typedef void reap_fd_fn(reap_ctx *ctx, int fd, short revents, void *user);
typedef void reap_timeout_fn(reap_ctx *ctx, void *user);

/*
 * Has callback called with what poll(2) says of fd, POLLERR, POLLHUP and POLLNVAL included
 * [OE-15]. Several registrations for one fd are possible. With events 0 it is not polled [OE-08].
 * The callback must not rely on fd still being ready. A poll on another thread takes notice at
 * once [OE-10]. [any thread]
 *
 * Errors: REAP_ERROR_INVALID: no callback or a negative fd; REAP_ERROR_NO_MEMORY;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; a hook's.
 */
REAP_API int reap_fd_register(reap_ctx *ctx, int fd, short events, reap_fd_fn *callback, void *user,
                              reap_id *id);

/* Changes the events. [any thread] Errors: REAP_ERROR_UNKNOWN_ID; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED; a hook's: nothing was changed. */
REAP_API int reap_fd_modify(reap_ctx *ctx, reap_id id, short events);

/*
 * Ends a registration; fd may be closed then. No callback for it starts any more; on another thread
 * one may be running. [any thread] Errors: REAP_ERROR_UNKNOWN_ID; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_fd_deregister(reap_ctx *ctx, reap_id id);

/*
 * Has callback called once, by a thread that turns the loop, when ms milliseconds have gone by (on
 * the monotonic clock); earliest first [OE-44]. [any thread]
 *
 * Errors: REAP_ERROR_INVALID: no callback or a negative time; REAP_ERROR_NO_MEMORY;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; a hook's.
 */
REAP_API int reap_timeout_register(reap_ctx *ctx, int64_t ms, reap_timeout_fn *callback, void *user,
                                   reap_id *id);

/* The same for a moment: at is in milliseconds of CLOCK_MONOTONIC, and may be past. [any thread] */
REAP_API int reap_timeout_register_at(reap_ctx *ctx, int64_t at, reap_timeout_fn *callback,
                                      void *user, reap_id *id);

/*
 * Drops a timeout. [any thread] Errors: REAP_ERROR_UNKNOWN_ID: it has fired or was dropped before
 * [OE-45]; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_timeout_deregister(reap_ctx *ctx, reap_id id);

/* -- OS events: the application's own event loop ----------------------------------------------- */

/*
 * Instead of polling, or beside it [OE-11], an application may be told by hooks which fds and
 * timeouts to wait for, and tell by the two calls below what occurred.
 *
 *   fd_register          Watch fd for events, which are as for poll(2). May store a pointer of its
 *                        own, NULL on entry, to be passed to the next two. With events 0 it works
 *                        and tells nothing [OE-20 OE-21 OE-22 OE-26].
 *   fd_modify            Other events from now on. Old ones may still be told [OE-28].
 *   fd_deregister        No more. What is told nevertheless is ignored [OE-29].
 *   timeout_register     abs: the moment, in ms of CLOCK_MONOTONIC. It occurs once.
 *   timeout_modify       Let it occur now; abs is always 0. It may be occurring already: it is
 *                        told once in any case [OE-31 OE-32 OE-34].
 *   timeout_deregister   Never called, and may be NULL [OE-33].
 *
 * register and modify return 0, or, with the registration as before, REAP_ERROR_OSEVENT_REG_FAIL or
 * a positive number. What a failed register stored is ignored, what a failed modify stored is
 * honoured [OE-23 OE-25]. for_reap is to be given back as it is; it stays valid until the ctx is
 * freed and is never used for another registration [OE-29]. Nothing is registered while there is
 * nothing to wait for: an idle ctx has at most its channel of exits, with REAP_OWNER_ALWAYS and
 * REAP_OWNER_SELECTIVE [OE-41]. That exits are not announced (see README.md) is noticed here only
 * by the look once a second.
 */
#define REAP_OSEVENT_HOOKS_VERSION 1

struct reap_osevent_hooks {
    unsigned version; /* REAP_OSEVENT_HOOKS_VERSION */
    int (*fd_register)(void *user, int fd, void **for_app_out, short events, void *for_reap);
    int (*fd_modify)(void *user, int fd, void **for_app_update, short events);
    void (*fd_deregister)(void *user, int fd, void *for_app);
    int (*timeout_register)(void *user, void **for_app_out, int64_t abs, void *for_reap);
    int (*timeout_modify)(void *user, void **for_app_update, int64_t abs);
    void (*timeout_deregister)(void *user, void *for_app);
};

/*
 * Once for a ctx, before anything is registered. *hooks is kept by pointer and outlives the ctx
 * [OE-16 OE-17]. [any thread]
 *
 * Errors: REAP_ERROR_BUSY: there are hooks already, or something is registered (such as the channel
 * of exits, with an owner that always listens); REAP_ERROR_INVALID: no hooks, an unknown version,
 * or one missing; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED. Nothing was changed.
 */
REAP_API int reap_osevent_register_hooks(reap_ctx *ctx, const struct reap_osevent_hooks *hooks,
                                         void *user);

/*
 * revents occurred on fd, registered with for_reap for events. Ignored, with 0, where that
 * registration has gone, was for another fd or other events, or where it is not true any more
 * [OE-07 OE-14 OE-15 OE-28 OE-29 OE-30]. Callbacks run inside, and children are found and reported
 * as by reap_afterpoll. [any thread; from callbacks, too]
 *
 * Errors: REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; a hook's, for something that was to be
 * registered: all else was done.
 */
REAP_API int reap_osevent_occurred_fd(reap_ctx *ctx, void *for_reap, int fd, short events,
                                      short revents);

/*
 * The timeout registered with for_reap occurred; its registration has ended thereby, so this is
 * called once [OE-35 OE-36]. Called again, or late, it is ignored, with 0. Called before its time
 * it has the timeout registered anew. Else as above. [any thread; from callbacks, too]
 */
REAP_API int reap_osevent_occurred_timeout(reap_ctx *ctx, void *for_reap);

/* -- events ------------------------------------------------------------------------------------ */

/* What can happen. Nothing is told that was not asked for [EV-28]. */
enum reap_event_type {
    REAP_EVENT_PROCESS_STOPPED = 1,    /* of reap_evenable_process */
    REAP_EVENT_PROCESS_ENDED = 2,      /* of reap_evenable_process */
    REAP_EVENT_PATH_VANISHED = 3,      /* of reap_evenable_path */
    REAP_EVENT_OPERATION_COMPLETE = 4, /* of a reap_how with no callback */
    REAP_EVENT_OPERATION_PROGRESS = 5, /* of a reap_progress_how */
};
#define REAP_EVENT_BIT(type) (UINT64_C(1) << (type)) /* [EV-03] */
#define REAP_EVENTS_ALL      (~UINT64_C(0))

/* What did happen. It belongs to who got it, and is given back by reap_event_free, once [EV-05]. */
typedef struct reap_event {
    enum reap_event_type type;
    uint64_t for_user; /* as it was given when the event was asked for [EV-22] */
    union {
        struct {
            pid_t pid;
        } process;
        struct {
            const char *path; /* a copy that goes with the event [EV-27] */
        } path;
        struct {
            int rc; /* 0 or a reap_error */
        } complete;
        struct {
            const char *line; /* without its newline; goes with the event */
        } progress;
    } u;
} reap_event;

/* Is it wanted? 0: no. Runs under the lock of the ctx, cannot fail, may not call libreap [EV-02].
 */
typedef int reap_event_predicate(const reap_event *event, void *user);

/*
 * Takes the first event that has happened, is of a type in typemask (REAP_EVENT_BIT) and is wanted
 * (predicate NULL: any), of those not taken by the callback below. Never blocks, and does nothing
 * else: a loop of some kind has to turn beside it. What is not retrieved is kept without bound
 * [EV-06]; the cost is that of the events of these types that the predicate does not want.
 * [any thread; from callbacks, too] [EV-01 EV-07]
 *
 * Errors, *event is NULL then: REAP_ERROR_NOT_READY: none; REAP_ERROR_INVALID;
 * REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_event_check(reap_ctx *ctx, reap_event **event, uint64_t typemask,
                              reap_event_predicate *predicate, void *predicate_user);

/*
 * The same, but waits for one, and turns the loop of the ctx meanwhile: what is due is called back
 * on this thread. Any number of threads may wait, each for events of its own; each is woken by one
 * that it wants, whichever thread came upon it, and by whatever is registered meanwhile [EV-04
 * EV-09 EV-10]. No lock is held while it sleeps. [any thread; from callbacks, too]
 *
 * Errors: REAP_ERROR_INVALID: also for a typemask that has no type; REAP_ERROR_NO_MEMORY,
 * REAP_ERROR_SYSTEM: it cannot wait; REAP_ERROR_FREED: a callback on this thread freed the ctx; a
 * hook's, for something that was to be registered meanwhile; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED. No event is lost.
 */
REAP_API int reap_event_wait(reap_ctx *ctx, reap_event **event, uint64_t typemask,
                             reap_event_predicate *predicate, void *predicate_user);

/* Gives an event back; NULL is allowed. ctx may be freed already. [any thread; also from hooks] */
REAP_API void reap_event_free(reap_ctx *ctx, reap_event *event);

#define REAP_EVENT_HOOKS_VERSION 1

struct reap_event_hooks {
    unsigned version; /* REAP_EVENT_HOOKS_VERSION */
    /* Events whose REAP_EVENT_BIT is set here are given to event_occurs, which then owns them, and
     * are not retrieved; others are [EV-11 EV-12]. */
    uint64_t event_occurs_mask;
    /* May be NULL where the mask is 0 [EV-13]. Called as callbacks are, on any thread [EV-14]. */
    void (*event_occurs)(void *user, reap_event *event);
    /*
     * Called when libreap cannot keep a promise, and only then [EV-21]: after a message of
     * REAP_LOG_CRITICAL [EV-18], with the type of the events that may be missing (0: of all), what
     * it was about to do, and an errno or 0. libreap goes on as well as it can [EV-20]. A lost
     * child is a disaster, too, before its own report [FK-61].
     *
     * NULL, or no hooks at all: the message goes to the log and to stderr, and the process ends by
     * exit(-1) [EV-19]. The function should not call libreap [EV-15]; it is called as callbacks
     * are, so that where it does, nothing worse comes of it than the order of things.
     */
    void (*disaster)(void *user, enum reap_event_type type, const char *what, int errnum);
};

/*
 * From now on these; *hooks is copied; NULL: none, as a ctx begins. Any number of times [EV-16].
 * Events that were queued before stay in the queue. [any thread]
 *
 * Errors, nothing is changed then: REAP_ERROR_INVALID: a mask without event_occurs, or an unknown
 * version; REAP_ERROR_BUSY: an evgen is enabled or an operation under way; REAP_ERROR_REENTRANT;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_event_register_callbacks(reap_ctx *ctx, const struct reap_event_hooks *hooks,
                                           void *user);

/*
 * What makes events of one kind, until it is disabled or the ctx freed [EV-25]. The same may be
 * enabled any number of times; each occurrence then gives an event for each [EV-07 EV-24].
 */
typedef struct reap_evgen reap_evgen;

/*
 * REAP_EVENT_PROCESS_STOPPED at most once, when the process is found stopped by a signal, and
 * REAP_EVENT_PROCESS_ENDED once, when it has ended [EV-26]. Any process will do, a child or not,
 * also one that has ended and is not reaped. It is never waited for. Stops are looked for ten times
 * a second until one is found; a shorter one may be missed. [any thread; from callbacks, too]
 *
 * Errors, *evgen is NULL then: REAP_ERROR_SYSTEM: ESRCH: there is no such process, or no fd to be
 * had; REAP_ERROR_NO_MEMORY; REAP_ERROR_INVALID; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; a hook's.
 */
REAP_API int reap_evenable_process(reap_ctx *ctx, pid_t pid, uint64_t for_user, reap_evgen **evgen);

/*
 * REAP_EVENT_PATH_VANISHED once, when path is not there any more: removed or renamed, or its folder
 * is. path is copied [EV-27]. What is put in its place by one rename, or happens further up than
 * its folder, is not noticed. [any thread; from callbacks, too]
 *
 * Errors as above; REAP_ERROR_SYSTEM: ENOENT: it is not there now.
 */
REAP_API int reap_evenable_path(reap_ctx *ctx, const char *path, uint64_t for_user,
                                reap_evgen **evgen);

/*
 * Ends it and frees it. Events that had happened may still be retrieved [EV-23]. NULL is allowed,
 * and one that the ctx does not have is ignored. [any thread; from callbacks, too]
 */
REAP_API void reap_evdisable(reap_ctx *ctx, reap_evgen *evgen);

/* -- operations -------------------------------------------------------------------------------- */

/*
 * How the completion of an operation is told. It is copied [AO-05]; whatever else an operation is
 * given, what it stores into included, has to stay until it is complete.
 *
 *   NULL               The call waits, turns the loop meanwhile, and returns the result [AO-01].
 *   a callback         Called once with the result [AO-03].
 *   a NULL callback    One REAP_EVENT_OPERATION_COMPLETE with for_event [AO-03].
 *
 * With one of the last two the call returns 0 where the operation was started, which may be
 * complete before it returns; else it was not started, and nothing will be told [AO-02 AO-04].
 * Results are 0 or a reap_error, or what a hook returned. Operations start children, so somebody
 * has to turn the loop, or to tell of exits with REAP_OWNER_MAINLOOP. An operation that is waited
 * for goes on whichever thread handles what it needs [AO-10 AO-11]; it is complete when its
 * children are reaped and its progress callbacks have returned [AO-08 AO-09 FK-58].
 */
typedef struct reap_how {
    void (*callback)(reap_ctx *ctx, int rc, void *for_callback);
    union {
        uint64_t for_event;
        void *for_callback;
    } u;
} reap_how;

/* How progress is told. NULL: not at all. The callback owns the event; a NULL callback:
 * REAP_EVENT_OPERATION_PROGRESS with for_event [AO-08]. */
typedef struct reap_progress_how {
    void (*callback)(reap_ctx *ctx, reap_event *event, void *for_callback);
    union {
        uint64_t for_event;
        void *for_callback;
    } u;
} reap_progress_how;

/*
 * Has the operation whose how has the same callback and value cut short; NULL: the first that some
 * thread waits for [AO-12]. It then completes as it always does, with REAP_ERROR_ABORTED, or
 * otherwise where it was quicker [AO-14]. Completion may be told before this returns [AO-17]. A
 * signal that the system refuses is logged, and tried again ten times a second. [any thread; from
 * callbacks, too]
 *
 * Errors [AO-13]: REAP_ERROR_NOT_FOUND: none, or it is complete; REAP_ERROR_ABORTED: asked for
 * already; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED.
 */
REAP_API int reap_ao_abort(reap_ctx *ctx, const reap_how *how);

#define REAP_PROGRAM_VERSION 1

struct reap_program {
    unsigned version;      /* REAP_PROGRAM_VERSION */
    char *const *argv;     /* searched for as execvp does */
    int64_t time_limit_ms; /* 0: none */
    size_t output_limit;   /* what is kept of its stdout, in bytes; allocated at once */
};

struct reap_program_result {
    int status;         /* the raw wait status; -1 where it is lost, or there was no child */
    char *output;       /* ends with a 0 that is not counted; free() it; NULL: not started */
    size_t output_size; /* at most output_limit */
    bool truncated;     /* there was more */
};

/*
 * Runs a program to its end, with its stdout captured; the rest is as for reap_child_spawn. *result
 * is set when it is complete. Whoever still has its stdout then is not waited for. Abort and time
 * limit kill it by SIGKILL [AO-16]. [any thread; from callbacks, too]
 *
 * Results: 0: exit status 0; REAP_ERROR_FAILED: another, a signal, or lost; REAP_ERROR_TIMED_OUT;
 * REAP_ERROR_ABORTED. Not started: REAP_ERROR_INVALID; REAP_ERROR_NO_MEMORY; REAP_ERROR_SYSTEM; as
 * for reap_child_fork; REAP_ERROR_REENTRANT; REAP_ERROR_FORKED; a hook's.
 */
REAP_API int reap_run_program(reap_ctx *ctx, const struct reap_program *program,
                              struct reap_program_result *result, const reap_how *how);

/*
 * The same for a program that tells how it gets on: each line of its stdout is one progress event,
 * a last one without a newline included; one of more than 4095 bytes comes in pieces. Abort sends
 * SIGTERM, and it may take its time [AO-16]. [any thread; from callbacks, too]
 *
 * Results and errors as above, without REAP_ERROR_TIMED_OUT. A line for which there is no memory is
 * lost, with a disaster for REAP_EVENT_OPERATION_PROGRESS.
 */
REAP_API int reap_run_helper(reap_ctx *ctx, char *const argv[], const reap_progress_how *progress,
                             const reap_how *how);

typedef struct reap_carefd reap_carefd; /* see below */

/*
 * Takes the lock of a file, made if need be: flock(2), exclusive. Where somebody has it, a child
 * waits for it, and no lock of libreap is held meanwhile. *lock is then the open file, with the
 * lock, until reap_carefd_close; NULL where it was not got. Abort kills the child [AO-16]. The file
 * is not to be removed by anybody. [any thread; from callbacks, too]
 *
 * Results and errors as for reap_run_program, without REAP_ERROR_TIMED_OUT; REAP_ERROR_SYSTEM also
 * where the file cannot be opened.
 */
REAP_API int reap_lock_file(reap_ctx *ctx, const char *path, reap_carefd **lock,
                            const reap_how *how);

/*
 * Ends a process, a child or not: SIGTERM, and SIGKILL when it is still there after grace_ms (0: at
 * once). Complete when it has ended; it is not reaped. Abort stops waiting. [any thread; from
 * callbacks, too]
 *
 * Results: 0, REAP_ERROR_ABORTED, REAP_ERROR_SYSTEM: it may not be signalled. Not started:
 * REAP_ERROR_SYSTEM: ESRCH: no such process; and as above.
 */
REAP_API int reap_end_process(reap_ctx *ctx, pid_t pid, int64_t grace_ms, const reap_how *how);

/* -- fork -------------------------------------------------------------------------------------- */

/*
 * fds that are not to be found in children: close-on-exec, and closed by
 * reap_postfork_child_noexec. No fork falls between the creation of such an fd and its record
 * [FK-66]:
 *
 *     reap_carefd_begin();
 *     fd = open(...);
 *     rc = reap_carefd_record(fd, &carefd);
 */

/*
 * Until the next reap_carefd_record on this thread no thread can fork, nor call libreap; keep it
 * short. [any thread]
 */
REAP_API void reap_carefd_begin(void);

/*
 * Ends what reap_carefd_begin began, on every path [FK-67]. Where fd is negative (its creation
 * failed) *carefd is NULL, errno is kept and 0 is returned. [any thread]
 *
 * Errors: REAP_ERROR_NO_MEMORY, REAP_ERROR_SYSTEM: fd is closed, since a fork could now leak it;
 * *carefd is NULL.
 */
REAP_API int reap_carefd_record(int fd, reap_carefd **carefd);

/* The fd; -1 for NULL. [any thread] */
REAP_API int reap_carefd_fd(const reap_carefd *carefd);

/*
 * Closes the fd and forgets it, with no fork in between [FK-68 FK-78]. NULL is allowed.
 * [any thread] Errors: REAP_ERROR_SYSTEM: close failed; the fd is gone all the same.
 */
REAP_API int reap_carefd_close(reap_carefd *carefd);

/*
 * For a forked child that does not exec soon: closes the carefds and wake-up channels of all
 * contexts, forgets all users of SIGCHLD and puts the disposition back, in this process only
 * [FK-70 FK-73 FK-75 XC-21]. One call for any ctx is enough; ctx may be NULL. All earlier contexts
 * are invalid then, and refuse with REAP_ERROR_FORKED; their memory is not freed [FK-72]. New ones
 * may be made [FK-76]. Harmless if exec follows [FK-74]. Until it has returned the child may not
 * call anything else here, start children or touch SIGCHLD [FK-71]. [a child after fork]
 *
 * Errors: REAP_ERROR_NOT_FORKED: not a forked child, or called before: nothing was done;
 * REAP_ERROR_SYSTEM: the disposition could not be put back; the rest was done.
 */
REAP_API int reap_postfork_child_noexec(reap_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
