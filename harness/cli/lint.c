/* SPDX-License-Identifier: MIT */
/* The lint command: reads scripts as a run would, and says what is wrong with them. */
#include <argp.h>
#include <stdio.h>
#include "cli/cli.h"

static const char doc[] =
    "Checks scripts without running them, and says what is wrong as FILE:LINE:COLUMN.\v"
    "With no SCENARIO, all are checked.\n\n"
    "Examples:\n"
    "  reapcheck lint\n"
    "  reapcheck lint scenarios/sharing mine.scn\n\n"
    "Exit status:\n"
    "  0  no fault was found\n"
    "  2  a fault, or wrong use\n"
    "  3  the harness itself could not work";

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    int *first = state->input;

    (void)argument;
    if (key != ARGP_KEY_ARGS)
        return ARGP_ERR_UNKNOWN;
    *first = state->next;
    return 0;
}

int command_lint(int argc, char **argv, const char *program)
{
    static const struct argp argp = {NULL, read_option, "[SCENARIO...]", doc, NULL, NULL, NULL};
    struct scripts scripts = {0};
    struct catalogue *catalogue;
    struct layout layout;
    int first = argc, status = STATUS_BROKEN;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &first);
    layout_find(&layout);
    catalogue = layout_catalogue(&layout);
    if (catalogue)
        status = scripts_load(&scripts, &layout, catalogue, argv + first, argc - first);
    if (!status)
        printf("%zu script%s, no fault\n", scripts.count, scripts.count == 1 ? "" : "s");
    scripts_clear(&scripts);
    catalogue_free(catalogue);
    layout_clear(&layout);
    return finish(status);
}
