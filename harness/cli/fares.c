/* SPDX-License-Identifier: MIT */
/*
 * How implementations fare with one requirement, as far as results files tell. Most runs are of a
 * few scenarios, so no single file has it all: of each implementation and scenario the newest
 * verdict counts, whichever file it is in.
 */
#include "cli/fares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/expected.h"
#include "report/results.h"
#include "report/tally.h"
#include "report/text.h"

enum {
    FILES_MOST = 200, /* the newest that are read */
    NAMED = 5,        /* scenarios told by name */
};

static const char *state_word(enum tally_state state)
{
    switch (state) {
    case TALLY_FAILS:
        return "fails";
    case TALLY_KNOWN:
        return "fails as known";
    case TALLY_ERROR:
        return "not told";
    case TALLY_LIMIT:
        return "limit";
    case TALLY_HOLDS:
        return "holds";
    case TALLY_SKIPPED:
        return "skipped";
    case TALLY_NOT_COVERED:
        break;
    }
    return "not covered";
}

/* What the newest results say of a scenario and the requirement. */
struct fare {
    char *implementation, *scenario, *version;
    enum tally_state state; /* the worst of its repetitions */
    bool error;             /* nothing was heard of it but errors */
    int file;               /* which it is from; 0 is the newest */
};
/* In order of implementation and scenario, each pair once. */
struct fares {
    struct fare *list;
    size_t count;
};

/* Where the fare of this pair is, or would be; *there says which. */
static size_t fares_find(const struct fares *fares, const struct verdict *verdict, bool *there)
{
    size_t low = 0, high = fares->count;

    *there = false;
    while (low < high && !*there) {
        size_t middle = low + (high - low) / 2;
        const struct fare *fare = &fares->list[middle];
        int order = strcmp(verdict->implementation, fare->implementation);

        if (!order)
            order = strcmp(verdict->scenario, fare->scenario);
        if (!order)
            *there = true;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static enum tally_state state_in(const struct verdict *verdict, struct expected *expected,
                                 const char *id)
{
    enum tally_state state = TALLY_NOT_COVERED;
    struct judgement judgement;
    struct tally tally;

    expected_judge(expected, verdict, &judgement);
    tally_begin(&tally, NULL);
    tally_add(&tally, verdict, &judgement);
    for (size_t i = 0; i < tally.count; i++)
        if (!strcmp(tally.rows[i].id, id))
            state = tally_state(&tally.rows[i]);
    tally_clear(&tally);
    judgement_clear(&judgement);
    return state;
}

/* Files come newest first, so what a scenario brought is kept where an older file has it, too. */
static void fares_add(struct fares *fares, const struct verdict *verdict, struct expected *expected,
                      int file, const char *id)
{
    bool there, error = verdict->kind == VERDICT_ERROR;
    size_t place = fares_find(fares, verdict, &there);
    struct fare *fare = there ? &fares->list[place] : NULL;
    enum tally_state state;

    if (fare && fare->file != file)
        return;
    state = state_in(verdict, expected, id);
    if (!fare) {
        fares->list = text_grow(fares->list, fares->count + 1, sizeof *fares->list);
        fare = &fares->list[place];
        memmove(fare + 1, fare, (fares->count++ - place) * sizeof *fare);
        *fare = (struct fare){.implementation = text_format("%s", verdict->implementation),
                              .scenario = text_format("%s", verdict->scenario),
                              .version = text_format("%s", verdict->version),
                              .state = state,
                              .error = error,
                              .file = file};
        return;
    }
    if (*verdict->version)
        text_replace(&fare->version, text_format("%s", verdict->version));
    fare->state = state > fare->state ? state : fare->state;
    fare->error &= error;
}

static void fares_clear(struct fares *fares)
{
    for (size_t i = 0; i < fares->count; i++) {
        free(fares->list[i].implementation);
        free(fares->list[i].scenario);
        free(fares->list[i].version);
    }
    free(fares->list);
}

static void fares_read(struct fares *fares, const struct results *results, int file,
                       const char *expected_folder, const char *id)
{
    struct expected *expected = NULL;
    const char *of = NULL; /* verdicts of an implementation follow each other */

    for (size_t i = 0; i < results->count; i++) {
        const struct verdict *verdict = &results->list[i];

        if (!of || strcmp(of, verdict->implementation)) {
            char *name = text_format("%s/%s", expected_folder, verdict->implementation), why[512];

            expected_free(expected);
            expected = expected_load(name, NULL, why, sizeof why);
            free(name);
            of = verdict->implementation;
        }
        fares_add(fares, verdict, expected, file, id);
    }
    expected_free(expected);
}

/* The version that was heard last; "" where none ever was. */
static const char *newest_version(const struct fare *list, size_t count)
{
    const struct fare *newest = NULL;

    for (size_t i = 0; i < count; i++)
        if (*list[i].version && (!newest || list[i].file < newest->file))
            newest = &list[i];
    return newest ? newest->version : "";
}

/*
 * "libxl 4.17.7: fails, 1 of 3: SCENARIO" for the fares of one implementation. What an older
 * version did is of no matter; an object that never loaded is no implementation. False if there is
 * nothing to be said.
 */
static bool print_fares(const struct fare *list, size_t count)
{
    const char *version = newest_version(list, count);
    enum tally_state worst = TALLY_NOT_COVERED;
    size_t asked = 0, share = 0;
    bool loaded = *version;
    char *line;

    for (size_t i = 0; i < count; i++) {
        const struct fare *fare = &list[i];

        loaded |= !fare->error;
        if (fare->state == TALLY_NOT_COVERED || (*fare->version && strcmp(fare->version, version)))
            continue;
        asked++;
        share = fare->state == worst ? share + 1 : fare->state > worst ? 1 : share;
        worst = fare->state > worst ? fare->state : worst;
    }
    if (!asked || !loaded)
        return false;
    line = text_format("%s%s%s: %s, %zu of %zu", list->implementation, *version ? " " : "", version,
                       state_word(worst), share, asked);
    for (size_t i = 0, named = 0; worst > TALLY_HOLDS && i < count && named <= NAMED; i++)
        if (list[i].state == worst && (!*list[i].version || !strcmp(list[i].version, version))) {
            if (named < NAMED)
                text_append(&line, "%s%s", named ? ", " : ": ", list[i].scenario);
            else
                text_append(&line, " and %zu more", share - NAMED);
            named++;
        }
    fputs("  ", stdout);
    text_print_wrapped(stdout, line, 2, 6);
    free(line);
    return true;
}

bool fares_print(const char *folder, const char *expected_folder, const char *id)
{
    struct text_list files = {0};
    struct fares fares = {0};
    bool any = false;

    results_find(folder, &files);
    for (size_t i = 0; i < files.count && i < FILES_MOST; i++) {
        char why[512];
        struct results *results = results_load(files.list[i], why, sizeof why);

        if (results)
            fares_read(&fares, results, (int)i, expected_folder, id);
        else
            complain(0, "%s", why);
        results_free(results);
    }
    text_list_clear(&files);

    for (size_t from = 0, to; from < fares.count; from = to) {
        for (to = from + 1; to < fares.count; to++)
            if (strcmp(fares.list[from].implementation, fares.list[to].implementation))
                break;
        any |= print_fares(&fares.list[from], to - from);
    }
    fares_clear(&fares);
    return any;
}
