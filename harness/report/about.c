/* SPDX-License-Identifier: MIT */
/*
 * The header of a results file. A member that is not there is as it is where nobody asked for
 * anything, so that files of an older reapcheck are read. The fingerprint is what makes shards of
 * different runs differ that were started by the same command: a scenario was changed in between.
 */
#include "report/about.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/verdict.h"

enum { NUMBER_MOST = 1 << 30 };

uint64_t about_hash(uint64_t hash, const char *text)
{
    for (hash = hash ? hash : 14695981039346656037u; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* -- writing -- */

static json_t *valid(const char *text)
{
    char *copy = text_valid(text);
    json_t *json = json_string(copy);

    free(copy);
    return json;
}

static json_t *texts(const struct text_list *list)
{
    json_t *json = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(json, valid(list->list[i]));
    return json;
}

static void set(json_t *json, const char *name, const char *text)
{
    if (text)
        json_object_set_new(json, name, valid(text));
}

char *about_to_text(const struct about *about)
{
    json_t *json = json_object();
    char *text;

    json_object_set_new(json, "format", json_integer(RESULT_FORMAT_VERSION));
    set(json, "reapcheck", about->reapcheck);
    set(json, "started", about->started);
    set(json, "command", about->command);
    json_object_set_new(json, "implementations", texts(&about->implementations));
    if (about->selected.count)
        json_object_set_new(json, "selected", texts(&about->selected));
    set(json, "filter", about->filter);
    if (about->shards > 1) {
        json_object_set_new(json, "shard", json_integer(about->shard));
        json_object_set_new(json, "shards", json_integer(about->shards));
    }
    if (about->repeat > 1)
        json_object_set_new(json, "repeat", json_integer(about->repeat));
    if (about->until_fail)
        json_object_set_new(json, "until_fail", json_true());
    if (about->no_probe)
        json_object_set_new(json, "no_probe", json_true());
    json_object_set_new(json, "scenarios", json_integer((json_int_t)about->scenarios));
    set(json, "fingerprint", about->fingerprint);
    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

/* -- reading -- */

struct reader {
    const json_t *json;
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

static char *get_text(struct reader *reader, const char *name)
{
    const json_t *member = json_object_get(reader->json, name);

    if (!member)
        return NULL;
    if (!json_is_string(member)) {
        fault(reader, "\"%s\" is no text", name);
        return NULL;
    }
    return text_format("%s", json_string_value(member));
}

static void get_texts(struct reader *reader, const char *name, struct text_list *list)
{
    const json_t *member = json_object_get(reader->json, name), *element;
    size_t i;

    if (member && !json_is_array(member))
        fault(reader, "\"%s\" is no list", name);
    json_array_foreach(member, i, element)
    {
        if (json_is_string(element))
            text_list_add(list, json_string_value(element));
        else
            fault(reader, "\"%s\" holds something that is no text", name);
    }
}

static int get_number(struct reader *reader, const char *name, int least)
{
    const json_t *member = json_object_get(reader->json, name);

    if (!member)
        return least;
    if (!json_is_integer(member) || json_integer_value(member) < least ||
        json_integer_value(member) > NUMBER_MOST) {
        fault(reader, "\"%s\" is no whole number from %d to %d", name, least, NUMBER_MOST);
        return least;
    }
    return (int)json_integer_value(member);
}

int about_from_json(const json_t *json, struct about *about, char *error, size_t error_size)
{
    struct reader reader = {.json = json, .error = error, .error_size = error_size};

    *about = (struct about){
        .reapcheck = get_text(&reader, "reapcheck"),
        .started = get_text(&reader, "started"),
        .command = get_text(&reader, "command"),
        .filter = get_text(&reader, "filter"),
        .shard = get_number(&reader, "shard", 1),
        .shards = get_number(&reader, "shards", 1),
        .repeat = get_number(&reader, "repeat", 1),
        .until_fail = json_is_true(json_object_get(json, "until_fail")),
        .no_probe = json_is_true(json_object_get(json, "no_probe")),
        .scenarios = (size_t)get_number(&reader, "scenarios", 0),
        .fingerprint = get_text(&reader, "fingerprint"),
    };
    get_texts(&reader, "implementations", &about->implementations);
    get_texts(&reader, "selected", &about->selected);
    if (!about->implementations.count)
        fault(&reader, "it names no implementation");
    if (about->shard > about->shards)
        fault(&reader, "it says that it is shard %d of %d", about->shard, about->shards);
    if (!reader.failed)
        return 0;
    about_clear(about);
    return -1;
}

void about_clear(struct about *about)
{
    free(about->reapcheck);
    free(about->started);
    free(about->command);
    free(about->filter);
    free(about->fingerprint);
    text_list_clear(&about->implementations);
    text_list_clear(&about->selected);
    *about = (struct about){0};
}

/* -- what it means -- */

char *about_partial(const struct about *about)
{
    if (about->shards > 1)
        return text_format("it is shard %d of %d", about->shard, about->shards);
    if (about->selected.count)
        return text_format("it is of some scenarios only, such as %s", about->selected.list[0]);
    if (about->filter)
        return text_format("it is of the scenarios that match %s", about->filter);
    return NULL;
}

static bool same_texts(const struct text_list *one, const struct text_list *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++)
        if (strcmp(one->list[i], other->list[i]))
            return false;
    return true;
}

static bool same(const char *one, const char *other)
{
    return one && other ? !strcmp(one, other) : one == other;
}

char *about_differs(const struct about *one, const struct about *other)
{
    if (!same(one->reapcheck, other->reapcheck))
        return text_format("one was made by reapcheck %s, the other by %s",
                           one->reapcheck ? one->reapcheck : "?",
                           other->reapcheck ? other->reapcheck : "?");
    if (one->shards != other->shards)
        return text_format("one is a part of %d, the other of %d", one->shards, other->shards);
    if (!same_texts(&one->implementations, &other->implementations))
        return text_format("other implementations were played, or in another order");
    if (!same_texts(&one->selected, &other->selected) || !same(one->filter, other->filter))
        return text_format("other scenarios were asked for");
    if (one->repeat != other->repeat || one->until_fail != other->until_fail)
        return text_format("they were repeated differently");
    if (one->no_probe != other->no_probe)
        return text_format("one was made with --no-probe");
    if (one->scenarios != other->scenarios)
        return text_format("one is of a run of %zu scenarios, the other of %zu", one->scenarios,
                           other->scenarios);
    if (!same(one->fingerprint, other->fingerprint))
        return text_format("scenarios were changed between them (their fingerprints differ)");
    return NULL;
}
