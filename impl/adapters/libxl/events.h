/* SPDX-License-Identifier: MIT */
/* What the files of the contract's second part share (adapter_events.h). */
#ifndef REAPCHECK_LIBXL_EVENTS_H
#define REAPCHECK_LIBXL_EVENTS_H

#include "ctx.h"
#include "adapter_events.h"

extern struct rc_events libxl_events;

/* What libxl returned, as the contract has it: a positive value is a hook's. */
int result_of(int rc);
/* Shows an event of libxl's. */
void event_show(struct rc_event *event, libxl_event *xl);

/* -- events.c -- */
int event_check(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event);
int event_wait(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event);
void event_free(struct rc_ctx *ctx, struct rc_event *event);
int event_callbacks(struct rc_ctx *ctx, uint64_t mask, int with_disaster);
int enable(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
           struct rc_evgen **evgen);
void disable(struct rc_ctx *ctx, struct rc_evgen *evgen);

/* -- operations.c -- */
int operation(struct rc_ctx *ctx, enum rc_operation kind,
              const struct rc_operation_arguments *arguments, const struct rc_how *how,
              const struct rc_how *progress);
int operation_abort(struct rc_ctx *ctx, const struct rc_how *how);

/* -- osevents.c -- */
int os_hooks(struct rc_ctx *ctx, const struct rc_os_hooks *hooks, void *user);
void occurred_fd(struct rc_ctx *ctx, void *for_library, int fd, short events, short revents);
void occurred_timeout(struct rc_ctx *ctx, void *for_library);
int beforepoll(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms, int64_t now_us);
int afterpoll(struct rc_ctx *ctx, int nfds, struct pollfd *fds, int64_t now_us);

/* -- watches.c -- */
int fd_watch(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **watch);
int fd_change(struct rc_ctx *ctx, void *watch, short events);
int fd_unwatch(struct rc_ctx *ctx, void *watch);
int timeout_watch(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **watch);
int timeout_unwatch(struct rc_ctx *ctx, void *watch);

/* -- subjects.c -- */
int subject_make(enum rc_subject_kind kind, const char *name, struct rc_subject *subject);
int subject_do(struct rc_subject *subject, enum rc_subject_change change);

#endif
