/* SPDX-License-Identifier: MIT */
/*
 * The platform command: the table of document 004, which told in 2002 what the kernel was to do
 * with each signal, and beside it what the newest results say that this kernel does. Both columns
 * of the document are there: what a signal does that has a handler, and what one does without.
 *
 * The words are the document's. What was seen is put into them only where the scenarios passed that
 * show it; a scenario that was not played shows nothing.
 */
#include <argp.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/results.h"
#include "report/text.h"

static const char doc[] =
    "Prints what document 004 says of each signal, and what was seen of this kernel, as a table in "
    "Markdown.\v"
    "RESULTS is a results file; without one, the newest that knows of the platform is taken.\n\n"
    "Examples:\n"
    "  reapcheck run platform && reapcheck platform\n\n"
    "Exit status:\n"
    "  0  it was printed, and all of it was seen to hold\n"
    "  1  a scenario that it is made from fails, or was not played\n"
    "  2  wrong use, or there are no results of the platform\n"
    "  3  the harness itself could not work";

/* A row of the document. */
static const struct row {
    const char *signals[4]; /* the first gives the row its name, if it has no other */
    const char *name, *handled, *unhandled;
    const char *today; /* where it departs from that, and why */
} rows[] = {
#define BY_FAULT "sent to a process it goes to any thread, as kill(2) has it for all"
    {{"SIGHUP"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGINT"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGQUIT"}, NULL, "load-balance", "kill-all+core", NULL},
    {{"SIGILL"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGTRAP"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGABRT"}, "SIGABRT/SIGIOT", "specific", "kill-all+core", BY_FAULT},
    {{"SIGBUS"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGFPE"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGKILL"}, NULL, "n/a", "kill-all", NULL},
    {{"SIGUSR1"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGSEGV"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGUSR2"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGPIPE"}, NULL, "specific", "kill-all", BY_FAULT},
    {{"SIGALRM"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGTERM"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGCHLD"}, NULL, "load-balance", "ignore", NULL},
    {{"SIGCONT"}, NULL, "load-balance", "continue-all", NULL},
    {{"SIGSTOP"}, NULL, "n/a", "stop-all", NULL},
    {{"SIGTSTP"}, NULL, "load-balance", "stop-all", NULL},
    {{"SIGTTIN"}, NULL, "load-balance", "stop-all", NULL},
    {{"SIGTTOU"}, NULL, "load-balance", "stop-all", NULL},
    {{"SIGURG"}, NULL, "load-balance", "ignore", NULL},
    {{"SIGXCPU"},
     NULL,
     "specific",
     "kill-all+core",
     "the clock that raises it is the process's (setrlimit(2)): it goes to any thread"},
    {{"SIGXFSZ"}, NULL, "specific", "kill-all+core", BY_FAULT},
    {{"SIGVTALRM"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGPROF"},
     NULL,
     "specific",
     "kill-all",
     "the timer that raises it is the process's (setitimer(2)): it goes to any thread"},
    {{"SIGPOLL"}, "SIGPOLL/SIGIO", "load-balance", "kill-all", NULL},
    {{"SIGSYS"}, "SIGSYS/SIGUNUSED", "specific", "kill-all+core", BY_FAULT},
    {{"SIGSTKFLT"}, NULL, "specific", "kill-all", "nothing raises it any more (signal(7))"},
    {{"SIGWINCH"}, NULL, "load-balance", "ignore", NULL},
    {{"SIGPWR"}, NULL, "load-balance", "kill-all", NULL},
    {{"SIGRTMIN", "SIGRTMIN+1", "SIGRTMAX"}, "SIGRTMIN-SIGRTMAX", "load-balance", "kill-all", NULL},
};

/* What a scenario shows, in the document's words. All that are about a signal must pass. */
static const struct showing {
    const char *scenario; /* of the folder platform; its row is the signal */
    const char *row;      /* where it is something else */
    const char *word;
} handled[] =
    {
        {"handled-once", NULL, "load-balance"},
        {"takes-no-handler", NULL, "n/a"},
},
  faulted[] =
      {
          {"own-fault", NULL, "specific"},
},
  unhandled[] = {
      {"dumps-core", NULL, "kill-all+core"}, /* before the next, which is true of it, too */
      {"ends-all-threads", NULL, "kill-all"},
      {"stops-all-threads", NULL, "stop-all"},
      {"continues-all-threads", "default", "continue-all"},
      {"ignored-by-default", NULL, "ignore"},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* NULL where the results do not have it. */
static const struct verdict *verdict_of(const struct results *results, const char *scenario,
                                        const char *row)
{
    char *name = text_format("platform/%s@%s", scenario, row);
    const struct verdict *found = NULL;

    for (size_t i = 0; i < results->count; i++)
        if (!strcmp(results->list[i].scenario, name))
            found = &results->list[i];
    free(name);
    return found;
}

/* What the showings say of one signal; NULL where none of them was played. */
static const char *seen_of(const struct results *results, const char *signal,
                           const struct showing *showings, size_t count)
{
    const char *word = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct showing *showing = &showings[i];
        const struct verdict *verdict;

        if (showing->row && strcmp(signal, "SIGCONT"))
            continue;
        verdict = verdict_of(results, showing->scenario, showing->row ? showing->row : signal);
        if (!verdict || verdict->kind == VERDICT_SKIP)
            continue;
        if (verdict->kind != VERDICT_PASS)
            return "broken";
        /* SIGCONT is ignored by a process that is not stopped, and that is the lesser thing. */
        word = word ? word : showing->word;
    }
    return word;
}

/* Of all signals of a row: what they have in common. */
static const char *seen(const struct results *results, const struct row *row,
                        const struct showing *showings, size_t count)
{
    const char *common = NULL;

    for (size_t i = 0; row->signals[i]; i++) {
        const char *word = seen_of(results, row->signals[i], showings, count);

        if (!word || (common && strcmp(common, word)))
            return word && i ? "broken" : NULL;
        common = word;
    }
    return common;
}

/* Returns false where something is missing or broken. */
static bool print_table(const struct results *results, const char *version)
{
    bool whole = true;

    printf("| signal | with a handler | Linux %s: sent to the process | its own fault "
           "| without a handler | Linux %s | why |\n|---|---|---|---|---|---|---|\n",
           version, version);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const char *sent = seen(results, row, handled, COUNT(handled));
        const char *fault = seen(results, row, faulted, COUNT(faulted));
        const char *end = seen(results, row, unhandled, COUNT(unhandled));

        printf("| %s | %s | %s | %s | %s | %s | %s |\n", row->name ? row->name : row->signals[0],
               row->handled, sent ? sent : "not seen", fault ? fault : "-", row->unhandled,
               end ? end : "not seen", row->today ? row->today : "");
        whole &= sent && strcmp(sent, "broken") && end && !strcmp(end, row->unhandled) &&
                 (!fault || strcmp(fault, "broken"));
    }
    return whole;
}

static const char *platform_version(const struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        if (!strcmp(results->list[i].implementation, "platform"))
            return results->list[i].version;
    return NULL;
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_results(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 6 && !strcmp(entry->d_name + length - 6, ".jsonl");
}

/* The newest file of the folder that knows of the platform; NULL if there is none. */
static struct results *newest(const char *folder)
{
    struct dirent **entries = NULL;
    struct results *found = NULL;
    int count = scandir(folder, &entries, is_results, newest_first);

    for (int i = 0; i < count; i++) {
        char *file = text_format("%s/%s", folder, entries[i]->d_name), why[512];

        if (!found)
            found = results_load(file, why, sizeof why);
        if (found && !verdict_of(found, "handled-once", "SIGHUP")) {
            results_free(found);
            found = NULL;
        }
        free(file);
        free(entries[i]);
    }
    free(entries);
    return found;
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    const char **file = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (state->arg_num)
        argp_error(state, "it takes one results file");
    *file = argument;
    return 0;
}

int command_platform(int argc, char **argv, const char *program)
{
    static const struct argp argp = {NULL, read_option, "[RESULTS]", doc, NULL, NULL, NULL};
    struct results *results;
    const char *file = NULL;
    struct layout layout;
    char why[512] = "";
    int status;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &file);
    layout_find(&layout);
    results = file ? results_load(file, why, sizeof why) : newest(layout.results);
    if (file && !results)
        status = complain(STATUS_USAGE, "%s", why);
    else if (!results || !platform_version(results))
        status = complain(STATUS_USAGE,
                          "there are no results of the platform in %s; `reapcheck run platform` "
                          "makes them",
                          file ? file : layout.results);
    else
        status =
            print_table(results, platform_version(results)) ? STATUS_EXPECTED : STATUS_UNEXPECTED;
    results_free(results);
    layout_clear(&layout);
    return finish(status);
}
