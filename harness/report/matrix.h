/* SPDX-License-Identifier: MIT */
/*
 * The matrix: requirements down, implementations across, and in each cell what is known of the one
 * and the other from the latest results. Printers make a table for a terminal, Markdown, or a page
 * of it; none of them judges.
 */
#ifndef REAPCHECK_MATRIX_H
#define REAPCHECK_MATRIX_H

#include <stdbool.h>
#include <stdio.h>
#include "catalogue/catalogue.h"
#include "report/latest.h"
#include "report/tally.h"

/* What a cell says: a tally's state, and what comes and goes by itself. */
enum matrix_kind {
    MATRIX_HOLDS,
    MATRIX_LIMIT,   /* it fails, as its documentation says that it will */
    MATRIX_KNOWN,   /* it fails, and just as expected */
    MATRIX_FLAKY,   /* it fails, but in no scenario each time */
    MATRIX_FAILS,   /* in a way that nobody expected */
    MATRIX_ERROR,   /* the harness could not tell */
    MATRIX_SKIPPED, /* the implementation does not offer what all its scenarios need */
    MATRIX_UNTRIED, /* no scenario that was played asks it */
    MATRIX_KINDS
};

struct matrix_cell {
    enum matrix_kind kind;
    size_t share, asked; /* plays that say so, of those in which it was asked */
};

struct matrix_row {
    char id[8];
    const struct requirement *requirement; /* NULL where the catalogue does not have it */
};

struct matrix {
    const struct latest *latest; /* its implementations are the columns */
    struct matrix_row *rows;     /* in the catalogue's order, then others */
    size_t rows_count;
    struct matrix_cell *cells; /* row by row */
};

/*
 * Makes it of settled results. `families` has the prefixes of the ids that are wanted, such as
 * "XC"; none: all. The matrix points into what it is given.
 */
void matrix_make(struct matrix *matrix, const struct latest *latest,
                 const struct catalogue *catalogue, const struct text_list *families);
void matrix_clear(struct matrix *matrix);

const struct matrix_cell *matrix_cell(const struct matrix *matrix, size_t row, size_t column);
/* What one play says of the requirement. */
enum matrix_kind matrix_kind_of_play(const struct latest_play *play, const char *id);
/* "holds", "fails" */
const char *matrix_word(enum matrix_kind kind);
/* What it means, for a legend. */
const char *matrix_meaning(enum matrix_kind kind);
/* One character that stands for it. */
char matrix_mark(enum matrix_kind kind);
/* The heading of the family that begins with this row, "XC: exits and children", or its prefix
 * where the catalogue has none; NULL where no family begins. The caller's to free. */
char *matrix_family(const struct matrix *matrix, size_t row);
/* True where both ids have the same prefix. */
bool matrix_same_family(const char *one, const char *other);
/* Cells of a column that are of this kind. */
size_t matrix_count(const struct matrix *matrix, size_t column, enum matrix_kind kind);

/* For 80 columns; colour: with escape sequences. */
void matrix_print_terminal(FILE *out, const struct matrix *matrix, bool colour);
/* A table that GitHub renders, and a list of what fails. */
void matrix_print_markdown(FILE *out, const struct matrix *matrix);
/*
 * One page that needs nothing else. What was kept of histories is cut where the page would become
 * larger than `most` bytes; the page says so.
 */
void matrix_print_page(FILE *out, const struct matrix *matrix, const char *version, size_t most);

#endif
