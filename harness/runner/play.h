/* SPDX-License-Identifier: MIT */
/*
 * Plays one script against one implementation: starts a host, takes it through the steps, keeps
 * the kernel's record of every child, and comes back with the finished history. It never judges
 * beyond saying whether a step did what the script said.
 *
 * It runs in a process of its own (fleet.h), as the subreaper of all that it starts.
 */
#ifndef REAPCHECK_PLAY_H
#define REAPCHECK_PLAY_H

#include "oracle/oracle.h"
#include "script/script.h"

enum { PLAY_FAULTS = 2, PLAY_KEPT = 64 };

/* A block of memory that is left when all is closed. */
struct play_kept {
    int64_t size;
    int op; /* enum event_op: the call in which it was taken */
};

/* Faults planted from before the first step to the end, and what came of them (lenient.c). */
struct play_faults {
    const struct step *list; /* steps of the kinds `fail`, `short`, `raise`, on any lane */
    size_t count;            /* PLAY_FAULTS at most; with none the calls are counted only */
    bool struck[PLAY_FAULTS];
    bool told;                     /* after that, a call failed or a disaster was called for */
    unsigned calls[CALL_COUNT];    /* that the library made meanwhile */
    const struct play_kept *usual; /* what is left of the script without a fault */
    size_t usual_count;
    struct play_kept kept[PLAY_KEPT]; /* what was left this time, so much of it as there is room */
    size_t kept_count;
};

struct play_options {
    const char *host;        /* path of the host executable */
    const char *adapters[2]; /* paths of shared objects for the host, or NULL */
    const char *child; /* path of the program that awaits orders, for hosts of others; or NULL */
    const char *under; /* a command to run the host under, such as "valgrind -q", or NULL */
    int report_fd;     /* inherited by that command, which writes a report until it ends; 0: none */
    int nap_ms;        /* the host's threads look so often for what there is to do; 0: at once */
    double slow;       /* every deadline is multiplied by this */
    bool quiet_host;   /* the host's stderr is kept for the report, not shown */
    bool no_probe;     /* hosts get no log: the runner writes down what it hears of */
    struct play_faults *faults; /* or NULL; then nothing is forgiven */
};

enum play_result {
    PLAY_DONE,    /* played to its end, or to the step that failed */
    PLAY_SKIPPED, /* the implementation does not offer what the script needs */
    PLAY_BROKEN,  /* the harness could not tell */
};

struct play_limit {
    char requirement[8];
    enum rc_limit_kind kind;
    char where[200];
    enum event_library library; /* of a pair: whose */
};

struct played {
    enum play_result result;
    char reason[512]; /* of a skip or an error; where it is PLAY_DONE: why it is a skip unless
                         something is found */
    enum event_library refused_by; /* of a pair: who refused to be used beside the other */
    char name[130], version[130];  /* of a pair "NAME+NAME" */
    struct subject subject;
    struct history *history;  /* NULL if there is none */
    struct findings findings; /* steps that did not do what the script said */
    uint64_t offers;          /* enum need: members that are not NULL; of a pair what both have */
    uint64_t offers_of[LIBRARY_COUNT]; /* of a pair: enum need */
    bool no_pidfds;                    /* the host finds none */
    bool makes_subjects;               /* so does its adapter, of its own kind */
    struct play_limit *limits;
    size_t limits_count;
};

void play(const struct script *script, const struct play_options *options, struct played *played);
/* Reaps the host, too. */
void played_free(struct played *played);

/* What the implementation's documentation disclaims of this requirement; NULL: nothing. */
const struct play_limit *played_limit(const struct played *played, const char *requirement);

/* True if a planted fault struck this call. */
bool play_struck(const struct play_faults *faults, enum libc_call call);
/* Adds what a call took that failed under these faults and gave nothing back (lenient_kept.c), and
 * puts down in them what is left. NULL: nothing. */
void lenient_kept(struct play_faults *faults, const struct history *history,
                  struct findings *findings);
/* Takes out of what oracles found what is no fault of an implementation under these faults
 * (lenient.c). NULL: nothing. */
void lenient_pardon(const struct play_faults *faults, struct findings *findings);

#endif
