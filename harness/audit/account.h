/* SPDX-License-Identifier: MIT */
/*
 * What one tool had to say of one program that ran under it: errors, each once with how often it
 * struck, and what its suppressions swallowed, by name. It is the same for every tool; a reader
 * (reader.h) makes it from the tool's own report. It travels from the process of a job as JSON.
 */
#ifndef REAPCHECK_AUDIT_ACCOUNT_H
#define REAPCHECK_AUDIT_ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "report/text.h"

struct audit_error {
    char *kind;             /* the tool's own word for it: "Race" */
    char *place;            /* where in the code under test: "on_sigchld (sigchld.c:71)" */
    char *text;             /* the tool's sentence */
    struct text_list stack; /* its stacks, a line each, with what the tool says between them */
    unsigned long count;
    bool of_harness; /* no line of its stacks is outside the harness and what all programs share */
};

struct audit_suppression {
    char *name;
    unsigned long hits;
};

struct audit_account {
    struct audit_error *errors;
    size_t errors_count;
    struct audit_suppression *suppressions;
    size_t suppressions_count;
    bool cut; /* the report has no end: the program was ended before the tool could write it */
};

/* A new error, all zero but for a count of 1. */
struct audit_error *audit_account_error(struct audit_account *account);
void audit_account_suppressed(struct audit_account *account, const char *name, unsigned long hits);
/* Adds what another run had. Errors of one kind at one place are one. */
void audit_account_merge(struct audit_account *into, const struct audit_account *from);
/* Errors of which this holds, each counted as often as it struck. */
unsigned long audit_account_count(const struct audit_account *account, bool of_harness);
void audit_account_clear(struct audit_account *account);

/* A new object. */
json_t *audit_account_to_json(const struct audit_account *account);
/* 0, or -1 where it is none. */
int audit_account_from_json(const json_t *json, struct audit_account *account);

#endif
