/* SPDX-License-Identifier: MIT */
/*
 * What a history says of the things that adapter_events.h is about, sorted out once for all
 * oracles: subjects and what happened to them, enablings, operations with their children, and the
 * application's own fds and timeouts in a ctx.
 *
 * Positions are indexes of events, NEVER where the thing did not happen. A call has two, its ENTER
 * and its LEAVE: what it does, it does in between. A thing that is doubtful is not to be judged.
 */
#ifndef REAPCHECK_ORACLE_THINGS_H
#define REAPCHECK_ORACLE_THINGS_H

#include "adapter_events.h"
#include "oracle/threads.h"

/* A call that succeeded has left; one that failed has a result. */
struct call_fact {
    size_t entered, left;
    int64_t result;
};

struct subject_fact {
    int number, kind; /* enum rc_subject_kind */
    int64_t id;
    size_t changed[RC_SUBJECT_VANISHES + 1]; /* CHANGED, by enum rc_subject_change: the first */
    /* The step in which that began; NEVER where a thread at a gate may have been at it before. */
    size_t step[RC_SUBJECT_VANISHES + 1];
    bool doubtful; /* two have the same id */
    UT_hash_handle hh;
};

struct evgen_fact {
    int number, ctx, about; /* about: number of the subject */
    int64_t user;
    struct call_fact enable, disable;
    size_t closed; /* LEAVE of the close of its ctx */
    UT_hash_handle hh;
};

struct operation_fact {
    int number, ctx, process; /* process: that started it, 0: none did */
    int kind, how;            /* enum rc_operation, enum rc_how_kind */
    int progress;             /* RC_HOW_SYNCHRONOUS: none is wanted */
    int64_t user, progress_user;
    struct call_fact start, abort; /* abort: the first */
    size_t ended;                  /* the first word of its end to the application */
    size_t closed;                 /* LEAVE of the close of its ctx */
    bool shared; /* others of the ctx ended in an event with the same user: who knows whose is what
                  */
    UT_hash_handle hh;
};

/* A child that the library forked for an operation. */
struct helper_fact {
    int pid, process, operation; /* operation: its number, 0 where nobody can tell */
    size_t born, reaped;
    int64_t status; /* -1: not known */
};

struct watch_fact {
    int number, ctx;
    bool timer;
    int64_t fd, due_us;
    struct call_fact observe, unobserve;
    size_t closed;
    UT_hash_handle hh;
};

struct things {
    struct subject_fact *subjects;
    struct evgen_fact *evgens;
    struct operation_fact *operations;
    struct watch_fact *watches;
    struct helper_fact *helpers; /* in order of birth */
    size_t helper_count, helper_size;
    bool hidden_births; /* the application forked for the library, somewhere */
    bool lost;          /* the log was full: nothing is certain */
    bool guarded;       /* in the end: the application has one lock around every call */
    bool irregular;     /* the application was told to fail the library: nothing may be missed */
    size_t *masks;      /* ENTER and LEAVE of `callbacks`, in order */
    size_t mask_count, mask_size;
};

/* NULL for want of memory. */
struct things *things_build(const struct history *history);
void things_free(struct things *things);
/* For things_build, when all names are known; things_fates.c. 0, or -1 for want of memory. */
int things_read_fates(struct things *things, const struct history *history);

/* NULL where there is none of that number. */
struct subject_fact *things_subject(const struct things *things, int number);
struct operation_fact *things_operation(const struct things *things, int number);
struct evgen_fact *things_evgen(const struct things *things, int number);
struct watch_fact *things_watch(const struct things *things, int number);

/* The call was made before event i, or is under way, and has not been seen to fail. */
bool call_begun(const struct call_fact *call, size_t i);
/* It came back before event i, and had succeeded. */
bool call_done(const struct call_fact *call, size_t i);

/*
 * The types that went to the callback for events in all of from..to (exclusive); false where that
 * was changed, or may have been. *set: where it was said, NEVER if it was not.
 */
bool things_mask(const struct things *things, const struct history *history, int ctx, size_t from,
                 size_t to, int64_t *types, size_t *set);
/* Whether that has this type, of whatever value. */
bool types_have(int64_t types, int64_t type);

/* A check of the ctx after event `from` that would have found such an event and found none: its
 * LEAVE, or NEVER. */
size_t things_asked_in_vain(const struct history *history, int ctx, int64_t type, int64_t user,
                            size_t from);

/* The operation may be on its way at event i. */
bool operation_lives(const struct operation_fact *operation, size_t i);
/* At event i the ctx may have something to do: an operation, an enabling, a watch. */
bool things_busy(const struct things *things, int ctx, size_t i);
/* At event i an operation or an enabling of any ctx (-1), or of this, may have children. */
bool things_may_have_children(const struct things *things, int ctx, size_t i);

#endif
