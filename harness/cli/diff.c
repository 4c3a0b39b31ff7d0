/* SPDX-License-Identifier: MIT */
/*
 * The diff command: two results files, scenario by scenario. Two verdicts are the same if they are
 * of one kind and the same requirements fail; times, versions and wording may differ. Where a
 * scenario was repeated, its worst verdict counts.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/flaky.h"
#include "report/results.h"
#include "report/text.h"

static const char doc[] =
    "Compares the verdicts of two results files, and lists those that differ.\v"
    "Example:\n"
    "  reapcheck diff before.jsonl results/latest/20260102T030405Z-678.jsonl\n\n"
    "Exit status:\n"
    "  0  the verdicts are the same\n"
    "  1  they are not\n"
    "  2  wrong use, or a file that cannot be read\n"
    "  3  the harness itself could not work";

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    char **files = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "it compares two files");
        files[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "it takes two files");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* One implementation in one scenario, its worst verdict. */
struct entry {
    const struct verdict *verdict;
    char *told; /* "fail XC-05 FK-47" */
};
struct side {
    struct entry *list;
    size_t count;
};

static int compare_names(const struct verdict *a, const struct verdict *b)
{
    int order = strcmp(a->implementation, b->implementation);

    return order ? order : strcmp(a->scenario, b->scenario);
}

/* By name; of one name the worst first. */
static int compare_entries(const void *a, const void *b)
{
    const struct verdict *first = ((const struct entry *)a)->verdict;
    const struct verdict *second = ((const struct entry *)b)->verdict;
    int order = compare_names(first, second);

    return order ? order : flaky_badness(second) - flaky_badness(first);
}

static char *told(const struct verdict *verdict)
{
    const char **ids;
    size_t count = verdict_failing(verdict, &ids);
    char *text = text_format("%s", verdict_word(verdict->kind));

    for (size_t i = 0; i < count; i++)
        text_append(&text, " %s", ids[i]);
    free(ids);
    return text;
}

static void side_make(struct side *side, const struct results *results)
{
    size_t kept = 0;

    side->list = text_memory(results->count, sizeof *side->list);
    for (size_t i = 0; i < results->count; i++)
        side->list[i].verdict = &results->list[i];
    qsort(side->list, results->count, sizeof *side->list, compare_entries);
    for (size_t i = 0; i < results->count; i++)
        if (!kept || compare_names(side->list[kept - 1].verdict, side->list[i].verdict))
            side->list[kept++] = side->list[i];
    side->count = kept;
    for (size_t i = 0; i < kept; i++)
        side->list[i].told = told(side->list[i].verdict);
}

static void side_clear(struct side *side)
{
    for (size_t i = 0; i < side->count; i++)
        free(side->list[i].told);
    free(side->list);
}

static void print_change(const struct verdict *verdict, const char *before, const char *after)
{
    char *line =
        text_format("%s: %s: %s -> %s", verdict->implementation, verdict->scenario, before, after);

    text_print_wrapped(stdout, line, 0, 4);
    free(line);
}

/* Walks both sides, which are in order. Returns how many differ. */
static size_t compare(const struct side *old, const struct side *new)
{
    size_t i = 0, j = 0, changes = 0;

    while (i < old->count || j < new->count) {
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : compare_names(old->list[i].verdict, new->list[j].verdict);

        if (order < 0) {
            print_change(old->list[i].verdict, old->list[i].told, "(not there)");
            changes++;
        } else if (order > 0) {
            print_change(new->list[j].verdict, "(not there)", new->list[j].told);
            changes++;
        } else if (strcmp(old->list[i].told, new->list[j].told)) {
            print_change(new->list[j].verdict, old->list[i].told, new->list[j].told);
            changes++;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return changes;
}

/* What a file does not have is no difference that means anything. */
static void say_what_is_missing(const char *file, const struct results *results)
{
    char *why = about_partial(&results->about);

    if (why)
        complain(0, "%s: it does not have all scenarios: %s", file, why);
    free(why);
}

int command_diff(int argc, char **argv, const char *program)
{
    static const struct argp argp = {NULL, read_option, "OLD NEW", doc, NULL, NULL, NULL};
    struct results *results[2] = {NULL, NULL};
    struct side sides[2] = {0};
    char *files[2], error[512];
    int status = STATUS_EXPECTED;
    size_t changes;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, files);
    for (int i = 0; i < 2; i++) {
        results[i] = results_load(files[i], error, sizeof error);
        if (!results[i]) {
            status = complain(STATUS_USAGE, "%s", error);
            goto out;
        }
        if (results[i]->interrupted)
            complain(0, "%s: this run was interrupted, and has not all of its verdicts", files[i]);
        else
            say_what_is_missing(files[i], results[i]);
        side_make(&sides[i], results[i]);
    }
    changes = compare(&sides[0], &sides[1]);
    if (changes) {
        printf("%zu verdict%s differ%s.\n", changes, changes == 1 ? "" : "s",
               changes == 1 ? "s" : "");
        status = STATUS_UNEXPECTED;
    }
    status = finish(status);

out:
    for (int i = 0; i < 2; i++) {
        side_clear(&sides[i]);
        results_free(results[i]);
    }
    return status;
}
