/* SPDX-License-Identifier: MIT */
/*
 * Reporters: each prints the verdicts of a run for one kind of reader. A reporter sees nothing but
 * verdicts and the catalogue.
 */
#ifndef REAPCHECK_REPORT_H
#define REAPCHECK_REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include "catalogue/catalogue.h"
#include "report/judgement.h"
#include "report/verdict.h"

/* What a run is about, known before its first verdict. */
struct report_run {
    size_t total;                      /* verdicts to come */
    const struct catalogue *catalogue; /* may be NULL */
    bool complete;                     /* over all scenarios: what none asks is worth a word */
    bool verbose;                      /* print passes and skips one by one, too */
    bool colour, progress;             /* on a terminal only */
    const char *header;                /* the first line of a results file, or NULL */
    const char *not_built;             /* implementations that cannot be played here, or NULL */
};

/* Something to be said about an implementation beside its verdicts. */
enum report_note {
    REPORT_REMARK,
    REPORT_NEW_PASS, /* something known to fail in general fails nowhere any more */
};

struct reporter {
    const char *name; /* as --format names it */
    const char *what; /* one line for --help */
    void *(*begin)(FILE *out, const struct report_run *run);
    /* Verdicts come in the order of the scenarios' names, implementation by implementation.
     * judgement: what the expected results say of it; NULL where there are none. */
    void (*verdict)(void *reporter, const struct verdict *verdict,
                    const struct judgement *judgement);
    /* Prints the summary and frees it. Returns 0, or -errno where `out` could not be written.
     * Fewer verdicts than the run was to have: it was interrupted, and the report says so. */
    int (*end)(void *reporter);
    /* It may come before the first verdict of the implementation. */
    void (*note)(void *reporter, const char *implementation, enum report_note kind,
                 const char *text);
};

extern const struct reporter report_pretty, report_tap, report_junit, report_github,
    report_markdown, report_jsonl, report_pairs;
/* All of them; ends with NULL. */
extern const struct reporter *const reporters[];
/* NULL where there is none such. */
const struct reporter *reporter_find(const char *name);
/* Flushes `out`. Returns 0, or -errno if this or anything before it could not be written. */
int report_flush(FILE *out);

#endif
