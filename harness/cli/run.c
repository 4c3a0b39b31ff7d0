/* SPDX-License-Identifier: MIT */
/*
 * The run command: every implementation is played through every scenario, each in a job of its
 * own (run_jobs.c), a report is made of the verdicts, and a results file is left behind. A run is
 * green only if every verdict came, was as expected, and is on the disk.
 */
#include "cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "report/text.h"

/* -- what there is to do -- */

/* FNV-1a: the same on every machine and for ever, so that shards are. */
static uint64_t stable_hash(const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

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

    run->jobs = text_memory(run->implementations.count * run->scripts.count * options->repeat,
                            sizeof *run->jobs);
    for (size_t i = 0; i < run->implementations.count; i++)
        for (size_t j = 0; j < run->scripts.count; j++) {
            if (stable_hash(run->scripts.list[j]->name) % options->shards !=
                (uint64_t)options->shard - 1)
                continue;
            for (int k = 0; k < options->repeat; k++)
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

static int find_implementations(struct run *run)
{
    int status = 0, rc;

    for (size_t i = 0; !status && i < run->options.implementations_count; i++)
        status = implementations_add(&run->implementations, &run->layout,
                                     run->options.implementations[i]);
    if (status || run->options.implementations_count)
        return status;
    rc = implementations_built(&run->implementations, &run->layout);
    if (rc)
        return complain(STATUS_BROKEN,
                        "cannot look for implementations in %s: %s; build them with"
                        " `make`, or give one with --impl",
                        run->layout.hosts, strerror(-rc));
    if (!run->implementations.count)
        return complain(STATUS_BROKEN,
                        "no implementation is built in %s; build one with `make`, or"
                        " give one with --impl",
                        run->layout.hosts);
    return 0;
}

/* A scenario that was renamed leaves its line behind; that is worth a word, but no failure. */
static void look_for_stale_lines(const struct run *run, const struct expected *expected)
{
    for (size_t i = 0; i < expected->count; i++) {
        bool there = false;

        for (size_t j = 0; !there && j < run->scripts.count; j++)
            there = !strcmp(run->scripts.list[j]->name, expected->list[i].scenario);
        if (!there && !expected_is_general(&expected->list[i]))
            fprintf(stderr, "%s:%d: note: there is no scenario %s\n", expected->file,
                    expected->list[i].line, expected->list[i].scenario);
    }
}

static int load_expected(struct run *run)
{
    run->expected = text_memory(run->implementations.count, sizeof *run->expected);
    run->version_told = text_memory(run->implementations.count, sizeof *run->version_told);
    for (size_t i = 0; i < run->implementations.count; i++) {
        char *file = run->options.expect ? text_format("%s", run->options.expect)
                                         : text_format("%s/%s", run->layout.expected,
                                                       run->implementations.list[i].name);
        char error[512];

        if (run->options.expect || !access(file, F_OK)) {
            run->expected[i] = expected_load(file, run->catalogue, error, sizeof error);
            if (!run->expected[i]) {
                fprintf(stderr, "%s\n", error);
                free(file);
                return STATUS_USAGE;
            }
            if (!run->options.paths_count)
                look_for_stale_lines(run, run->expected[i]);
        }
        free(file);
    }
    return 0;
}

static char *make_header(const struct run *run, int argc, char **argv)
{
    json_t *json = json_object(), *names = json_array();
    char *command = text_shell_word(run->program), *text, stamp[32];
    time_t now = time(NULL);
    struct tm utc;

    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    for (int i = 0; i < argc; i++) {
        char *word = i ? text_shell_word(argv[i]) : text_format("run");
        text_append(&command, " %s", word);
        free(word);
    }
    text_replace(&command, text_valid(command));
    for (size_t i = 0; i < run->implementations.count; i++) {
        char *name = text_valid(run->implementations.list[i].name);

        json_array_append_new(names, json_string(name));
        free(name);
    }
    json_object_set_new(json, "format", json_integer(RESULT_FORMAT_VERSION));
    json_object_set_new(json, "reapcheck", json_string(REAPCHECK_VERSION));
    json_object_set_new(json, "started", json_string(stamp));
    json_object_set_new(json, "command", json_string(command));
    json_object_set_new(json, "implementations", names);
    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    free(command);
    return text;
}

static int open_output(struct run *run, struct report_run *about)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool capable;

    run->out = stdout;
    if (run->options.output) {
        run->out = fopen(run->options.output, "we");
        if (!run->out)
            return complain(STATUS_BROKEN, "cannot write %s: %s", run->options.output,
                            strerror(errno));
    }
    capable = isatty(fileno(run->out)) && terminal && strcmp(terminal, "dumb");
    about->progress = capable;
    about->colour = run->options.colour == COLOUR_ALWAYS ||
                    (run->options.colour == COLOUR_AUTO && capable && !(no_colour && *no_colour));
    return 0;
}

/* -- the run -- */

/* Ends the report and the results file. Both must be whole, else the run is worth nothing. */
static int end_report(struct run *run)
{
    char error[512], *name = NULL;
    int status = 0, rc = run->options.format->end(run->report);

    if (run->options.output && fclose(run->out) && !rc)
        rc = -errno;
    if (run->out_rc) /* the first tells why */
        rc = run->out_rc;
    if (rc)
        status =
            complain(STATUS_BROKEN, "cannot write the report to %s: %s",
                     run->options.output ? run->options.output : "standard output", strerror(-rc));
    if (results_commit(run->results, &name, error, sizeof error))
        status = complain(STATUS_BROKEN, "%s", error);
    else if (run->options.verbose)
        fprintf(stderr, "The results are in %s\n", name);
    free(name);
    return status;
}

static int conduct(struct run *run, int argc, char **argv)
{
    struct report_run about = {0};
    char error[512], *header = NULL;
    int status, ended, rc;

    run->catalogue = layout_catalogue(&run->layout);
    if (!run->catalogue)
        return STATUS_BROKEN;
    if ((status = scripts_load(&run->scripts, &run->layout, run->catalogue, run->options.paths,
                               run->options.paths_count)) ||
        (status = find_implementations(run)) || (status = load_expected(run)))
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
    status = open_output(run, &about);
    if (status)
        goto out;
    run->results = results_create(run->options.results ? run->options.results : run->layout.results,
                                  &about, error, sizeof error);
    if (!run->results) {
        status = complain(STATUS_BROKEN, "%s; --results FOLDER puts them elsewhere", error);
        goto out;
    }
    run->report = run->options.format->begin(run->out, &about);

    status = run_jobs(run);
    ended = end_report(run);
    status = ended ? ended : status;
    if (!status)
        status = run->errors       ? STATUS_BROKEN
                 : run->unexpected ? STATUS_UNEXPECTED
                                   : STATUS_EXPECTED;

out:
    free(header);
    return status;
}

int command_run(int argc, char **argv, const char *program)
{
    struct run run = {.program = program};
    int status;

    run_options_read(&run.options, argc, argv);
    layout_find(&run.layout);
    status = conduct(&run, argc, argv);

    for (size_t i = 0; run.expected && i < run.implementations.count; i++)
        expected_free(run.expected[i]);
    free(run.expected);
    free(run.version_told);
    free(run.order);
    free(run.jobs);
    scripts_clear(&run.scripts);
    implementations_clear(&run.implementations);
    catalogue_free(run.catalogue);
    layout_clear(&run.layout);
    run_options_clear(&run.options);
    return status;
}
