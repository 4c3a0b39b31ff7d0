/* SPDX-License-Identifier: MIT */
/*
 * The kill matrix: which scenario sees which mutant, through which requirement. A row is a mutant,
 * a requirement that its head names, and a scenario; what its head promises is one of them.
 */
#ifndef REAPCHECK_KILL_MATRIX_H
#define REAPCHECK_KILL_MATRIX_H

#include <stdio.h>
#include <jansson.h>
#include "catalogue/mutant.h"
#include "report/verdict.h"

/* Who said of the plays that caught it what went wrong; the best of them counts. */
enum kill_cause {
    KILL_NONE,
    KILL_PROGRESS, /* nobody but the oracle `progress`: a crash or a hang */
    KILL_STEP,     /* the script's own expectation, and no oracle */
    KILL_ORACLE,
};

struct kill {
    const struct mutant *mutant;
    const char *requirement; /* the mutant's */
    const struct script *script;
    bool promised;        /* by the head, else one more that is played */
    size_t times;         /* to be played */
    size_t plays, caught; /* plays that there were, and those that found the requirement broken */
    size_t failed;        /* plays that failed, for whatever requirement */
    double milliseconds;  /* of the first play that caught it */
    double longest;       /* of all plays */
    enum kill_cause cause;
    struct text_list by;     /* oracles that found it broken */
    struct text_list others; /* what plays brought instead that did not catch it */
};

struct kill_matrix {
    struct kill *list; /* by mutant; its promises first */
    size_t count;
};

/* What is to be played. */
struct kill_plan {
    const struct mutants *mutants;
    struct script *const *scripts;
    size_t scripts_count;
    const struct text_list *names; /* of mutants; none: all */
    const char *theme;             /* only scripts of this theme; NULL: all */
    bool all;                      /* all scripts, not only those that cover what a head names */
    bool promised;                 /* only what heads promise */
    size_t times;                  /* for what heads promise; others are played once */
};

/* Rows for the plan. A mutant of which no promise is of the theme has none. */
void kill_matrix_make(struct kill_matrix *matrix, const struct kill_plan *plan);
void kill_matrix_clear(struct kill_matrix *matrix);
/* The row behind the last one of the mutant to which this row belongs. */
size_t kill_matrix_next_mutant(const struct kill_matrix *matrix, size_t row);
/* Counts a verdict of the mutant and the script in all rows that they have. */
void kill_matrix_count(struct kill_matrix *matrix, const struct mutant *mutant,
                       const struct script *script, const struct verdict *verdict);
/* True for a promise that was not kept in every play. */
bool kill_is_missed(const struct kill *kill);

/* Prints the rows of one mutant, from..to. */
void kill_matrix_print(FILE *out, const struct kill_matrix *matrix, size_t from, size_t to);
/* Prints what all comes to. seconds: that the plays took, which are fewer than rows may be. */
void kill_matrix_sum_up(FILE *out, const struct kill_matrix *matrix, size_t plays, double seconds);
/* The whole as JSON (results/README.md), added to an object. Returns 0, -1 for want of memory. */
int kill_matrix_to_json(const struct kill_matrix *matrix, json_t *to);

#endif
