/* SPDX-License-Identifier: MIT */
/* A verdict is plain data; this is its housekeeping. Its JSON is in verdict_json.c. */
#include "report/verdict.h"

#include <stdlib.h>
#include <string.h>
#include "report/text.h"

static const char *const words[VERDICT_KINDS] = {
    [VERDICT_PASS] = "pass",   [VERDICT_FAIL] = "fail", [VERDICT_FLAKY] = "flaky",
    [VERDICT_LIMIT] = "limit", [VERDICT_SKIP] = "skip", [VERDICT_ERROR] = "error",
};

const char *verdict_word(enum verdict_kind kind)
{
    return kind < VERDICT_KINDS ? words[kind] : "?";
}

bool verdict_comes_and_goes(const struct verdict *verdict)
{
    return verdict->kind == VERDICT_FLAKY || (verdict->kind == VERDICT_FAIL && verdict->plays > 1);
}

/* -- memory -- */

static void strings_free(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

void verdict_clear_history(struct verdict *verdict)
{
    strings_free(verdict->history, verdict->history_count);
    free(verdict->proves);
    verdict->history = NULL;
    verdict->proves = NULL;
    verdict->history_count = 0;
}

void verdict_clear(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->findings_count; i++) {
        struct verdict_finding *finding = &verdict->findings[i];

        free(finding->requirement);
        free(finding->also);
        free(finding->by);
        free(finding->oracle);
        free(finding->step);
        free(finding->what);
        free(finding->limit);
        strings_free(finding->evidence, finding->evidence_count);
    }
    free(verdict->findings);
    strings_free(verdict->covers, verdict->covers_count);
    verdict_clear_history(verdict);
    free(verdict->scenario);
    free(verdict->file);
    free(verdict->sentence);
    free(verdict->implementation);
    free(verdict->played_as);
    free(verdict->refused_by);
    free(verdict->version);
    free(verdict->reason);
    free(verdict->command);
    *verdict = (struct verdict){0};
}

static char *copy(const char *text)
{
    return text ? text_format("%s", text) : NULL;
}

static char **strings_copy(char *const *list, size_t count)
{
    char **copies = text_memory(count, sizeof *copies);

    for (size_t i = 0; i < count; i++)
        copies[i] = copy(list[i]);
    return copies;
}

void verdict_copy(struct verdict *to, const struct verdict *from)
{
    *to = *from;
    to->scenario = copy(from->scenario);
    to->file = copy(from->file);
    to->sentence = copy(from->sentence);
    to->implementation = copy(from->implementation);
    to->played_as = copy(from->played_as);
    to->refused_by = copy(from->refused_by);
    to->cut_short = from->cut_short;
    to->version = copy(from->version);
    to->reason = copy(from->reason);
    to->command = copy(from->command);
    to->covers = strings_copy(from->covers, from->covers_count);
    to->history = strings_copy(from->history, from->history_count);
    to->proves = text_memory(from->history_count, sizeof *to->proves);
    for (size_t i = 0; i < from->history_count; i++)
        to->proves[i] = from->proves[i];
    to->findings = text_memory(from->findings_count, sizeof *to->findings);
    for (size_t i = 0; i < from->findings_count; i++) {
        const struct verdict_finding *old = &from->findings[i];

        to->findings[i] = (struct verdict_finding){
            .requirement = copy(old->requirement),
            .also = copy(old->also),
            .by = copy(old->by),
            .oracle = copy(old->oracle),
            .line = old->line,
            .step = copy(old->step),
            .what = copy(old->what),
            .limit = copy(old->limit),
            .evidence = strings_copy(old->evidence, old->evidence_count),
            .evidence_count = old->evidence_count,
        };
    }
}

bool verdict_finding_breaks(const struct verdict_finding *finding, const char *id)
{
    return !strcmp(finding->requirement, id) || (finding->also && !strcmp(finding->also, id));
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t verdict_failing(const struct verdict *verdict, const char ***ids)
{
    size_t count = 0, kept = 0;

    *ids = text_memory(verdict->findings_count, sizeof **ids);
    for (size_t i = 0; i < verdict->findings_count; i++)
        if (!verdict->findings[i].limit)
            (*ids)[count++] = verdict->findings[i].requirement;
    qsort(*ids, count, sizeof **ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp((*ids)[kept - 1], (*ids)[i]))
            (*ids)[kept++] = (*ids)[i];
    return kept;
}
