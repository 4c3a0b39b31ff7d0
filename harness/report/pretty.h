/* SPDX-License-Identifier: MIT */
/* The parts of the report for people: pretty.c keeps the verdicts of one implementation until it
 * has them all; pretty_section.c and those below it print them. */
#ifndef REAPCHECK_PRETTY_H
#define REAPCHECK_PRETTY_H

#include "report/report.h"
#include "report/section.h"
#include "report/text.h"

/* True where a person has to look at it: a failure or error that is not an expected one. */
bool pretty_is_trouble(const struct report_entry *entry);
/* Prints text in a colour, one of the codes of ECMA-48 such as "31", if there is to be any. */
void pretty_colour(FILE *out, const struct report_run *run, const char *code, const char *text);
#define PRETTY_BOLD "1"
/* Prints the heading of a part, with a blank line on either side. */
void pretty_heading(FILE *out, const struct report_run *run, const char *text);
void pretty_section_print(FILE *out, const struct report_run *run,
                          const struct report_section *section);
/* Parts of a section. Failures that are not known, with --verbose all, in full: pretty_failure.c */
void pretty_failures_print(FILE *out, const struct report_run *run,
                           const struct report_section *section);
void pretty_errors_print(FILE *out, const struct report_run *run,
                         const struct report_section *section);
/* Failures that are known, briefly, and those expected that did not come: pretty_known.c */
void pretty_known_print(FILE *out, const struct report_run *run,
                        const struct report_section *section);
void pretty_new_passes_print(FILE *out, const struct report_run *run,
                             const struct report_section *section);
/* Failures that the documentation disclaims: pretty_known.c */
void pretty_limits_print(FILE *out, const struct report_run *run,
                         const struct report_section *section);
/* How many were skipped, and why: pretty_skips.c */
void pretty_skips_print(FILE *out, const struct report_section *section);
#define PRETTY_NEW_PASSES                                                                          \
    "NEW PASS: known to fail, but no longer failing; update the expected results"

#endif
