/* SPDX-License-Identifier: MIT */
/*
 * The matrix in GitHub's Markdown: a table a family, a word a cell, and below it what does not
 * hold, folded, each with its reason and the command that shows it again. Whatever came from
 * elsewhere is escaped.
 */
#include "report/matrix.h"

#include <stdlib.h>
#include <string.h>
#include "report/markdown.h"
#include "report/text.h"

static bool is_loud(enum matrix_kind kind)
{
    return kind == MATRIX_FAILS || kind == MATRIX_FLAKY || kind == MATRIX_ERROR;
}

static void put_heads(FILE *out, const struct latest *latest)
{
    fputs("| |", out);
    for (size_t i = 0; i < latest->count; i++) {
        putc(' ', out);
        markdown_put(out, latest->list[i].name);
        if (*latest->list[i].version) {
            putc(' ', out);
            markdown_put(out, latest->list[i].version);
        }
        fputs(" |", out);
    }
    fputs("\n|---|", out);
    for (size_t i = 0; i < latest->count; i++)
        fputs(":-:|", out);
    putc('\n', out);
}

static void put_numbers(FILE *out, const struct matrix *matrix)
{
    put_heads(out, matrix->latest);
    for (enum matrix_kind kind = MATRIX_HOLDS; kind < MATRIX_KINDS; kind++) {
        fprintf(out, "| **%s**: %s |", matrix_word(kind), matrix_meaning(kind));
        for (size_t i = 0; i < matrix->latest->count; i++)
            fprintf(out, " %zu |", matrix_count(matrix, i, kind));
        putc('\n', out);
    }
}

static void put_row(FILE *out, const struct matrix *matrix, size_t row)
{
    fputs("| ", out);
    markdown_put(out, matrix->rows[row].id);
    fputs(" |", out);
    for (size_t i = 0; i < matrix->latest->count; i++) {
        const struct matrix_cell *cell = matrix_cell(matrix, row, i);

        if (cell->kind == MATRIX_UNTRIED)
            fputs(" |", out);
        else if (is_loud(cell->kind))
            fprintf(out, " **%s** |", matrix_word(cell->kind));
        else
            fprintf(out, " %s |", matrix_word(cell->kind));
    }
    putc('\n', out);
}

/* The reason of what a play says of this requirement; a new string. */
static char *reason_of(const struct latest_play *play, const char *id)
{
    const struct verdict *verdict = &play->verdict;

    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];
        const char *known = judgement_known(&play->judgement, i);

        if (!verdict_finding_breaks(finding, id))
            continue;
        if (known)
            return text_format("known: %s", known);
        if (finding->limit)
            return text_format("limit: %s", finding->limit);
        return text_format("%s", finding->what);
    }
    return text_format("%s", verdict->reason ? verdict->reason : "");
}

/* The first play that says what the cell says, and how many do. */
static void put_trouble(FILE *out, const struct matrix *matrix, size_t row, size_t column)
{
    const struct latest_implementation *implementation = &matrix->latest->list[column];
    const struct matrix_cell *cell = matrix_cell(matrix, row, column);
    const char *id = matrix->rows[row].id;

    for (size_t i = 0; i < implementation->count; i++) {
        const struct latest_play *play = &implementation->list[i];
        enum matrix_kind kind = matrix_kind_of_play(play, id);
        char *reason;

        if (kind != cell->kind && !(cell->kind == MATRIX_FLAKY && kind == MATRIX_FAILS))
            continue;
        reason = reason_of(play, id);
        fputs("| ", out);
        markdown_put(out, id);
        fprintf(out, " | %s, %zu of %zu | ", matrix_word(cell->kind), cell->share, cell->asked);
        markdown_put(out, reason);
        fputs(" | ", out);
        markdown_put(out, play->verdict.command ? play->verdict.command : "");
        fputs(" |\n", out);
        free(reason);
        return;
    }
}

static bool is_trouble(enum matrix_kind kind)
{
    return is_loud(kind) || kind == MATRIX_KNOWN || kind == MATRIX_LIMIT;
}

static void put_troubles(FILE *out, const struct matrix *matrix, size_t column)
{
    bool any = false;

    for (size_t row = 0; row < matrix->rows_count; row++) {
        if (!is_trouble(matrix_cell(matrix, row, column)->kind))
            continue;
        if (!any) {
            fputs("\n<details><summary>", out);
            markdown_put(out, matrix->latest->list[column].name);
            fputs(": what does not hold</summary>\n\n"
                  "| | verdict | reason | again |\n|---|---|---|---|\n",
                  out);
        }
        any = true;
        put_trouble(out, matrix, row, column);
    }
    if (any)
        fputs("\n</details>\n", out);
}

void matrix_print_markdown(FILE *out, const struct matrix *matrix)
{
    fputs("## reapcheck: requirements by implementations\n\n", out);
    put_numbers(out, matrix);
    for (size_t row = 0; row < matrix->rows_count; row++) {
        char *family = matrix_family(matrix, row);

        if (family) {
            fputs("\n### ", out);
            markdown_put(out, family);
            fputs("\n\n", out);
            put_heads(out, matrix->latest);
        }
        free(family);
        put_row(out, matrix, row);
    }
    for (size_t i = 0; i < matrix->latest->count; i++)
        put_troubles(out, matrix, i);
}
