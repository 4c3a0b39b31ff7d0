/* SPDX-License-Identifier: MIT */
/*
 * The coverage command: for each requirement the scenarios that cover it. The families that any
 * implementation or any libxl-shaped one owes are to be covered whole, as far as they are duties
 * of the library; a gap there is a failure.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/text.h"

static const char owed[] = "XC,FK";

static const char doc[] =
    "Shows for each requirement of the catalogue the scenarios that cover it.\v"
    "Examples:\n"
    "  reapcheck coverage\n"
    "  reapcheck coverage --family XC,FK\n\n"
    "Exit status:\n"
    "  0  every duty of the library in XC and FK is covered\n"
    "  1  one of those shown is not\n"
    "  2  wrong use, or a script that cannot be read\n"
    "  3  the harness itself could not work";

enum { KEY_FAMILY = 'f' };

static const struct argp_option table[] = {
    {"family", KEY_FAMILY, "XC,FK...", 0, "Only these families (default: all)", 0},
    {0},
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    const char **families = state->input;

    if (key == KEY_FAMILY)
        *families = argument;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "it takes no argument \"%s\"", argument);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* Is the family of this id in a list such as "XC,FK"? */
static bool in_families(const char *families, const char *id)
{
    size_t length = strcspn(id, "-");

    for (const char *at = families; *at; at += strspn(at, ",")) {
        size_t size = strcspn(at, ",");

        if (size == length && !strncasecmp(at, id, length))
            return true;
        at += size;
    }
    return false;
}

/* Every family named must be there: a slip must not look like full coverage. */
static bool families_exist(const struct catalogue *catalogue, const char *families)
{
    char *copy = text_format("%s", families), *rest = copy, *family;
    bool all = true;

    while ((family = strsep(&rest, ","))) {
        bool there = false;

        for (size_t i = 0; *family && i < catalogue->count; i++)
            there |= in_families(family, catalogue->list[i].id);
        if (!there) {
            complain(STATUS_USAGE, "there is no family \"%s\" in the catalogue", family);
            all = false;
        }
    }
    free(copy);
    return all;
}

static bool covers(const struct script *script, const char *id)
{
    for (size_t i = 0; i < script->covers_count; i++)
        if (!strcmp(script->covers[i], id))
            return true;
    return false;
}

/* Prints one requirement. Returns how many scenarios cover it. */
static size_t show(const struct requirement *requirement, const struct scripts *scripts)
{
    char *names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < scripts->count; i++)
        if (covers(scripts->list[i], requirement->id)) {
            text_append(&names, "%s%s", names ? " " : "", scripts->list[i]->name);
            count++;
        }
    printf("%s %c %3zu  ", requirement->id, requirement->duty, count);
    if (count)
        text_print_wrapped(stdout, names, 13, 13);
    else {
        fputs("- ", stdout);
        text_print_cut(stdout, requirement->sentence, TEXT_COLUMNS - 15);
        putchar('\n');
    }
    free(names);
    return count;
}

static int show_all(const struct catalogue *catalogue, const struct scripts *scripts,
                    const char *families)
{
    struct text_list gaps = {0};
    size_t covered = 0, total = 0;
    int status = STATUS_EXPECTED;

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct requirement *requirement = &catalogue->list[i];

        if (families && !in_families(families, requirement->id))
            continue;
        total++;
        if (show(requirement, scripts))
            covered++;
        else if (requirement->duty == 'L' && in_families(owed, requirement->id))
            text_list_add(&gaps, requirement->id);
    }
    printf("\n%zu of %zu requirements are covered by %zu scenarios.\n", covered, total,
           scripts->count);
    if (gaps.count) {
        char *line = text_format("Duties of the library in %s that no scenario covers:", owed);

        for (size_t i = 0; i < gaps.count; i++)
            text_append(&line, " %s", gaps.list[i]);
        text_print_wrapped(stdout, line, 0, 2);
        free(line);
        status = STATUS_UNEXPECTED;
    }
    text_list_clear(&gaps);
    return status;
}

int command_coverage(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, NULL, doc, NULL, NULL, NULL};
    const char *families = NULL;
    struct scripts scripts = {0};
    struct catalogue *catalogue;
    struct layout layout;
    int status = STATUS_BROKEN;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &families);
    layout_find(&layout);
    catalogue = layout_catalogue(&layout);
    if (catalogue)
        status = families && !families_exist(catalogue, families)
                     ? STATUS_USAGE
                     : scripts_load(&scripts, &layout, catalogue, NULL, 0);
    if (!status)
        status = show_all(catalogue, &scripts, families);
    scripts_clear(&scripts);
    catalogue_free(catalogue);
    layout_clear(&layout);
    return finish(status);
}
