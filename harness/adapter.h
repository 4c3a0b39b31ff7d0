/* SPDX-License-Identifier: MIT */
/*
 * The contract between reapcheck and an implementation: the only file that the author of an
 * adapter has to read.
 *
 * An implementation is a library that starts or watches child processes. Its adapter is one C
 * file that fills in a `struct rc_adapter` and registers it with RC_ADAPTER. Build it as a shared
 * object and pass it by name:
 *
 *     cc -shared -fPIC -I harness -o mine.so mine.c -lmine
 *     reapcheck run --impl ./mine.so
 *
 * A member left NULL is a thing that the implementation does not offer: a scenario that needs it
 * is skipped and says so. Every call returns 0 (or a pid) on success and a negative errno on
 * failure; where the library does not say why it failed, any errno that fits will do. An adapter
 * uses its library as a careful user would. It never works around a bug.
 *
 * Threads. Each ctx is opened on one lane (a thread of the host), and `run` is called only there,
 * one call at a time. Every other member may be called from any lane at any moment; where the
 * library forbids that, the adapter says so with RC_FEATURE_ONE_THREAD.
 */
#ifndef REAPCHECK_ADAPTER_H
#define REAPCHECK_ADAPTER_H

#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Raised whenever the layout or the meaning of anything below changes. Adapters of ABI 1 and 2 are
 * driven as before: the former lack the members behind postfork, the latter `events`.
 */
#define REAPCHECK_ADAPTER_ABI 3

/* Who owns SIGCHLD, and whom the library may reap. The names are libxl's, without its prefix. */
enum rc_owner {
    RC_OWNER_LIBRARY,   /* the library, while it has a child; it reaps every child of the process */
    RC_OWNER_MAINLOOP,  /* the application, which tells the library */
    RC_OWNER_ALWAYS,    /* the library, all the time; it reaps every child of the process */
    RC_OWNER_SELECTIVE, /* the library, all the time; it reaps its own children only */
};
#define RC_OWNS(owner) (1u << (owner))

/* One instance of the library's main object. Each adapter defines its own. */
struct rc_ctx;

/* Of the second part, below. */
struct rc_event;
struct rc_events;

/*
 * What the harness hears. The adapter calls these on a thread that is inside `run`, `told_reaped`
 * or `told_sigchld` of the ctx, never from a signal handler. `user` is what ctx_open was given.
 * Each may call any member of the adapter again, ctx_close of the same ctx included. Few event
 * loops may be freed while they turn: where the documentation does not allow it, ctx_close stops
 * what the ctx still watches, and the adapter frees the loop as `run` is left.
 */
struct rc_callbacks {
    /* A child of the ctx ended; wait_status is the raw status, as waitpid gives it. */
    void (*exited)(void *user, pid_t pid, int wait_status);
    /* A child of the ctx ended and its status is not to be had. */
    void (*lost)(void *user, pid_t pid);
    /* The library reaped a child that is not one of the ctx's. Returns 0 where the application
     * recognises it, -ESRCH where it does not; -EINVAL where it breaks that rule on purpose. */
    int (*foreign)(void *user, pid_t pid, int wait_status);
    /* The library cannot go on as it promised. */
    void (*disaster)(void *user, const char *what, int errnum);
    /* To be called in place of fork, where not NULL and where the library has such a hook. */
    pid_t (*fork)(void *user);
    /* The library logs a warning or worse, in one line of text. May be called with the library's
     * locks held: it calls nothing of the adapter. */
    void (*warned)(void *user, const char *text);
    /* Since ABI 2. Not 0: `foreign` is to be given to the library whatever the mode, also where it
     * is not allowed to be (RC_OWNER_MAINLOOP). Else an adapter leaves it out there. */
    int foreign_always;
    /* Since ABI 3. An event whose type event_callbacks named occurred; it is the callee's, which
     * gives it to event_free, now or later, on any thread. */
    void (*event)(void *user, const struct rc_event *event);
};

enum rc_feature {
    /* The four owner modes are offered with libxl's meaning: the FK requirements apply. */
    RC_FEATURE_LIBXL_SHAPED = 1u << 0,
    /* rc_callbacks.fork is honoured. */
    RC_FEATURE_FORK_HOOK = 1u << 1,
    /* rc_callbacks.foreign is called for children of others that the library reaped. */
    RC_FEATURE_FOREIGN = 1u << 2,
    /* All contexts have to live on one thread. */
    RC_FEATURE_ONE_THREAD = 1u << 3,
    /* rc_callbacks.foreign_always is honoured. */
    RC_FEATURE_FOREIGN_ALWAYS = 1u << 4,
    /* The library copies the hooks that set_owner hands to it. The adapter spoils its own as soon
     * as the library has returned, so that a library that goes on reading them is found out. */
    RC_FEATURE_HOOKS_COPIED = 1u << 5,
    /* rc_callbacks.warned is called for what the library logs. */
    RC_FEATURE_WARNINGS = 1u << 6,
    /* To the library there are no pidfds: pidfd_open fails with ENOSYS, as on a kernel before 5.3,
     * for the whole process and from before ctx_open. The host sees to it, under a tool, too, and
     * `unfail` does not lift it. For a variant of an adapter, under a name of its own. */
    RC_FEATURE_WITHOUT_PIDFDS = 1u << 7,
    /* Contexts may live on several lanes, but each may be called only on its own; but for `wake`.
     */
    RC_FEATURE_OWN_THREAD = 1u << 9,
    /* Children are reaped by a thread of the library's own, whether `run` is called or not. */
    RC_FEATURE_OWN_REAPER = 1u << 10,
    /* The adapter is there for what the library does with pidfds. Where there are none (an old
     * kernel, a tool that does not know them) its scenarios are skipped. */
    RC_FEATURE_WITH_PIDFDS = 1u << 11,
    /* One ctx may be open at a time and no more, by documentation. */
    RC_FEATURE_ONE_CONTEXT = 1u << 8,
    /* The library wants SIGCHLD blocked in every thread, by documentation: the host begins with it
     * blocked, and so do the children that the application starts. */
    RC_FEATURE_SIGCHLD_BLOCKED = 1u << 12,
};

/* Something that the library's documentation disclaims or settles in its own way. */
enum rc_limit_kind {
    RC_LIMIT_DISCLAIMED, /* the documentation says that this does not hold */
    RC_LIMIT_ABORTS,     /* the process then ends with SIGABRT or a failing exit status, by
                            documentation */
};
struct rc_limit {
    const char *requirement; /* such as "FK-36" */
    enum rc_limit_kind kind;
    const char *where; /* the place in the documentation */
};

struct rc_adapter {
    uint32_t abi;                  /* REAPCHECK_ADAPTER_ABI */
    const char *name;              /* as --impl names it: lower-case letters, digits, hyphens */
    const char *version;           /* of the library under test; what pkg-config says will do */
    uint32_t owners;               /* RC_OWNS(...) bits: the modes it offers */
    uint32_t features;             /* enum rc_feature bits */
    const struct rc_limit *limits; /* ends with a NULL requirement; may be NULL */

    /* Opens a ctx. The callbacks structure and `user` stay valid until ctx_close has returned. */
    int (*ctx_open)(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user);
    /* Ends the ctx and frees it. -EBUSY where it still has children and the library minds. */
    int (*ctx_close)(struct rc_ctx *ctx);
    /* -EBUSY while the ctx may have children, -EINVAL for an unknown mode. NULL where the library
     * has one mode only (one bit in owners): a ctx is in it from the start. */
    int (*set_owner)(struct rc_ctx *ctx, enum rc_owner owner);

    /* Starts a child through the library; in it body(arg) is run and never returns. body needs no
     * postfork. A library that only watches children leaves this and the next one NULL: where a
     * script wants a child, the application then forks, and gives it to child_watch. */
    pid_t (*child_fork)(struct rc_ctx *ctx, void (*body)(void *arg), void *arg);
    /* Starts a program through the library; argv[0] is its path, argv ends with NULL. The
     * program keeps the caller's fd 499, which the adapter must let through. */
    pid_t (*child_spawn)(struct rc_ctx *ctx, char *const argv[]);
    /* Takes a child that the application forked into the ctx's care. */
    int (*child_watch)(struct rc_ctx *ctx, pid_t pid);
    /* The caller has lost interest: no report of this child follows, but when it has ended the ctx
     * reaps it all the same. Where the library leaves a child whose watch was removed to the
     * application, the adapter keeps the watch and keeps the report to itself. -ESRCH if it is no
     * child of the ctx. */
    int (*child_forget)(struct rc_ctx *ctx, pid_t pid);
    /* Sends a signal through the library. -ESRCH once the child was reported. */
    int (*child_kill)(struct rc_ctx *ctx, pid_t pid, int signal);

    /* One turn of the event loop: waits up to timeout_ms (negative: for ever) for something to
     * do, does it, and returns. EINTR and a timeout are both success. */
    int (*run)(struct rc_ctx *ctx, int timeout_ms);
    /* Makes a `run` on another thread return soon. */
    int (*wake)(struct rc_ctx *ctx);

    /* RC_OWNER_MAINLOOP: the application reaped pid. -ESRCH if it is no child of the ctx. */
    int (*told_reaped)(struct rc_ctx *ctx, pid_t pid, int wait_status);
    /* RC_OWNER_MAINLOOP: the application saw SIGCHLD. */
    int (*told_sigchld)(struct rc_ctx *ctx);
    /* What the library wants called in a forked child that goes on without exec. The harness calls
     * it there, on one ctx. */
    int (*postfork)(struct rc_ctx *ctx);

    /* Opens path for reading, as an fd that no child is to have (libxl calls it a carefd): with
     * open(), and such that no fork falls in between. Returns the fd, which is not used, and what
     * the next one closes it by. May be NULL; so may be the next one, but not one of them alone. */
    int (*carefd_open)(struct rc_ctx *ctx, const char *path, void **carefd);
    /* Closes it. The ctx may be gone by then. */
    int (*carefd_close)(void *carefd);

    /* Since ABI 3: the second part of the contract (adapter_events.h). NULL: not offered. */
    const struct rc_events *events;
};

/* The file descriptor on which a child of the host awaits its orders. */
#define RC_CHILD_FD 499

/* Registers an adapter when the object that holds it is loaded. */
void reapcheck_register_adapter(const struct rc_adapter *adapter);
#define RC_ADAPTER(adapter)                                                                        \
    __attribute__((constructor)) static void adapter##_register(void)                              \
    {                                                                                              \
        reapcheck_register_adapter(&(adapter));                                                    \
    }                                                                                              \
    _Static_assert(1, "RC_ADAPTER takes a semicolon")

#ifdef __cplusplus
}
#endif
#endif
