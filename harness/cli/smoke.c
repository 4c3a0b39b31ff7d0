/* SPDX-License-Identifier: MIT */
/*
 * The smoke command: tells the author of a host or of an adapter what is still missing. The host is
 * tried in a job of a fleet, so that nothing of it is left, whatever it does.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/text.h"
#include "runner/fleet.h"
#include "smoke/smoke.h"

enum { JOB_MS = 120000 }; /* the last resort: its own deadlines add up to less */

static const char doc[] =
    "Tries a host or an adapter step by step, and tells what is still missing.\v"
    "HOST is an adapter (*.so), an executable that speaks the host protocol\n"
    "(harness/host/PROTOCOL.md), or the name of what was built.\n\n"
    "For each step it says `ok`; `missing`: scenarios that want it are skipped;\n"
    "`wrong`, with what was sent, what was answered, and what the protocol says;\n"
    "or `-`: not tried, as the host was gone, or something was wrong before. Then\n"
    "come the members that an adapter lacks, and what each is for. What the\n"
    "library has not may be lacking.\n\n"
    "Examples:\n"
    "  reapcheck smoke ./mine.py\n"
    "  reapcheck smoke ./mine.so\n\n"
    "Exit status:\n"
    "  0  all that is needed is there, and nothing is wrong\n"
    "  1  something is not\n"
    "  2  wrong use\n"
    "  3  the harness itself could not work";

struct smoke_command {
    const char *argument;
    double slow;
    struct smoke_options options;
    int status;
};

static const struct argp_option options[] = {
    {"slow", 's', "FACTOR", 0, "multiply every deadline (default: 1)", 0}, {0}};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct smoke_command *command = state->input;
    char *end;

    switch (key) {
    case 's':
        command->slow = strtod(argument, &end);
        if (*end || !(command->slow > 0 && command->slow <= 1000))
            argp_error(state, "--slow wants a number above 0, 1000 at most");
        return 0;
    case ARGP_KEY_ARG:
        if (command->argument)
            argp_error(state, "one HOST at a time");
        command->argument = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a HOST is wanted");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int work(void *user, size_t i, int result_fd)
{
    const struct smoke_command *command = user;
    FILE *out = fdopen(result_fd, "w");
    bool fit;

    (void)i;
    if (!out)
        return STATUS_BROKEN;
    fit = smoke_run(&command->options, out);
    fprintf(out, "%c", fit ? '+' : '-'); /* the last byte is for done() */
    return fclose(out) ? STATUS_BROKEN : 0;
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct smoke_command *command = user;

    (void)i;
    if (failure || size == 0) {
        command->status = complain(STATUS_BROKEN, "%s", failure ? failure : "nothing came of it");
        return;
    }
    fwrite(result, size - 1, 1, stdout);
    command->status = result[size - 1] == '+' ? STATUS_EXPECTED : STATUS_UNEXPECTED;
}

int command_smoke(int argc, char **argv, const char *program)
{
    static const struct argp argp = {options, read_option, "HOST", doc, NULL, NULL, NULL};
    struct smoke_command command = {.slow = 1, .status = STATUS_BROKEN};
    struct implementations implementations = {0};
    struct fleet fleet = {.jobs = 1, .work = work, .done = done, .user = &command};
    struct layout layout;
    int status, rc;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &command);
    layout_find(&layout);
    status = implementations_add(&implementations, &layout, command.argument);
    if (!status && implementations.list[0].pair)
        status = complain(STATUS_USAGE, "smoke takes one implementation, and %s is a pair",
                          command.argument);
    if (!status) {
        const struct implementation *one = &implementations.list[0];

        command.options = (struct smoke_options){.name = one->name,
                                                 .host = one->host,
                                                 .adapter = one->adapters[0],
                                                 .child = one->child,
                                                 .slow = command.slow};
        fleet.deadline_ms = (int)(JOB_MS * (command.slow > 1 ? command.slow : 1));
        fflush(stdout);
        rc = fleet_run(&fleet, 1);
        status =
            rc ? complain(STATUS_BROKEN, "cannot start a job: %s", strerror(-rc)) : command.status;
    }
    implementations_clear(&implementations);
    layout_clear(&layout);
    return finish(status);
}
