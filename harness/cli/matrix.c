/* SPDX-License-Identifier: MIT */
/*
 * The matrix command: requirements by implementations, of the latest results or of files that are
 * named. A file that cannot be read ends it before anything is written: a matrix that silently
 * lacks a run would be believed.
 */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "report/matrix.h"
#include "report/text.h"
#include "report/whole_file.h"

enum { PAGE_MOST = 2900000 }; /* bytes of the HTML page */

static const char doc[] =
    "Draws requirements by implementations, from the newest verdict of each scenario. Without "
    "RESULT it reads those of --results, but for mutants.\v"
    "The HTML page needs no network and no other file. A cell opens to its reason, its scenarios, "
    "the history of a failure, and the command that shows it again.\n\n"
    "Examples:\n"
    "  reapcheck matrix\n"
    "  reapcheck matrix --family XC,CO --format markdown\n"
    "  reapcheck matrix --format html --output matrix.html\n\n"
    "Exit status:\n"
    "  0  it was drawn\n"
    "  2  wrong use, no results, or a file that cannot be read\n"
    "  3  the harness itself could not work";

enum format { FORMAT_TERMINAL, FORMAT_MARKDOWN, FORMAT_HTML };

static const struct argp_option table[] = {
    {"results", 'r', "FOLDER", 0, "Where results files are (default: results/latest)", 0},
    {"format", 'f', "FORMAT", 0, "terminal (the default), markdown or html", 0},
    {"output", 'o', "FILE", 0, "Write it to FILE", 0},
    {"family", 'F', "XC,FK,..", 0, "Only these families of requirements", 0},
    {0},
};

struct options {
    const char *results, *output;
    enum format format;
    struct text_list families;
    char **files;
    size_t files_count;
};

static error_t read_families(struct options *options, const char *argument,
                             struct argp_state *state)
{
    for (size_t length; *argument; argument += length + (argument[length] == ',')) {
        char *family;

        length = strcspn(argument, ",");
        family = text_format("%.*s", (int)length, argument);
        for (char *letter = family; *letter; letter++)
            *letter = (char)toupper((unsigned char)*letter);
        if (*family)
            text_list_add(&options->families, family);
        free(family);
    }
    if (!options->families.count)
        argp_error(state, "--family takes prefixes of requirements, such as XC,FK");
    return 0;
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    static const char *const formats[] = {"terminal", "markdown", "html"};
    struct options *options = state->input;

    switch (key) {
    case 'r':
        options->results = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case 'F':
        return read_families(options, argument, state);
    case 'f':
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            if (!strcmp(argument, formats[i])) {
                options->format = (enum format)i;
                return 0;
            }
        argp_error(state, "--format takes terminal, markdown or html, not \"%s\"", argument);
        return EINVAL;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        options->files_count = (size_t)(state->argc - state->next);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* -- results -- */

/* A file that was named, and where. */
struct named {
    struct results *results;
    size_t place;
};

/* Of runs that began in the same second, the one that was named last is the newest. */
static int compare_newest_first(const void *a, const void *b)
{
    const struct named *first = a, *second = b;
    const char *one = first->results->about.started, *other = second->results->about.started;
    int order = strcmp(other ? other : "", one ? one : "");

    return order ? order : first->place < second->place ? 1 : -1;
}

static int read_files(struct latest *latest, const struct options *options)
{
    struct named *list = text_memory(options->files_count, sizeof *list);
    int status = 0;
    char why[512];

    for (size_t i = 0; i < options->files_count; i++) {
        list[i] = (struct named){results_load(options->files[i], why, sizeof why), i};
        if (!list[i].results)
            status = complain(STATUS_USAGE, "%s", why);
    }
    if (!status) {
        qsort(list, options->files_count, sizeof *list, compare_newest_first);
        for (size_t i = 0; i < options->files_count; i++)
            latest_add(latest, list[i].results, true);
    }
    for (size_t i = 0; i < options->files_count; i++)
        results_free(list[i].results);
    free(list);
    return status;
}

static int read_folder(struct latest *latest, const char *folder)
{
    struct text_list faults = {0};
    int status = 0;

    if (!latest_add_folder(latest, folder, false, &faults))
        status = complain(STATUS_USAGE,
                          "there are no results in %s; `reapcheck run` makes some, or --results "
                          "says where they are",
                          folder);
    for (size_t i = 0; i < faults.count; i++)
        status = complain(STATUS_USAGE, "%s", faults.list[i]);
    if (faults.count)
        complain(0, "nothing is drawn: remove what cannot be read, or name the files to read");
    text_list_clear(&faults);
    return status;
}

/* -- drawing -- */

static bool has_family(const struct matrix *matrix, const char *family)
{
    for (size_t row = 0; row < matrix->rows_count; row++)
        if (matrix_same_family(matrix->rows[row].id, family))
            return true;
    return false;
}

/* Every family that was asked for is one; else it says which there are. */
static int check_families(const struct latest *latest, const struct catalogue *catalogue,
                          const struct text_list *families)
{
    const struct text_list all = {0};
    char *known = NULL;
    struct matrix matrix;
    int status = 0;

    matrix_make(&matrix, latest, catalogue, &all);
    for (size_t row = 0; row < matrix.rows_count; row++)
        if (!row || !matrix_same_family(matrix.rows[row].id, matrix.rows[row - 1].id))
            text_append(&known, "%s%.*s", known ? ", " : "", (int)strcspn(matrix.rows[row].id, "-"),
                        matrix.rows[row].id);
    for (size_t i = 0; i < families->count; i++)
        if (!has_family(&matrix, families->list[i]))
            status =
                complain(STATUS_USAGE, "there is no family \"%s\" of requirements; there is: %s",
                         families->list[i], known ? known : "none");
    free(known);
    matrix_clear(&matrix);
    return status;
}

static bool wants_colour(void)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") &&
           !(no_colour && *no_colour);
}

static void print(FILE *out, const struct options *options, const struct matrix *matrix)
{
    switch (options->format) {
    case FORMAT_TERMINAL:
        matrix_print_terminal(out, matrix, !options->output && wants_colour());
        break;
    case FORMAT_MARKDOWN:
        matrix_print_markdown(out, matrix);
        break;
    case FORMAT_HTML:
        matrix_print_page(out, matrix, REAPCHECK_VERSION, PAGE_MOST);
        break;
    }
}

static int draw(const struct options *options, const struct matrix *matrix)
{
    struct whole_file file;
    int rc;

    if (!options->output) {
        print(stdout, options, matrix);
        return finish(STATUS_EXPECTED);
    }
    rc = whole_file_create(&file, options->output);
    if (!rc) {
        print(file.out, options, matrix);
        rc = whole_file_commit(&file, 0);
    }
    if (rc)
        return complain(STATUS_BROKEN, "cannot write the matrix to %s%s: %s", options->output,
                        rc == -EEXIST ? ".tmp" : "", strerror(-rc));
    return STATUS_EXPECTED;
}

int command_matrix(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "[RESULT...]", doc, NULL, NULL, NULL};
    struct options options = {0};
    struct catalogue *catalogue = NULL;
    struct layout layout;
    struct latest latest = {0};
    struct matrix matrix = {0};
    int status;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    latest.expected_folder = layout.expected;
    catalogue = layout_catalogue(&layout);
    if (!catalogue) {
        status = STATUS_BROKEN;
        goto out;
    }
    status = options.files_count
                 ? read_files(&latest, &options)
                 : read_folder(&latest, options.results ? options.results : layout.results);
    if (status)
        goto out;
    latest_settle(&latest);
    status = check_families(&latest, catalogue, &options.families);
    if (status)
        goto out;
    matrix_make(&matrix, &latest, catalogue, &options.families);
    status = draw(&options, &matrix);

out:
    matrix_clear(&matrix);
    latest_clear(&latest);
    catalogue_free(catalogue);
    layout_clear(&layout);
    text_list_clear(&options.families);
    return status;
}
