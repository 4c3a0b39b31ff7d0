/* SPDX-License-Identifier: MIT */
/* The list command: what there is to play, against what, and who judges it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "oracle/oracle.h"
#include "report/text.h"

static const char doc[] =
    "Lists scenarios (the default), implementations that are built, or oracles.\v"
    "Examples:\n"
    "  reapcheck list\n"
    "  reapcheck list --names | grep sharing/\n"
    "  reapcheck list implementations\n\n"
    "Exit status:\n"
    "  0  it was listed\n"
    "  2  wrong use, or a script that cannot be read\n"
    "  3  the harness itself could not work";

enum { KEY_NAMES = 'n' };

static const struct argp_option table[] = {
    {"names", KEY_NAMES, NULL, 0, "Names only, one a line", 0},
    {0},
};

struct options {
    const char *what;
    bool names;
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_NAMES:
        options->names = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num)
            argp_error(state, "it lists one thing at a time");
        options->what = argument;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static void list_scenario(const struct script *script)
{
    char *line = text_format("covers");
    bool first = true;

    printf("%s", script->name);
    if (script->rows_count > 1)
        printf(" and %zu more rows", script->rows_count - 1);
    printf("\n  ");
    text_print_wrapped(stdout, script->sentence ? script->sentence : "", 2, 2);
    for (size_t i = 0; i < script->covers_count; i++)
        text_append(&line, " %s", script->covers[i]);
    for (uint64_t bit = 1; bit && bit <= script->needs; bit <<= 1)
        if (script->needs & bit) {
            const char *word = script_need_word(bit);
            text_append(&line, "%s %s", first ? "; needs" : "", word ? word : "?");
            first = false;
        }
    fputs("  ", stdout);
    text_print_wrapped(stdout, line, 2, 4);
    free(line);
}

static int list_scenarios(const struct layout *layout, bool names)
{
    struct scripts scripts;
    int status = scripts_load(&scripts, layout, NULL, NULL, 0);

    for (size_t i = 0; i < scripts.count; i++)
        if (names)
            puts(scripts.list[i]->name);
        else if (!i ||
                 strcmp(scripts.list[i]->path, scripts.list[i - 1]->path)) /* one of its rows */
            list_scenario(scripts.list[i]);
    scripts_clear(&scripts);
    return status;
}

static int list_implementations(const struct layout *layout, bool names)
{
    struct implementations implementations = {0};
    int rc = implementations_built(&implementations, layout);

    if (rc)
        return complain(STATUS_BROKEN, "cannot look for implementations in %s: %s", layout->hosts,
                        strerror(-rc));
    for (size_t i = 0; i < implementations.count; i++)
        if (names)
            puts(implementations.list[i].name);
        else
            printf("%-12s %s\n", implementations.list[i].name, implementations.list[i].host);
    implementations_clear(&implementations);
    return STATUS_EXPECTED;
}

static void list_oracles(bool names)
{
    for (const struct oracle *oracle = oracles; oracle->name; oracle++)
        if (names)
            puts(oracle->name);
        else {
            printf("%-18s ", oracle->name);
            text_print_wrapped(stdout, oracle->asks, 19, 19);
        }
}

int command_list(int argc, char **argv, const char *program)
{
    static const struct argp argp = {
        table, read_option, "[scenarios|implementations|oracles]", doc, NULL, NULL, NULL};
    struct options options = {.what = "scenarios"};
    struct layout layout;
    int status = STATUS_EXPECTED;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    if (!strcmp(options.what, "scenarios"))
        status = list_scenarios(&layout, options.names);
    else if (!strcmp(options.what, "implementations"))
        status = list_implementations(&layout, options.names);
    else if (!strcmp(options.what, "oracles"))
        list_oracles(options.names);
    else
        status = complain(STATUS_USAGE,
                          "there are scenarios, implementations and oracles to list, no \"%s\"",
                          options.what);
    layout_clear(&layout);
    return finish(status);
}
