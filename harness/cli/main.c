/* SPDX-License-Identifier: MIT */
/* Finds the command and hands over to it. */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/text.h"

int main(int argc, char **argv)
{
    const char *program = argc > 0 ? argv[0] : "reapcheck";
    const struct command *command;
    char *name;
    int status;

    argp_err_exit_status = STATUS_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is a failed write, and is reported so */

    if (argc < 2) {
        help_print(stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        puts("reapcheck " REAPCHECK_VERSION);
        return finish(STATUS_EXPECTED);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "-?")) {
        help_print(stdout);
        return finish(STATUS_EXPECTED);
    }
    command = command_find(argv[1]);
    if (!command)
        return complain(STATUS_USAGE, "there is no command \"%s\"; `reapcheck help` lists them",
                        argv[1]);
    name = text_format("reapcheck %s", command->name);
    argv[1] = name;
    status = command->main(argc - 1, argv + 1, program);
    free(name);
    return status;
}
