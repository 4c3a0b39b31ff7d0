/* SPDX-License-Identifier: MIT */
/*
 * What single words say: those that a pattern spells out, and those that stand for something.
 */
#ifndef REAPCHECK_SCRIPT_VALUE_H
#define REAPCHECK_SCRIPT_VALUE_H

#include "script/grammar.h"

/* What a line said. */
struct match {
    struct step step;        /* of a header line: COUNT is in step.count */
    size_t list, list_count; /* the words that stand for X... */
    unsigned setting;        /* enum setting of a header line */
};

/* The words in capitals of a pattern. */
enum placeholder {
    NOT_ONE,
    NAME,
    LANE,
    CTX,
    CHILD,
    FD,
    LANE_OR_CHILD,
    OTHER,
    COUNT,
    CALLS,
    NUMBER,
    STATUS,
    SIGNAL,
    ERROR,
    CALL,
    OWNER,
    PLACE,
    STATE,
    DISPOSITION,
    ACTION,
    NEED,
    ID,
    ANYTHING,
    ENDING,
    OUTCOME,
    SUBJECT,
    EVGEN,
    OPERATION,
    WATCH,
    LIKE,
    TYPE,
    USER,
    PROGRESS_USER,
    SPAN,
    HOOK,
    HABIT,
    RESULT,
    EVENTS,
    LAST_PLACEHOLDER = EVENTS,
};

/* Which one that is; NOT_ONE for a word that is written as it is. */
enum placeholder value_placeholder(const char *word, size_t length);
/* What it stands for, for a message. */
const char *value_what(enum placeholder p);
/* Where the name that p stands for is kept, of SCRIPT_NAME bytes; NULL where p is no name. */
char *value_name(struct match *match, enum makes makes, enum placeholder p);
/* Takes what the word says where it can be a p, which is no name. */
bool value_take(struct match *match, bool in_outcome, enum placeholder p, const char *word);
/* Takes what a word says that the pattern spells out. */
void value_literal(struct match *match, bool in_outcome, const char *word);

#endif
