/* SPDX-License-Identifier: MIT */
/*
 * The report of an audit: one table of all tools and implementations, and below it for each tool
 * whether it was awake, what it cannot see, what it found and what its suppressions swallowed.
 */
#ifndef REAPCHECK_AUDIT_TABLE_H
#define REAPCHECK_AUDIT_TABLE_H

#include <stdio.h>
#include "audit/tool.h"
#include "report/verdict.h"

/* One implementation under one tool. */
struct audit_section {
    const struct audit_tool *tool;
    const char *implementation;
    struct audit_account account;
    struct text_list first_seen; /* for each error of the account: the scenario */
    struct text_list known;      /* "REQUIREMENT reason" of what was expected to be found */
    struct text_list failures;   /* what else failed unexpectedly: "scenario: REQUIREMENT what" */
    struct text_list skipped;    /* "scenario: why" */
    struct text_list faults;     /* scenarios of which the harness could not tell, and why */
    struct text_list left_out;   /* scenarios that are beyond the tool */
    size_t verdicts[VERDICT_KINDS];
    size_t unknown; /* findings of the tool that were not expected */
    size_t cut;     /* reports without an end */
};

/* What came of one control under one tool. */
struct audit_proof {
    const struct audit_tool *tool;
    const struct audit_control *control;
    bool reported;
    char *fault; /* it could not be run, or its report not be read; NULL */
};

/* True where the control came out as the table of the tool says. */
bool audit_proof_holds(const struct audit_proof *proof);
/* program: how reapcheck was called. */
void audit_print(FILE *out, const struct audit_section *sections, size_t count,
                 const struct audit_proof *proofs, size_t proofs_count, const char *program);

#endif
