/* SPDX-License-Identifier: MIT */
/*
 * Oracles: each is a pure function from a finished history to findings. None knows of processes,
 * scripts or reports; each is tested alone with histories written by hand.
 *
 * An oracle speaks only when the history proves it: where an event is missing that it would need
 * (the probe was not there, the log was full), it stays silent.
 */
#ifndef REAPCHECK_ORACLE_H
#define REAPCHECK_ORACLE_H

#include <stdbool.h>
#include "adapter.h"
#include "history/history.h"

enum { SUBJECT_NAME = 64 };

/* One of the two implementations of a pair. */
struct subject_library {
    char name[SUBJECT_NAME];
    unsigned owners, features;
};

/* What is known of the implementation under test. */
struct subject {
    unsigned owners;   /* RC_OWNS bits */
    unsigned features; /* enum rc_feature bits */
    bool pair;         /* there are two: owners and features are what both have */
    struct subject_library library[LIBRARY_COUNT]; /* of a pair, by enum event_library */
    int has_probe; /* libc calls, handlers and locks are in the history */
    const struct facts
        *facts; /* what oracle_judge found out for all oracles; NULL: each for itself */
};

enum { FINDING_EVIDENCE = 12 };

/* A requirement that the history shows broken. */
struct finding {
    const char *requirement; /* "XC-01"; static */
    const char *also;        /* another that is broken with it (catalogue/shape.h) or NULL */
    const char *oracle;      /* name of the oracle, "step" for an expectation; static */
    int line;       /* of the step that failed, or in which the last of the evidence happened; 0 for
                       none */
    char what[384]; /* one sentence for a person: what happened, to what */
    size_t evidence[FINDING_EVIDENCE]; /* indexes of the events that prove it, ascending */
    size_t evidence_count;
    enum event_library by; /* of a pair: whose doing it is; LIBRARY_UNKNOWN: nobody can tell */
    const char *settled;   /* what the documentation of the two settles it with, static; or NULL */
};

struct findings {
    struct finding *list;
    size_t count, size;
};

struct oracle {
    const char *name; /* "exactly once" */
    const char *asks; /* the question it answers, one line */
    void (*judge)(const struct history *history, const struct subject *subject,
                  struct findings *findings);
};

/* All oracles; ends with a NULL name. */
extern const struct oracle oracles[];

/* Applies every oracle. The same requirement broken in the same way by several children is one
 * finding, whose sentence counts them. Returns 0, -1 for want of memory. */
int oracle_judge(const struct history *history, const struct subject *subject,
                 struct findings *findings);
/* Adds an empty finding and returns it; NULL for want of memory. */
struct finding *findings_add(struct findings *findings, const char *requirement,
                             const char *oracle);
/* Adds event i to what proves the finding; ignored where it is full or has it already. */
void finding_proof(struct finding *finding, size_t i);
void findings_free(struct findings *findings);

#endif
