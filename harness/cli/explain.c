/* SPDX-License-Identifier: MIT */
/*
 * The explain command: all that is known of one requirement, put together from the catalogue, the
 * scripts, the newest results (fares.c), and what is expected of it.
 */
#include <argp.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "catalogue/shape.h"
#include "cli/cli.h"
#include "cli/fares.h"
#include "report/expected.h"
#include "report/text.h"

static const char doc[] = "Tells all that is known of a requirement: what it asks, which scenarios "
                          "cover it, which mutants "
                          "break it, and how the implementations fare.\v"
                          "Example:\n"
                          "  reapcheck explain XC-05\n\n"
                          "Exit status:\n"
                          "  0  it was told\n"
                          "  2  there is no such requirement, or wrong use\n"
                          "  3  the harness itself could not work";

enum { NEAR = 5, NEAR_DISTANCE = 2, KEY_RESULTS = 'r' };

static const struct argp_option table[] = {
    {"results", KEY_RESULTS, "FOLDER", 0, "Where results files are (default: results/latest)", 0},
    {0},
};

struct options {
    const char *id, *results;
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_RESULTS:
        options->results = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num)
            argp_error(state, "it explains one requirement at a time");
        options->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->id)
            argp_error(state, "it takes the id of a requirement, such as XC-05");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* -- ids that are nearly it -- */

/* Insertions, deletions and changes that lead from a to b, which are short. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], length = strlen(b);

    if (length >= sizeof row / sizeof *row)
        return length;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t change = corner + (toupper((unsigned char)a[i]) != toupper((unsigned char)b[j]));
            size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;

            corner = row[j + 1];
            row[j + 1] = change < least ? change : least;
        }
    }
    return row[length];
}

static int unknown(const struct catalogue *catalogue, const char *id)
{
    char *near = NULL;
    size_t found = 0;

    for (size_t far = 1; far <= NEAR_DISTANCE && found < NEAR; far++)
        for (size_t i = 0; i < catalogue->count && found < NEAR; i++)
            if (distance(catalogue->list[i].id, id) == far)
                text_append(&near, "%s%s", found++ ? ", " : "", catalogue->list[i].id);
    if (found)
        complain(STATUS_USAGE, "there is no requirement \"%s\"; like it are %s", id, near);
    else
        complain(STATUS_USAGE, "there is no requirement \"%s\"; `reapcheck coverage` lists them",
                 id);
    free(near);
    return STATUS_USAGE;
}

/* -- its parts -- */

static void explain_source(const char *source)
{
    static const struct {
        char letter;
        const char *what;
    } sources[] = {{'H', "the public header"},
                   {'C', "an invariant of the code"},
                   {'I', "internal documentation"},
                   {'K', "the kernel document"},
                   {'U', "users of such libraries"}};
    bool first = true;

    for (; *source; source++)
        for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
            if (sources[i].letter == *source) {
                printf("%s%s", first ? "" : ", ", sources[i].what);
                first = false;
            }
    putchar('\n');
}

static void explain_requirement(const struct requirement *requirement)
{
    printf("%s  ", requirement->id);
    text_print_wrapped(stdout, requirement->sentence, 7, 7);
    fputs("\n       family  ", stdout);
    text_print_wrapped(stdout, requirement->family, 15, 15);
    printf("       duty    of the %s\n", requirement->duty == 'L' ? "library" : "application");
    printf("       level   %s\n", level_word(requirement->level));
    printf("       source  ");
    explain_source(requirement->source);
    if (shape_restates(requirement->id))
        printf("       breaks  %s with it, which it restates for the libxl shape\n",
               shape_restates(requirement->id));
    if (requirement->unobservable) {
        fputs("       seen    by no scenario: ", stdout);
        text_print_wrapped(stdout, requirement->unobservable, 32, 15);
    }
}

static void explain_scripts(const struct scripts *scripts, const char *id)
{
    bool any = false;

    puts("\nScenarios that cover it:");
    for (size_t i = 0; i < scripts->count; i++)
        for (size_t j = 0; j < scripts->list[i]->covers_count; j++)
            if (!strcmp(scripts->list[i]->covers[j], id)) {
                if (i && !strcmp(scripts->list[i]->path, scripts->list[i - 1]->path))
                    break; /* of a script with rows one is enough */
                printf("  %s", scripts->list[i]->name);
                if (scripts->list[i]->rows_count > 1)
                    printf(" and %zu more rows", scripts->list[i]->rows_count - 1);
                printf("\n      ");
                text_print_wrapped(stdout, scripts->list[i]->sentence, 6, 6);
                any = true;
                break;
            }
    if (!any)
        puts("  none");
}

static void explain_mutants(const struct mutants *mutants, const char *id)
{
    bool any = false;

    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->list[i];

        if (!mutant_breaks(mutant, id))
            continue;
        if (!any)
            puts("\nMutants that break it:");
        any = true;
        printf("  %s\n      ", mutant->name);
        text_print_wrapped(stdout, mutant->bug, 6, 6);
    }
    if (!any && mutants->count)
        puts("\nMutants that break it:\n  none");
}

static void explain_latest(const struct layout *layout, const char *folder, const char *id)
{
    puts("\nResults, the newest of each scenario:");
    if (!fares_print(folder, layout->expected, id))
        printf("  none in %s\n", folder);
}

static void explain_expected(const struct layout *layout, const char *id)
{
    struct dirent **entries = NULL;
    int count = scandir(layout->expected, &entries, NULL, alphasort);
    bool first = true;

    for (int i = 0; i < count; i++) {
        char *file = text_format("%s/%s", layout->expected, entries[i]->d_name), why[512];
        struct expected *expected =
            entries[i]->d_name[0] == '.' ? NULL : expected_load(file, NULL, why, sizeof why);

        for (size_t j = 0; expected && j < expected->count; j++) {
            const struct expected_line *entry = &expected->list[j];

            const char *restated = shape_restates(entry->requirement);

            if (strcmp(entry->requirement, id) && (!restated || strcmp(restated, id)))
                continue;
            if (first)
                puts("\nKnown to fail:");
            first = false;
            printf("  %s %s in %s", entries[i]->d_name, expected->version,
                   entry->general ? "any scenario" : entry->scenario);
            if (strcmp(entry->requirement, id))
                printf(", as %s", entry->requirement);
            printf("\n      ");
            text_print_wrapped(stdout, entry->reason, 6, 6);
        }
        expected_free(expected);
        free(file);
        free(entries[i]);
    }
    free(entries);
}

int command_explain(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "ID", doc, NULL, NULL, NULL};
    struct options options = {0};
    const struct requirement *requirement = NULL;
    struct scripts scripts = {0};
    struct mutants mutants = {0};
    struct catalogue *catalogue;
    struct layout layout;
    int status = STATUS_BROKEN;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    catalogue = layout_catalogue(&layout);
    for (size_t i = 0; catalogue && i < catalogue->count; i++)
        if (!strcasecmp(catalogue->list[i].id, options.id))
            requirement = &catalogue->list[i];
    if (requirement) {
        bool all = !scripts_load(&scripts, &layout, NULL, NULL, 0);

        all &= !layout_mutants(&layout, catalogue, &scripts, &mutants);
        explain_requirement(requirement);
        explain_scripts(&scripts, requirement->id);
        explain_mutants(&mutants, requirement->id);
        if (!all)
            puts("  (not all scenarios and mutants could be read)");
        explain_latest(&layout, options.results ? options.results : layout.results,
                       requirement->id);
        explain_expected(&layout, requirement->id);
        status = STATUS_EXPECTED;
    } else if (catalogue)
        status = unknown(catalogue, options.id);
    mutants_clear(&mutants);
    scripts_clear(&scripts);
    catalogue_free(catalogue);
    layout_clear(&layout);
    return finish(status);
}
