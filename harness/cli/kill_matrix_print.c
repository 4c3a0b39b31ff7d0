/* SPDX-License-Identifier: MIT */
/*
 * The kill matrix for people and for programs. For people each promise has a line, and what else
 * was played is summed up by theme; 80 columns are enough.
 */
#include "cli/kill_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"

enum {
    INDENT = 10,      /* of what is said below a row */
    LONGEST_MOST = 3, /* plays that took longest, named in the end */
};

static const char *const cause_words[] = {
    [KILL_NONE] = "none",
    [KILL_PROGRESS] = "progress",
    [KILL_STEP] = "step",
    [KILL_ORACLE] = "oracle",
};

static char *join(const struct text_list *list)
{
    char *text = text_format("%s", "");

    for (size_t i = 0; i < list->count; i++)
        text_append(&text, "%s%s", i ? ", " : "", list->list[i]);
    return text;
}

static void print_below(FILE *out, const char *what, const char *more)
{
    char *line = text_format("%s%s", what, more);

    fprintf(out, "%*s", INDENT, "");
    text_print_wrapped(out, line, INDENT, INDENT + 2);
    free(line);
}

static void print_promise(FILE *out, const struct kill *kill)
{
    char *share = text_format("%zu of %zu", kill->caught, kill->times);

    fprintf(out, "  %s  %s  %-8s  ", kill_is_missed(kill) ? "MISSED" : "caught", kill->requirement,
            share);
    free(share);
    if (kill->caught)
        fprintf(out, "%5.0f ms  ", kill->milliseconds);
    else
        fprintf(out, "%10s", "");
    text_print(out, kill->script->name);
    putc('\n', out);
    if (kill->others.count) {
        char *others = join(&kill->others);

        print_below(out, "brought instead: ", others);
        free(others);
    }
    if (kill->cause == KILL_PROGRESS)
        print_below(out, "only by a crash or a hang: no oracle named a cause", "");
    else if (kill->cause == KILL_STEP)
        print_below(out, "only by the script's own steps: no oracle spoke", "");
}

/* The rows that are no promises, for one requirement of the mutant's. */
static void print_others(FILE *out, const struct kill_matrix *matrix, size_t from, size_t to,
                         const char *requirement)
{
    size_t count = 0, caught = 0;
    const char *theme = NULL;
    char *names = NULL, *share;

    for (size_t i = from; i < to; i++) {
        const struct kill *kill = &matrix->list[i];

        if (kill->promised || strcmp(kill->requirement, requirement))
            continue;
        count++;
        if (kill->caught) {
            caught++;
            scripts_append_name(&names, &theme, kill->script->name);
        }
    }
    if (!count)
        return;
    share = text_format("%zu of %zu others%s", caught, count, caught ? ": " : "");
    fprintf(out, "  also    %s  %s", requirement, share);
    text_print_wrapped(out, names ? names : "", INDENT + 7 + text_width(share), INDENT + 7);
    free(share);
    free(names);
}

void kill_matrix_print(FILE *out, const struct kill_matrix *matrix, size_t from, size_t to)
{
    struct text_list told = {0};

    fprintf(out, "%s\n", matrix->list[from].mutant->name);
    for (size_t i = from; i < to; i++)
        if (matrix->list[i].promised)
            print_promise(out, &matrix->list[i]);
    for (size_t i = from; i < to; i++)
        if (!text_list_has(&told, matrix->list[i].requirement)) {
            print_others(out, matrix, from, to, matrix->list[i].requirement);
            text_list_add(&told, matrix->list[i].requirement);
        }
    text_list_clear(&told);
}

/* "NAME: ID in SCRIPT", one a line, of promises for which this is so. */
static void print_list(FILE *out, const struct kill_matrix *matrix, const char *title,
                       bool (*so)(const struct kill *))
{
    bool first = true;

    for (size_t i = 0; i < matrix->count; i++) {
        const struct kill *kill = &matrix->list[i];

        if (!so(kill))
            continue;
        if (first)
            fprintf(out, "\n%s\n", title);
        first = false;
        fprintf(out, "  %s: %s in ", kill->mutant->name, kill->requirement);
        text_print(out, kill->script->name);
        putc('\n', out);
    }
}

static bool by_progress_alone(const struct kill *kill)
{
    return kill->promised && kill->cause == KILL_PROGRESS;
}

static int longer_first(const void *a, const void *b)
{
    const struct kill *first = *(const struct kill *const *)a,
                      *second = *(const struct kill *const *)b;

    return (second->longest > first->longest) - (second->longest < first->longest);
}

/* "Longest: NAME in SCRIPT 5.0 s; ...": a play has a row for each requirement, and is told once. */
static char *say_longest(const struct kill_matrix *matrix)
{
    const struct kill **rows = text_memory(matrix->count, sizeof *rows);
    char *text = NULL;

    for (size_t i = 0; i < matrix->count; i++)
        rows[i] = &matrix->list[i];
    qsort(rows, matrix->count, sizeof *rows, longer_first);
    for (size_t i = 0, told = 0; i < matrix->count && told < LONGEST_MOST; i++) {
        bool before = false;

        for (size_t j = 0; j < i; j++)
            before |= rows[j]->mutant == rows[i]->mutant && rows[j]->script == rows[i]->script;
        if (before)
            continue;
        text_append(&text, "%s%s in %s %.1f s", told++ ? "; " : "", rows[i]->mutant->name,
                    rows[i]->script->name, rows[i]->longest / 1000);
    }
    free(rows);
    return text;
}

void kill_matrix_sum_up(FILE *out, const struct kill_matrix *matrix, size_t plays, double seconds)
{
    size_t mutants = 0, promises = 0, missed = 0;
    char *longest, *line;

    for (size_t i = 0; i < matrix->count; i++) {
        const struct kill *kill = &matrix->list[i];

        mutants += !i || kill[-1].mutant != kill->mutant;
        promises += kill->promised;
        missed += kill_is_missed(kill);
    }
    print_list(out, matrix, "Caught only by a crash or a hang: an oracle may be missing",
               by_progress_alone);
    print_list(out, matrix, "Missed", kill_is_missed);
    fprintf(out, "\n%zu mutant%s, %zu promise%s: %zu caught as named, %zu missed.\n", mutants,
            mutants == 1 ? "" : "s", promises, promises == 1 ? "" : "s", promises - missed, missed);
    longest = say_longest(matrix);
    line = text_format("%zu play%s in %.1f s. Longest: %s.", plays, plays == 1 ? "" : "s", seconds,
                       longest);
    text_print_wrapped(out, line, 0, 2);
    free(line);
    free(longest);
}

/* -- for programs -- */

static json_t *json_texts(const struct text_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        char *valid = text_valid(list->list[i]);

        json_array_append_new(array, json_string(valid));
        free(valid);
    }
    return array;
}

static json_t *row_to_json(const struct kill *kill)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:o*, s:I, s:s, s:o, s:o}", "mutant",
                     kill->mutant->name, "requirement", kill->requirement, "scenario",
                     kill->script->name, "promised", kill->promised, "plays",
                     (json_int_t)kill->plays, "caught", (json_int_t)kill->caught, "failed",
                     (json_int_t)kill->failed, "milliseconds",
                     kill->caught ? json_integer(llround(kill->milliseconds)) : NULL, "longest",
                     (json_int_t)llround(kill->longest), "cause", cause_words[kill->cause], "by",
                     json_texts(&kill->by), "instead", json_texts(&kill->others));
}

int kill_matrix_to_json(const struct kill_matrix *matrix, json_t *to)
{
    json_t *mutants = json_array(), *rows = json_array();

    for (size_t i = 0; i < matrix->count; i = kill_matrix_next_mutant(matrix, i)) {
        const struct mutant *mutant = matrix->list[i].mutant;

        json_array_append_new(mutants, json_pack("{s:s, s:s, s:s, s:s*}", "name", mutant->name,
                                                 "bug", mutant->bug, "happened", mutant->happened,
                                                 "under", mutant->under));
    }
    for (size_t i = 0; i < matrix->count; i++)
        json_array_append_new(rows, row_to_json(&matrix->list[i]));
    if (json_array_size(rows) != matrix->count || json_object_set_new(to, "mutants", mutants) ||
        json_object_set_new(to, "rows", rows))
        return -1;
    return 0;
}
