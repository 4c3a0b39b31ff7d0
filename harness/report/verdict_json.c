/* SPDX-License-Identifier: MIT */
/*
 * A verdict as JSON and back (member.h). A member that is not known is passed over, so that a newer
 * writer may add some.
 */
#include <math.h>
#include <string.h>
#include "report/member.h"
#include "report/verdict.h"

/* -- writing -- */

/* The lines of the history that are this finding's evidence; left out where there are none. */
static bool set_proof(json_t *json, const struct verdict *verdict, size_t finding)
{
    json_t *lines = json_array();

    for (size_t i = 0; finding < VERDICT_PROVES && i < verdict->history_count; i++)
        if (verdict->proves[i] & (uint32_t)1 << finding)
            json_array_append_new(lines, json_integer((json_int_t)i));
    if (json_array_size(lines))
        return !json_object_set_new(json, "lines", lines);
    json_decref(lines);
    return true;
}

static json_t *finding_to_json(const struct verdict *verdict, size_t which)
{
    const struct verdict_finding *finding = &verdict->findings[which];
    json_t *json = json_object();

    if (json && member_set_text(json, "requirement", finding->requirement) &&
        member_set_text(json, "also", finding->also) && member_set_text(json, "by", finding->by) &&
        member_set_text(json, "oracle", finding->oracle) &&
        (!finding->line || member_set_number(json, "line", finding->line)) &&
        member_set_text(json, "step", finding->step) &&
        member_set_text(json, "what", finding->what) &&
        member_set_text(json, "limit", finding->limit) &&
        member_set_texts(json, "evidence", finding->evidence, finding->evidence_count) &&
        set_proof(json, verdict, which))
        return json;
    json_decref(json);
    return NULL;
}

json_t *verdict_to_json(const struct verdict *verdict)
{
    json_t *json = json_object(), *findings = json_array();
    bool well = json && findings;

    for (size_t i = 0; well && i < verdict->findings_count; i++)
        well = !json_array_append_new(findings, finding_to_json(verdict, i));

    if (well && member_set_text(json, "implementation", verdict->implementation) &&
        member_set_text(json, "played_as", verdict->played_as) &&
        member_set_text(json, "refused_by", verdict->refused_by) &&
        member_set_text(json, "version", verdict->version) &&
        member_set_text(json, "scenario", verdict->scenario) &&
        member_set_text(json, "verdict", verdict_word(verdict->kind)) &&
        (!verdict->cut_short || !json_object_set_new(json, "cut_short", json_true())) &&
        member_set_text(json, "reason", verdict->reason) &&
        member_set_text(json, "sentence", verdict->sentence) &&
        member_set_text(json, "file", verdict->file) &&
        member_set_texts(json, "covers", verdict->covers, verdict->covers_count) &&
        !json_object_set(json, "findings", findings) &&
        member_set_text(json, "command", verdict->command) &&
        (verdict->plays < 2 || member_set_number(json, "plays", (json_int_t)verdict->plays)) &&
        member_set_number(json, "milliseconds",
                          isfinite(verdict->milliseconds) && fabs(verdict->milliseconds) < 1e15
                              ? llround(verdict->milliseconds)
                              : 0) &&
        member_set_number(json, "events", (json_int_t)verdict->events) &&
        (!verdict->history_count ||
         member_set_texts(json, "history", verdict->history, verdict->history_count))) {
        json_decref(findings);
        return json;
    }
    json_decref(findings);
    json_decref(json);
    return NULL;
}

/* -- reading -- */

static char **get_texts(struct member_reader *reader, const json_t *json, const char *name,
                        size_t *count)
{
    struct text_list list = {0};

    member_texts(reader, json, name, &list);
    *count = list.count;
    return list.list;
}

static void get_finding(struct member_reader *reader, const json_t *json,
                        struct verdict_finding *finding)
{
    finding->requirement = member_needed_text(reader, json, "requirement");
    finding->also = member_text(reader, json, "also");
    finding->by = member_text(reader, json, "by");
    finding->oracle = member_needed_text(reader, json, "oracle");
    finding->line = (int)member_number(reader, json, "line", 0, 1 << 30);
    finding->step = member_text(reader, json, "step");
    finding->what = member_needed_text(reader, json, "what");
    finding->limit = member_text(reader, json, "limit");
    finding->evidence = get_texts(reader, json, "evidence", &finding->evidence_count);
}

static void get_proof(struct member_reader *reader, const json_t *json, struct verdict *verdict,
                      size_t finding)
{
    const json_t *lines = json_object_get(json, "lines"), *element;
    size_t i;

    if (lines && !json_is_array(lines))
        member_fault(reader, "\"lines\" is no list");
    json_array_foreach(lines, i, element)
    {
        json_int_t line = json_is_integer(element) ? json_integer_value(element) : -1;

        if (line < 0 || (size_t)line >= verdict->history_count) {
            member_fault(reader, "\"lines\" holds what is no line of the history");
            return;
        }
        if (finding < VERDICT_PROVES)
            verdict->proves[line] |= (uint32_t)1 << finding;
    }
}

static enum verdict_kind get_kind(struct member_reader *reader, const json_t *json)
{
    const char *word = json_string_value(json_object_get(json, "verdict"));

    for (int kind = 0; word && kind < VERDICT_KINDS; kind++)
        if (!strcmp(word, verdict_word(kind)))
            return kind;
    member_fault(reader,
                 word ? "\"verdict\" is none of pass, fail, flaky, limit, skip, error: \"%s\""
                      : "\"verdict\" is missing or no text",
                 word);
    return VERDICT_ERROR;
}

int verdict_from_json(const json_t *json, struct verdict *verdict, char *error, size_t error_size)
{
    struct member_reader reader = {.error = error, .error_size = error_size};
    const json_t *findings = json_object_get(json, "findings"), *element;
    size_t i;

    *verdict = (struct verdict){0};
    if (!json_is_object(json)) {
        member_fault(&reader, "it is no JSON object");
        return -1;
    }
    verdict->kind = get_kind(&reader, json);
    verdict->scenario = member_needed_text(&reader, json, "scenario");
    verdict->implementation = member_needed_text(&reader, json, "implementation");
    verdict->played_as = member_text(&reader, json, "played_as");
    verdict->refused_by = member_text(&reader, json, "refused_by");
    verdict->cut_short = json_is_true(json_object_get(json, "cut_short"));
    verdict->version = member_text(&reader, json, "version");
    verdict->file = member_text(&reader, json, "file");
    verdict->sentence = member_text(&reader, json, "sentence");
    verdict->reason = member_text(&reader, json, "reason");
    verdict->command = member_text(&reader, json, "command");
    verdict->covers = get_texts(&reader, json, "covers", &verdict->covers_count);
    verdict->history = get_texts(&reader, json, "history", &verdict->history_count);
    verdict->proves = text_memory(verdict->history_count, sizeof *verdict->proves);
    verdict->plays = (size_t)member_number(&reader, json, "plays", 0, 1 << 30);
    verdict->milliseconds =
        (double)member_number(&reader, json, "milliseconds", 0, (json_int_t)1 << 52);
    verdict->events = member_number(&reader, json, "events", 0, (json_int_t)1 << 52);
    /* Reporters count on these. */
    if (!verdict->version)
        verdict->version = text_format("%s", "");
    if (!verdict->file)
        verdict->file = text_format("%s", "");
    if (!verdict->sentence)
        verdict->sentence = text_format("%s", "");

    if (findings && !json_is_array(findings))
        member_fault(&reader, "\"findings\" is no list");
    verdict->findings = text_memory(json_array_size(findings), sizeof *verdict->findings);
    json_array_foreach(findings, i, element)
    {
        get_proof(&reader, element, verdict, verdict->findings_count);
        get_finding(&reader, element, &verdict->findings[verdict->findings_count++]);
    }

    if (reader.failed) {
        verdict_clear(verdict);
        return -1;
    }
    return 0;
}
