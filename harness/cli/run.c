/* SPDX-License-Identifier: MIT */
/*
 * The run command: every implementation is played through every scenario, each in a job of its
 * own (run_jobs.c), a report is made of the verdicts, and a results file is left behind. A run is
 * green only if every verdict came, was as expected, and is on the disk.
 */
#include "cli/run.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/bazel.h"
#include "cli/platform.h"
#include "report/text.h"

/* -- what there is to do -- */

static uint64_t next_random(uint64_t *state) /* xorshift* */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

static void make_jobs(struct run *run)
{
    const struct run_options *options = &run->options;
    uint64_t state = options->seed * 2 + 1;
    int plays = options->until_fail ? 1 : options->repeat; /* until it fails: in rounds */

    run->jobs =
        text_memory(run->implementations.count * run->scripts.count * plays, sizeof *run->jobs);
    for (size_t i = 0; i < run->implementations.count; i++)
        for (size_t j = 0; j < run->scripts.count; j++) {
            if (!platform_suits(&run->implementations.list[i], run->scripts.list[j]))
                continue;
            if (about_hash(0, run->scripts.list[j]->name) % options->shards !=
                (uint64_t)options->shard - 1)
                continue;
            for (int k = 0; k < plays; k++)
                run->jobs[run->jobs_count++] = (struct job){.implementation = i, .script = j};
        }
    run->order = text_memory(run->jobs_count, sizeof *run->order);
    for (size_t i = 0; i < run->jobs_count; i++)
        run->order[i] = i;
    for (size_t i = run->jobs_count; options->shuffled && i > 1; i--) {
        size_t other = next_random(&state) % i, kept = run->order[i - 1];

        run->order[i - 1] = run->order[other];
        run->order[other] = kept;
    }
}

static bool has_scripts(const struct run *run, const struct implementation *implementation)
{
    for (size_t i = 0; i < run->scripts.count; i++)
        if (platform_suits(implementation, run->scripts.list[i]))
            return true;
    return false;
}

/* Of those that nobody named, only what there is something to play for. */
static int leave_out_idle(struct run *run)
{
    struct implementations *all = &run->implementations;
    size_t kept = 0;

    if (!run->scripts.count)
        return 0;
    for (size_t i = 0; i < all->count; i++) {
        struct implementation one = all->list[i];

        if (has_scripts(run, &one)) {
            all->list[i] = all->list[kept];
            all->list[kept++] = one;
        } else if (run->options.implementations.count) {
            return platform_is(&one)
                       ? complain(STATUS_USAGE, "the platform is played through the scenarios of "
                                                "the folder platform only")
                       : complain(STATUS_USAGE,
                                  "scenarios of the platform are about the kernel alone, not about "
                                  "%s; leave --impl away",
                                  one.name);
        }
    }
    while (all->count > kept)
        implementations_drop_last(all);
    return all->count
               ? 0
               : complain(STATUS_BROKEN, "what there is to play is for the host \"platform\", "
                                         "which is not built; build it with `make`");
}

/* With nothing but the platform to play, what is wrong with it is a verdict like any other. */
static int look_at_ground(const struct run *run)
{
    const struct ground ground = {
        .layout = &run->layout,
        .catalogue = run->catalogue,
        .program = run->program,
        .jobs = run->options.jobs,
        .slow = run->options.slow > 1 ? run->options.slow : 1, /* no library waits here */
        .no_namespaces = run->options.no_namespaces,
    };

    for (size_t i = 0; i < run->implementations.count; i++)
        if (!platform_is(&run->implementations.list[i]))
            return ground_look(&ground);
    return 0;
}

/* True for a scenario that the pattern names: by itself, as one of its rows, by its theme, or with
 * wildcards. */
static bool matches(const char *name, const char *pattern)
{
    size_t length = strlen(pattern);

    return !strcmp(name, pattern) ||
           (!strncmp(name, pattern, length) && (name[length] == '/' || name[length] == '@')) ||
           !fnmatch(pattern, name, 0);
}

/* Scripts for pairs are for pairs, and for nobody else. So that a run has the same scripts for all
 * its implementations, it is one of pairs or of such as stand alone. */
static int sort_scripts(struct run *run)
{
    const struct implementation *list = run->implementations.list;
    bool pairs = list[0].pair;

    for (size_t i = 1; i < run->implementations.count; i++)
        if (list[i].pair != pairs)
            return complain(STATUS_USAGE,
                            "%s is a pair and %s is none: pairs are played in a run of their own",
                            list[pairs ? 0 : i].name, list[pairs ? i : 0].name);
    if (run->scripts.count && !scripts_keep(&run->scripts, pairs))
        return complain(STATUS_USAGE,
                        pairs ? "what is to be played is for one implementation "
                                "alone, and not for a pair such as %s"
                              : "what is to be played is for pairs, such as "
                                "--impl %s+reference",
                        list[0].name);
    return 0;
}

static int filter_scripts(struct run *run)
{
    const char *filter = run->options.filter;
    size_t kept = 0;

    if (!filter)
        return 0;
    for (size_t i = 0; i < run->scripts.count; i++)
        if (matches(run->scripts.list[i]->name, filter))
            run->scripts.list[kept++] = run->scripts.list[i];
        else
            script_free(run->scripts.list[i]);
    run->scripts.count = kept;
    return kept ? 0
                : complain(STATUS_USAGE, "no scenario matches \"%s\" (`reapcheck list` lists them)",
                           filter);
}

static bool has_scenario(const struct run *run, const char *scenario)
{
    for (size_t i = 0; i < run->scripts.count; i++) {
        char *name = text_valid(run->scripts.list[i]->name);
        bool same = !strcmp(name, scenario);

        free(name);
        if (same)
            return true;
    }
    return false;
}

/* A scenario that was renamed leaves its line behind, and would then be known to fail under a name
 * that nobody plays. */
static int look_for_stale_lines(const struct run *run)
{
    int status = 0;

    for (size_t i = 0; !run->options.paths.count && i < run->teller.implementations; i++) {
        const struct expected *expected = run->teller.expected[i];

        for (size_t j = 0; expected && j < expected->count; j++) {
            const struct expected_line *line = &expected->list[j];

            if (line->general || has_scenario(run, line->scenario))
                continue;
            fprintf(stderr, "%s:%d: there is no scenario %s\n", expected->file, line->line,
                    line->scenario);
            status = STATUS_USAGE;
        }
    }
    return status;
}

static int load_expected(struct run *run)
{
    struct text_list names = {0};
    int status;

    for (size_t i = 0; i < run->implementations.count; i++)
        text_list_add(&names, run->implementations.list[i].name);
    status = tell_begin(&run->teller, &run->layout, run->catalogue, run->options.expect, names.list,
                        names.count);
    text_list_clear(&names);
    return status ? status : look_for_stale_lines(run);
}

/* -- what the results file says of it -- */

/* Of the names and texts of all scripts, before a shard is taken of them. */
static char *fingerprint(const struct run *run)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < run->scripts.count; i++) {
        FILE *in = fopen(run->scripts.list[i]->path, "re");
        char *line = NULL;
        size_t size = 0;

        hash = about_hash(hash, run->scripts.list[i]->name);
        while (in && getline(&line, &size, in) >= 0)
            hash = about_hash(hash, line);
        free(line);
        if (in)
            fclose(in);
    }
    return text_format("%016" PRIx64, hash);
}

static char *make_header(const struct run *run, int argc, char **argv)
{
    const struct run_options *options = &run->options;
    struct about about = {
        .reapcheck = text_format(REAPCHECK_VERSION),
        .started = about_time(),
        .command = text_shell_word(run->program),
        .filter = options->filter ? text_format("%s", options->filter) : NULL,
        .shard = options->shard,
        .shards = options->shards,
        .repeat = options->repeat,
        .until_fail = options->until_fail,
        .no_probe = options->no_probe,
        .scenarios = run->scripts.count,
        .fingerprint = fingerprint(run),
    };
    char *text;

    for (int i = 0; i < argc; i++) {
        char *word = i ? text_shell_word(argv[i]) : text_format("run");

        text_append(&about.command, " %s", word);
        free(word);
    }
    for (size_t i = 0; i < run->implementations.count; i++)
        text_list_add(&about.implementations, run->implementations.list[i].name);
    for (size_t i = 0; i < options->paths.count; i++)
        text_list_add(&about.selected, options->paths.list[i]);
    text = about_to_text(&about);
    about_clear(&about);
    return text;
}

/* -- the run -- */

/* Ends the reports and the results file. All must be whole, else the run is worth nothing. */
static int end_report(struct run *run)
{
    char error[512], *name = NULL;
    int status = outputs_end(&run->options.outputs);

    if (results_commit(run->teller.results, &name, error, sizeof error))
        status = complain(STATUS_BROKEN, "%s", error);
    else if (run->options.verbose)
        fprintf(stderr, "The results are in %s\n", name);
    free(name);
    return status;
}

static int open_results(struct run *run, const struct report_run *about)
{
    char *asked = run->options.results ? text_format("%s", run->options.results) : bazel_results();
    char error[512];

    run->teller.results =
        results_create(asked ? asked : run->layout.results, about, error, sizeof error);
    free(asked);
    return run->teller.results
               ? 0
               : complain(STATUS_BROKEN, "%s; --results FOLDER puts them elsewhere", error);
}

static int conduct(struct run *run, int argc, char **argv)
{
    struct report_run about = {0};
    char *header = NULL, *not_built = NULL;
    int status, ended, rc;

    run->catalogue = layout_catalogue(&run->layout);
    if (!run->catalogue)
        return STATUS_BROKEN;
    if ((status = scripts_load(&run->scripts, &run->layout, run->catalogue, run->options.paths.list,
                               run->options.paths.count)) ||
        (status = implementations_find(&run->implementations, &run->layout,
                                       &run->options.implementations)) ||
        (run->options.tool &&
         (status = implementations_compiled(&run->implementations,
                                            run->options.implementations.count > 0))) ||
        (status = leave_out_idle(run)) || (status = load_expected(run)) ||
        (status = sort_scripts(run)) || (status = filter_scripts(run)) ||
        (status = look_at_ground(run)))
        return status;
    if (!run->scripts.count)
        return complain(STATUS_USAGE, "there is no script (*.scn) to play");
    if (run->options.history && (rc = results_make_folder(run->options.history)))
        return complain(STATUS_BROKEN, "cannot write histories to %s: %s", run->options.history,
                        strerror(-rc));
    make_jobs(run);

    about.total = run->jobs_count;
    about.catalogue = run->catalogue;
    about.complete = run_options_complete(&run->options);
    about.verbose = run->options.verbose;
    about.header = header = make_header(run, argc, argv);
    if (!header)
        return complain(STATUS_BROKEN, "no memory left");
    if (!run->options.implementations.count)
        about.not_built = not_built = not_built_all(&run->layout);
    run->teller.outputs = &run->options.outputs;
    run->teller.whole = about.complete && !run->options.no_probe;
    if ((status = open_results(run, &about)))
        goto out;
    if ((status = outputs_begin(&run->options.outputs, &about))) {
        results_discard(run->teller.results);
        goto out;
    }

    status = run_jobs(run);
    ended = end_report(run);
    status = ended ? ended : status;
    if (!status)
        status = tell_status(&run->teller);

out:
    free(not_built);
    free(header);
    return status;
}

int command_run(int argc, char **argv, const char *program)
{
    struct run run = {.program = program};
    int status = run_options_read(&run.options, argc, argv);

    if (!status) {
        layout_find(&run.layout);
        status = conduct(&run, argc, argv);
    }
    tell_clear(&run.teller);
    free(run.order);
    free(run.jobs);
    scripts_clear(&run.scripts);
    implementations_clear(&run.implementations);
    catalogue_free(run.catalogue);
    layout_clear(&run.layout);
    run_options_clear(&run.options);
    return status;
}
