/* SPDX-License-Identifier: MIT */
/* The parts of the report for people: pretty.c keeps the verdicts of one implementation until it
 * has them all; pretty_section.c and pretty_failure.c print them. */
#ifndef REAPCHECK_PRETTY_H
#define REAPCHECK_PRETTY_H

#include "report/report.h"
#include "report/text.h"

/* One verdict kept, and what was expected of it. */
struct pretty_verdict {
    struct verdict verdict;
    char *expected; /* as in report.h */
};

/* All there is about one implementation. */
struct pretty_section {
    char *implementation, *version;
    struct pretty_verdict *list;
    size_t count;
    struct text_list notes;
};

/* True where a person has to look at it: a failure or error that is not an expected one. */
bool pretty_is_trouble(const struct pretty_verdict *entry);
/* Prints text in a colour, one of the codes of ECMA-48 such as "31", if there is to be any. */
void pretty_colour(FILE *out, const struct report_run *run, const char *code, const char *text);
#define PRETTY_BOLD "1"
/* Prints the heading of a part, with a blank line on either side. */
void pretty_heading(FILE *out, const struct report_run *run, const char *text);
void pretty_section_print(FILE *out, const struct report_run *run,
                          const struct pretty_section *section);
/* Parts of a section: failures that are trouble, and errors. */
void pretty_failures_print(FILE *out, const struct report_run *run,
                           const struct pretty_section *section);
void pretty_errors_print(FILE *out, const struct report_run *run,
                         const struct pretty_section *section);

#endif
