/* SPDX-License-Identifier: MIT */
/*
 * The matrix for a terminal of 80 columns: a character a cell, with colour where there is some, so
 * that a column is read at a glance. Heads are cut to what fits, each to other letters, and a
 * legend gives the whole names; where there is room left, the requirement's own words stand behind
 * its row. More implementations than fit are printed below each other.
 */
#include "report/matrix.h"

#include <stdlib.h>
#include <string.h>
#include "report/text.h"

enum {
    ID = 7,         /* columns of an id and the blank behind it */
    HEAD_LEAST = 5, /* of a head; the blank between heads comes on top */
    HEAD_MOST = 18,
    COLUMNS_MOST = (TEXT_COLUMNS - ID) / (HEAD_LEAST + 1), /* implementations side by side: 12 */
    SENTENCE_LEAST = 24,
};

struct printer {
    FILE *out;
    const struct matrix *matrix;
    bool colour;
    struct text_list heads;
    size_t from, to; /* columns that are printed now */
    size_t width;    /* of a head */
};

static const char *colour_of(enum matrix_kind kind)
{
    static const char *const codes[MATRIX_KINDS] = {
        [MATRIX_HOLDS] = "32",   [MATRIX_LIMIT] = "36",   [MATRIX_KNOWN] = "33",
        [MATRIX_FLAKY] = "35",   [MATRIX_FAILS] = "1;31", [MATRIX_ERROR] = "1;35",
        [MATRIX_SKIPPED] = "90", [MATRIX_UNTRIED] = "90",
    };

    return codes[kind];
}

static void put_coloured(const struct printer *printer, const char *code, const char *text)
{
    if (printer->colour)
        fprintf(printer->out, "\033[%sm%s\033[0m", code, text);
    else
        fputs(text, printer->out);
}

/* -- heads -- */

/*
 * A name in so few columns, other than those before it: its beginning, or that with another letter
 * of the name in the last place, the letters behind a "-" and
 * then the last ones first; else with a digit.
 */
static char *head_of(const struct printer *printer, const char *name)
{
    size_t length = strlen(name), width = printer->width;
    char *head = text_format("%.*s", (int)width, name);

    if (length > width && head[width - 1] == '-')
        head[width - 1] = 0;
    if (!text_list_has(&printer->heads, head) || length <= width)
        return head;
    for (int behind_dash = 1; behind_dash >= 0; behind_dash--)
        for (size_t i = length - 1; i >= width; i--) {
            if ((name[i - 1] == '-') != behind_dash || name[i] == '-')
                continue;
            text_replace(&head, text_format("%.*s%c", (int)width - 1, name, name[i]));
            if (!text_list_has(&printer->heads, head))
                return head;
        }
    for (int digit = 2; digit < 10; digit++) {
        text_replace(&head, text_format("%.*s%d", (int)width - 1, name, digit));
        if (!text_list_has(&printer->heads, head))
            break;
    }
    return head;
}

/* Whole names where they fit; a short name keeps its own letters, so heads are found for it
 * first. */
static void find_heads(struct printer *printer)
{
    const struct latest *latest = printer->matrix->latest;
    size_t longest = 1, count = printer->to - printer->from;
    size_t room = (TEXT_COLUMNS - ID) / (count ? count : 1) - 1;
    char **heads = text_memory(latest->count, sizeof *heads);

    for (size_t i = printer->from; i < printer->to; i++)
        longest =
            text_width(latest->list[i].name) > longest ? text_width(latest->list[i].name) : longest;
    room = room > HEAD_MOST ? HEAD_MOST : room;
    printer->width = longest < room ? longest : room;
    for (int whole = 1; whole >= 0; whole--)
        for (size_t i = printer->from; i < printer->to; i++)
            if ((strlen(latest->list[i].name) <= printer->width) == whole) {
                heads[i] = head_of(printer, latest->list[i].name);
                text_list_add(&printer->heads, heads[i]);
            }
    text_list_clear(&printer->heads);
    for (size_t i = printer->from; i < printer->to; i++)
        text_list_add(&printer->heads, heads[i]);
    for (size_t i = 0; i < latest->count; i++)
        free(heads[i]);
    free(heads);
}

static void put_heads(const struct printer *printer)
{
    fprintf(printer->out, "%*s", ID, "");
    for (size_t i = printer->from; i < printer->to; i++) {
        const char *head = printer->heads.list[i - printer->from];

        text_print(printer->out, head);
        if (i + 1 < printer->to)
            fprintf(printer->out, "%*s", (int)(printer->width + 1 - text_width(head)), "");
    }
    putc('\n', printer->out);
}

static void put_legend(const struct printer *printer)
{
    const struct latest *latest = printer->matrix->latest;
    bool cut = false; /* some heads are not the whole names */
    size_t indent;

    for (size_t i = printer->from; i < printer->to; i++)
        cut |= strcmp(latest->list[i].name, printer->heads.list[i - printer->from]) != 0;
    indent = cut ? printer->width + 3 : 2;
    for (size_t i = printer->from; i < printer->to; i++) {
        const char *head = printer->heads.list[i - printer->from];
        const struct latest_implementation *implementation = &latest->list[i];
        size_t others = 0;
        char *line = text_format("%s%s%s", implementation->name,
                                 *implementation->version ? " " : "", implementation->version);

        for (enum matrix_kind kind = MATRIX_HOLDS; kind < MATRIX_KINDS; kind++) {
            size_t count = matrix_count(printer->matrix, i, kind);

            if (count && kind != MATRIX_UNTRIED)
                text_append(&line, "%s%zu %s", others++ ? ", " : ": ", count, matrix_word(kind));
        }
        fputs("  ", printer->out);
        if (cut) {
            text_print(printer->out, head);
            fprintf(printer->out, "%*s", (int)(printer->width + 1 - text_width(head)), "");
        }
        text_print_wrapped(printer->out, line, indent, indent + 2);
        free(line);
    }
}

/* -- rows -- */

static void put_row(const struct printer *printer, size_t row)
{
    const struct matrix_row *this = &printer->matrix->rows[row];
    size_t used = ID + (printer->to - printer->from) * (printer->width + 1);

    fprintf(printer->out, "%-*s", ID, this->id);
    for (size_t i = printer->from; i < printer->to; i++) {
        enum matrix_kind kind = matrix_cell(printer->matrix, row, i)->kind;
        char mark[] = {matrix_mark(kind), 0};

        put_coloured(printer, colour_of(kind), mark);
        if (i + 1 < printer->to)
            fprintf(printer->out, "%*s", (int)printer->width, "");
    }
    if (this->requirement && used + SENTENCE_LEAST <= TEXT_COLUMNS) {
        fprintf(printer->out, "%*s", (int)printer->width, "");
        text_print_cut(printer->out, this->requirement->sentence, TEXT_COLUMNS - used);
    }
    putc('\n', printer->out);
}

static void put_block(struct printer *printer)
{
    find_heads(printer);
    for (size_t row = 0; row < printer->matrix->rows_count; row++) {
        char *family = matrix_family(printer->matrix, row);

        if (family) {
            if (row)
                putc('\n', printer->out);
            if (printer->colour)
                fputs("\033[1m", printer->out);
            text_print_wrapped(printer->out, family, 0, 4);
            if (printer->colour)
                fputs("\033[0m", printer->out);
            put_heads(printer);
        }
        free(family);
        put_row(printer, row);
    }
    putc('\n', printer->out);
    put_legend(printer);
    text_list_clear(&printer->heads);
}

void matrix_print_terminal(FILE *out, const struct matrix *matrix, bool colour)
{
    struct printer printer = {.out = out, .matrix = matrix, .colour = colour};

    for (printer.from = 0; printer.from < matrix->latest->count; printer.from = printer.to) {
        if (printer.from)
            putc('\n', out);
        printer.to = printer.from + COLUMNS_MOST;
        if (printer.to > matrix->latest->count)
            printer.to = matrix->latest->count;
        put_block(&printer);
    }
    putc('\n', out);
    for (enum matrix_kind kind = MATRIX_HOLDS; kind < MATRIX_KINDS; kind++) {
        char mark[] = {matrix_mark(kind), 0};

        fputs("  ", out);
        put_coloured(&printer, colour_of(kind), mark);
        fprintf(out, " %-10s %s\n", matrix_word(kind), matrix_meaning(kind));
    }
}
