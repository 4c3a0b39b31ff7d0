/* SPDX-License-Identifier: MIT */
/*
 * The probe: the host executable defines the libc functions that matter (history/calls.h), so an
 * implementation that calls them comes through here, whether it is linked in or opened with
 * dlopen. Each is recorded, waits at a gate, fails if a fault is set, and else calls the real one.
 *
 * Only what happens in the library's zone is recorded and touched. The host enters that zone when
 * it calls the adapter and leaves it when the adapter calls back; a signal handler that was
 * installed from there, a thread created there and the pthread_atfork handlers that run in a fork
 * of the application belong to it too.
 *
 * Everything here may be called in a signal handler and in a child after fork.
 */
#ifndef REAPCHECK_PROBE_H
#define REAPCHECK_PROBE_H

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include "history/log.h"
#include "probe/control.h"

/* Not for the objects that the host opens: they may have functions of the same name. */
#pragma GCC visibility push(hidden)

/*
 * Switches the probe on: log and control are mapped; notify_fd is an eventfd that it adds 1 to
 * when a thread reaches a gate; births_fd is a datagram socket on which each new child sends its
 * pid, as struct probe_birth, with a pidfd of its own attached (see PROTOCOL.md for when not).
 * Until then, and where log is NULL, every call just goes through.
 */
void probe_start(struct log *log, struct control *control, int notify_fd, int births_fd);

/* From now on pidfd_open fails with ENOSYS, for all but the host itself and whether the probe is on
 * or not: no rule of the runner's sets it or lifts it. Before the library is first called. */
void probe_without_pidfds(void);
/* False where pidfd_open is not to be had, whoever sees to that. */
bool probe_has_pidfds(void);

struct probe_birth {
    int32_t pid;    /* of the new child */
    int32_t parent; /* of the process that forked it */
    int32_t kind;   /* enum birth_kind */
};
enum birth_kind {
    BIRTH_FORK, /* one fd attached: the pidfd */
    BIRTH_HOST, /* sent by a forked copy of the host: one fd attached, its protocol socket */
};

/* The calling thread steps into the library / back into the application. Zones nest; each returns
 * what to hand to probe_leave. Going from the library to the application while a lock is held
 * records EVENT_LEFT_LOCKED. */
int probe_enter(enum event_zone zone);
/* As probe_enter(ZONE_LIBRARY), where two libraries share the process: into this one. What it
 * installs and creates meanwhile is its own. */
int probe_enter_library(enum event_library library);
void probe_leave(int before);

/* The library sees the time moved by so many microseconds from now on. */
void probe_move_clock(int64_t offset_us);
/* CLOCK_MONOTONIC as it is, whoever asks: by this the log goes. */
uint64_t probe_now_ns(void);

/* A fork that runs no pthread_atfork handler, as clone does; recorded and gated as any other. */
pid_t probe_fork_raw(void);

/* The libc functions themselves, for the host's own use: not recorded, never failed. */
struct probe_real {
    pid_t (*fork)(void);
    int (*sigaction)(int, const struct sigaction *, struct sigaction *);
    int (*pthread_sigmask)(int, const sigset_t *, sigset_t *);
    pid_t (*waitpid)(pid_t, int *, int);
    int (*waitid)(idtype_t, id_t, siginfo_t *, int);
    int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    int (*pthread_mutex_lock)(pthread_mutex_t *);
    int (*pthread_mutex_trylock)(pthread_mutex_t *);
    int (*pthread_mutex_unlock)(pthread_mutex_t *);
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*write)(int, const void *, size_t);
    int (*close)(int);
    int (*poll)(struct pollfd *, nfds_t, int);
    int (*kill)(pid_t, int);
    int (*clock_gettime)(clockid_t, struct timespec *);
};
extern struct probe_real probe_real;

/* What the disposition of SIGCHLD is now, as the library and application set it. */
struct probe_disposition {
    enum disposition disposition;
    int flags;
    uint64_t mask;  /* bit n-1 for signal n */
    void *function; /* the handler as it was given to sigaction */
};
void probe_disposition(struct probe_disposition *now);

#pragma GCC visibility pop

#endif
