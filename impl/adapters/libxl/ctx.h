/* SPDX-License-Identifier: MIT */
/* What the files of this adapter share: a ctx, and who does what with it. */
#ifndef REAPCHECK_LIBXL_CTX_H
#define REAPCHECK_LIBXL_CTX_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "adapter.h"
#include "../visits.h"
#include "../../xen/internals.h"

struct errand;
struct news;
struct rc_os_hooks;
struct record;
struct watch;

struct rc_ctx {
    libxl_ctx *xl;
    const struct rc_callbacks *callbacks;
    void *user;
    int wake_fd;
    struct pollfd *fds; /* of run: wake_fd, then libxl's */
    int fds_size;
    bool status_unknown; /* under libxl's lock: the death that follows has no status */
    atomic_bool silent;  /* closed, but for libxl being on the stack still */
    _Atomic(struct record *) records;
    _Atomic(struct news *) news; /* latest first */
    _Atomic(struct errand *) errands;
    _Atomic(struct watch *) watches;
    struct xl_ao *watching; /* under libxl's lock: the operation that watches belong to */
    const struct rc_os_hooks *os_hooks;
    void *os_user;
    struct visited visited;
    libxl_event_hooks event_hooks;
    xentoollog_logger logger;
    atomic_int log_lines;
};

/* -- adapter.c -- */
/* Ends a visit, and closes the ctx where that was put off to its end. */
void ctx_leave(struct rc_ctx *ctx, struct visit *visit);
/* Errors of libxl's carry no errno; the thread's own is the best hint that there is. */
int error_of(int rc);

/* -- news.c -- */
/* Fills in the hooks by which libxl tells of disasters, and its logger. */
void news_listen(struct rc_ctx *ctx);
/* Room for a child's death, made at its fork, so that it is told even without memory; NULL for
 * want of memory. */
struct news *news_of_death(void);
/* The child died. Takes over the news. Called with the ctx locked. */
void news_death(struct rc_ctx *ctx, struct news *news, pid_t pid, int status);
/* Passes the news on to the harness, oldest first, with no lock of libxl's held. */
void news_tell(struct rc_ctx *ctx, struct visit *visit);
void news_free(struct rc_ctx *ctx);

/* -- child.c: members of the adapter -- */
pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg);
pid_t child_spawn(struct rc_ctx *ctx, char *const argv[]);
void children_free(struct rc_ctx *ctx);

/* -- operations.c -- */
/* What its operations needed. */
void errands_free(struct rc_ctx *ctx);

/* -- watches.c -- */
/* Ends the watches that are left; the ctx is about to be freed. */
void watches_end(struct rc_ctx *ctx);
void watches_free(struct rc_ctx *ctx);

/* -- limits.c -- */
extern const struct rc_limit documented_limits[];

#endif
