/* SPDX-License-Identifier: MIT */
/*
 * The pairs command: a run of all pairs of what is built, reported as a matrix. It is `reapcheck
 * run` with the names of the pairs written out.
 *
 * Two that are variants of one library (NAME and NAME-VARIANT) are no pair of two implementations:
 * they share the library's own state, and what the one does is not to be told from what the other
 * does. Named as ONE+TWO they are played all the same.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/option.h"
#include "report/results.h"
#include "report/text.h"

enum { JOBS_PER_PROCESSOR = 4 };
enum { KEY_JOBS = 'j', KEY_SLOW = 256, KEY_RESULTS, KEY_FORMAT = 'f' };

static const struct argp_option table[] = {
    {"jobs", KEY_JOBS, "N", 0,
     "Scenarios at once (default: four times the number of processors, since most of the time is "
     "spent waiting for reports that may come late)",
     0},
    {"slow", KEY_SLOW, "X", 0, "Multiply every deadline by X (default: 1)", 0},
    {"format", KEY_FORMAT, "FORMAT[=FILE]", 0,
     "A further report, as `reapcheck run` takes it; any number of times", 0},
    {"results", KEY_RESULTS, "FOLDER", 0,
     "Where the results file and the matrix (pairs.txt) go (default: results/latest)", 0},
    {0},
};

static const char doc[] =
    "Plays all scenarios for pairs against all pairs of the implementations that are built, and "
    "prints who loses, who steals and what is left behind.\v"
    "With a NAME only the pairs in which it is, with several only those of two of them. ONE+TWO is "
    "this pair alone. What is known of a pair stands in results/expected/pairs/ONE+TWO.\n\n"
    "Examples:\n"
    "  reapcheck pairs\n"
    "  reapcheck pairs --jobs 2 libuv glib\n"
    "  reapcheck pairs libuv+glib ./mine.so+libuv\n\n"
    "Exit status:\n"
    "  0  all as expected\n"
    "  1  something was not\n"
    "  2  wrong use\n"
    "  3  the harness itself could not work\n"
    "  130, 143  it was interrupted (SIGINT, SIGTERM)";

struct options {
    struct text_list names, passed_on; /* on to `run` */
    bool jobs;
    const char *results;
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_JOBS:
        option_jobs(state, argument);
        options->jobs = true;
        text_list_add(&options->passed_on, "--jobs");
        break;
    case KEY_SLOW:
        option_slow(state, argument);
        text_list_add(&options->passed_on, "--slow");
        break;
    case KEY_FORMAT:
        text_list_add(&options->passed_on, "--format");
        break;
    case KEY_RESULTS:
        options->results = argument;
        return 0;
    case ARGP_KEY_ARG:
        text_list_add(&options->names, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    text_list_add(&options->passed_on, argument);
    return 0;
}

static bool is_variant(const char *name, const char *of)
{
    size_t length = strlen(of);

    return !strncmp(name, of, length) && (!name[length] || name[length] == '-');
}

static bool is_asked_for(const struct text_list *names, const char *one, const char *two)
{
    size_t count = 0;
    bool has_one = text_list_has(names, one), has_two = text_list_has(names, two);

    for (size_t i = 0; i < names->count; i++)
        count += !strchr(names->list[i], '+');
    if (names->count == 0)
        return true;
    return count == 1 ? has_one || has_two : has_one && has_two;
}

static void add_pair(struct text_list *arguments, const char *pair)
{
    text_list_add(arguments, "--impl");
    text_list_add(arguments, pair);
}

/* A host in another language loads nothing beside itself, and the kernel's own is no library. */
static bool can_be_first(const struct implementation *built)
{
    return !built->script && strcmp(built->name, "platform");
}

/* All pairs of what is built, as options of `run`. Returns how many. */
static size_t add_built(const struct layout *layout, const struct implementations *built,
                        const struct text_list *names, struct text_list *arguments)
{
    size_t count = 0;

    for (size_t i = 0; i < built->count; i++)
        for (size_t j = 0; j < built->count; j++) {
            const char *one = built->list[i].name, *two = built->list[j].name;
            char *object = text_format("%s/%s.so", layout->adapters, two);
            char *pair = text_format("%s+%s", one, two);

            if (can_be_first(&built->list[i]) && !access(object, R_OK) && !is_variant(one, two) &&
                !is_variant(two, one) && is_asked_for(names, one, two)) {
                add_pair(arguments, pair);
                count++;
            }
            free(object);
            free(pair);
        }
    return count;
}

static int check_names(const struct implementations *built, const struct text_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        bool known = strchr(names->list[i], '+');

        for (size_t j = 0; j < built->count; j++) {
            if (strcmp(names->list[i], built->list[j].name))
                continue;
            if (!can_be_first(&built->list[j]))
                return complain(STATUS_USAGE,
                                "%s loads no second implementation, and can be loaded beside none",
                                names->list[i]);
            known = true;
        }
        if (!known)
            return complain(STATUS_USAGE,
                            "no implementation \"%s\" is built (`reapcheck list implementations`)",
                            names->list[i]);
    }
    return 0;
}

static int conduct(struct options *options, const struct layout *layout, const char *program)
{
    const char *folder = options->results ? options->results : layout->results;
    struct implementations built = {0};
    struct text_list arguments = {0};
    char **argv, *matrix = text_format("pairs=%s/pairs.txt", folder);
    size_t count = 0;
    int status, rc = implementations_built(&built, layout);

    status = rc ? complain(STATUS_BROKEN, "cannot look for implementations in %s: %s",
                           layout->hosts, strerror(-rc))
                : check_names(&built, &options->names);
    if (status)
        goto out;
    text_list_add(&arguments, "reapcheck run");
    for (size_t i = 0; i < options->names.count; i++)
        if (strchr(options->names.list[i], '+')) {
            add_pair(&arguments, options->names.list[i]);
            count++;
        }
    count += add_built(layout, &built, &options->names, &arguments);
    if (!count) {
        status = complain(STATUS_USAGE,
                          "there is no pair to play: %zu implementation%s built, and "
                          "shared objects are to lie in %s",
                          built.count, built.count == 1 ? " is" : "s are", layout->adapters);
        goto out;
    }
    if ((rc = results_make_folder(folder))) {
        status = complain(STATUS_BROKEN, "cannot write to %s: %s", folder, strerror(-rc));
        goto out;
    }
    for (size_t i = 0; i < options->passed_on.count; i++)
        text_list_add(&arguments, options->passed_on.list[i]);
    if (!options->jobs) {
        char *jobs = text_format("%d", JOBS_PER_PROCESSOR * option_processors());

        text_list_add(&arguments, "--jobs");
        text_list_add(&arguments, jobs);
        free(jobs);
    }
    text_list_add(&arguments, "--results");
    text_list_add(&arguments, folder);
    text_list_add(&arguments, "--format");
    text_list_add(&arguments, "pairs");
    text_list_add(&arguments, "--format");
    text_list_add(&arguments, matrix);
    argv = text_memory(arguments.count + 1, sizeof *argv);
    memcpy(argv, arguments.list, arguments.count * sizeof *argv);
    status = command_run((int)arguments.count, argv, program);
    free(argv);
out:
    free(matrix);
    text_list_clear(&arguments);
    implementations_clear(&built);
    return status;
}

int command_pairs(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "[NAME|ONE+TWO...]", doc, NULL,
                                     NULL,  NULL};
    struct options options = {0};
    struct layout layout;
    int status;

    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    status = conduct(&options, &layout, program);
    layout_clear(&layout);
    text_list_clear(&options.names);
    text_list_clear(&options.passed_on);
    return status;
}
