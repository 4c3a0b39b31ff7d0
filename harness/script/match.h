/* SPDX-License-Identifier: MIT */
/*
 * Matches one line with one pattern of the grammar.
 */
#ifndef REAPCHECK_SCRIPT_MATCH_H
#define REAPCHECK_SCRIPT_MATCH_H

#include "script/line.h"
#include "script/value.h"

enum { EXPECTED = 24 }; /* ways to go on that a message can name */

/* A word that could have stood somewhere; one of the two is empty. */
struct way {
    char word[SCRIPT_NAME]; /* as it is written */
    const char *what;       /* "a lane" */
};

/* What could have stood at the furthest word that was reached, over all patterns tried. */
struct expected {
    size_t at; /* index of that word; line->count is the end of the line */
    size_t count;
    struct way way[EXPECTED];
    const char *note; /* why the word found there is not what it looks like; may be NULL */
};

/*
 * Matches the words of the line from the first. True where all of them fit. Either way adds to
 * *expected, which is zeroed before the first pattern is tried.
 */
bool match_line(const struct statement *statement, const struct line *line, struct match *match,
                struct expected *expected);
/* Writes "found ..., expected ..." for the word at which all patterns tried went wrong. */
void match_complain(const struct line *line, const struct expected *expected,
                    struct script_error *error);

#endif
