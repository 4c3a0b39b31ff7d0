/* SPDX-License-Identifier: MIT */
/*
 * The words of the language that stand for a value: owners, signals, errors, needs, and so on;
 * and the rules for names and numbers.
 */
#ifndef REAPCHECK_SCRIPT_WORDS_H
#define REAPCHECK_SCRIPT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCRIPT_COUNT_MAX = 100000,
    SCRIPT_CALLS_MAX = 2000000, /* no more fit into a log */
    SCRIPT_STATUS_MAX = 255,
    SCRIPT_SECONDS_MAX = 3600,
};

/* A word and what it means. A table of these ends with a NULL word. */
struct meaning {
    const char *word;
    int64_t value;
};

extern const struct meaning words_owner[];       /* enum rc_owner */
extern const struct meaning words_place[];       /* enum place */
extern const struct meaning words_state[];       /* enum condition, of a child */
extern const struct meaning words_disposition[]; /* enum condition */
extern const struct meaning words_action[];      /* enum condition, what an application does */
extern const struct meaning words_type[];        /* enum rc_event_type */
extern const struct meaning words_hook[];        /* enum event_hook */
extern const struct meaning words_habit[];       /* enum condition, of an event loop */
extern const struct meaning words_result[];      /* enum result_word */
extern const struct meaning words_events[];      /* enum condition, what an fd is watched for */
extern const struct meaning words_need[];        /* enum need */

/* Finds word in the table. */
bool words_find(const struct meaning *table, const char *word, int *value);
/* The word for the value; "?" where the table has none. */
const char *words_of(const struct meaning *table, int64_t value);
/* "SIGTERM" and its kin; 0 if there is none such. */
int words_signal(const char *word);
/* "EAGAIN" and its kin; 0 if there is none such. */
int words_error(const char *word);
/* "XC-01": two capital letters, a hyphen, two to four digits. */
bool words_is_requirement(const char *word);
/* A decimal number, least <= number <= most, without sign or leading zeros. */
bool words_number(const char *word, int least, int most, int *number);
/* A number of 64 bits, without sign. */
bool words_user(const char *word, int64_t *user);
/* "2h", "30s", "1500ms", "20us": in microseconds, up to a thousand years. */
bool words_span(const char *word, int64_t *span_us);
/* NULL where word may be the name of something, else why it may not. */
const char *words_name_fault(const char *word);
/* How many letters have to be changed, added, dropped or swapped with the next to make a of b.
 * Words of more than 31 letters are far from everything. */
int words_distance(const char *a, const char *b);

#endif
