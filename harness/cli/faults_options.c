/* SPDX-License-Identifier: MIT */
/* The options of `reapcheck faults`, its help, and what values are taken. */
#include "cli/faults.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include "cli/option.h"

enum { NUMBER_MOST = 1000000000, PAIRS_DEFAULT = 500, MOST_DEFAULT = 10 };

enum key {
    KEY_IMPL = 'i',
    KEY_JOBS = 'j',
    KEY_OUTPUT = 'o',
    KEY_VERBOSE = 'v',
    KEY_ONLY = 256,
    KEY_CALL,
    KEY_MOST,
    KEY_PAIRS,
    KEY_SEED,
    KEY_SLOW,
    KEY_HISTORY,
    KEY_ERRORS,
    KEY_NO_NAMESPACES,
};

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What to make fail:", 1},
    {"impl", KEY_IMPL, "NAME|FILE", 0,
     "The implementation: one that was built with reapcheck, or a shared object with an adapter",
     1},
    {"call", KEY_CALL, "CALL", 0,
     "Only this libc call; may be given several times (default: all in the table)", 1},
    {"most", KEY_MOST, "N", 0,
     "Of each call and error of a script at most N points, spread evenly; 0: all; what is left out "
     "is counted (default: 10)",
     1},
    {"pairs", KEY_PAIRS, "N", 0,
     "Then so many pairs of points that did no harm alone (default: 500; 0: none)", 1},
    {"seed", KEY_SEED, "S", 0, "Draw the pairs by this number (default: 1)", 1},
    {"only", KEY_ONLY, "STATEMENT", 0,
     "No sweep: this one fault, in the words of a script, such as 'fail waitpid EINTR skip 4'; "
     "twice for a pair",
     1},
    {"errors", KEY_ERRORS, NULL, 0,
     "No sweep: print which errors are planted, and why others are not", 1},
    {NULL, 0, NULL, 0, "How to play it:", 2},
    {"jobs", KEY_JOBS, "N", 0,
     "Plays at once (default: twice the number of processors, since a play waits half of its time)",
     2},
    {"slow", KEY_SLOW, "X", 0, "Multiply every deadline by X (default: 1)", 2},
    {"no-namespaces", KEY_NO_NAMESPACES, NULL, 0,
     "Do not use pid namespaces, even where the kernel allows them", 2},
    {NULL, 0, NULL, 0, "What to say of it:", 3},
    {"output", KEY_OUTPUT, "FILE", 0, "Write every point there, as lines of JSON", 3},
    {"history", KEY_HISTORY, "FOLDER", 0,
     "With --only: keep the whole history of each scenario there, as text", 3},
    {"verbose", KEY_VERBOSE, NULL, 0, "Print the evidence of each failing point, too", 3},
    {NULL, 0, NULL, 0, "Help:", -1},
    {0},
};

static const char doc[] =
    "Makes each libc call of an implementation fail in turn, with each error that it may return.\v"
    "Each scenario is played with the first such call failing, then the second, and so on until a "
    "play meets no fault; then with pairs. Each play must end in success or in a clear error at "
    "the call that needed it: nothing lost, leaked, left behind or hung. What a scenario fails "
    "without a fault, and what is known of the implementation, is not charged.\n"
    "\n"
    "A SCENARIO is as for `reapcheck run`. With none, all are played.\n"
    "\n"
    "Examples:\n"
    "  reapcheck faults --impl reference\n"
    "  reapcheck faults --impl ./mine.so --most 10 sharing\n"
    "  reapcheck faults --impl reference --only 'fail fork EAGAIN' children\n"
    "\n"
    "Exit status:\n"
    "  0  every point ended as it must\n"
    "  1  one did not\n"
    "  2  wrong use\n"
    "  3  the harness itself could not work\n"
    "  130, 143  it was interrupted (SIGINT, SIGTERM)";

struct script *fault_statement(const char *text, struct script_error *error)
{
    char *whole = text_format("scenario planted\ncovers XC-01\n%s\n", text);
    struct script *script =
        strchr(text, '\n') ? NULL : script_parse("--only", whole, strlen(whole), error);

    free(whole);
    if (script && script->steps_count == 1 && !script->steps[0].lane[0] &&
        (script->steps[0].verb == VERB_FAIL || script->steps[0].verb == VERB_SHORT ||
         script->steps[0].verb == VERB_RAISE))
        return script;
    if (script || strchr(text, '\n')) {
        script_free(script);
        snprintf(error->what, sizeof error->what,
                 "it is no one statement `fail`, `short` or `raise` for any lane");
    }
    return NULL;
}

static void read_only(struct argp_state *state, struct faults_options *options, const char *text)
{
    struct script_error error = {0};

    if (options->only_count == PLAY_FAULTS)
        argp_error(state, "--only can be given %d times", PLAY_FAULTS);
    options->only[options->only_count] = fault_statement(text, &error);
    if (!options->only[options->only_count])
        argp_error(state, "--only \"%s\": %s", text, error.what);
    options->only_count++;
}

static void read_call(struct argp_state *state, struct faults_options *options, const char *text)
{
    enum libc_call call = libc_call_from_word(text);

    if (!call)
        argp_error(state,
                   "--call takes a call that the probe knows (--errors lists them), not "
                   "\"%s\"",
                   text);
    options->wanted[call] = options->some_wanted = true;
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct faults_options *options = state->input;

    switch (key) {
    case KEY_IMPL:
        if (options->implementation)
            argp_error(state, "--impl can be given once");
        options->implementation = argument;
        break;
    case KEY_CALL:
        read_call(state, options, argument);
        break;
    case KEY_MOST:
        options->most = (int)option_number(state, "most", argument, 0, NUMBER_MOST);
        break;
    case KEY_PAIRS:
        options->pairs = (int)option_number(state, "pairs", argument, 0, NUMBER_MOST);
        break;
    case KEY_SEED:
        options->seed = (uint64_t)option_number(state, "seed", argument, 0, NUMBER_MOST);
        break;
    case KEY_ONLY:
        read_only(state, options, argument);
        break;
    case KEY_ERRORS:
        options->errors = true;
        break;
    case KEY_JOBS:
        options->jobs = option_jobs(state, argument);
        break;
    case KEY_SLOW:
        options->slow = option_slow(state, argument);
        break;
    case KEY_NO_NAMESPACES:
        options->no_namespaces = true;
        break;
    case KEY_OUTPUT:
        options->output = argument;
        break;
    case KEY_HISTORY:
        options->history = argument;
        break;
    case KEY_VERBOSE:
        options->verbose = true;
        break;
    case ARGP_KEY_ARG:
        text_list_add(&options->paths, argument);
        break;
    case ARGP_KEY_END:
        if (!options->implementation && !options->errors)
            argp_error(state, "give one --impl");
        if (options->history && !options->only_count)
            argp_error(state, "--history keeps the histories of --only");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void faults_options_read(struct faults_options *options, int argc, char **argv)
{
    static const struct argp argp = {table, read_option, "[SCENARIO...]", doc, NULL, NULL, NULL};

    *options = (struct faults_options){.jobs = 2 * option_processors(),
                                       .most = MOST_DEFAULT,
                                       .pairs = PAIRS_DEFAULT,
                                       .seed = 1,
                                       .slow = 1};
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

void faults_options_clear(struct faults_options *options)
{
    for (size_t i = 0; i < options->only_count; i++)
        script_free(options->only[i]);
    text_list_clear(&options->paths);
    *options = (struct faults_options){0};
}
