/* SPDX-License-Identifier: MIT */
/*
 * The page judges nothing: what a cell says, and what each play says of each requirement, stands
 * in its data as the matrix has it. Names are short where they come often; page.js tells them.
 */
#include "report/matrix_data.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "report/text.h"

struct data {
    const struct matrix *matrix;
    struct matrix_texts *texts;
    struct text_list scenarios; /* names, each once */
    json_t *scenarios_json;
    size_t most;
    bool cut; /* a history is not as whole as its result has it */
};

/* Sets a member; a text that is NULL or empty is left out. */
static void set(json_t *json, const char *name, const char *text)
{
    char *valid;

    if (!text || !*text)
        return;
    valid = text_valid(text);
    json_object_set_new(json, name, json_string(valid));
    free(valid);
}

static void set_number(json_t *json, const char *name, size_t number)
{
    if (number)
        json_object_set_new(json, name, json_integer((json_int_t)number));
}

/* -- what stands around the cells -- */

static json_t *kinds_json(void)
{
    json_t *list = json_array();

    for (enum matrix_kind kind = MATRIX_HOLDS; kind < MATRIX_KINDS; kind++) {
        json_t *json = json_object();

        set(json, "word", matrix_word(kind));
        set(json, "means", matrix_meaning(kind));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *requirements_json(const struct matrix *matrix)
{
    json_t *list = json_array();

    for (size_t row = 0; row < matrix->rows_count; row++) {
        const struct requirement *requirement = matrix->rows[row].requirement;
        json_t *json = json_object();

        set(json, "id", matrix->rows[row].id);
        if (requirement) {
            set(json, "family", requirement->family);
            set(json, "text", requirement->sentence);
            set(json, "level", level_word(requirement->level));
            set(json, "duty", requirement->duty == 'A' ? "application" : NULL);
            set(json, "unobservable", requirement->unobservable);
        }
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *implementations_json(const struct latest *latest)
{
    json_t *list = json_array();

    for (size_t i = 0; i < latest->count; i++) {
        const struct latest_implementation *implementation = &latest->list[i];
        const struct expected *expected = implementation->expected;
        json_t *json = json_object();

        set(json, "name", implementation->name);
        set(json, "version", implementation->version);
        set(json, "started", implementation->started);
        if (expected && strcmp(expected->version, implementation->version))
            set(json, "expected", expected->version);
        json_array_append_new(list, json);
    }
    return list;
}

/* Three numbers a cell, row by row. */
static json_t *cells_json(const struct matrix *matrix)
{
    json_t *list = json_array();

    for (size_t i = 0; i < matrix->rows_count * matrix->latest->count; i++) {
        json_array_append_new(list, json_integer(matrix->cells[i].kind));
        json_array_append_new(list, json_integer((json_int_t)matrix->cells[i].share));
        json_array_append_new(list, json_integer((json_int_t)matrix->cells[i].asked));
    }
    return list;
}

/* -- plays -- */

static size_t scenario_of(struct data *data, const struct verdict *verdict)
{
    size_t at = 0;
    json_t *json;

    while (at < data->scenarios.count && strcmp(data->scenarios.list[at], verdict->scenario))
        at++;
    if (at < data->scenarios.count)
        return at;
    text_list_add(&data->scenarios, verdict->scenario);
    json = json_object();
    set(json, "name", verdict->scenario);
    set(json, "text", verdict->sentence);
    set(json, "file", verdict->file);
    json_array_append_new(data->scenarios_json, json);
    return at;
}

static json_t *findings_json(const struct latest_play *play)
{
    json_t *list = json_array();

    for (size_t i = 0; i < play->verdict.findings_count; i++) {
        const struct verdict_finding *finding = &play->verdict.findings[i];
        json_t *json = json_object();

        set(json, "r", finding->requirement);
        set(json, "also", finding->also);
        set(json, "o", finding->oracle);
        set_number(json, "l", (size_t)finding->line);
        set(json, "t", finding->step);
        set(json, "w", finding->what);
        set(json, "limit", finding->limit);
        set(json, "known", judgement_known(&play->judgement, i));
        json_array_append_new(list, json);
    }
    return list;
}

/* Rows that the play speaks of, each followed by what it says. */
static json_t *says_json(const struct matrix *matrix, const struct latest_play *play)
{
    json_t *list = json_array();

    for (size_t row = 0; row < matrix->rows_count; row++) {
        enum matrix_kind kind = matrix_kind_of_play(play, matrix->rows[row].id);

        if (kind == MATRIX_UNTRIED)
            continue;
        json_array_append_new(list, json_integer((json_int_t)row));
        json_array_append_new(list, json_integer(kind));
    }
    return list;
}

static json_t *play_json(struct data *data, const struct latest_play *play)
{
    const struct verdict *verdict = &play->verdict;
    json_t *json = json_object(), *findings = findings_json(play);

    json_object_set_new(json, "s", json_integer((json_int_t)scenario_of(data, verdict)));
    set(json, "v", verdict_word(verdict->kind));
    json_object_set_new(json, "q", says_json(data->matrix, play));
    set(json, "why", verdict->reason);
    set(json, "c", verdict->command);
    set_number(json, "n", verdict->events);
    data->cut |= matrix_history(json, findings, verdict, data->most, data->texts);
    if (json_array_size(findings))
        json_object_set(json, "f", findings);
    json_decref(findings);
    return json;
}

static json_t *plays_json(struct data *data)
{
    const struct latest *latest = data->matrix->latest;
    json_t *list = json_array();

    for (size_t i = 0; i < latest->count; i++) {
        json_t *of = json_array();

        for (size_t k = 0; k < latest->list[i].count; k++)
            json_array_append_new(of, play_json(data, &latest->list[i].list[k]));
        json_array_append_new(list, of);
    }
    return list;
}

char *matrix_data(const struct matrix *matrix, const char *version, size_t most)
{
    struct data data = {
        .matrix = matrix,
        .texts = matrix_texts_new(),
        .scenarios_json = json_array(),
        .most = most,
    };
    json_t *json = json_object();
    time_t now = time(NULL);
    char made[32], *text;
    struct tm utc;

    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    set(json, "reapcheck", version);
    set(json, "made", made);
    json_object_set_new(json, "kinds", kinds_json());
    json_object_set_new(json, "requirements", requirements_json(matrix));
    json_object_set_new(json, "implementations", implementations_json(matrix->latest));
    json_object_set_new(json, "cells", cells_json(matrix));
    json_object_set_new(json, "plays", plays_json(&data));
    json_object_set_new(json, "scenarios", data.scenarios_json);
    json_object_set_new(json, "texts", matrix_texts_end(data.texts));
    if (data.cut)
        json_object_set_new(json, "cut", json_integer((json_int_t)most));
    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_list_clear(&data.scenarios);
    return text ? text : text_format("%s", "{}");
}
