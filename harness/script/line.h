/* SPDX-License-Identifier: MIT */
/*
 * A script's text, line by line and word by word.
 */
#ifndef REAPCHECK_SCRIPT_LINE_H
#define REAPCHECK_SCRIPT_LINE_H

#include "script/script.h"

enum {
    LINE_LENGTH = 1000, /* bytes in a line, its comment included */
    LINE_WORDS = LINE_LENGTH / 2 + 1,
    WORD_QUOTED = 40, /* bytes of a word that a message shows */
};

struct word {
    const char *start; /* not ended by 0 */
    size_t length;
    int column; /* in characters, 1.. */
};

struct line {
    int number; /* 1.. */
    int indent; /* as in struct step */
    char *text; /* ended by 0; without indent, comment and blanks at the end */
    struct word words[LINE_WORDS];
    size_t count;   /* at least 1 */
    int end_column; /* where the next word would stand */
};

/* A text being read. The text is changed: each line is ended by a 0. */
struct lines {
    char *next, *end; /* *end can be written to */
    int number;       /* of the line last read */
};

enum line_result { LINE_READ, LINE_NONE, LINE_BAD };

/* Reads the next line that has a word. LINE_BAD fills *error. */
enum line_result line_next(struct lines *lines, struct line *line, struct script_error *error);

bool word_is(const struct word *word, const char *text);
/* Copies the word, 0-ended, into out; what does not fit is cut off. */
void word_copy(const struct word *word, char *out, size_t size);
/* Writes the word in quotes, shortened to WORD_QUOTED bytes. */
void word_quote(const struct word *word, char out[WORD_QUOTED + 8]);

__attribute__((format(printf, 4, 5))) void script_complain(struct script_error *error, int line,
                                                           int column, const char *format, ...);

#endif
