/* SPDX-License-Identifier: MIT */
/*
 * A tally turns verdicts, which speak of scenarios, round: what is known of each requirement.
 */
#ifndef REAPCHECK_TALLY_H
#define REAPCHECK_TALLY_H

#include <stdbool.h>
#include "catalogue/catalogue.h"
#include "report/judgement.h"
#include "report/verdict.h"

/* What is to be said of a requirement: the worst that its scenarios brought. */
enum tally_state {
    TALLY_NOT_COVERED,
    TALLY_SKIPPED, /* every scenario that covers it */
    TALLY_HOLDS,
    TALLY_LIMIT,
    TALLY_KNOWN, /* fails, but only as expected */
    TALLY_ERROR,
    TALLY_FAILS,
};
enum { TALLY_STATES = TALLY_FAILS + 1 };

struct tally_row {
    char id[8];
    const struct requirement *requirement; /* NULL if it is not in the catalogue */
    size_t scenarios;                      /* verdicts in which it was asked */
    size_t fails, known, errors, limits, holds, skips;
};

struct tally {
    struct tally_row
        *rows; /* one for each requirement of the catalogue, in its order, then others */
    size_t count;
};

/* catalogue may be NULL; it must outlive the tally. */
void tally_begin(struct tally *tally, const struct catalogue *catalogue);
/* judgement: which of its findings are known; may be NULL. */
void tally_add(struct tally *tally, const struct verdict *verdict,
               const struct judgement *judgement);
void tally_clear(struct tally *tally);
enum tally_state tally_state(const struct tally_row *row);
/* The same for the row with this id; TALLY_NOT_COVERED where there is none. */
enum tally_state tally_state_of(const struct tally *tally, const char *id);
/* How many of row->scenarios brought what tally_state says. */
size_t tally_share(const struct tally_row *row);

#endif
