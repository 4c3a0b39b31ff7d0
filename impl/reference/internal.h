/* SPDX-License-Identifier: MIT */
/*
 * What the modules of libreap share.
 *
 * Locks, and there are only these:
 *
 *   process lock   one in the process (process.c). Guards contexts, children, users of SIGCHLD,
 *                  carefds. A pthread_atfork handler takes it too, so whoever holds it excludes
 *                  forks by any thread: it is libxl's "no_forking".
 *   ctx lock       one in each ctx. Guards what is registered and waited for: fds, timeouts,
 *                  events, evgens, operations, waiters, callbacks that are due.
 *   settle lock    in sigchld.c, held while a leaver waits for handlers under way.
 *
 * No thread ever holds two of them, so there is no order to keep. None is held across a callback,
 * a fork or anything that may block. The signal handler takes none.
 *
 * Two kinds of the application's functions, and these only, are called under the ctx lock: the
 * hooks for OS events, since only so are they called in the order in which registrations change,
 * and predicates of events. Neither may call libreap: while one runs on a thread all calls on that
 * thread are refused (reap__hook_depth).
 *
 * Functions marked [locked] want the process lock held by the caller, those marked [unlocked] want
 * no lock held; the rest does not care.
 */
#ifndef REAP_INTERNAL_H
#define REAP_INTERNAL_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#define HASH_NONFATAL_OOM 1 /* what could not be added has no table then */
#include <uthash.h>
#include "reap.h"
#include "exit_source.h"

#pragma GCC visibility push(hidden)

enum {
    REAP_REPORTS_PER_TURN = 256, /* what one turn reports at most [XC-16] */
    REAP_SAFETY_MS = 1000,       /* how often living children are looked at unasked [XC-25] */
    REAP_UNSURE_MS = 100,        /* the same while exits are known not to be announced */
    REAP_VERIFY_AT_ONCE = 16,    /* see scan.c */
};

/* A child in the care of a ctx. All members: process lock. */
struct child {
    LIST_ENTRY(child) by_pid;  /* in the registry, while it is not reaped */
    TAILQ_ENTRY(child) of_ctx; /* in ctx->living, or awaits its report in one of ctx->ended... */
    reap_ctx *ctx;
    pid_t pid;
    bool forgotten; /* deregistered: reaped silently */
    bool own;       /* an operation's: not the application's to deregister */
    unsigned long pass;
    enum reap_outcome outcome;
    int status;
    reap_child_fn *callback;
    void *user;
};
TAILQ_HEAD(child_queue, child);

struct watch;
struct timeout;
struct event;
struct ao;
struct waiter;
struct folder;
TAILQ_HEAD(timeout_queue, timeout);
TAILQ_HEAD(event_queue, event);
TAILQ_HEAD(ao_queue, ao);
TAILQ_HEAD(waiter_queue, waiter);

/* Whose callback is it? libreap's own from a loop are called with the ctx lock held, and may get
 * more than they wait for; the application's are called unlocked. */
enum whose { REAP_OWN, REAP_APPLICATIONS };

/* Something to be done with no lock held, by whichever thread is the next to leave libreap
 * (callbacks.c). Embedded in what it is about. */
struct due {
    TAILQ_ENTRY(due) others;
    void (*run)(reap_ctx *ctx, struct due *due);
};
TAILQ_HEAD(due_queue, due);

enum { REAP_EVENT_TYPES = REAP_EVENT_OPERATION_PROGRESS + 1 };

struct reap_ctx {
    unsigned generation;    /* that of the process the ctx was made in */
    _Atomic unsigned holds; /* the owner's, and one for each call that runs callbacks */
    _Atomic bool closed;
    reap_carefd *wake;             /* the channel of exits */
    reap_carefd *poll_wake;        /* makes the application's poll take notice of a change */
    struct exit_listener listener; /* what exit_source keeps for the ctx */

    /* process lock: */
    LIST_ENTRY(reap_ctx) all;
    struct reap_childproc_hooks hooks;
    void *hooks_user;
    /* Those of operations are in ended_own; ended_count is that of both queues. */
    struct child_queue living, ended, ended_own;
    unsigned living_count, ended_count;
    unsigned starting;  /* forks under way */
    unsigned long pass; /* see scan.c */
    bool awaits_fork;   /* found a pid that a fork under way may be about to record */
    bool unsure;        /* exits are not announced: rescan every REAP_UNSURE_MS */
    int64_t safety_at;  /* next unasked look at the living, in ms of the monotonic clock */
    bool left;          /* has left the exit source; reap__ctx_settle is due */
    int left_error, left_errno;
    int wait_errno; /* an error of waitpid that is to be told */

    /* Written under the process lock, read by reap__exits_update. */
    _Atomic bool exits_wanted; /* it has to hear of exits */
    _Atomic int look_every;    /* ms between unasked looks at the living; 0: none */
    _Atomic bool look_due;     /* see poll.c */

    /* ctx lock: */
    pthread_mutex_t lock;
    reap_id last_id;
    struct watch *watches;    /* by id, and in the order of their registration */
    unsigned polled_count;    /* those with events */
    struct timeout *timeouts; /* by id */
    struct timeout **heap;    /* those that are not due, the earliest first */
    size_t heap_count, heap_room;
    struct timeout_queue due_timeouts;
    unsigned long timeout_turns;
    reap_id *slots; /* which registration stands behind each entry of the latest beforepoll */
    size_t slots_used, slots_room;
    bool polling; /* between beforepoll and afterpoll */
    const struct reap_osevent_hooks *os_hooks;
    void *os_user;
    reap_id exits_watch, look; /* what reap__exits_update has registered; 0: not */
    unsigned exits_pins, look_pins;
    struct event_queue events[REAP_EVENT_TYPES]; /* not retrieved, by type */
    uint64_t last_event;
    struct reap_event_hooks event_hooks;
    void *event_user;
    struct due_queue due[REAP_APPLICATIONS + 1];
    struct due missing;     /* tells of events that could not be told */
    uint64_t missing_types; /* which; 0: it is not due */
    struct waiter_queue waiters;
    struct ao_queue aos; /* not complete, in the order of their start */
    struct reap_evgen *evgens;
    reap_carefd *inotify; /* see evgen_path.c */
    reap_id inotify_watch;
    uint64_t inotify_read; /* bytes */
    struct folder *folders;

    reap_log_fn *log;
    void *log_user;
};

/* -- process.c -- */

/* A fork by libreap that is under way; lives on the stack of the thread that forks. */
struct fork_under_way {
    LIST_ENTRY(fork_under_way) others;
    pthread_t thread;
    reap_ctx *ctx;
    bool told; /* reap_childproc_sigchld_occurred came meanwhile */
};
LIST_HEAD(ctx_list, reap_ctx);
LIST_HEAD(carefd_list, reap_carefd);
LIST_HEAD(fork_list, fork_under_way);

struct process {
    pid_t pid; /* the process that last had libreap to itself */
    _Atomic unsigned generation;
    struct ctx_list ctxs;
    struct carefd_list carefds;
    struct fork_list forks;
};
extern struct process reap__process;

/*
 * How deep this thread is in libreap: a signal handler that is called on top of that looks here.
 * REAP__INSIDE counts from there to the end of its block; it stands where a call begins that takes
 * a lock or memory. REAP__OUTSIDE stands before a callback that may call libreap again, in a block
 * of its own. A handler leaves the count as it found it, so no more than its width need be atomic.
 */
extern __thread volatile sig_atomic_t reap__depth __attribute__((tls_model("initial-exec")));
static inline bool reap__is_inside(void)
{
    return reap__depth > 0;
}
static inline sig_atomic_t reap__depth_set(sig_atomic_t depth)
{
    sig_atomic_t before = reap__depth;
    reap__depth = depth;
    return before;
}
static inline void reap__depth_back(const sig_atomic_t *before)
{
    reap__depth = *before;
}
#define REAP__INSIDE                                                                               \
    __attribute__((cleanup(reap__depth_back), unused)) const sig_atomic_t outside_depth =          \
        reap__depth_set(reap__depth + 1)
#define REAP__OUTSIDE                                                                              \
    __attribute__((cleanup(reap__depth_back), unused)) const sig_atomic_t inside_depth =           \
        reap__depth_set(0)

void reap__lock(void);
void reap__unlock(void);
/* In a forked child: the lock is free, whoever of the parent's threads had it. */
void reap__lock_new(void);
/* [locked] Waits, with the lock released meanwhile, until a fork under way has ended. */
void reap__await_fork(void);
/* [locked] Wakes those who wait so. */
void reap__fork_ended(void);
/* [locked] Has the fork handlers registered, once. 0 or a reap_error. */
int reap__atfork(void);
/* In a forked child: forgets everything that belongs to the parent. Idempotent. */
void reap__process_new(void);
/* Milliseconds of the monotonic clock. */
int64_t reap__now(void);

/* -- registry.c: the children of all contexts by pid -- [locked] */

void reap__registry_add(struct child *child);
void reap__registry_remove(struct child *child);
struct child *reap__registry_find(pid_t pid);
void reap__registry_clear(void);

/* -- ctx.c -- */

/* 0, REAP_ERROR_INVALID, REAP_ERROR_FORKED, REAP_ERROR_REENTRANT where a hook calls, or
 * REAP_ERROR_FREED where the ctx is held and no more. */
int reap__ctx_check(const reap_ctx *ctx);
/* How deep this thread is in hooks and predicates, which may not call libreap. */
extern __thread int reap__hook_depth __attribute__((tls_model("initial-exec")));
/* Keeps the memory of the ctx until the matching release, whatever a callback does. */
void reap__ctx_hold(reap_ctx *ctx);
void reap__ctx_release(reap_ctx *ctx);
/* [unlocked] To be called after anything that may have made the ctx leave the exit source, or
 * changed what it has to hear of. 0, or what a hook returned. */
int reap__ctx_settle(reap_ctx *ctx);

/* -- owner.c -- [locked] */

/* May the ctx have children beside the other contexts? 0 or REAP_ERROR_CONFLICT. */
int reap__owner_allows(const reap_ctx *ctx, enum reap_owner owner);
/* Joins or leaves the exit source, as owner and children demand. 0 or a reap_error; leaving never
 * fails. */
int reap__owner_update(reap_ctx *ctx);
static inline bool reap__owner_reaps_all(enum reap_owner owner)
{
    return owner == REAP_OWNER_LIBRARY || owner == REAP_OWNER_ALWAYS;
}

/* -- scan.c -- */

/* [locked] The child has ended: out of the registry and on to its report. */
void reap__child_ended(struct child *child, enum reap_outcome outcome, int status);
/* [locked] Looks whether this one child has ended. */
void reap__scan_child(struct child *child);
/* [locked] Does the ctx have to look for itself? True where the application has a handler in place
 * of ours [FK-15], or has the kernel reap children that it promised to tell of [FK-39]. */
bool reap__unsure(const reap_ctx *ctx);
/* [unlocked] Looks for children of the ctx that ended, as its owner allows. */
void reap__scan(reap_ctx *ctx);
/* [unlocked] Looks at each child of the ctx. */
void reap__scan_own(reap_ctx *ctx);

/* -- report.c -- */

/* [unlocked] Calls back for children that ended, REAP_REPORTS_PER_TURN at most. */
void reap__report(reap_ctx *ctx);
/* [unlocked] Passes on what was reaped and belongs to no ctx. */
void reap__report_stranger(reap_ctx *ctx, pid_t pid, int status);

/* -- wake.c -- */

/* Opens a wake-up channel as a carefd. 0 or a reap_error. */
int reap__wake_open(reap_carefd **wake);
/* [a signal handler] */
void reap__wake_set(int fd);
void reap__wake_clear(int fd);

/* -- watch.c, timeout.c -- */

/* [ctx lock] 0, REAP_ERROR_NO_MEMORY, or what a hook returned. */
int reap__watch_add(reap_ctx *ctx, int fd, short events, enum whose whose, reap_fd_fn *callback,
                    void *user, reap_id *id);
/* [ctx lock] *id becomes 0; where it is, nothing is done. */
void reap__watch_remove(reap_ctx *ctx, reap_id *id);
/* [ctx lock] Puts the fds of the ctx, polled_count of them, into fds and their ids into ids. */
void reap__watch_fill(const reap_ctx *ctx, struct pollfd *fds, reap_id *ids);
/* [unlocked] poll, or somebody else, says revents of what was registered as id. */
void reap__watch_dispatch(reap_ctx *ctx, reap_id id, int fd, short revents);
void reap__watch_clear(reap_ctx *ctx);

/* [ctx lock] As for fds. at: in ms of the monotonic clock. */
int reap__timeout_add(reap_ctx *ctx, int64_t at, enum whose whose, reap_timeout_fn *callback,
                      void *user, reap_id *id);
void reap__timeout_remove(reap_ctx *ctx, reap_id *id);
/* The time of the first; INT64_MAX if there is none. [ctx lock] */
int64_t reap__timeout_first(const reap_ctx *ctx);
/* [unlocked] Calls back for those that are due at now. */
void reap__timeout_dispatch(reap_ctx *ctx, int64_t now);
/* [unlocked] The hooks' timeout occurred. */
int reap__timeout_occurred(reap_ctx *ctx, reap_id id);
void reap__timeout_clear(reap_ctx *ctx);
/* ms milliseconds from now on, never early. */
int64_t reap__timeout_at(int64_t ms);

/* -- osevent.c: the hooks; 0 where there are none -- [ctx lock] */

int reap__hook_fd_register(reap_ctx *ctx, int fd, short events, reap_id id, void **for_app);
int reap__hook_fd_modify(reap_ctx *ctx, int fd, short events, void **for_app);
void reap__hook_fd_deregister(reap_ctx *ctx, int fd, void *for_app);
int reap__hook_timeout_register(reap_ctx *ctx, int64_t at, reap_id id, void **for_app);
void reap__hook_timeout_now(reap_ctx *ctx, void **for_app);

/* -- poll.c -- */

/* [ctx lock] The application's poll under way, if there is one, returns. */
void reap__poll_wake(reap_ctx *ctx);
/* [ctx lock] What is to be polled has changed: whoever polls is to begin anew. */
void reap__poll_changed(reap_ctx *ctx);
/* [unlocked] Reduces a timeout as for poll(2) to what the ctx wants at now. */
void reap__poll_timeout(reap_ctx *ctx, int *timeout, int64_t now);
/* [unlocked] Tells what poll found; entry 0 is passed over. */
void reap__poll_dispatch(reap_ctx *ctx, const struct pollfd *fds, const reap_id *ids, size_t used);
/* [unlocked] What each turn ends with: exits are found and told, and what else is due is done.
 * 0, or what a hook returned. */
int reap__turn_end(reap_ctx *ctx, int64_t now);
/* [unlocked] The same for one who was told of exits. */
int reap__turn_told(reap_ctx *ctx);

/* -- callbacks.c -- */

/* [ctx lock] To be done by whoever leaves libreap next: the caller, at the latest. */
void reap__due_add(reap_ctx *ctx, struct due *due, enum whose whose,
                   void (*run)(reap_ctx *, struct due *));
/* [unlocked] Does all that is due, one thing after the other, until the ctx is freed. */
void reap__due_run(reap_ctx *ctx);
/* [unlocked] What of it is libreap's own. */
void reap__due_run_own(reap_ctx *ctx);
/* [unlocked] All, for one who does not wait: on top of a callback that was due it does what is
 * libreap's own, and leaves the rest. */
void reap__due_run_flat(reap_ctx *ctx);
/* [ctx lock] Events of this type may be missing: there was no memory for one, or a hook refused the
 * look that would find it. */
void reap__event_missing(reap_ctx *ctx, enum reap_event_type type);

/* -- event.c -- */

struct event {
    reap_event pub; /* first: the application has a pointer to it */
    TAILQ_ENTRY(event) others;
    uint64_t number; /* in the order of their occurrence */
    struct due due;
    struct ao *ao; /* whose progress it is, where that is called back */
    char text[];
};

/* text may be NULL. NULL: no memory. */
struct event *reap__event_new(enum reap_event_type type, uint64_t for_user, const char *text,
                              size_t length);
/* [ctx lock] It has happened: into the queue, or to the application. */
void reap__event_put(reap_ctx *ctx, struct event *event);
/* Drops what was not retrieved, of a ctx that is closed. */
void reap__event_clear(reap_ctx *ctx);

/* -- waiter.c: a thread that waits inside libreap -- */

struct waiter {
    TAILQ_ENTRY(waiter) others; /* ctx lock */
    pthread_t thread;
    uint64_t types; /* of events that it waits for */
    reap_carefd *wake;
    bool woken; /* ctx lock: the channel was written to, and not read since */
    struct pollfd *fds;
    reap_id *ids;
    size_t room;
};

/* [unlocked] 0, REAP_ERROR_NO_MEMORY or REAP_ERROR_SYSTEM. */
int reap__waiter_open(reap_ctx *ctx, struct waiter *waiter, uint64_t types);
void reap__waiter_close(reap_ctx *ctx, struct waiter *waiter);
/* [unlocked] One turn of the loop. 0; REAP_ERROR_NO_MEMORY or REAP_ERROR_SYSTEM: it could not poll,
 * and did not wait; else what a hook returned. */
int reap__waiter_turn(reap_ctx *ctx, struct waiter *waiter);
/* [ctx lock] The turn under way, or else the next, ends soon. */
void reap__waiter_wake(struct waiter *waiter);
/* [ctx lock] Wakes those that poll. */
void reap__waiter_wake_all(reap_ctx *ctx);

/* -- ao.c: what all operations have in common -- */

struct ao {
    TAILQ_ENTRY(ao) others; /* in ctx->aos */
    reap_ctx *ctx;
    unsigned references; /* ctx lock */
    /* What the operation does when it is aborted. [ctx lock] */
    void (*abort)(struct ao *ao);
    /* Frees the whole. [unlocked] */
    void (*free)(struct ao *ao);
    bool waited_for; /* the initiating call waits, with its waiter */
    struct waiter waiter;
    struct reap_how how;
    bool progresses;
    struct reap_progress_how progress;
    struct event *event; /* of completion, where one is wanted */
    /* ctx lock: */
    bool aborted, done, complete;
    unsigned progress_due; /* progress callbacks that have not returned */
    int rc, errnum;
    pid_t pid; /* of its child; 0: none yet */
    int kill_signal;
    bool kill_due, kill_refused;
    reap_id kill_again; /* 0: not due */
    struct due complete_due, kill;
};

/* [unlocked] Fills in what all have, of an ao that is all zero but for what the operation gives it.
 * One reference is the initiating call's, one the operation's. On an error the whole is freed. */
int reap__ao_init(struct ao *ao, reap_ctx *ctx, const reap_how *how);
/* [unlocked] The end of every initiating call: rc is 0 where the operation was started; waits for
 * it if need be, returns what the call is to return. */
int reap__ao_started(struct ao *ao, int rc);
/* [ctx lock] It is over. May be said once. */
void reap__ao_done(struct ao *ao, int rc);
/* [ctx lock] Tells a line. */
void reap__ao_progress(struct ao *ao, const char *line, size_t length);
/* [ctx lock] Has its child sent a signal, soon. */
void reap__ao_kill(struct ao *ao, int signal);
/* [unlocked] Its child exists. */
void reap__ao_child(struct ao *ao, pid_t pid);

/* -- child.c -- */

/* reap_child_fork for an operation: rc apart from the pid, and the application cannot deregister
 * it. */
int reap__child_fork(reap_ctx *ctx, reap_child_fn *callback, void *user, bool own, pid_t *pid);
/* [unlocked] reap_child_kill for the child of that operation, which is known by its user. */
int reap__child_kill(reap_ctx *ctx, pid_t pid, const void *user, int signal);
/* In the child: runs a program, or ends with status 127. */
_Noreturn void reap__child_exec(char *const argv[]);

/* -- carefd.c -- */

/* Makes a pipe, its reading end non-blocking. 0 or a reap_error. */
int reap__carefd_pipe(reap_carefd *ends[2]);

/* -- op_child.c: an operation that is a program with its stdout captured -- */

struct op_child {
    struct ao ao; /* first */
    reap_carefd *output;
    reap_id watch, limit;
    bool timed_out;
    /* [ctx lock] What it says, and that it has ended. */
    void (*said)(struct op_child *op, const char *bytes, size_t length);
    void (*ended)(struct op_child *op, int status);
};

/* [unlocked] Starts it; time_limit_ms 0: none. */
int reap__op_child_start(struct op_child *op, char *const argv[], int64_t time_limit_ms);
/* [unlocked] */
void reap__op_child_clear(struct op_child *op);

/* -- process_ref.c: a process that need not be a child -- */

struct process_ref {
    pid_t pid;
    reap_carefd *pidfd;         /* NULL where there are none */
    unsigned long long started; /* tells it from a later one with its pid, where there are none */
};
enum process_state { PROCESS_RUNS, PROCESS_STOPPED, PROCESS_ENDED };

/* [unlocked] 0 or a reap_error; errno ESRCH: there is none such. */
int reap__process_open(struct process_ref *process, pid_t pid);
void reap__process_close(struct process_ref *process);
enum process_state reap__process_state(const struct process_ref *process);
/* 0 or -1 and errno. */
int reap__process_signal(const struct process_ref *process, int signal);

/* -- evgen.c -- */

struct reap_evgen {
    UT_hash_handle hh; /* in ctx->evgens, by self */
    struct reap_evgen *self;
    /* Ends what it has registered. [ctx lock] */
    void (*stop)(reap_ctx *ctx, struct reap_evgen *evgen);
    /* [unlocked] */
    void (*free)(struct reap_evgen *evgen);
};

/* [ctx lock] 0 or REAP_ERROR_NO_MEMORY. */
int reap__evgen_add(reap_ctx *ctx, struct reap_evgen *evgen);
/* [unlocked] Ends all. */
void reap__evgen_clear(reap_ctx *ctx);

/* -- exits.c: is the channel of exits registered? -- */

/* [locked] To be called after any change that decides it. */
void reap__exits_note(reap_ctx *ctx);
/* [unlocked] Does what was noted. 0, REAP_ERROR_NO_MEMORY, or what a hook returned. */
int reap__exits_update(reap_ctx *ctx);
/* [unlocked] Has it registered, children or not, until the unpin; for_child: and the look at the
 * child that is about to come. Errors as above. */
int reap__exits_pin(reap_ctx *ctx, bool for_child);
void reap__exits_unpin(reap_ctx *ctx, bool for_child);

/* -- log.c -- [unlocked]; errno is kept */

__attribute__((format(printf, 3, 4))) void reap__log(reap_ctx *ctx, enum reap_log_level level,
                                                     const char *format, ...);
/* type: the events that may be missing; 0: all. Does not return where the application has no
 * function for it [EV-19]. */
void reap__disaster(reap_ctx *ctx, enum reap_event_type type, const char *what, int errnum);

#pragma GCC visibility pop

#endif
