/* SPDX-License-Identifier: MIT */
/*
 * The header of a results file. A member that is not there is as it is where nobody asked for
 * anything, so that files of an older reapcheck are read. The fingerprint is what makes shards of
 * different runs differ that were started by the same command: a scenario was changed in between.
 */
#include "report/about.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "report/member.h"
#include "report/verdict.h"

enum { NUMBER_MOST = 1 << 30 };

uint64_t about_hash(uint64_t hash, const char *text)
{
    for (hash = hash ? hash : 14695981039346656037u; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

char *about_time(void)
{
    time_t now = time(NULL);
    char stamp[32];
    struct tm utc;

    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return text_format("%s", stamp);
}

/* -- writing -- */

char *about_to_text(const struct about *about)
{
    json_t *json = json_object();
    char *text = NULL;

    if (member_set_number(json, "format", RESULT_FORMAT_VERSION) &&
        member_set_text(json, "reapcheck", about->reapcheck) &&
        member_set_text(json, "started", about->started) &&
        member_set_text(json, "command", about->command) &&
        member_set_texts(json, "implementations", about->implementations.list,
                         about->implementations.count) &&
        (!about->selected.count ||
         member_set_texts(json, "selected", about->selected.list, about->selected.count)) &&
        member_set_text(json, "filter", about->filter) &&
        (about->shards < 2 || (member_set_number(json, "shard", about->shard) &&
                               member_set_number(json, "shards", about->shards))) &&
        (about->repeat < 2 || member_set_number(json, "repeat", about->repeat)) &&
        (!about->until_fail || !json_object_set_new(json, "until_fail", json_true())) &&
        (!about->no_probe || !json_object_set_new(json, "no_probe", json_true())) &&
        member_set_number(json, "scenarios", (json_int_t)about->scenarios) &&
        member_set_text(json, "fingerprint", about->fingerprint))
        text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

/* -- reading -- */

static int number(struct member_reader *reader, const json_t *json, const char *name, int least)
{
    return (int)member_number(reader, json, name, least, NUMBER_MOST);
}

int about_from_json(const json_t *json, struct about *about, char *error, size_t error_size)
{
    struct member_reader reader = {.error = error, .error_size = error_size};

    *about = (struct about){
        .reapcheck = member_text(&reader, json, "reapcheck"),
        .started = member_text(&reader, json, "started"),
        .command = member_text(&reader, json, "command"),
        .filter = member_text(&reader, json, "filter"),
        .shard = number(&reader, json, "shard", 1),
        .shards = number(&reader, json, "shards", 1),
        .repeat = number(&reader, json, "repeat", 1),
        .until_fail = json_is_true(json_object_get(json, "until_fail")),
        .no_probe = json_is_true(json_object_get(json, "no_probe")),
        .scenarios = (size_t)number(&reader, json, "scenarios", 0),
        .fingerprint = member_text(&reader, json, "fingerprint"),
    };
    member_texts(&reader, json, "implementations", &about->implementations);
    member_texts(&reader, json, "selected", &about->selected);
    if (!about->implementations.count)
        member_fault(&reader, "it names no implementation");
    if (about->shard > about->shards)
        member_fault(&reader, "it says that it is shard %d of %d", about->shard, about->shards);
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
