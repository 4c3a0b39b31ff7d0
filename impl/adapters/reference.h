/* SPDX-License-Identifier: MIT */
/*
 * What the files of the reference's adapter share.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "adapter_events.h"
#include "reap.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rc_ctx {
    reap_ctx *reap;
    struct reap_childproc_hooks hooks; /* as set_owner hands them over; spoilt afterwards */
    const struct rc_callbacks *callbacks;
    void *user;
    _Atomic unsigned holds;
    struct pollfd *fds;
    int fds_room;
    const struct rc_os_hooks *os_hooks;
    void *os_user;
    pthread_mutex_t lock;            /* of the list */
    struct reference_watch *watches; /* all that there ever were */
};

/* A reap_error as a negative errno; what a hook returned stays as it is. */
int reference_result(int rc);
/* Rounded up, so that nothing is early. */
int64_t reference_ms_of(int64_t us);
/* The rc_ctx stays until the matching release. */
void reference_hold(struct rc_ctx *ctx);
void reference_release(struct rc_ctx *ctx);

/* -- reference_events.c -- */

extern const struct rc_events reference_events;
int reference_event_callbacks(struct rc_ctx *ctx, uint64_t mask, int with_disaster);
struct rc_event reference_event(reap_event *event);
/* Gives back what the second part has put into the ctx. */
void reference_events_release(struct rc_ctx *ctx);

/* -- reference_operations.c -- */

int reference_operate(struct rc_ctx *ctx, enum rc_operation operation,
                      const struct rc_operation_arguments *arguments, const struct rc_how *how,
                      const struct rc_how *progress);
int reference_abort(struct rc_ctx *ctx, const struct rc_how *how);
/* This completion was heard of: a lock that came with it is given up. */
void reference_completed(struct rc_ctx *ctx, const struct rc_event *event);
void reference_operations_release(const struct rc_ctx *ctx);

#endif
