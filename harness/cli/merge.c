/* SPDX-License-Identifier: MIT */
/*
 * The merge command: results files of the shards of one run become one that is like that of the
 * whole run, and are reported and judged as the whole run would be. A scenario that stands in
 * several files was played several times, and is judged as if by --repeat: a pass beside a failure
 * is no pass. With a single file it reports that again, in any format.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/cli.h"
#include "cli/tell.h"
#include "report/text.h"

enum { KEY_EXPECT = 256, KEY_COLOUR };

static const struct argp_option table[] = {
    {"output", 'o', "FILE", 0, "Write the merged results there", 0},
    {"format", 'f', "FORMAT[=FILE]", 0,
     "pretty, tap, junit, github, markdown or jsonl (default: pretty); with FILE a further report, "
     "any number of times",
     0},
    {"expect", KEY_EXPECT, "FILE", 0,
     "The failures known of the one implementation (default: results/expected/NAME, where it is "
     "there)",
     0},
    {"verbose", 'v', NULL, 0, "Tell of passes and skips one by one, too", 0},
    {"color", KEY_COLOUR, "WHEN", 0, "auto, always or never (default: auto)", 0},
    {"colour", KEY_COLOUR, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0},
    {0},
};

static const char doc[] =
    "Merges the results files of the shards of one run, and reports them as the run of all would "
    "be.\v"
    "Examples:\n"
    "  reapcheck merge --output whole.jsonl shards/*.jsonl\n"
    "  reapcheck merge --format junit=mine.xml results/latest/*.jsonl\n\n"
    "Exit status:\n"
    "  0  all as expected\n"
    "  1  something was not\n"
    "  2  wrong use, a file that cannot be read, or files of different runs\n"
    "  3  verdicts are missing, or the harness itself could not work";

struct merge {
    char **files;
    struct results **results; /* one for each file */
    size_t count;
    const char *output, *expect;
    bool verbose;
    struct outputs outputs;
    struct layout layout;
    struct catalogue *catalogue;
    struct teller teller;
    /* All verdicts: in order of implementation and scenario, and then as the files are given. */
    struct play {
        const struct verdict *verdict;
        size_t implementation, place;
    } * plays;
    size_t plays_count;
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct merge *merge = state->input;
    const char *why;

    switch (key) {
    case 'o':
        merge->output = argument;
        return 0;
    case 'f':
        if ((why = outputs_add(&merge->outputs, argument)))
            argp_error(state, "%s", why);
        return 0;
    case KEY_EXPECT:
        merge->expect = argument;
        return 0;
    case 'v':
        merge->verbose = true;
        return 0;
    case KEY_COLOUR:
        if (!outputs_colour(&merge->outputs, argument))
            argp_error(state, "--color takes auto, always or never, not \"%s\"", argument);
        return 0;
    case ARGP_KEY_ARG:
        merge->files = text_grow(merge->files, merge->count + 1, sizeof *merge->files);
        merge->files[merge->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (!merge->count)
            argp_error(state, "it takes the results files of a run");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* -- may they be merged? -- */

/* An implementation that was another in another file; NULL if there is none. Versions that were
 * never heard say nothing. */
static int compare_versions(const struct merge *merge)
{
    const struct about *about = &merge->results[0]->about;

    for (size_t k = 0; k < about->implementations.count; k++) {
        const char *version = NULL, *file = NULL;

        for (size_t i = 0; i < merge->count; i++)
            for (size_t j = 0; j < merge->results[i]->count; j++) {
                const char *this = merge->results[i]->list[j].version;

                if (!*this || results_implementation(merge->results[i], j) != k)
                    continue;
                if (version && strcmp(version, this))
                    return complain(STATUS_USAGE, "%s: %s is version %s here, and %s in %s",
                                    merge->files[i], about->implementations.list[k], this, version,
                                    file);
                version = this;
                file = merge->files[i];
            }
    }
    return 0;
}

/* An input that is written to would be lost where the merged file turns out to be wrong. */
static int look_at_output(const struct merge *merge)
{
    struct stat output, input;

    if (!merge->output || stat(merge->output, &output))
        return 0;
    for (size_t i = 0; i < merge->count; i++)
        if (!stat(merge->files[i], &input) && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino)
            return complain(STATUS_USAGE, "--output %s is one of the files to be merged",
                            merge->output);
    return 0;
}

static int load(struct merge *merge)
{
    char error[512];

    merge->results = text_memory(merge->count, sizeof *merge->results);
    for (size_t i = 0; i < merge->count; i++) {
        char *why;

        merge->results[i] = results_load(merge->files[i], error, sizeof error);
        if (!merge->results[i])
            return complain(STATUS_USAGE, "%s", error);
        why = about_differs(&merge->results[0]->about, &merge->results[i]->about);
        if (why) {
            complain(STATUS_USAGE, "%s:1: this is of another run than %s: %s", merge->files[i],
                     merge->files[0], why);
            free(why);
            return STATUS_USAGE;
        }
        if (merge->results[i]->interrupted)
            complain(0, "%s: this run was interrupted, and has not all of its verdicts",
                     merge->files[i]);
    }
    return compare_versions(merge);
}

/* Says which shards are missing, and which stand there twice. */
static void look_for_shards(const struct merge *merge)
{
    int shards = merge->results[0]->about.shards;
    const char **files = text_memory(shards + 1, sizeof *files);

    for (size_t i = 0; i < merge->count; i++) {
        int shard = merge->results[i]->about.shard;

        if (files[shard])
            complain(0, "%s: the same part of the run is in %s, too: all plays count",
                     merge->files[i], files[shard]);
        files[shard] = merge->files[i];
    }
    for (int i = 1; i <= shards; i++)
        if (!files[i])
            complain(0, "shard %d of %d is missing", i, shards);
    free(files);
}

/* -- merging -- */

static int compare_plays(const void *a, const void *b)
{
    const struct play *first = a, *second = b;
    int order;

    if (first->implementation != second->implementation)
        return first->implementation < second->implementation ? -1 : 1;
    order = strcmp(first->verdict->scenario, second->verdict->scenario);
    return order ? order : first->place < second->place ? -1 : first->place > second->place;
}

static void collect(struct merge *merge)
{
    size_t count = 0;

    for (size_t i = 0; i < merge->count; i++)
        count += merge->results[i]->count;
    merge->plays = text_memory(count, sizeof *merge->plays);
    for (size_t i = 0; i < merge->count; i++)
        for (size_t j = 0; j < merge->results[i]->count; j++) {
            size_t place = merge->plays_count++;

            merge->plays[place] =
                (struct play){.verdict = &merge->results[i]->list[j],
                              .implementation = results_implementation(merge->results[i], j),
                              .place = place};
        }
    qsort(merge->plays, count, sizeof *merge->plays, compare_plays);
}

static size_t end_of_scenario(const struct merge *merge, size_t from)
{
    size_t to = from + 1;

    while (to < merge->plays_count &&
           merge->plays[to].implementation == merge->plays[from].implementation &&
           !strcmp(merge->plays[to].verdict->scenario, merge->plays[from].verdict->scenario))
        to++;
    return to;
}

/* Verdicts that the whole run has and no file. */
static size_t missing(const struct merge *merge)
{
    const struct about *about = &merge->results[0]->about;
    size_t there = 0, wanted = about->scenarios * about->implementations.count;

    for (size_t i = 0; i < merge->plays_count; i = end_of_scenario(merge, i))
        there++;
    return there < wanted ? (wanted - there) * (about->until_fail ? 1 : about->repeat) : 0;
}

static void tell_all(struct merge *merge)
{
    for (size_t from = 0, to; from < merge->plays_count; from = to) {
        size_t implementation = merge->plays[from].implementation;
        struct verdict *plays;

        to = end_of_scenario(merge, from);
        plays = text_memory(to - from, sizeof *plays);
        for (size_t i = from; i < to; i++)
            verdict_copy(&plays[i - from], merge->plays[i].verdict);
        tell_plays(&merge->teller, implementation, plays, to - from);
        for (size_t i = from; i < to; i++)
            verdict_clear(&plays[i - from]);
        free(plays);
        if (to == merge->plays_count || merge->plays[to].implementation != implementation)
            tell_end(&merge->teller, implementation);
    }
}

/* The first line of the merged file: a whole run's. */
static char *make_header(const struct merge *merge)
{
    struct about about = merge->results[0]->about;

    about.shard = about.shards = 1;
    for (size_t i = 1; i < merge->count; i++) { /* the first one began it */
        char *started = merge->results[i]->about.started;

        if (started && about.started && strcmp(started, about.started) < 0)
            about.started = started;
    }
    return about_to_text(&about);
}

static int write_all(struct merge *merge)
{
    const struct about *about = &merge->results[0]->about;
    size_t lacking = missing(merge);
    struct report_run run = {
        .total = merge->plays_count + lacking,
        .catalogue = merge->catalogue,
        .complete = !lacking && !about->selected.count && !about->filter,
        .verbose = merge->verbose,
    };
    char *header = make_header(merge), error[512];
    int status = 0;

    run.header = header;
    merge->teller.outputs = &merge->outputs;
    merge->teller.whole = run.complete && !about->no_probe;
    if (merge->output) {
        merge->teller.results = results_create_file(merge->output, &run, error, sizeof error);
        if (!merge->teller.results)
            status = complain(STATUS_BROKEN, "%s", error);
    }
    if (!status && (status = outputs_begin(&merge->outputs, &run)) && merge->teller.results)
        results_discard(merge->teller.results);
    if (status)
        goto out;
    tell_all(merge);
    status = outputs_end(&merge->outputs);
    if (merge->teller.results && results_commit(merge->teller.results, NULL, error, sizeof error))
        status = complain(STATUS_BROKEN, "%s", error);
    if (lacking)
        status = complain(STATUS_BROKEN, "%zu of %zu verdicts are missing", lacking, run.total);
    if (!status)
        status = tell_status(&merge->teller);

out:
    free(header);
    return status;
}

int command_merge(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "RESULTS...", doc, NULL, NULL, NULL};
    struct merge merge = {0};
    int status;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &merge);
    outputs_complete(&merge.outputs);
    layout_find(&merge.layout);
    merge.catalogue = layout_catalogue(&merge.layout);
    status = merge.catalogue ? load(&merge) : STATUS_BROKEN;
    if (!status)
        status = look_at_output(&merge);
    if (!status && merge.expect && merge.results[0]->about.implementations.count != 1)
        status = complain(STATUS_USAGE, "--expect speaks of one implementation, and %s has %zu",
                          merge.files[0], merge.results[0]->about.implementations.count);
    if (!status)
        status = tell_begin(&merge.teller, &merge.layout, merge.catalogue, merge.expect,
                            merge.results[0]->about.implementations.list,
                            merge.results[0]->about.implementations.count);
    if (!status) {
        look_for_shards(&merge);
        collect(&merge);
        status = write_all(&merge);
    }

    for (size_t i = 0; merge.results && i < merge.count; i++)
        results_free(merge.results[i]);
    free(merge.results);
    free(merge.files);
    free(merge.plays);
    tell_clear(&merge.teller);
    outputs_clear(&merge.outputs);
    catalogue_free(merge.catalogue);
    layout_clear(&merge.layout);
    return status;
}
