/* SPDX-License-Identifier: MIT */
/*
 * The grammar: every statement of the language, as a table.
 */
#ifndef REAPCHECK_SCRIPT_GRAMMAR_H
#define REAPCHECK_SCRIPT_GRAMMAR_H

#include "script/script.h"

enum header {
    HEADER_NONE,
    HEADER_SCENARIO,
    HEADER_COVERS,
    HEADER_NEEDS,
    HEADER_HOST,
    HEADER_DEADLINE,
    HEADER_EACH,
    HEADER_GROUND,
};

/* What NAME in a pattern gives a name to. */
enum makes {
    MAKES_NOTHING,
    MAKES_LANE,
    MAKES_CTX,
    MAKES_CHILD,
    MAKES_FD,
    MAKES_SUBJECT,
    MAKES_EVGEN,
    MAKES_OPERATION,
    MAKES_WATCH,
};

enum statement_flag {
    CAN_FAIL = 1 << 0,   /* takes `fails [ERROR]` and `may fail` */
    BY_LANE = 1 << 1,    /* done by a lane: may stand in together and when */
    BY_HARNESS = 1 << 2, /* done by the harness: may stand in together behind `host:` */
    HAS_BLOCK = 1 << 3,  /* goes on until `end` */
    TAKES_FOR = 1 << 4,  /* takes `for ID` */
};

/*
 * A pattern is made of words as they are written; of placeholders in capitals (match.c knows what
 * each may be); `a|b` is a choice of words; `[...]` may be left out, and several of these in a row
 * may come in any order; within it ` | ` divides ways to go on, each told by its first word.
 * `NAME...` is one or more of them.
 */
enum { GRAMMAR_PATTERN = 240 }; /* longest whole pattern, its end included */

struct statement {
    enum verb verb;     /* of a step, else VERB_NONE */
    enum header header; /* of a header line, else HEADER_NONE */
    const char *pattern;
    const char *help; /* one line */
    const char *word; /* of a step: its first words, as many as tell the verb */
    enum makes makes;
    unsigned flags; /* enum statement_flag */
    uint64_t needs; /* enum need: those of the statement as such */
};

extern const struct statement grammar_headers[]; /* ends with a NULL pattern */
extern const struct statement grammar_steps[];   /* ends with a NULL pattern */

/* ENDING and OUTCOME, which patterns are built with. */
#define GRAMMAR_ENDING  "exits STATUS | dies SIGNAL"
#define GRAMMAR_OUTCOME "exit STATUS | signal SIGNAL | stopped | continued | lost | nothing"

/* Writes the whole pattern, with what all steps of its kind take at the end. */
void grammar_pattern(const struct statement *statement, char *out, size_t size);
/* The first statement of a verb; NULL if there is none. */
const struct statement *grammar_find(enum verb verb);

#endif
