/* SPDX-License-Identifier: MIT */
/*
 * What the modules of libreap share.
 *
 * Locks, and there are only these:
 *
 *   process lock   one in the process (process.c). Guards contexts, children, users of SIGCHLD,
 *                  carefds. A pthread_atfork handler takes it too, so whoever holds it excludes
 *                  forks by any thread: it is libxl's "no_forking".
 *   ctx lock       one in each ctx (poll.c, watch.c). Guards registrations of fds and timeouts.
 *   settle lock    in sigchld.c, held while a leaver waits for handlers under way.
 *
 * No thread ever holds two of them, so there is no order to keep. None is held across a callback,
 * a fork or anything that may block. The signal handler takes none.
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
    TAILQ_ENTRY(child) of_ctx; /* in ctx->living, or in ctx->ended, which awaits the report */
    reap_ctx *ctx;
    pid_t pid;
    bool forgotten; /* deregistered: reaped silently */
    unsigned long pass;
    enum reap_outcome outcome;
    int status;
    reap_child_fn *callback;
    void *user;
};
TAILQ_HEAD(child_queue, child);

struct watch;
struct timeout;
TAILQ_HEAD(watch_queue, watch);
TAILQ_HEAD(timeout_queue, timeout);

struct reap_ctx {
    unsigned generation;    /* that of the process the ctx was made in */
    _Atomic unsigned holds; /* the owner's, and one for each call that runs callbacks */
    _Atomic bool closed;
    reap_carefd *wake;             /* the wake-up channel */
    struct exit_listener listener; /* what exit_source keeps for the ctx */

    /* process lock: */
    LIST_ENTRY(reap_ctx) all;
    struct reap_childproc_hooks hooks;
    void *hooks_user;
    struct child_queue living, ended;
    unsigned living_count, ended_count;
    unsigned starting;  /* forks under way */
    unsigned long pass; /* see scan.c */
    bool awaits_fork;   /* found a pid that a fork under way may be about to record */
    bool unsure;        /* exits are not announced: rescan every REAP_UNSURE_MS */
    int64_t safety_at;  /* next unasked look at the living, in ms of the monotonic clock */
    bool left;          /* has left the exit source; reap__ctx_settle is due */
    int left_error, left_errno;
    int wait_errno; /* an error of waitpid that is to be told */

    /* ctx lock: */
    pthread_mutex_t lock;
    struct watch_queue watches;
    struct timeout_queue timeouts;
    unsigned watches_count;
    reap_id last_id;
    reap_id *slots; /* which registration stands behind each entry of the latest beforepoll */
    size_t slots_used, slots_room;

    reap_log_fn *log;
    void *log_user;
    reap_disaster_fn *disaster;
    void *disaster_user;
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

/* 0, REAP_ERROR_INVALID or REAP_ERROR_FORKED. */
int reap__ctx_check(const reap_ctx *ctx);
/* Keeps the memory of the ctx until the matching release, whatever a callback does. */
void reap__ctx_hold(reap_ctx *ctx);
void reap__ctx_release(reap_ctx *ctx);
/* [unlocked] To be called after anything that may have made the ctx leave the exit source. */
void reap__ctx_settle(reap_ctx *ctx);

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

/* -- watch.c, timeout.c -- [unlocked] */

void reap__watch_clear(reap_ctx *ctx);
/* Puts fds of the ctx from entry first on into fds while there is room, remembers them in slots
 * (which has room), returns how many there are. [ctx lock] */
size_t reap__watch_fill(reap_ctx *ctx, size_t first, struct pollfd *fds);
void reap__watch_dispatch(reap_ctx *ctx, reap_id id, const struct pollfd *polled);
void reap__timeout_clear(reap_ctx *ctx);
/* The time of the first; INT64_MAX if there is none. [ctx lock] */
int64_t reap__timeout_first(const reap_ctx *ctx);
void reap__timeout_dispatch(reap_ctx *ctx, int64_t now);

/* -- log.c -- [unlocked]; errno is kept */

__attribute__((format(printf, 3, 4))) void reap__log(reap_ctx *ctx, enum reap_log_level level,
                                                     const char *format, ...);
void reap__disaster(reap_ctx *ctx, const char *what, int errnum);

#pragma GCC visibility pop

#endif
