/* SPDX-License-Identifier: MIT */
/* The options of `reapcheck run`, its help, and what values are taken. */
#include "cli/run_options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/bazel.h"
#include "cli/cli.h"
#include "cli/option.h"

enum { REPEAT_MOST = 1000000, UNTIL_FAIL_PLAYS = 1000 };

enum key {
    KEY_IMPL = 'i',
    KEY_JOBS = 'j',
    KEY_OUTPUT = 'o',
    KEY_FORMAT = 'f',
    KEY_VERBOSE = 'v',
    KEY_EXPECT = 256,
    KEY_RESULTS,
    KEY_SHARD,
    KEY_REPEAT,
    KEY_UNTIL_FAIL,
    KEY_FILTER,
    KEY_SEED,
    KEY_UNDER,
    KEY_SLOW,
    KEY_HISTORY,
    KEY_COLOUR,
    KEY_NO_NAMESPACES,
    KEY_NO_PROBE,
};

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What to play:", 1},
    {"impl", KEY_IMPL, "NAME|FILE", 0,
     "An implementation that was built with reapcheck, or a shared object with an adapter; two of "
     "these with a + between them are a pair in one process; may be given several times (default: "
     "all that are built)",
     1},
    {"filter", KEY_FILTER, "PATTERN", 0,
     "Only scenarios whose name matches, as in 'sharing/goes-*'; a name alone stands for a theme, "
     "too",
     1},
    {"shard", KEY_SHARD, "I/N", 0, "Only part I of N parts of the scenarios (default: 1/1)", 1},
    {"repeat", KEY_REPEAT, "N", 0,
     "Play each scenario N times; what passes once and fails once is flaky, and no pass (default: "
     "1)",
     1},
    {"until-fail", KEY_UNTIL_FAIL, NULL, 0,
     "Play each scenario until it fails, --repeat times at most (default: 1000)", 1},
    {NULL, 0, NULL, 0, "How to play it:", 2},
    {"jobs", KEY_JOBS, "N", 0, "Scenarios at once (default: the number of processors)", 2},
    {"seed", KEY_SEED, "S", 0,
     "Start the scenarios in an order made from this number (default: by name)", 2},
    {"slow", KEY_SLOW, "X", 0, "Multiply every deadline by X (default: 1)", 2},
    {"under", KEY_UNDER, "TOOL|COMMAND", 0,
     "Run each host under this: helgrind, drd, memcheck, asan, ubsan or tsan, whose reports become "
     "findings "
     "(`reapcheck "
     "audit`), or any command, such as 'strace -f'",
     2},
    {"no-namespaces", KEY_NO_NAMESPACES, NULL, 0,
     "Do not use pid namespaces, even where the kernel allows them", 2},
    {"no-probe", KEY_NO_PROBE, NULL, 0,
     "Do not watch calls, handlers and locks inside the hosts, for tools that this would disturb; "
     "scenarios that need it are skipped",
     2},
    {NULL, 0, NULL, 0, "What to say of it:", 3},
    {"format", KEY_FORMAT, "FORMAT[=FILE]", 0,
     "pretty, tap, junit, github, markdown, jsonl or pairs (default: pretty); with FILE a further "
     "report, any number of times",
     3},
    {"output", KEY_OUTPUT, "FILE", 0,
     "Write the report there that has no FILE of its own (default: standard output)", 3},
    {"expect", KEY_EXPECT, "FILE", 0,
     "The failures known of the one implementation (default: results/expected/NAME, where it is "
     "there)",
     3},
    {"results", KEY_RESULTS, "FOLDER", 0,
     "Where the results file of the run goes (default: results/latest)", 3},
    {"history", KEY_HISTORY, "FOLDER", 0,
     "Keep the whole history of each scenario there, as text, a file each", 3},
    {"verbose", KEY_VERBOSE, NULL, 0, "Tell of passes and skips one by one, too", 3},
    {"color", KEY_COLOUR, "WHEN", 0, "auto, always or never (default: auto)", 3},
    {"colour", KEY_COLOUR, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
    {NULL, 0, NULL, 0, "Help:", -1},
    {0},
};

static const char doc[] =
    "Plays scenarios against implementations, judges what happened, and reports.\v"
    "A SCENARIO is a script, a folder of scripts, or the name of either below the folder "
    "scenarios, such as sharing/two-contexts. With none, all are played.\n"
    "\n"
    "Examples:\n"
    "  reapcheck run\n"
    "  reapcheck run --impl libxl --jobs 4 sharing\n"
    "  reapcheck run --impl ./mine.so --format tap --output mine.tap\n"
    "  reapcheck run --impl ./mine.so --format junit=mine.xml --shard 2/4\n"
    "  reapcheck run --impl reference --repeat 100 faults/fork-fails\n"
    "\n"
    "Environment, where no option says otherwise:\n"
    "  TEST_TOTAL_SHARDS, TEST_SHARD_INDEX  as --shard; the index counts from 0\n"
    "  TEST_SHARD_STATUS_FILE               is touched\n"
    "  TESTBRIDGE_TEST_ONLY                 as --filter\n"
    "  XML_OUTPUT_FILE                      a further report: junit\n"
    "  TEST_UNDECLARED_OUTPUTS_DIR, or TEST_TMPDIR\n"
    "                                       results go into results below it\n"
    "  GITHUB_ACTIONS, GITHUB_STEP_SUMMARY  with --format github: markdown is\n"
    "                                       added to that file\n"
    "\n"
    "Exit status:\n"
    "  0  all as expected\n"
    "  1  something was not\n"
    "  2  wrong use\n"
    "  3  the harness itself could not work\n"
    "  130, 143  it was interrupted (SIGINT, SIGTERM)";

static void read_shard(struct argp_state *state, struct run_options *options, const char *text)
{
    char *slash = strchr(text, '/'), *first;

    if (!slash)
        argp_error(state, "--shard takes I/N, such as 1/4, not \"%s\"", text);
    first = text_format("%.*s", (int)(slash - text), text);
    options->shards = (int)option_number(state, "shard I/N", slash + 1, 1, SHARDS_MOST);
    options->shard = (int)option_number(state, "shard I/N", first, 1, options->shards);
    options->sharded = true;
    free(first);
}

static void read_seed(struct argp_state *state, struct run_options *options, const char *text)
{
    char *end;

    errno = 0;
    options->seed = strtoull(text, &end, 0);
    if (end == text || *end || errno || *text == '-')
        argp_error(state, "--seed takes a number, not \"%s\"", text);
    options->shuffled = true;
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct run_options *options = state->input;
    const char *why;

    switch (key) {
    case KEY_IMPL:
        text_list_add(&options->implementations, argument);
        break;
    case KEY_SHARD:
        read_shard(state, options, argument);
        break;
    case KEY_FILTER:
        options->filter = argument;
        break;
    case KEY_UNTIL_FAIL:
        options->until_fail = true;
        break;
    case KEY_REPEAT:
        options->repeat = (int)option_number(state, "repeat", argument, 1, REPEAT_MOST);
        break;
    case KEY_JOBS:
        options->jobs = option_jobs(state, argument);
        break;
    case KEY_SEED:
        read_seed(state, options, argument);
        break;
    case KEY_HISTORY:
        options->history = argument;
        break;
    case KEY_SLOW:
        options->slow = option_slow(state, argument);
        break;
    case KEY_UNDER:
        options->under = argument;
        options->tool = audit_tool_find(argument);
        if (options->tool && !audit_tool_is_there(options->tool))
            argp_failure(state, STATUS_BROKEN, 0, "%s needs %s, which is not installed (PATH)",
                         argument, options->tool->program);
        break;
    case KEY_NO_NAMESPACES:
        options->no_namespaces = true;
        break;
    case KEY_NO_PROBE:
        options->no_probe = true;
        break;
    case KEY_FORMAT:
        if ((why = outputs_add(&options->outputs, argument)))
            argp_error(state, "%s", why);
        break;
    case KEY_OUTPUT:
        options->outputs.output = argument;
        break;
    case KEY_EXPECT:
        options->expect = argument;
        break;
    case KEY_RESULTS:
        options->results = argument;
        break;
    case KEY_VERBOSE:
        options->verbose = true;
        break;
    case KEY_COLOUR:
        if (!outputs_colour(&options->outputs, argument))
            argp_error(state, "--color takes auto, always or never, not \"%s\"", argument);
        break;
    case ARGP_KEY_ARG:
        text_list_add(&options->paths, argument);
        break;
    case ARGP_KEY_END:
        if (options->expect && options->implementations.count != 1)
            argp_error(state, "--expect speaks of one implementation: give one --impl with it");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int run_options_read(struct run_options *options, int argc, char **argv)
{
    static const struct argp argp = {table, read_option, "[SCENARIO...]", doc, NULL, NULL, NULL};

    *options = (struct run_options){
        .jobs = option_processors(),
        .shard = 1,
        .shards = 1,
        .slow = 1,
    };
    argp_parse(&argp, argc, argv, 0, NULL, options);
    if (!options->repeat)
        options->repeat = options->until_fail ? UNTIL_FAIL_PLAYS : 1;
    outputs_complete(&options->outputs);
    return bazel_read(options);
}

bool run_options_complete(const struct run_options *options)
{
    return !options->paths.count && !options->filter && options->shards == 1;
}

void run_options_clear(struct run_options *options)
{
    text_list_clear(&options->implementations);
    text_list_clear(&options->paths);
    outputs_clear(&options->outputs);
    *options = (struct run_options){0};
}
