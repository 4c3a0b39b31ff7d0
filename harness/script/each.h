/* SPDX-License-Identifier: MIT */
/*
 * Scripts with rows: `each WORD of VALUE...` makes one scenario of every value.
 */
#ifndef REAPCHECK_SCRIPT_EACH_H
#define REAPCHECK_SCRIPT_EACH_H

#include <stdbool.h>
#include <stddef.h>

/* The header line of a text that has rows. */
struct each {
    const char *line, *end; /* in the text */
    const char *word;       /* that stands for the value */
    size_t word_length;
    const char *first; /* its first value */
    size_t first_length;
};

/* Looks for the line. False where there is none, or where it is not whole: then the parser says
 * what is wrong with it. */
bool each_find(const char *text, size_t size, struct each *each);
/* Is the value one of the line's? */
bool each_has(const struct each *each, const char *value);
/* A copy of the text in which the value stands wherever the word did, but in the line itself; NULL
 * for want of memory. */
char *each_fill(const char *text, size_t size, const struct each *each, const char *value,
                size_t value_length, size_t *filled_size);
/* Where the row begins in "FOLDER/NAME.scn@ROW", at the '@'; NULL in a name without one. */
const char *each_row_of(const char *file);

#endif
