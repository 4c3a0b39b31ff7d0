/* SPDX-License-Identifier: MIT */
/*
 * Prints failures that somebody has explained: those that the expected results know, and limits,
 * which the documentation states; each explanation once, however many scenarios show it. And what
 * is expected to fail and does not, so that the expected results are to be changed.
 */
#include "report/pretty.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_INDENT = 4, REASON_INDENT = 9 };

void pretty_new_passes_print(FILE *out, const struct report_run *run,
                             const struct report_section *section)
{
    bool first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];

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
        text_print_wrapped(out, section->new_passes.list[i], 2, NOTE_INDENT);
    }
}

/* -- failures that have a requirement and an explanation in common -- */

struct group {
    const char *requirement, *why;
    const struct verdict *first, *last; /* that show it */
    size_t scenarios;                   /* the repetitions of one count as one */
    size_t place;                       /* of the requirement in the catalogue */
};
struct groups {
    struct group *list;
    size_t count;
};

static size_t place_of(const struct catalogue *catalogue, const char *id)
{
    size_t place = 0;

    while (catalogue && place < catalogue->count && strcmp(catalogue->list[place].id, id))
        place++;
    return place;
}

/* Groups are in order of the catalogue; those of one requirement in that of the scenarios. */
static void groups_add(struct groups *groups, const struct catalogue *catalogue,
                       const struct verdict *verdict, const char *requirement, const char *why)
{
    struct group group = {requirement, why, verdict, verdict, 1, place_of(catalogue, requirement)};
    size_t to;

    for (size_t i = 0; i < groups->count; i++) {
        struct group *there = &groups->list[i];

        if (strcmp(there->requirement, requirement) || strcmp(there->why, why))
            continue;
        there->scenarios += !!strcmp(there->last->scenario, verdict->scenario);
        there->last = verdict;
        return;
    }
    groups->list = text_grow(groups->list, groups->count + 1, sizeof *groups->list);
    for (to = groups->count++; to > 0 && groups->list[to - 1].place > group.place; to--)
        groups->list[to] = groups->list[to - 1];
    groups->list[to] = group;
}

static void print_group(FILE *out, const struct group *group)
{
    char *line = group->scenarios > 1
                     ? text_format("%zu scenarios: %s", group->scenarios, group->why)
                     : text_format("%s: %s", group->first->scenario, group->why);

    fprintf(out, "  %-5s  ", group->requirement);
    text_print_wrapped(out, line, REASON_INDENT, REASON_INDENT);
    free(line);
}

void pretty_known_print(FILE *out, const struct report_run *run,
                        const struct report_section *section)
{
    struct groups groups = {0};

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];

        for (size_t j = 0; j < entry->verdict.findings_count; j++)
            if (judgement_known(&entry->judgement, j))
                groups_add(&groups, run->catalogue, &entry->verdict,
                           entry->verdict.findings[j].requirement,
                           judgement_known(&entry->judgement, j));
    }
    if (groups.count)
        pretty_heading(out, run, "Known failures");
    for (size_t i = 0; i < groups.count; i++) {
        print_group(out, &groups.list[i]);
        if (groups.list[i].first->command) { /* one line, so that it can be copied */
            fprintf(out, "%*s", REASON_INDENT, "");
            text_print(out, groups.list[i].first->command);
            putc('\n', out);
        }
    }
    free(groups.list);
}

/* What each scenario of the group saw. */
static void print_limit_in_full(FILE *out, const struct report_section *section,
                                const struct group *group)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        for (size_t j = 0; j < verdict->findings_count; j++) {
            const struct verdict_finding *finding = &verdict->findings[j];
            char *line;

            if (!finding->limit || strcmp(finding->requirement, group->requirement) ||
                strcmp(finding->limit, group->why))
                continue;
            line = text_format("%s: %s", verdict->scenario, finding->what);
            fprintf(out, "%*s", REASON_INDENT, "");
            text_print_wrapped(out, line, REASON_INDENT, REASON_INDENT + 2);
            free(line);
        }
    }
}

void pretty_limits_print(FILE *out, const struct report_run *run,
                         const struct report_section *section)
{
    struct groups groups = {0};

    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;

        for (size_t j = 0; j < verdict->findings_count; j++)
            if (verdict->findings[j].limit)
                groups_add(&groups, run->catalogue, verdict, verdict->findings[j].requirement,
                           verdict->findings[j].limit);
    }
    if (groups.count)
        pretty_heading(out, run, "Limits that its documentation states");
    for (size_t i = 0; i < groups.count; i++) {
        print_group(out, &groups.list[i]);
        if (run->verbose)
            print_limit_in_full(out, section, &groups.list[i]);
    }
    free(groups.list);
}
