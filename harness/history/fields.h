/* SPDX-License-Identifier: MIT */
/*
 * The text form, as a table: which members each kind of event shows, in what order, under which
 * key and how written. The printer and the parser both follow it, so what one writes the other
 * reads. A member that a kind does not name is shown under its own name where it is not zero.
 */
#ifndef REAPCHECK_HISTORY_FIELDS_H
#define REAPCHECK_HISTORY_FIELDS_H

#include <stdbool.h>
#include "history/event.h"

enum member {
    MEMBER_NONE,
    MEMBER_WHAT,
    MEMBER_CTX,
    MEMBER_SUBJECT,
    MEMBER_VALUE,
    MEMBER_EXTRA,
    MEMBER_RESULT,
    MEMBER_ERROR,
    MEMBER_ZONE,
    MEMBER_LIBRARY,
    MEMBER_SPARE,
    MEMBER_TEXT,
    MEMBER_COUNT
};

/* How a value is written. */
enum form {
    FORM_NUMBER,
    FORM_HEX,
    FORM_STATUS, /* a wait status: hex, or "unknown" for -1 */
    FORM_PID,    /* a child's name, or a number; "any" for -1 */
    FORM_RESULT, /* as FORM_PID, but -1 is a number */
    FORM_CTX,
    FORM_LANE, /* a tid */
    FORM_SIGNAL,
    FORM_ERRNO,
    FORM_FLAGS, /* sa_flags */
    FORM_DISPOSITION,
    FORM_OWNER,
    FORM_OP,
    FORM_CALL,
    FORM_ZONE,
    FORM_LIBRARY,
    FORM_TYPE,  /* enum rc_event_type */
    FORM_TYPES, /* bits of those */
    FORM_WAY,
    FORM_HOOK,
    FORM_HOW,     /* enum rc_how_kind */
    FORM_KIND,    /* enum rc_operation */
    FORM_ABOUT,   /* enum rc_subject_kind */
    FORM_CHANGE,  /* enum rc_subject_change */
    FORM_POLL,    /* events as poll has them */
    FORM_SUBJECT, /* number of a subject; written by name, as the next three */
    FORM_EVGEN,
    FORM_OPERATION,
    FORM_WATCH,
    FORM_TEXT,
};

struct field {
    enum member member;
    enum form form;
    const char *key; /* NULL: only the value, in this place of the line */
    bool always;     /* shown even if zero; so is one without a key */
};

/* The members that this event shows, by its kind and what; ends with MEMBER_NONE. */
const struct field *fields_of(const struct event *event);
/* The member under its own name, for kinds that do not name it. */
const struct field *field_plain(enum member member);

const char *event_kind_word(unsigned kind);      /* NULL where there is none such */
unsigned event_kind_from_word(const char *word); /* EVENT_NONE where there is none such */
const char *event_op_word(unsigned op);

int64_t member_get(const struct event *event, enum member member);
void member_set(struct event *event, enum member member, int64_t value);
/* What a member holds where a line does not name it. */
int64_t member_default(const struct event *event, enum member member);

#endif
