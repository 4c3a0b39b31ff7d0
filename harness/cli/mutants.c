/* SPDX-License-Identifier: MIT */
/*
 * The mutants command: plays the reference with one real bug put back, each, through the scenarios
 * that are to see it, and makes the kill matrix of what came of it (kill_matrix.c). A mutant that a
 * scenario does not catch as its head promises is a gap in the scenarios or in the oracles.
 *
 * What a whole matrix says is kept among the results. One of some mutants or scenarios only is not,
 * or it would take the place of a whole one; unless a folder is named for it.
 */
#include "cli/mutants.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/option.h"
#include "cli/platform.h"
#include "report/results.h"
#include "report/text.h"
#include "report/whole_file.h"

enum { TIMES_MOST = 10000, MATRIX_FORMAT = 1 };
/* Some mutants hang, and that is what is waited for: half the usual deadlines are enough. */
static const double slow_default = 0.5;

enum {
    KEY_JOBS = 'j',
    KEY_TIMES = 't',
    KEY_ALL = 'a',
    KEY_THEME = 256,
    KEY_PROMISED,
    KEY_SLOW,
    KEY_RESULTS,
};

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What to play:", 1},
    {"all", KEY_ALL, NULL, 0, "Every scenario there is, not only those that cover what is broken",
     1},
    {"promised", KEY_PROMISED, NULL, 0, "Only the scenarios that heads name", 1},
    {"theme", KEY_THEME, "T", 0,
     "Only scenarios of this theme, and mutants whose head names one of them", 1},
    {"times", KEY_TIMES, "N", 0,
     "Play what heads promise N times, and it has to be caught each time (default: 1)", 1},
    {NULL, 0, NULL, 0, "How to play it:", 2},
    {"jobs", KEY_JOBS, "N", 0, "Scenarios at once (default: the number of processors)", 2},
    {"slow", KEY_SLOW, "X", 0, "Multiply every deadline by X (default: 0.5)", 2},
    {"results", KEY_RESULTS, "FOLDER", 0,
     "Where kill-matrix.json and kill-matrix.txt go (default: results/latest, if it is of all "
     "mutants and themes)",
     2},
    {NULL, 0, NULL, 0, "Help:", -1},
    {0},
};

static const char doc[] =
    "Plays mutants through the scenarios that are to catch them, and prints the kill matrix.\v"
    "A MUTANT is the name of a patch in impl/mutants. With none, all are played. Each goes "
    "through the scenarios that its head names, and through those that cover the same "
    "requirements, which may see it, too.\n\n"
    "Examples:\n"
    "  reapcheck mutants\n"
    "  reapcheck mutants --times 20 handler-locks\n"
    "  reapcheck mutants --all --jobs 4\n\n"
    "Exit status:\n"
    "  0  every mutant was caught as its head promises\n"
    "  1  one was missed\n"
    "  2  wrong use, a head that cannot be read, or a mutant that is not built\n"
    "  3  the harness itself could not work\n"
    "  130, 143  it was interrupted (SIGINT, SIGTERM)";

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct hunt_options *options = state->input;

    switch (key) {
    case KEY_JOBS:
        options->jobs = option_jobs(state, argument);
        return 0;
    case KEY_TIMES:
        options->times = (int)option_number(state, "times", argument, 1, TIMES_MOST);
        return 0;
    case KEY_SLOW:
        options->slow = option_slow(state, argument);
        return 0;
    case KEY_ALL:
        options->all = true;
        return 0;
    case KEY_PROMISED:
        options->promised = true;
        return 0;
    case KEY_THEME:
        options->theme = argument;
        return 0;
    case KEY_RESULTS:
        options->results = argument;
        return 0;
    case ARGP_KEY_ARG:
        text_list_add(&options->names, argument);
        return 0;
    case ARGP_KEY_END:
        if (options->all && options->promised)
            argp_error(state, "--all and --promised exclude each other");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* -- what there is to do -- */

static int check_names(const struct hunt *hunt)
{
    int status = 0;

    for (size_t i = 0; i < hunt->options.names.count; i++)
        if (!mutants_find(&hunt->mutants, hunt->options.names.list[i]))
            status = complain(STATUS_USAGE, "there is no mutant \"%s\" (%s/%s.patch)",
                              hunt->options.names.list[i], hunt->layout.mutants,
                              hunt->options.names.list[i]);
    return status;
}

/* Finds the host of every mutant that has rows, and the pair that it is with the reference beside
 * it, for scripts that are for pairs; those that are not built are told at once. */
static int find_hosts(struct hunt *hunt)
{
    const struct kill_matrix *matrix = &hunt->matrix;
    char *missing = NULL;
    int status = 0;

    for (size_t i = 0; i < matrix->count; i = kill_matrix_next_mutant(matrix, i)) {
        char *name = text_format("mutant-%s", matrix->list[i].mutant->name);
        char *host = text_format("%s/%s", hunt->layout.hosts, name);
        char *pair = text_format("%s+reference", name);

        if (access(host, X_OK))
            text_append(&missing, "%s%s", missing ? ", " : "", name);
        else if (!status)
            status = implementations_add(&hunt->implementations, &hunt->layout, name);
        if (!missing && !status)
            status = implementations_add(&hunt->implementations, &hunt->layout, pair);
        free(pair);
        free(host);
        free(name);
    }
    if (missing)
        status = complain(STATUS_USAGE, "not built in %s: %s; `make mutants` builds mutants",
                          hunt->layout.hosts, missing);
    free(missing);
    return status;
}

/* -- what is kept -- */

static int write_file(const char *folder, const char *name, const char *text)
{
    char *path = text_format("%s/%s", folder, name);
    struct whole_file file;
    int rc = whole_file_create(&file, path);

    if (!rc) {
        fputs(text, file.out);
        rc = whole_file_commit(&file, 0);
    }
    if (rc)
        complain(0, "cannot write %s%s: %s", path, rc == -EEXIST ? ".tmp" : "", strerror(-rc));
    free(path);
    return rc ? STATUS_BROKEN : 0;
}

/* NULL for want of memory; both texts are new. */
static char *matrix_text(const struct hunt *hunt)
{
    const struct kill_matrix *matrix = &hunt->matrix;
    char *text = NULL;
    size_t size, to;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t from = 0; from < matrix->count; from = to) {
        to = kill_matrix_next_mutant(matrix, from);
        kill_matrix_print(out, matrix, from, to);
    }
    kill_matrix_sum_up(out, matrix, hunt->plays, hunt->seconds);
    return fclose(out) ? NULL : text;
}

static char *matrix_json(const struct hunt *hunt)
{
    char *stamp = about_time(), *text = NULL;
    json_t *json = json_pack("{s:i, s:s, s:s, s:f}", "kill_matrix", MATRIX_FORMAT, "reapcheck",
                             REAPCHECK_VERSION, "ended", stamp, "seconds", hunt->seconds);
    if (json && !kill_matrix_to_json(&hunt->matrix, json))
        text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    json_decref(json);
    free(stamp);
    return text;
}

static int keep(const struct hunt *hunt)
{
    const struct hunt_options *options = &hunt->options;
    bool whole = !options->names.count && !options->theme && !options->promised;
    const char *folder = options->results ? options->results : whole ? hunt->layout.results : NULL;
    char *text, *json;
    int rc, status;

    if (!folder)
        return 0;
    rc = results_make_folder(folder);
    if (rc)
        return complain(STATUS_BROKEN, "cannot write the kill matrix to %s: %s", folder,
                        strerror(-rc));
    text = matrix_text(hunt);
    json = matrix_json(hunt);
    status = text && json ? 0 : complain(STATUS_BROKEN, "no memory left for the kill matrix");
    if (!status)
        status = write_file(folder, "kill-matrix.txt", text);
    if (!status)
        status = write_file(folder, "kill-matrix.json", json);
    free(text);
    free(json);
    return status;
}

static int conduct(struct hunt *hunt)
{
    const struct hunt_options *options = &hunt->options;
    int status;

    hunt->catalogue = layout_catalogue(&hunt->layout);
    if (!hunt->catalogue)
        return STATUS_BROKEN;
    if ((status = scripts_load(&hunt->scripts, &hunt->layout, hunt->catalogue, NULL, 0)) ||
        (status = layout_mutants(&hunt->layout, hunt->catalogue, &hunt->scripts, &hunt->mutants)) ||
        (status = check_names(hunt)))
        return status;
    platform_leave_out(&hunt->scripts, NULL);
    kill_matrix_make(&hunt->matrix, &(struct kill_plan){.mutants = &hunt->mutants,
                                                        .scripts = hunt->scripts.list,
                                                        .scripts_count = hunt->scripts.count,
                                                        .names = &options->names,
                                                        .theme = options->theme,
                                                        .all = options->all,
                                                        .promised = options->promised,
                                                        .times = (size_t)options->times});
    if (!hunt->matrix.count)
        return complain(STATUS_USAGE, "no mutant in %s names a scenario%s%s", hunt->layout.mutants,
                        options->theme ? " of the theme " : "",
                        options->theme ? options->theme : "");
    if ((status = find_hosts(hunt)))
        return status;
    if ((status = hunt_play(hunt)))
        return status;
    kill_matrix_sum_up(stdout, &hunt->matrix, hunt->plays, hunt->seconds);
    for (size_t i = 0; i < hunt->matrix.count; i++)
        if (kill_is_missed(&hunt->matrix.list[i]))
            status = STATUS_UNEXPECTED;
    return keep(hunt) ? STATUS_BROKEN : status;
}

int command_mutants(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "[MUTANT...]", doc, NULL, NULL, NULL};
    struct hunt hunt = {.program = program,
                        .options = {.jobs = option_processors(), .times = 1, .slow = slow_default}};
    int status;

    argp_parse(&argp, argc, argv, 0, NULL, &hunt.options);
    layout_find(&hunt.layout);
    status = conduct(&hunt);
    kill_matrix_clear(&hunt.matrix);
    implementations_clear(&hunt.implementations);
    mutants_clear(&hunt.mutants);
    scripts_clear(&hunt.scripts);
    catalogue_free(hunt.catalogue);
    layout_clear(&hunt.layout);
    text_list_clear(&hunt.options.names);
    return finish(status);
}
