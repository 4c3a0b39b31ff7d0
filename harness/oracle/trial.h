/* SPDX-License-Identifier: MIT */
/*
 * What the oracles share: the facts, and the writing of findings, one for each requirement and
 * sort of breach, however many children it befell.
 */
#ifndef REAPCHECK_ORACLE_TRIAL_H
#define REAPCHECK_ORACLE_TRIAL_H

#include "oracle/facts.h"

struct sort;

struct trial {
    const struct history *history;
    const struct subject *subject;
    const struct facts *facts;
    struct facts *own; /* the same, where they were not given */
    struct findings *findings;
    const char *oracle;
    struct sort *sorts;
    size_t sort_count, sort_size;
};

/* False for want of memory; the trial is then not to be closed. */
bool trial_open(struct trial *trial, const struct history *history, const struct subject *subject,
                struct findings *findings, const char *oracle);
/* Writes the sentences. */
void trial_close(struct trial *trial);

/*
 * Charges a breach: "WHO (and N others) WHAT", WHAT made by format. `sort` (static) tells this way
 * of breaking the requirement from others. Returns the finding, for finding_proof; NULL where
 * nothing more is to be proved. A NULL requirement charges nothing.
 */
__attribute__((format(printf, 5, 6))) struct finding *charge(struct trial *trial,
                                                             const char *requirement,
                                                             const char *sort, const char *who,
                                                             const char *format, ...);
/* finding_proof for several events; NEVER and a NULL finding are ignored. */
#define prove(finding, ...)                                                                        \
    prove_list(finding, (const size_t[]){__VA_ARGS__},                                             \
               sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))
void prove_list(struct finding *finding, const size_t *events, size_t count);

bool is_libxl_shaped(const struct subject *subject);
/* The id for this implementation of a requirement that is stated for the libxl shape: itself, or
 * what any implementation owes in its place (catalogue/shape.h), or NULL. */
const char *for_shape(const struct subject *subject, const char *fk);

enum { WHO_SIZE = 96, STATUS_SIZE = 64 };
/* "child a1 of A", "foreign child f1" into who (of WHO_SIZE); returns who. */
const char *who_child(const struct trial *trial, const struct life *life, int ctx, char *who);
const char *who_lane(const struct trial *trial, const struct event *event, char *who);
/* "ctx A" into who (of WHO_SIZE); returns who. */
const char *who_ctx(const struct trial *trial, int ctx, char *who);
/* "exited with status 3", "died of SIGTERM" into out (of STATUS_SIZE); returns out. */
const char *say_status(int64_t status, char *out);
const char *say_signal(int signal, char *out);

#endif
