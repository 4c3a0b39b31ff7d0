/* SPDX-License-Identifier: MIT */
/* What a library has registered with the hooks of an application, followed event by event. */
#ifndef REAPCHECK_ORACLE_REGISTRATIONS_H
#define REAPCHECK_ORACLE_REGISTRATIONS_H

#include "oracle/facts.h"

struct registration {
    struct {
        int32_t ctx, number;
    } key;
    bool timer;
    int fd;
    int64_t events;            /* of an fd: as it was last told; of a timeout: when it is due */
    size_t made;               /* the hook that registered it */
    size_t ended;              /* its deregistration, or the ENTER of occurred_timeout; NEVER */
    size_t over;               /* of a timeout that occurred: the LEAVE of that; NEVER */
    size_t told_now;           /* of a timeout: the first time it was asked for at once; NEVER */
    bool now;                  /* and the application agreed to that, once */
    bool refused;              /* the latest modification was refused */
    struct registration *next; /* of the same fd in the ctx */
    UT_hash_handle hh;
};

/* All that live on one fd of a ctx. */
struct shared_fd {
    struct {
        int32_t ctx, fd;
    } key;
    struct registration *first;
    size_t refused; /* the latest registration of it that was refused, NEVER */
    UT_hash_handle hh;
};

struct registrations {
    struct registration *all; /* those that are over, too */
    struct shared_fd *fds;    /* of timeouts: under fd -1, with `refused` alone */
};

/* Whether hook event i is of a ctx that this process has opened. */
bool registrations_known(const struct facts *facts, const struct event *event, size_t i);
/* Takes event i in, if it is a hook or tells of a timeout. */
void registrations_follow(struct registrations *registrations, const struct facts *facts, size_t i);
struct registration *registrations_find(const struct registrations *registrations, int ctx,
                                        int64_t number);
struct shared_fd *registrations_of_fd(const struct registrations *registrations, int ctx, int fd);
/* It counts as registered: a timeout that was told to occur at once does not. */
bool registration_lives(const struct registration *registration);
void registrations_free(struct registrations *registrations);

#endif
