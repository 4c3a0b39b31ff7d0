/* SPDX-License-Identifier: MIT */
/*
 * What a results file says of its run, in its first line: enough to know whether it speaks of all
 * scenarios, and whether another file is a part of the same run (results/README.md).
 */
#ifndef REAPCHECK_ABOUT_H
#define REAPCHECK_ABOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "report/text.h"

struct about {
    char *reapcheck, *started, *command;
    struct text_list implementations; /* in the order in which they were played */
    struct text_list selected;        /* paths that were named; none: all scenarios */
    char *filter;                     /* the pattern that names had to match, or NULL */
    int shard, shards, repeat;        /* 1 of 1, and 1, where nothing is said */
    bool until_fail, no_probe;
    size_t scenarios;  /* that the whole run has, before a shard was taken */
    char *fingerprint; /* of their names and texts, or NULL */
};

/* FNV-1a of a text; 0 begins, and what comes back goes on: the same on every machine and for ever.
 */
uint64_t about_hash(uint64_t hash, const char *text);
/* The time, as results have it, "2025-01-31T23:59:59Z": a new string. */
char *about_time(void);
/* As a line of JSON: a new string, or NULL for want of memory. */
char *about_to_text(const struct about *about);
/* Fills *about. Returns 0, or -1 with why in error. */
int about_from_json(const json_t *json, struct about *about, char *error, size_t error_size);
void about_clear(struct about *about);
/* Why this run does not speak of all scenarios: "it is shard 1 of 4"; NULL if it does. A new
 * string. */
char *about_partial(const struct about *about);
/* How a file is no part of the run that the other is of; NULL if it may be one. A new string. */
char *about_differs(const struct about *one, const struct about *other);

#endif
