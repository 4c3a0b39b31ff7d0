/* SPDX-License-Identifier: MIT */
/*
 * Keeps the verdicts of an implementation, and says what they come to. What is news is decided here
 * once, so that no two reporters differ in what they call a failure.
 */
#include "report/section.h"

#include <stdlib.h>
#include <string.h>

struct report_section *section_of(struct report_sections *sections, const char *implementation)
{
    struct report_section *section = sections->count ? &sections->list[sections->count - 1] : NULL;

    if (section && !strcmp(section->implementation, implementation))
        return section;
    sections->list = text_grow(sections->list, sections->count + 1, sizeof *sections->list);
    section = &sections->list[sections->count++];
    *section = (struct report_section){.implementation = text_format("%s", implementation),
                                       .version = text_format("%s", "")};
    return section;
}

void section_add(struct report_section *section, const struct verdict *verdict,
                 const struct judgement *judgement)
{
    struct report_entry *entry;

    if (!*section->version && *verdict->version) /* it may not have lived to tell before */
        text_replace(&section->version, text_format("%s", verdict->version));
    section->list = text_grow(section->list, section->count + 1, sizeof *section->list);
    entry = &section->list[section->count++];
    verdict_copy(&entry->verdict, verdict);
    entry->judgement = (struct judgement){0};
    if (judgement)
        judgement_copy(&entry->judgement, judgement);
}

void section_note(struct report_section *section, enum report_note kind, const char *text)
{
    text_list_add(kind == REPORT_NEW_PASS ? &section->new_passes : &section->notes, text);
}

void sections_clear(struct report_sections *sections)
{
    for (size_t i = 0; i < sections->count; i++) {
        struct report_section *section = &sections->list[i];

        for (size_t j = 0; j < section->count; j++) {
            verdict_clear(&section->list[j].verdict);
            judgement_clear(&section->list[j].judgement);
        }
        free(section->list);
        free(section->implementation);
        free(section->version);
        text_list_clear(&section->notes);
        text_list_clear(&section->new_passes);
    }
    free(sections->list);
    *sections = (struct report_sections){0};
}

const struct verdict_finding *report_first_news(const struct verdict *verdict,
                                                const struct judgement *judgement)
{
    for (size_t i = 0; i < verdict->findings_count; i++)
        if (!verdict->findings[i].limit && !judgement_known(judgement, i))
            return &verdict->findings[i];
    return NULL;
}

enum report_news report_news(const struct verdict *verdict, const struct judgement *judgement)
{
    bool fails = verdict->kind == VERDICT_FAIL || verdict->kind == VERDICT_FLAKY;

    if (verdict->kind == VERDICT_ERROR)
        return NEWS_ERROR;
    if (judgement_kind(judgement) == JUDGEMENT_AGREES)
        return NEWS_NONE;
    if (fails &&
        (judgement_kind(judgement) == JUDGEMENT_NONE || report_first_news(verdict, judgement)))
        return verdict->kind == VERDICT_FLAKY ? NEWS_FLAKY : NEWS_FAILURE;
    return judgement_kind(judgement) == JUDGEMENT_DIFFERS ? NEWS_PASS : NEWS_NONE;
}

char *section_title(const struct report_section *section)
{
    return text_format("%s%s%s", section->implementation, *section->version ? " " : "",
                       section->version);
}

char *section_summary(const struct report_section *section)
{
    size_t kinds[VERDICT_KINDS] = {0}, known = 0, passes = section->new_passes.count;
    char *title = section_title(section), *line;

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];

        kinds[entry->verdict.kind]++;
        known += entry->judgement.kind == JUDGEMENT_AGREES && entry->verdict.kind == VERDICT_FAIL;
        passes += entry->judgement.passes.count;
    }
    line = text_format("%s: %zu pass, %zu fail", title, kinds[VERDICT_PASS], kinds[VERDICT_FAIL]);
    if (known)
        text_append(&line, " (%zu expected)", known);
    if (kinds[VERDICT_FLAKY])
        text_append(&line, ", %zu flaky", kinds[VERDICT_FLAKY]);
    text_append(&line, ", %zu limit, %zu skip, %zu error", kinds[VERDICT_LIMIT],
                kinds[VERDICT_SKIP], kinds[VERDICT_ERROR]);
    if (passes)
        text_append(&line, "; %zu NEW PASS", passes);
    free(title);
    return line;
}
