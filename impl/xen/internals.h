/* SPDX-License-Identifier: MIT */
/*
 * What libxl's operations call to make a child, and its static archive leaves open. No header of
 * libxl's declares it, so the two small structures are mirrored here; README.md tells how to check
 * the mirrors against another version.
 */
#ifndef REAPCHECK_XEN_INTERNALS_H
#define REAPCHECK_XEN_INTERNALS_H

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

/* An fd that libxl_postfork_child_noexec closes in a child. */
struct xl_carefd;
/* No thread can fork from here until the fd is recorded. */
void libxl__carefd_begin(void);
/* Records fd, which is now close-on-exec, keeps errno and lets others fork. NULL where fd is -1. */
struct xl_carefd *libxl__carefd_opened(libxl_ctx *ctx, int fd);
/* 0, or -1 with errno where close failed. */
int libxl__carefd_close(struct xl_carefd *carefd);

#endif
