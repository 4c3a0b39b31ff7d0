/* SPDX-License-Identifier: MIT */
/*
 * A verdict as JSON and back. Its texts come from scripts, from the program under test and from
 * the names of files, so any bytes may be in them; JSON takes UTF-8 only, and what is not is
 * replaced. Reading is strict about what is there and easy about what is not: a member that is
 * missing is empty, one of the wrong type is an error, one not known is passed over, so that a
 * newer writer may add some.
 */
#include "report/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
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

void verdict_clear(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->findings_count; i++) {
        struct verdict_finding *finding = &verdict->findings[i];

        free(finding->requirement);
        free(finding->also);
        free(finding->oracle);
        free(finding->step);
        free(finding->what);
        free(finding->limit);
        strings_free(finding->evidence, finding->evidence_count);
    }
    free(verdict->findings);
    strings_free(verdict->covers, verdict->covers_count);
    free(verdict->scenario);
    free(verdict->file);
    free(verdict->sentence);
    free(verdict->implementation);
    free(verdict->played_as);
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
    to->version = copy(from->version);
    to->reason = copy(from->reason);
    to->command = copy(from->command);
    to->covers = strings_copy(from->covers, from->covers_count);
    to->findings = text_memory(from->findings_count, sizeof *to->findings);
    for (size_t i = 0; i < from->findings_count; i++) {
        const struct verdict_finding *old = &from->findings[i];

        to->findings[i] = (struct verdict_finding){
            .requirement = copy(old->requirement),
            .also = copy(old->also),
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

/* -- writing -- */

static json_t *json_text(const char *text)
{
    char *valid = text_valid(text);
    json_t *json = json_string(valid);

    free(valid);
    return json;
}

/* Sets a member; a text that is NULL is left out. Returns true on success. */
static bool set_text(json_t *json, const char *name, const char *text)
{
    return !text || !json_object_set_new(json, name, json_text(text));
}

static bool set_texts(json_t *json, const char *name, char *const *list, size_t count)
{
    json_t *array = json_array();
    bool well = array;

    for (size_t i = 0; well && i < count; i++)
        well = !json_array_append_new(array, json_text(list[i]));
    if (!well) {
        json_decref(array);
        return false;
    }
    return !json_object_set_new(json, name, array);
}

static json_t *finding_to_json(const struct verdict_finding *finding)
{
    json_t *json = json_object();

    if (json && set_text(json, "requirement", finding->requirement) &&
        set_text(json, "also", finding->also) && set_text(json, "oracle", finding->oracle) &&
        (!finding->line || !json_object_set_new(json, "line", json_integer(finding->line))) &&
        set_text(json, "step", finding->step) && set_text(json, "what", finding->what) &&
        set_text(json, "limit", finding->limit) &&
        set_texts(json, "evidence", finding->evidence, finding->evidence_count))
        return json;
    json_decref(json);
    return NULL;
}

json_t *verdict_to_json(const struct verdict *verdict)
{
    json_t *json = json_object(), *findings = json_array();
    bool well = json && findings;

    for (size_t i = 0; well && i < verdict->findings_count; i++)
        well = !json_array_append_new(findings, finding_to_json(&verdict->findings[i]));

    if (well && set_text(json, "implementation", verdict->implementation) &&
        set_text(json, "played_as", verdict->played_as) &&
        set_text(json, "version", verdict->version) &&
        set_text(json, "scenario", verdict->scenario) &&
        set_text(json, "verdict", verdict_word(verdict->kind)) &&
        set_text(json, "reason", verdict->reason) &&
        set_text(json, "sentence", verdict->sentence) && set_text(json, "file", verdict->file) &&
        set_texts(json, "covers", verdict->covers, verdict->covers_count) &&
        !json_object_set(json, "findings", findings) &&
        set_text(json, "command", verdict->command) &&
        (verdict->plays < 2 ||
         !json_object_set_new(json, "plays", json_integer((json_int_t)verdict->plays))) &&
        !json_object_set_new(
            json, "milliseconds",
            json_integer(isfinite(verdict->milliseconds) && fabs(verdict->milliseconds) < 1e15
                             ? llround(verdict->milliseconds)
                             : 0)) &&
        !json_object_set_new(json, "events", json_integer((json_int_t)verdict->events))) {
        json_decref(findings);
        return json;
    }
    json_decref(findings);
    json_decref(json);
    return NULL;
}

/* -- reading -- */

struct reader {
    char *error;
    size_t error_size;
    bool failed;
};

static void __attribute__((format(printf, 2, 3)))
fault(struct reader *reader, const char *format, ...)
{
    va_list arguments;

    if (reader->failed)
        return;
    reader->failed = true;
    va_start(arguments, format);
    vsnprintf(reader->error, reader->error_size, format, arguments);
    va_end(arguments);
}

enum presence { OPTIONAL, REQUIRED };

static char *get_text(struct reader *reader, const json_t *json, const char *name,
                      enum presence presence)
{
    const json_t *member = json_object_get(json, name);

    if (!member || json_is_null(member)) {
        if (presence == REQUIRED)
            fault(reader, "\"%s\" is missing", name);
        return NULL;
    }
    if (!json_is_string(member)) {
        fault(reader, "\"%s\" is no text", name);
        return NULL;
    }
    return copy(json_string_value(member));
}

static json_int_t get_number(struct reader *reader, const json_t *json, const char *name,
                             json_int_t most)
{
    const json_t *member = json_object_get(json, name);

    if (!member)
        return 0;
    if (!json_is_integer(member) || json_integer_value(member) < 0 ||
        json_integer_value(member) > most) {
        fault(reader, "\"%s\" is no whole number from 0 to %lld", name, (long long)most);
        return 0;
    }
    return json_integer_value(member);
}

static char **get_texts(struct reader *reader, const json_t *json, const char *name, size_t *count)
{
    const json_t *member = json_object_get(json, name), *element;
    char **list;
    size_t i;

    *count = 0;
    if (member && !json_is_array(member)) {
        fault(reader, "\"%s\" is no list", name);
        return NULL;
    }
    list = text_memory(json_array_size(member), sizeof *list);
    json_array_foreach(member, i, element)
    {
        if (!json_is_string(element)) {
            fault(reader, "\"%s\" holds something that is no text", name);
            break;
        }
        list[(*count)++] = copy(json_string_value(element));
    }
    return list;
}

static void get_finding(struct reader *reader, const json_t *json, struct verdict_finding *finding)
{
    finding->requirement = get_text(reader, json, "requirement", REQUIRED);
    finding->also = get_text(reader, json, "also", OPTIONAL);
    finding->oracle = get_text(reader, json, "oracle", REQUIRED);
    finding->line = (int)get_number(reader, json, "line", 1 << 30);
    finding->step = get_text(reader, json, "step", OPTIONAL);
    finding->what = get_text(reader, json, "what", REQUIRED);
    finding->limit = get_text(reader, json, "limit", OPTIONAL);
    finding->evidence = get_texts(reader, json, "evidence", &finding->evidence_count);
}

static enum verdict_kind get_kind(struct reader *reader, const json_t *json)
{
    const char *word = json_string_value(json_object_get(json, "verdict"));

    for (int kind = 0; word && kind < VERDICT_KINDS; kind++)
        if (!strcmp(word, words[kind]))
            return kind;
    fault(reader,
          word ? "\"verdict\" is none of pass, fail, flaky, limit, skip, error: \"%s\""
               : "\"verdict\" is missing or no text",
          word);
    return VERDICT_ERROR;
}

int verdict_from_json(const json_t *json, struct verdict *verdict, char *error, size_t error_size)
{
    struct reader reader = {.error = error, .error_size = error_size};
    const json_t *findings = json_object_get(json, "findings"), *element;
    size_t i;

    *verdict = (struct verdict){0};
    if (!json_is_object(json)) {
        fault(&reader, "it is no JSON object");
        return -1;
    }
    verdict->kind = get_kind(&reader, json);
    verdict->scenario = get_text(&reader, json, "scenario", REQUIRED);
    verdict->implementation = get_text(&reader, json, "implementation", REQUIRED);
    verdict->played_as = get_text(&reader, json, "played_as", OPTIONAL);
    verdict->version = get_text(&reader, json, "version", OPTIONAL);
    verdict->file = get_text(&reader, json, "file", OPTIONAL);
    verdict->sentence = get_text(&reader, json, "sentence", OPTIONAL);
    verdict->reason = get_text(&reader, json, "reason", OPTIONAL);
    verdict->command = get_text(&reader, json, "command", OPTIONAL);
    verdict->covers = get_texts(&reader, json, "covers", &verdict->covers_count);
    verdict->plays = (size_t)get_number(&reader, json, "plays", 1 << 30);
    verdict->milliseconds = (double)get_number(&reader, json, "milliseconds", (json_int_t)1 << 52);
    verdict->events = get_number(&reader, json, "events", (json_int_t)1 << 52);
    /* Reporters count on these. */
    if (!verdict->version)
        verdict->version = copy("");
    if (!verdict->file)
        verdict->file = copy("");
    if (!verdict->sentence)
        verdict->sentence = copy("");

    if (findings && !json_is_array(findings))
        fault(&reader, "\"findings\" is no list");
    verdict->findings = text_memory(json_array_size(findings), sizeof *verdict->findings);
    json_array_foreach(findings, i, element)
        get_finding(&reader, element, &verdict->findings[verdict->findings_count++]);

    if (reader.failed) {
        verdict_clear(verdict);
        return -1;
    }
    return 0;
}
