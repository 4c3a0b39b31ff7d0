/* SPDX-License-Identifier: MIT */
/*
 * Files come newest first, so what is there already is newer than what comes. Where a run was of
 * all scenarios, those that an older one has and it has not are gone or have another name, and a
 * verdict on them is none on what is there now.
 */
#include "report/latest.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_MOST = 200 }; /* the newest that are read of a folder */

static const char MUTANT[] = "mutant-";

static const char *name_of(const struct verdict *verdict)
{
    return verdict->played_as ? verdict->played_as : verdict->implementation;
}

static struct latest_implementation *implementation_of(struct latest *latest, const char *name)
{
    struct latest_implementation *new;
    size_t place = 0;
    char *file, why[512];

    while (place < latest->count && strcmp(latest->list[place].name, name) < 0)
        place++;
    if (place < latest->count && !strcmp(latest->list[place].name, name))
        return &latest->list[place];
    latest->list = text_grow(latest->list, latest->count + 1, sizeof *latest->list);
    new = &latest->list[place];
    memmove(new + 1, new, (latest->count++ - place) * sizeof *new);
    file = text_format("%s/%s", latest->expected_folder ? latest->expected_folder : "", name);
    *new = (struct latest_implementation){
        .name = text_format("%s", name),
        .version = text_format("%s", ""),
        .expected = latest->expected_folder ? expected_load(file, NULL, why, sizeof why) : NULL,
    };
    free(file);
    return new;
}

/* The first play whose scenario does not stand before this one. */
static size_t place_of(const struct latest_implementation *implementation, const char *scenario)
{
    size_t low = 0, high = implementation->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(implementation->list[middle].verdict.scenario, scenario) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Takes the verdict over, or leaves it where a newer one is there. */
static void take(struct latest_implementation *implementation, struct verdict *verdict, int age)
{
    size_t place = place_of(implementation, verdict->scenario), from = place;
    struct latest_play *new;

    for (; place < implementation->count &&
           !strcmp(implementation->list[place].verdict.scenario, verdict->scenario);
         place++)
        if (implementation->list[place].age != age)
            return;
    if (place == from && implementation->whole)
        return;
    implementation->list =
        text_grow(implementation->list, implementation->count + 1, sizeof *implementation->list);
    new = &implementation->list[place];
    memmove(new + 1, new, (implementation->count++ - place) * sizeof *new);
    *new = (struct latest_play){.verdict = *verdict, .age = age};
    *verdict = (struct verdict){0};
    expected_judge(implementation->expected, &new->verdict, &new->judgement);
    if (*new->verdict.version &&
        (!*implementation->version || implementation->version_age == age)) {
        text_replace(&implementation->version, text_format("%s", new->verdict.version));
        implementation->version_age = age;
    }
}

/* It has a verdict on every scenario that there was. */
static bool is_whole(const struct results *results)
{
    char *partial = about_partial(&results->about);
    bool whole = !partial && !results->interrupted && !results->about.no_probe;

    free(partial);
    return whole;
}

void latest_add(struct latest *latest, struct results *results, bool mutants)
{
    struct latest_implementation *implementation = NULL;
    bool whole = is_whole(results), *played;
    int age = latest->files++;

    for (size_t i = 0; i < results->count; i++) {
        struct verdict *verdict = &results->list[i];

        if (!mutants && !strncmp(name_of(verdict), MUTANT, sizeof MUTANT - 1))
            continue;
        /* those of an implementation follow each other */
        if (!implementation || strcmp(implementation->name, name_of(verdict)))
            implementation = implementation_of(latest, name_of(verdict));
        if (!implementation->started && results->about.started)
            implementation->started = text_format("%s", results->about.started);
        take(implementation, verdict, age);
    }
    played = text_memory(latest->count, sizeof *played);
    for (size_t i = 0; i < latest->count; i++)
        for (size_t k = 0; k < latest->list[i].count && !played[i]; k++)
            played[i] = latest->list[i].list[k].age == age;
    for (size_t i = 0; i < latest->count; i++)
        latest->list[i].whole |= whole && played[i];
    free(played);
}

size_t latest_add_folder(struct latest *latest, const char *folder, bool mutants,
                         struct text_list *faults)
{
    struct text_list files = {0};
    size_t count;

    results_find(folder, &files);
    count = files.count;
    for (size_t i = 0; i < count && i < FILES_MOST; i++) {
        char why[512];
        struct results *results = results_load(files.list[i], why, sizeof why);

        if (results)
            latest_add(latest, results, mutants);
        else
            text_list_add(faults, why);
        results_free(results);
    }
    text_list_clear(&files);
    return count;
}

static void play_clear(struct latest_play *play)
{
    verdict_clear(&play->verdict);
    judgement_clear(&play->judgement);
}

static void implementation_clear(struct latest_implementation *implementation)
{
    for (size_t i = 0; i < implementation->count; i++)
        play_clear(&implementation->list[i]);
    free(implementation->list);
    free(implementation->name);
    free(implementation->version);
    free(implementation->started);
    expected_free(implementation->expected);
}

void latest_settle(struct latest *latest)
{
    size_t left = 0;

    for (size_t i = 0; i < latest->count; i++) {
        struct latest_implementation *implementation = &latest->list[i];
        size_t kept = 0;

        for (size_t k = 0; k < implementation->count; k++) {
            struct latest_play *play = &implementation->list[k];

            if (*play->verdict.version && strcmp(play->verdict.version, implementation->version))
                play_clear(play);
            else
                implementation->list[kept++] = *play;
        }
        implementation->count = kept;
        if (kept)
            latest->list[left++] = *implementation;
        else
            implementation_clear(implementation);
    }
    latest->count = left;
}

void latest_clear(struct latest *latest)
{
    for (size_t i = 0; i < latest->count; i++)
        implementation_clear(&latest->list[i]);
    free(latest->list);
    *latest = (struct latest){0};
}
