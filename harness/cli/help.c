/* SPDX-License-Identifier: MIT */
/* The table of commands, help about them, and the two ways in which all of them end. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/report.h"
#include "report/text.h"

const struct command commands[] = {
    {"run", "play scenarios against implementations and judge them", command_run},
    {"audit", "play them under tools that look for races and misuse of memory", command_audit},
    {"faults", "make each libc call of an implementation fail in turn", command_faults},
    {"pairs", "play two implementations in one process, all pairs", command_pairs},
    {"smoke", "tell what a host or an adapter still lacks", command_smoke},
    {"list", "list scenarios, implementations or oracles", command_list},
    {"explain", "tell all that is known of a requirement", command_explain},
    {"lint", "check scripts without running them", command_lint},
    {"coverage", "show who covers and who breaks each requirement", command_coverage},
    {"mutants", "play mutants and print who catches them", command_mutants},
    {"matrix", "draw requirements by implementations, as a table or a page", command_matrix},
    {"diff", "compare two results files", command_diff},
    {"merge", "make one results file of those of shards, and report it", command_merge},
    {"expect", "bring the list of known failures up to date", command_expect},
    {"platform", "print what the kernel does with each signal, as it was seen", command_platform},
    {"help", "this list; help COMMAND; help script: the language", command_help},
    {NULL, NULL, NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

void help_print(FILE *out)
{
    fputs("Usage: reapcheck COMMAND [OPTION...] [ARGUMENT...]\n\n"
          "Finds out whether a library that starts or watches child processes can be\n"
          "trusted inside a process that it does not own alone.\n\n"
          "Commands:\n",
          out);
    for (const struct command *command = commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->what);
    fputs("\nOptions:\n"
          "  --help     print this and exit\n"
          "  --version  print the version and exit\n"
          "\nEnvironment:\n"
          "  REAPCHECK_HOME  the folder that holds scenarios/ and results/\n"
          "  NO_COLOR        no colour, whatever the terminal\n"
          "\nExamples:\n"
          "  reapcheck run                        everything, against all that is built\n"
          "  reapcheck run --impl ./mine.so sharing\n"
          "  reapcheck explain XC-05\n"
          "\nExit status:\n"
          "  0  all as expected\n"
          "  1  something was not\n"
          "  2  wrong use\n"
          "  3  the harness itself could not work\n"
          "\n`reapcheck COMMAND --help` tells more of a command.\n",
          out);
}

int command_help(int argc, char **argv, const char *program)
{
    const struct command *command;
    char *arguments[] = {NULL, "--help", NULL};

    if (argc > 2)
        return complain(STATUS_USAGE, "help takes one word; `reapcheck help` lists the commands");
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
        help_print(stdout);
        return finish(STATUS_EXPECTED);
    }
    if (!strcmp(argv[1], "script")) {
        script_print_grammar(stdout);
        return finish(STATUS_EXPECTED);
    }
    command = command_find(argv[1]);
    if (!command)
        return complain(STATUS_USAGE, "there is no command \"%s\"; `reapcheck help` lists them",
                        argv[1]);
    arguments[0] = text_format("reapcheck %s", command->name);
    return command->main(2, arguments, program); /* which prints it and exits */
}

int complain(int status, const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fputs("reapcheck: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
    return status;
}

int finish(int status)
{
    int rc = report_flush(stdout);

    if (!rc)
        return status;
    if (rc == -EPIPE) /* whoever read it has had enough: nothing to say */
        return STATUS_BROKEN;
    return complain(STATUS_BROKEN, "cannot write to standard output: %s", strerror(-rc));
}
