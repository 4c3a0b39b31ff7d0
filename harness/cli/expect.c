/* SPDX-License-Identifier: MIT */
/*
 * The expect command: what would have to change in a list of expected failures so that a run like
 * this one is as expected, and with --update the change itself (expect_change.c). What it cannot
 * know, the reason of a new failure, is left to be written: until somebody does, no run is green.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/expect_change.h"
#include "report/results.h"
#include "report/text.h"

enum { KEY_UPDATE = 256, KEY_PARTIAL, KEY_EXPECT, KEY_IMPL = 'i' };

static const struct argp_option table[] = {
    {"update", KEY_UPDATE, NULL, 0, "Write the list; without it, only show what would change", 0},
    {"impl", KEY_IMPL, "NAME", 0, "Of these results, those of NAME (default: all of them)", 0},
    {"expect", KEY_EXPECT, "FILE", 0,
     "The list of the one implementation (default: results/expected/NAME)", 0},
    {"partial", KEY_PARTIAL, NULL, 0,
     "Take results that do not have all scenarios: lines of others stay, and so do those of all",
     0},
    {0},
};

static const char doc[] =
    "Brings the list of known failures up to date with a results file (default: the newest of "
    "results/latest). Reasons, comments and the order of what still holds stay; what is new gets a "
    "reason that is still to be written, and what no longer fails is dropped.\v"
    "Examples:\n"
    "  reapcheck expect --impl libxl\n"
    "  reapcheck expect --update --impl mine --expect mine.known whole.jsonl\n\n"
    "Exit status:\n"
    "  0  nothing is to be changed, or it was\n"
    "  1  something is to be changed\n"
    "  2  wrong use, or a file that cannot be read or does not have all scenarios\n"
    "  3  the harness itself could not work";

struct options {
    const char *implementation, *results, *expect;
    bool update, partial;
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_UPDATE:
        options->update = true;
        return 0;
    case KEY_IMPL:
        options->implementation = argument;
        return 0;
    case KEY_EXPECT:
        options->expect = argument;
        return 0;
    case KEY_PARTIAL:
        options->partial = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num)
            argp_error(state, "it takes one results file; `reapcheck merge` makes one of several");
        options->results = argument;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* The newest results file of the folder: a new string, or NULL. */
static char *newest(const char *folder)
{
    struct text_list files = {0};
    char *file;

    results_find(folder, &files);
    file = files.count ? text_format("%s", files.list[0]) : NULL;
    text_list_clear(&files);
    return file;
}

/* Results that do not have all are taken only where this was asked for. */
static int look_at_results(const struct options *options, const struct results *results,
                           const char *file, bool *whole)
{
    char *why = about_partial(&results->about);

    if (!why && results->interrupted)
        why = text_format("the run was interrupted");
    *whole = !why;
    if (why && !options->partial) {
        complain(STATUS_USAGE,
                 "%s does not have all scenarios: %s; --partial changes only what is said of those "
                 "that it has",
                 file, why);
        free(why);
        return STATUS_USAGE;
    }
    free(why);
    return 0;
}

static int change_one(const struct options *options, const struct layout *layout,
                      const struct catalogue *catalogue, const struct results *results,
                      size_t implementation, bool whole, size_t *changes)
{
    const char *name = results->about.implementations.list[implementation];
    char *file =
        options->expect ? text_format("%s", options->expect) : layout_expected_file(layout, name);
    struct expect_change change = {.file = file,
                                   .results = results,
                                   .implementation = implementation,
                                   .whole = whole,
                                   .catalogue = catalogue};
    char error[512];
    int status = 0;

    if (expect_change_find(&change, error, sizeof error))
        status = complain(STATUS_USAGE, "%s", error);
    else {
        expect_change_print(&change, stdout);
        *changes += change.count;
        if (options->update && change.count && expect_change_write(&change, error, sizeof error))
            status = complain(STATUS_BROKEN, "%s", error);
    }
    expect_change_clear(&change);
    free(file);
    return status;
}

static int change_all(const struct options *options, const struct layout *layout, const char *file)
{
    struct catalogue *catalogue = layout_catalogue(layout);
    const struct text_list *names;
    char error[512];
    struct results *results = NULL;
    size_t found = 0, changes = 0;
    bool whole;
    int status = STATUS_BROKEN;

    if (!catalogue)
        goto out;
    status = STATUS_USAGE;
    results = results_load(file, error, sizeof error);
    if (!results) {
        complain(0, "%s", error);
        goto out;
    }
    if (look_at_results(options, results, file, &whole))
        goto out;
    names = &results->about.implementations;
    if (options->expect && names->count != 1 && !options->implementation) {
        complain(0, "--expect speaks of one implementation: give --impl with it");
        goto out;
    }
    status = 0;
    for (size_t i = 0; !status && i < names->count; i++)
        if (!options->implementation || !strcmp(options->implementation, names->list[i])) {
            found++;
            status = change_one(options, layout, catalogue, results, i, whole, &changes);
        }
    if (!status && !found)
        status =
            complain(STATUS_USAGE, "%s has no results of \"%s\"", file, options->implementation);
    if (!status && changes && !options->update)
        status = STATUS_UNEXPECTED;

out:
    results_free(results);
    catalogue_free(catalogue);
    return status;
}

int command_expect(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "[RESULTS]", doc, NULL, NULL, NULL};
    struct options options = {0};
    struct layout layout;
    char *file;
    int status;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    file = options.results ? text_format("%s", options.results) : newest(layout.results);
    status =
        file ? change_all(&options, &layout, file)
             : complain(STATUS_USAGE, "there is no results file in %s; name one", layout.results);
    free(file);
    layout_clear(&layout);
    return finish(status);
}
