/* SPDX-License-Identifier: MIT */
/* All that a run brought for one implementation, for reporters that need it at once. */
#ifndef REAPCHECK_SECTION_H
#define REAPCHECK_SECTION_H

#include "report/report.h"
#include "report/text.h"

/* One verdict kept, and what was expected of it. */
struct report_entry {
    struct verdict verdict;
    struct judgement judgement;
};

struct report_section {
    char *implementation, *version; /* the version is "" where none was heard */
    struct report_entry *list;
    size_t count;
    struct text_list notes, new_passes; /* as in enum report_note */
};

/* Sections in the order in which their first verdicts or notes came. */
struct report_sections {
    struct report_section *list;
    size_t count;
};

/* The last section; a new one where that is of another implementation. */
struct report_section *section_of(struct report_sections *sections, const char *implementation);
/* Adds a copy of both; judgement may be NULL. */
void section_add(struct report_section *section, const struct verdict *verdict,
                 const struct judgement *judgement);
void section_note(struct report_section *section, enum report_note kind, const char *text);
void sections_clear(struct report_sections *sections);

/* Why a verdict needs a person's eye. What is expected needs none. */
enum report_news {
    NEWS_NONE,
    NEWS_FAILURE, /* it fails, and not as expected */
    NEWS_FLAKY,   /* it passed here and failed elsewhere in the run, and not as expected */
    NEWS_PASS,    /* all that fails is known, but something known no longer does */
    NEWS_ERROR,   /* the harness could not tell */
};
/* judgement may be NULL. A failure may have new passes besides. */
enum report_news report_news(const struct verdict *verdict, const struct judgement *judgement);
/* The first finding that is neither known nor a limit, or NULL. */
const struct verdict_finding *report_first_news(const struct verdict *verdict,
                                                const struct judgement *judgement);

/* "libxl 4.17.7: 40 pass, 5 fail (4 expected), 2 limit, 3 skip, 0 error": a new string. */
char *section_summary(const struct report_section *section);
/* "libxl 4.17.7": a new string. */
char *section_title(const struct report_section *section);

#endif
