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
 * Callbacks run on a thread that is inside reap_afterpoll, reap_childproc_reaped or
 * reap_childproc_sigchld_occurred, never in a signal handler, and no lock of libreap is held
 * meanwhile (fork_replacement and the two hooks of the log run inside other calls, unlocked, too).
 *
 * Ids in brackets, such as [FK-13], name requirements of the catalogue (scenarios/CATALOGUE.md).
 */
#ifndef REAP_H
#define REAP_H

#include <poll.h>
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
    REAP_ERROR_BUSY = -4,          /* the ctx has children, or the child is watched already */
    REAP_ERROR_UNKNOWN_CHILD = -5, /* no child of this ctx, or no longer */
    REAP_ERROR_WRONG_MODE = -6,    /* not with the ctx's owner of SIGCHLD */
    REAP_ERROR_HANDLER_BUSY = -7,  /* the application has a SIGCHLD handler of its own */
    REAP_ERROR_CONFLICT = -8,      /* not beside the owner that another ctx has chosen */
    REAP_ERROR_FORKED = -9,        /* the ctx belongs to the parent of this process */
    REAP_ERROR_NOT_FORKED = -10,   /* this process is not a forked child that needs the call */
    REAP_ERROR_BUFFER_FULL = -11,  /* the array of struct pollfd is too small */
    REAP_ERROR_UNKNOWN_ID = -12,   /* no such fd or timeout is registered, or no longer */
    REAP_ERROR_REENTRANT = -13,    /* called by a signal handler on top of libreap itself */
};

/* A short text for an error; never NULL. [any thread, a signal handler] */
REAP_API const char *reap_strerror(int error);

/* -- contexts ---------------------------------------------------------------------------------- */

typedef struct reap_ctx reap_ctx;

/*
 * Makes a context in *ctx. It takes one fd (its wake-up channel, close-on-exec and non-blocking)
 * and begins with REAP_OWNER_LIBRARY and no hooks [FK-02 XC-18 XC-20]. The thread that made it may
 * end [XC-23]. [any thread; a child after fork, once reap_postfork_child_noexec was called]
 *
 * Errors: REAP_ERROR_NO_MEMORY; REAP_ERROR_SYSTEM: eventfd or pthread_atfork failed. *ctx is NULL
 * then.
 */
REAP_API int reap_ctx_new(reap_ctx **ctx);

/*
 * Ends a context. It leaves the users of SIGCHLD, and when it was the last the disposition is what
 * it was before; once this has returned no instance of the handler touches the ctx or its fd
 * [FK-12 FK-13 FK-16 FK-28 FK-81 XC-14 XC-24]. fds and timeouts still registered are dropped. NULL
 * is allowed. May be called from a callback of the same ctx [XC-12]; no further callback of the ctx
 * starts then. [any thread]
 *
 * Errors: REAP_ERROR_BUSY: a child, watched or deregistered, is not yet reaped, or its end is not
 * yet reported; REAP_ERROR_FORKED. The ctx is as before then. [FK-79]
 */
REAP_API int reap_ctx_free(reap_ctx *ctx);

enum reap_log_level { REAP_LOG_DEBUG, REAP_LOG_WARNING, REAP_LOG_ERROR, REAP_LOG_CRITICAL };
typedef void reap_log_fn(void *user, enum reap_log_level level, const char *text);
typedef void reap_disaster_fn(void *user, const char *what, int errnum);

/*
 * Messages of the ctx go to log from now on; NULL: warnings and worse go to stderr, which is how a
 * ctx begins. The function may not call libreap. [any thread, while no other call on the ctx is
 * running]
 */
REAP_API void reap_ctx_set_log(reap_ctx *ctx, reap_log_fn *log, void *user);

/*
 * disaster is called when libreap cannot keep a promise: after a message of REAP_LOG_CRITICAL, with
 * what it was about to do and an errno or 0. libreap goes on as well as it can. A lost child is
 * one, too, before its own report [FK-61]. The function may call libreap as other callbacks may,
 * but not free the ctx where it was called from reap_ctx_free. [any thread, while no other call on
 * the ctx is running]
 */
REAP_API void reap_ctx_set_disaster(reap_ctx *ctx, reap_disaster_fn *disaster, void *user);

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
 * beside a ctx that reaps all [FK-42 FK-46]; REAP_ERROR_SYSTEM; REAP_ERROR_FORKED.
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
 * REAP_ERROR_FORKED: no child, and mask, disposition and fds are as before [XC-19 FK-62].
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
 * has it already; else as for reap_child_fork.
 */
REAP_API int reap_child_adopt(reap_ctx *ctx, pid_t pid, reap_child_fn *callback, void *user);

/*
 * Sends signal to a child. Nothing is ever sent to a pid after it was reaped [XC-10 FK-59].
 * [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD: no unreaped child of this ctx; REAP_ERROR_SYSTEM: kill failed;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_child_kill(reap_ctx *ctx, pid_t pid, int signal);

/*
 * No report of this child follows. libreap reaps it silently when it ends; until then the ctx has a
 * child [FK-58]. On another thread a callback for it may be running. [any thread]
 *
 * Errors: REAP_ERROR_UNKNOWN_CHILD: no child of this ctx, or reported, or deregistered already;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_child_deregister(reap_ctx *ctx, pid_t pid);

/* The number of children that are not yet reaped or not yet reported. [any thread] */
REAP_API unsigned reap_child_count(reap_ctx *ctx);

/* -- the polling loop -------------------------------------------------------------------------- */

/*
 * For one turn: beforepoll, poll(2), afterpoll. *nfds_io is the room in fds (fds may be part of a
 * larger array, or NULL with room 0) and becomes the number wanted. *timeout_io is as for poll(2),
 * in milliseconds, and is only ever reduced. [the ctx's thread] [OE-01 OE-02 OE-04 OE-05]
 *
 * Errors: REAP_ERROR_BUFFER_FULL: *nfds_io is more than it was, fds undefined: call again before
 * poll [OE-03]; REAP_ERROR_NO_MEMORY; REAP_ERROR_INVALID; REAP_ERROR_FORKED.
 */
REAP_API int reap_beforepoll(reap_ctx *ctx, int *nfds_io, struct pollfd *fds, int *timeout_io);

/*
 * Does what is to be done: calls back for fds and timeouts, finds children that ended and reports
 * them, 256 at most; what is left makes the next beforepoll give timeout 0 [XC-15 XC-16]. nfds and
 * fds are from the latest beforepoll, as poll left them; where poll failed (EINTR) nfds may be 0.
 * [the ctx's thread] [OE-06 OE-07 OE-09]
 *
 * Errors: REAP_ERROR_FORKED.
 */
REAP_API int reap_afterpoll(reap_ctx *ctx, int nfds, const struct pollfd *fds);

/* Makes a poll on another thread return soon. errno is kept. [any thread, a signal handler] */
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
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_fd_register(reap_ctx *ctx, int fd, short events, reap_fd_fn *callback, void *user,
                              reap_id *id);

/* Changes the events. [any thread] Errors: REAP_ERROR_UNKNOWN_ID; REAP_ERROR_FORKED. */
REAP_API int reap_fd_modify(reap_ctx *ctx, reap_id id, short events);

/*
 * Ends a registration; fd may be closed then. No callback for it starts any more; on another thread
 * one may be running. [any thread] Errors: REAP_ERROR_UNKNOWN_ID; REAP_ERROR_FORKED.
 */
REAP_API int reap_fd_deregister(reap_ctx *ctx, reap_id id);

/*
 * Has callback called once, in reap_afterpoll, when ms milliseconds have gone by (on the monotonic
 * clock); earliest first [OE-44]. [any thread]
 *
 * Errors: REAP_ERROR_INVALID: no callback or a negative time; REAP_ERROR_NO_MEMORY;
 * REAP_ERROR_FORKED.
 */
REAP_API int reap_timeout_register(reap_ctx *ctx, int64_t ms, reap_timeout_fn *callback, void *user,
                                   reap_id *id);

/*
 * Drops a timeout. [any thread] Errors: REAP_ERROR_UNKNOWN_ID: it has fired or was dropped before
 * [OE-45]; REAP_ERROR_FORKED.
 */
REAP_API int reap_timeout_deregister(reap_ctx *ctx, reap_id id);

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
typedef struct reap_carefd reap_carefd;

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
