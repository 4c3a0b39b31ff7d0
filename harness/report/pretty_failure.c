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

/*
 * Where the text of a hang begins, behind its quotation mark; NULL where this is none, or one of a
 * single line. There the whole story is in the text: what the thread waits for, what it holds and
 * its stack, one a line.
 */
static const char *text_of_hang(const char *evidence)
{
    static const char kind[] = "- hang ", key[] = " text=\"";
    const char *text = strncmp(evidence, kind, sizeof kind - 1) ? NULL : strstr(evidence, key);

    return text && strstr(text, "\\n") ? text + sizeof key - 1 : NULL;
}

static void print_below(FILE *out, const char *line)
{
    size_t indent = LABEL + 2 + strspn(line, " ");

    fprintf(out, "%*s", (int)indent, "");
    text_print_wrapped(out, line, indent, indent + 2);
}

/* Prints the lines of a quoted text below its event, each with the blanks that it begins with,
 * and then what stands behind the text. */
static void print_hang(FILE *out, const char *event, const char *text)
{
    char *line = text_memory(strlen(text) + 1, 1);
    size_t length = 0;

    text_print_wrapped(out, event, LABEL, LABEL + 2);
    for (; *text && *text != '"'; text++) {
        bool escaped = text[0] == '\\' && text[1];

        text += escaped;
        if (escaped && *text == 'n') {
            line[length] = 0;
            print_below(out, line);
            length = 0;
        } else
            line[length++] = *text;
    }
    line[length] = 0;
    print_below(out, line);
    if (*text == '"' && text[1] == ' ')
        print_below(out, text + 2);
    free(line);
}

static void print_evidence(FILE *out, const char *evidence)
{
    const char *text = text_of_hang(evidence);

    if (text) {
        char *event = text_format("%.*s", (int)(text - evidence - strlen(" text=\"")), evidence);

        print_hang(out, event, text);
        free(event);
    } else if (LABEL + text_width(evidence) > TEXT_COLUMNS)
        text_print_wrapped(out, evidence, LABEL, LABEL + 2);
    else { /* with its columns as they are */
        text_print(out, evidence);
        putc('\n', out);
    }
}

static void print_failure(FILE *out, const struct report_run *run, const struct report_entry *entry,
                          size_t which, size_t number)
{
    const struct verdict *verdict = &entry->verdict;
    const struct verdict_finding *finding = &verdict->findings[which];
    const char *known = judgement_known(&entry->judgement, which);
    const struct requirement *requirement =
        run->catalogue ? catalogue_find(run->catalogue, finding->requirement) : NULL;
    char *title =
        text_format("%zu. %s%s%s%s", number, finding->requirement, finding->also ? ", and so " : "",
                    finding->also ? finding->also : "", requirement ? ":" : "");

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
        print_evidence(out, finding->evidence[i]);
    }
    if (verdict->plays > 1 && verdict->reason)
        labelled(out, "plays", verdict->reason);
    if (known)
        labelled(out, "known", known);
    else if (entry->judgement.named)
        labelled(out, "expected", "other requirements to fail here");
    if (verdict->command) { /* one line, so that it can be copied */
        label(out, "again");
        text_print(out, verdict->command);
        putc('\n', out);
    }
}

/* True for a finding that is told in full: no limit, and no known failure if not all are told. */
static bool is_told(const struct report_run *run, const struct report_entry *entry, size_t finding)
{
    return entry->verdict.kind == VERDICT_FAIL && !entry->verdict.findings[finding].limit &&
           (run->verbose || !judgement_known(&entry->judgement, finding));
}

/* True if a verdict before `which`, or a finding before it in the same, tells of this failure. */
static bool told_before(const struct report_run *run, const struct report_section *section,
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
                         const struct report_section *section, size_t which, size_t finding)
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
                           const struct report_section *section)
{
    size_t number = 0;

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];

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

static bool same_error(const struct verdict *a, const struct verdict *b)
{
    return a->kind == VERDICT_ERROR && b->kind == VERDICT_ERROR && a->reason && b->reason &&
           !strcmp(a->reason, b->reason);
}

static bool error_told_before(const struct report_section *section, size_t which)
{
    for (size_t i = 0; i < which; i++)
        if (same_error(&section->list[i].verdict, &section->list[which].verdict))
            return true;
    return false;
}

/* Names the scenarios that could not be told for the same reason. */
static void print_other_errors(FILE *out, const struct report_run *run,
                               const struct report_section *section, size_t which)
{
    size_t count = 0, most = run->verbose ? SIZE_MAX : ALSO_MOST;

    for (size_t i = which + 1; i < section->count; i++)
        if (same_error(&section->list[i].verdict, &section->list[which].verdict) && ++count <= most)
            labelled(out, count > 1 ? "" : "also", section->list[i].verdict.scenario);
    if (count > most) {
        label(out, "");
        fprintf(out, "... and %zu more (--verbose shows all)\n", count - most);
    }
}

/* A library that cannot be loaded has as many errors as there are scenarios, and one reason. */
void pretty_errors_print(FILE *out, const struct report_run *run,
                         const struct report_section *section)
{
    bool first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        if (verdict->kind != VERDICT_ERROR || error_told_before(section, i))
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
        print_other_errors(out, run, section, i);
    }
}
