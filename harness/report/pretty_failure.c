/* SPDX-License-Identifier: MIT */
/*
 * Prints failures in full, with all that one needs to believe them and to see them again. The same
 * requirement broken in the eyes of the same oracle by many scenarios is one failure: it is told
 * once, and the others are named below it.
 */
#include "report/pretty.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABEL = 13,    /* columns of the labels in front */
    ALSO_MOST = 8, /* scenarios named below a failure that they have in common */
};

static void label(FILE *out, const char *text)
{
    fprintf(out, "   %-*s", LABEL - 3, text);
}

static void labelled(FILE *out, const char *name, const char *text)
{
    label(out, name);
    text_print_wrapped(out, text, LABEL, LABEL);
}

/* One line for a person who knows the failure already. */
static void print_also(FILE *out, const struct verdict *verdict,
                       const struct verdict_finding *finding)
{
    char *line = finding->line
                     ? text_format("%s:%d: %s", verdict->scenario, finding->line, finding->what)
                     : text_format("%s: %s", verdict->scenario, finding->what);

    text_print_cut(out, line, TEXT_COLUMNS - LABEL);
    putc('\n', out);
    free(line);
}

static bool same_failure(const struct verdict_finding *a, const struct verdict_finding *b)
{
    return !a->limit == !b->limit && !strcmp(a->requirement, b->requirement) &&
           !strcmp(a->oracle, b->oracle);
}

static void print_failure(FILE *out, const struct report_run *run,
                          const struct pretty_verdict *entry, size_t which, size_t number)
{
    const struct verdict *verdict = &entry->verdict;
    const struct verdict_finding *finding = &verdict->findings[which];
    const char *known = judgement_known(&entry->judgement, which);
    const struct requirement *requirement =
        run->catalogue ? catalogue_find(run->catalogue, finding->requirement) : NULL;
    char *title = text_format("%zu. %s%s", number, finding->requirement, requirement ? ":" : "");

    pretty_colour(out, run, PRETTY_BOLD, title);
    if (requirement) {
        putc(' ', out);
        text_print_wrapped(out, requirement->sentence, text_width(title) + 1, 3);
    } else
        putc('\n', out);
    free(title);

    labelled(out, "scenario", verdict->scenario);
    if (*verdict->sentence) {
        label(out, "");
        text_print_wrapped(out, verdict->sentence, LABEL, LABEL);
    }
    if (finding->line || finding->step) {
        char *at = text_format("%s:%d: %s", verdict->file, finding->line,
                               finding->step ? finding->step : "");

        labelled(out, "step", at);
        free(at);
    }
    labelled(out, "found", finding->what);
    labelled(out, "oracle", finding->oracle);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        label(out, i ? "" : "history");
        if (LABEL + text_width(finding->evidence[i]) > TEXT_COLUMNS)
            text_print_wrapped(out, finding->evidence[i], LABEL, LABEL + 2);
        else { /* with its columns as they are */
            text_print(out, finding->evidence[i]);
            putc('\n', out);
        }
    }
    if (known)
        labelled(out, "known", known);
    else if (entry->judgement.kind == JUDGEMENT_DIFFERS)
        labelled(out, "expected", "other requirements to fail here");
    if (verdict->command) { /* one line, so that it can be copied */
        label(out, "again");
        text_print(out, verdict->command);
        putc('\n', out);
    }
}

/* True for a finding that is told in full: no limit, and no known failure if not all are told. */
static bool is_told(const struct report_run *run, const struct pretty_verdict *entry,
                    size_t finding)
{
    return entry->verdict.kind == VERDICT_FAIL && !entry->verdict.findings[finding].limit &&
           (run->verbose || !judgement_known(&entry->judgement, finding));
}

/* True if a verdict before `which`, or a finding before it in the same, tells of this failure. */
static bool told_before(const struct report_run *run, const struct pretty_section *section,
                        size_t which, size_t finding)
{
    const struct verdict_finding *this = &section->list[which].verdict.findings[finding];

    for (size_t i = 0; i <= which; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        for (size_t j = 0; j < (i == which ? finding : verdict->findings_count); j++)
            if (is_told(run, &section->list[i], j) && same_failure(&verdict->findings[j], this))
                return true;
    }
    return false;
}

static void print_others(FILE *out, const struct report_run *run,
                         const struct pretty_section *section, size_t which, size_t finding)
{
    const struct verdict_finding *this = &section->list[which].verdict.findings[finding];
    size_t count = 0, most = run->verbose ? SIZE_MAX : ALSO_MOST;

    for (size_t i = which; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        for (size_t j = i == which ? finding + 1 : 0; j < verdict->findings_count; j++)
            if (is_told(run, &section->list[i], j) && same_failure(&verdict->findings[j], this) &&
                ++count <= most) {
                label(out, count > 1 ? "" : "also");
                print_also(out, verdict, &verdict->findings[j]);
            }
    }
    if (count > most) {
        label(out, "");
        fprintf(out, "... and %zu more (--verbose shows all)\n", count - most);
    }
}

void pretty_failures_print(FILE *out, const struct report_run *run,
                           const struct pretty_section *section)
{
    size_t number = 0;

    for (size_t i = 0; i < section->count; i++) {
        const struct pretty_verdict *entry = &section->list[i];

        for (size_t j = 0; j < entry->verdict.findings_count; j++) {
            if (!is_told(run, entry, j) || told_before(run, section, i, j))
                continue;
            if (number++)
                putc('\n', out);
            else
                pretty_heading(out, run, "Failures");
            print_failure(out, run, entry, j, number);
            print_others(out, run, section, i, j);
        }
    }
}

void pretty_errors_print(FILE *out, const struct report_run *run,
                         const struct pretty_section *section)
{
    bool first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        if (verdict->kind != VERDICT_ERROR)
            continue;
        if (first)
            pretty_heading(out, run, "Errors: the harness could not tell");
        else
            putc('\n', out);
        first = false;
        labelled(out, "scenario", verdict->scenario);
        labelled(out, "reason", verdict->reason ? verdict->reason : "none was given");
        if (verdict->command) {
            label(out, "again");
            text_print(out, verdict->command);
            putc('\n', out);
        }
    }
}
