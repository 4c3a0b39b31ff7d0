/* SPDX-License-Identifier: MIT */
/*
 * What libxl's operations call to make a child, or to wait for an fd or a time, and its static
 * archive leaves open. No header of libxl's declares it, so a few small structures are mirrored
 * here; README.md tells how to check the mirrors against another version.
 */
#ifndef REAPCHECK_XEN_INTERNALS_H
#define REAPCHECK_XEN_INTERNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>
#include <libxl.h>

/* Where an operation's allocations are remembered, to be freed at its end. */
struct xl_gc {
    int alloc_maxsize; /* 0 at first */
    void **alloc_ptrs;
    libxl_ctx *owner;
};

struct xl_child;
/* Called once the child was reaped, with the ctx locked. */
typedef void xl_death(void *egc, struct xl_child *child, pid_t pid, int status);
/* Is libxl's while the child lives. */
struct xl_child {
    pid_t pid; /* -1 while it stands for no child */
    xl_death *death;
    struct xl_child *next, **previous;
};

/* As fork, but a failure gives a libxl error. It locks the ctx for itself, and leaves it locked in
 * the child. */
pid_t libxl__ev_child_fork(struct xl_gc *gc, struct xl_child *child, xl_death *death);
/* In a child: becomes a program; -1 lets a standard fd alone. */
void libxl__exec(struct xl_gc *gc, int in, int out, int err, const char *program,
                 char *const argv[], char *const environment[]) __attribute__((noreturn));
void libxl__free_all(struct xl_gc *gc);

/* -- what operations wait by: fds and times -- */

/* What a call of libxl has to tell when it has let go of the ctx: a gc and four lists. */
struct xl_egc {
    struct xl_gc gc;
    struct {
        void *first, *last;
    } lists[4]; /* last: where the next one is to be linked */
};

struct xl_ao; /* an operation */
struct xl_fd;
/* Called with the ctx locked. */
typedef void xl_fd_ready(struct xl_egc *egc, struct xl_fd *fd, int number, short events,
                         short revents);
struct xl_fd {
    int fd; /* -1 while it stands for nothing */
    short events;
    xl_fd_ready *ready;
    struct xl_fd *next, **previous;
    void *nexus;
};

struct xl_time;
/* Called with the ctx locked. */
typedef void xl_time_over(struct xl_egc *egc, struct xl_time *time, const struct timeval *due,
                          int rc);
struct xl_time {
    xl_time_over *over; /* NULL while it stands for nothing */
    int infinite;
    struct xl_time *next, **previous;
    struct timeval due;
    void *nexus;
    struct {
        struct xl_ao *ao;
        void *callback;
        bool registered;
        void *next, *previous;
    } abortable;
};

int libxl__ev_fd_register(struct xl_gc *gc, struct xl_fd *fd, xl_fd_ready *ready, int number,
                          short events);
int libxl__ev_fd_modify(struct xl_gc *gc, struct xl_fd *fd, short events);
void libxl__ev_fd_deregister(struct xl_gc *gc, struct xl_fd *fd);
int libxl__ev_time_register_abs(struct xl_ao *ao, struct xl_time *time, xl_time_over *over,
                                struct timeval due);
void libxl__ev_time_deregister(struct xl_gc *gc, struct xl_time *time);

/* -- operations; called with the ctx locked once -- */
#define XL_LOCK_AT 0x40 /* in a ctx */

struct xl_ao *libxl__ao_create(libxl_ctx *ctx, uint32_t domain, const libxl_asyncop_how *how,
                               const char *file, int line, const char *function);
/* It goes on by itself from here. */
int libxl__ao_inprogress(struct xl_ao *ao, const char *file, int line, const char *function);
void libxl__ao_complete(struct xl_egc *egc, struct xl_ao *ao, int rc);
libxl_event *libxl__event_new(struct xl_egc *egc, libxl_event_type type, uint32_t domain,
                              libxl_ev_user user);
/* how has to last. Its callback is called once libxl has let go of the ctx. */
void libxl__ao_progress_report(struct xl_egc *egc, struct xl_ao *ao,
                               const libxl_asyncprogress_how *how, libxl_event *event);
/* How a call ends: still locked, and when it has let go. */
void libxl__egc_ao_cleanup_1_baton(struct xl_gc *gc);
void libxl__egc_cleanup_2_ul_cb_gc(struct xl_egc *egc);

/* An fd that libxl_postfork_child_noexec closes in a child. */
struct xl_carefd;
/* No thread can fork from here until the fd is recorded. */
void libxl__carefd_begin(void);
/* Records fd, which is now close-on-exec, keeps errno and lets others fork. NULL where fd is -1. */
struct xl_carefd *libxl__carefd_opened(libxl_ctx *ctx, int fd);
/* 0, or -1 with errno where close failed. */
int libxl__carefd_close(struct xl_carefd *carefd);

#endif
