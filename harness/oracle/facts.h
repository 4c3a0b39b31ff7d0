/* SPDX-License-Identifier: MIT */
/*
 * What a history says of ctxs and children, sorted out once for all oracles.
 *
 * A pid may have several lives, one after another. A life in a ctx's care (started by it, or
 * watched) is a care; a child that two ctxs watch has two. Positions are indexes of events, NEVER
 * where the thing did not happen. What two threads do at once has no order: between its ENTER and
 * its LEAVE a change may or may not have happened, and the facts say so.
 */
#ifndef REAPCHECK_ORACLE_FACTS_H
#define REAPCHECK_ORACLE_FACTS_H

#include "oracle/oracle.h"
#include "oracle/things.h"
#include "oracle/threads.h"

enum owner_now { OWNER_CLOSED = -2, OWNER_UNSURE = -1 /* else enum rc_owner */ };

struct owner_change {
    size_t entered, left;
    int owner;
};

struct ctx_fact {
    int ctx;
    int process;                /* that opened it; 0: this place of the list is empty */
    enum event_library library; /* of a pair: whose it is */
    size_t opening, opened;     /* ENTER and LEAVE of a successful open */
    size_t closing, closed;     /* likewise of close */
    struct owner_change *changes;
    size_t change_count;
};

struct life {
    int pid;
    int process;    /* whose child it is */
    bool foreign;   /* the application started it */
    bool doubtful;  /* the pid was reused and nothing tells the two lives apart: do not judge */
    size_t from;    /* nothing before this is of this life */
    size_t at;      /* it was told to us */
    size_t exited;  /* the kernel's word */
    int64_t status; /* the kernel's, -1 not known */
    size_t order;   /* the last ORDER */
    unsigned orders;
    size_t waited;    /* the application's wait got it */
    size_t collected; /* a wait call of the library got it */
    int older;        /* life of the same pid before this, or -1 */
    int care;         /* first care, or -1 */
};

struct care {
    int life, ctx;
    size_t from, at;  /* ENTER and LEAVE of what brought it */
    size_t forgotten; /* LEAVE of a successful forget */
    size_t told;      /* ENTER of a successful told-reaped */
    int64_t told_status;
    size_t report; /* REPORT or LOST to this ctx, the first */
    int next;      /* of the same life, or -1 */
};

struct facts {
    const struct history *history;
    const struct subject *subject;
    int host;
    struct ctx_fact *ctxs; /* by index */
    size_t ctx_count;
    struct life *lives; /* in order of `at` */
    size_t life_count, life_size;
    struct care *cares;
    size_t care_count, care_size;
    struct pid_lives *by_pid;
    struct things *things; /* of adapter_events.h */
    size_t crashed;        /* HOST_EXIT that was no good end, or NEVER */
    size_t hung;           /* first HANG, or NEVER */
    size_t first_fault;    /* FAULT, or NEVER */
    size_t ignored;        /* first sight of SIGCHLD ignored or with SA_NOCLDWAIT, or NEVER */
};

/* NULL for want of memory. */
struct facts *facts_build(const struct history *history, const struct subject *subject);
void facts_free(struct facts *facts);

/* The child that a wait call of the library, or of the application, came back with; 0 for none. */
int facts_waited_for(const struct event *event);
/* The newest life of pid that had begun by event i, NULL if none. */
struct life *facts_life(const struct facts *facts, int pid, size_t i);
/* How a ctx is owned at event i: enum rc_owner, or OWNER_... */
int facts_owner(const struct facts *facts, const struct ctx_fact *ctx, size_t i);
/* Whether every ctx of the process is closed at event i, or not yet open. */
bool facts_all_closed(const struct facts *facts, int process, size_t i);
/* The owner mode of a ctx in all of from..to; OWNER_UNSURE if it changed or may have. */
int facts_owner_throughout(const struct facts *facts, const struct ctx_fact *ctx, size_t from,
                           size_t to);
/*
 * Whether every ctx that the process has, or may have, open somewhere in from..to is in one of
 * the modes (RC_OWNS bits) all that time, and there is at least one.
 */
bool facts_all_owners(const struct facts *facts, int process, unsigned modes, size_t from,
                      size_t to);
/* The process that an event is about: the host where the runner speaks. */
int facts_process(const struct facts *facts, const struct event *event);
/*
 * The last moment in from..to (exclusive) at which all that was due to happen had happened to this
 * ctx: a QUIET that was reached, with no thread at a gate and its loop not paused. NEVER if none.
 */
size_t facts_rest(const struct facts *facts, int ctx, size_t from, size_t to);
/*
 * Whether the DISPOSITION of event i may be held against what the history says at i. The host was
 * asked a while before its answer stood there: nothing of the process was under way meanwhile, in
 * which the library or the application could have changed it.
 */
bool facts_look_stands(const struct facts *facts, int process, size_t i);
#endif
