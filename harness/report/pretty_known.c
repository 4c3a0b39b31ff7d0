/* SPDX-License-Identifier: MIT */
/*
 * Prints what the expected results know: failures, each with its reason once, however many
 * scenarios show it; and what they expect to fail and does not, so that they are to be changed.
 */
#include "report/pretty.h"

#include <stdlib.h>
#include <string.h>

enum { COMMAND_INDENT = 6, REASON_INDENT = 9 };

void pretty_new_passes_print(FILE *out, const struct report_run *run,
                             const struct pretty_section *section)
{
    bool first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct pretty_verdict *entry = &section->list[i];

        if (!entry->judgement.passes.count)
            continue;
        if (first)
            pretty_heading(out, run, PRETTY_NEW_PASSES);
        first = false;
        fprintf(out, "  %-5s  ", verdict_word(entry->verdict.kind));
        text_print(out, entry->verdict.scenario);
        for (size_t j = 0; j < entry->judgement.passes.count; j++)
            fprintf(out, " %s", entry->judgement.passes.list[j]);
        putc('\n', out);
    }
    for (size_t i = 0; i < section->new_passes.count; i++) {
        if (first)
            pretty_heading(out, run, PRETTY_NEW_PASSES);
        first = false;
        fputs("  ", out);
        text_print_wrapped(out, section->new_passes.list[i], 2, COMMAND_INDENT);
    }
}

/* One known failure: a requirement and a reason. */
struct known {
    const char *requirement, *reason;
};

/* The first finding of a verdict that is this known failure; else their number. */
static size_t find_known(const struct pretty_verdict *entry, struct known known)
{
    size_t i;

    for (i = 0; i < entry->verdict.findings_count; i++) {
        const char *reason = judgement_known(&entry->judgement, i);

        if (reason && !strcmp(entry->verdict.findings[i].requirement, known.requirement) &&
            !strcmp(reason, known.reason))
            break;
    }
    return i;
}

static bool shows_known(const struct pretty_verdict *entry, struct known known)
{
    return find_known(entry, known) < entry->verdict.findings_count;
}

/* The repetitions of a scenario follow each other and count as one. */
static size_t count_scenarios(const struct pretty_section *section, struct known known)
{
    const char *last = NULL;
    size_t count = 0;

    for (size_t i = 0; i < section->count; i++)
        if (shows_known(&section->list[i], known)) {
            const char *name = section->list[i].verdict.scenario;

            count += !last || strcmp(last, name);
            last = name;
        }
    return count;
}

static void print_known(FILE *out, const struct pretty_section *section, size_t which,
                        struct known known)
{
    const struct verdict *verdict = &section->list[which].verdict;
    size_t scenarios = count_scenarios(section, known);
    char *line = scenarios > 1 ? text_format("%zu scenarios: %s", scenarios, known.reason)
                               : text_format("%s: %s", verdict->scenario, known.reason);

    fprintf(out, "  %-5s  ", known.requirement);
    text_print_wrapped(out, line, REASON_INDENT, REASON_INDENT);
    free(line);
    if (verdict->command) { /* one line, so that it can be copied */
        fprintf(out, "%*s", COMMAND_INDENT, "");
        text_print(out, verdict->command);
        putc('\n', out);
    }
}

void pretty_known_print(FILE *out, const struct report_run *run,
                        const struct pretty_section *section)
{
    bool first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct pretty_verdict *entry = &section->list[i];

        for (size_t j = 0; j < entry->verdict.findings_count; j++) {
            struct known known = {entry->verdict.findings[j].requirement,
                                  judgement_known(&entry->judgement, j)};
            bool told = !known.reason || find_known(entry, known) < j;

            for (size_t k = 0; !told && k < i; k++)
                told = shows_known(&section->list[k], known);
            if (told)
                continue;
            if (first)
                pretty_heading(out, run, "Known failures");
            first = false;
            print_known(out, section, i, known);
        }
    }
}
