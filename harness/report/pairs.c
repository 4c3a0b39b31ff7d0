/* SPDX-License-Identifier: MIT */
/*
 * The matrix of pairs: who of two in one process loses, steals, leaves something behind, refuses or
 * hangs [CO-06]. A row for each that is the first, a column for each that is the second; what
 * stands in a cell is the worst of what the scenarios found, and who did it. Below, each sort of
 * trouble in each cell has one sentence and the command that shows it.
 *
 * It fits TEXT_COLUMNS: where there are too many columns for that, the rest follows in a table of
 * its own.
 */
#include <stdlib.h>
#include <string.h>
#include "report/report.h"
#include "report/section.h"
#include "report/text.h"

enum {
    NEWS_SHOWN = 20,
    COLUMNS = 13,  /* in one table */
    LABEL = 15,    /* columns of a row's number and name */
    CELL = 5,      /* columns of a cell, with the blank before it */
    SHOWN = 2,     /* troubles that a cell shows */
    WHO_WORDS = 3, /* nobody knows, one, two */
};

/* Worst first. */
static const struct sort {
    char letter;
    const char *requirements; /* that such a finding is charged to */
    const char *legend;
} sorts[] = {
    {'H', "CO-05", "hangs or crashes"},
    {'S', "CO-02 CO-04", "steals: reaps children of the other"},
    {'L', "CO-01", "loses: does not report children of its own, or not rightly"},
    {'B', "CO-03", "leaves SIGCHLD behind otherwise than it was"},
    {'R', "", "refuses to be beside the other, which is its right"},
    {'?', "", "the harness could not tell"},
};
enum { SORTS = sizeof sorts / sizeof *sorts, REFUSES = SORTS - 2, UNTOLD = SORTS - 1 };

/* One sort of trouble by one of the two, in one cell. */
struct trouble {
    size_t times; /* scenarios */
    bool fails;   /* it is no documented limit, at least once */
    int worth;    /* of what is shown of it */
    char *what, *command, *known, *limit;
};

struct cell {
    size_t one, two; /* places in the list of names */
    size_t played, passed;
    struct trouble troubles[SORTS][WHO_WORDS];
};

struct pairs {
    FILE *out;
    size_t total, count;
    struct text_list names;
    struct cell *cells;
    size_t cells_count;
    struct text_list notes;
    struct text_list news; /* what fails and is not known to, and the command that shows it */
    size_t news_count;
};

static void *pairs_begin(FILE *out, const struct report_run *run)
{
    struct pairs *pairs = text_memory(1, sizeof *pairs);

    pairs->out = out;
    pairs->total = run->total;
    return pairs;
}

/* -- taking verdicts in -- */

static size_t place_of(struct pairs *pairs, const char *name)
{
    size_t i;

    for (i = 0; i < pairs->names.count && strcmp(pairs->names.list[i], name); i++)
        ;
    if (i == pairs->names.count)
        text_list_add(&pairs->names, name);
    return i;
}

static struct cell *find_cell(const struct pairs *pairs, size_t one, size_t two)
{
    for (size_t i = 0; i < pairs->cells_count; i++)
        if (pairs->cells[i].one == one && pairs->cells[i].two == two)
            return &pairs->cells[i];
    return NULL;
}

static struct cell *cell_of(struct pairs *pairs, const char *name)
{
    size_t length = strcspn(name, "+"), one, two;
    char *first = text_format("%.*s", (int)length, name);
    struct cell *cell;

    one = place_of(pairs, first);
    two = place_of(pairs, name[length] ? name + length + 1 : first);
    free(first);
    cell = find_cell(pairs, one, two);
    if (cell)
        return cell;
    pairs->cells = text_grow(pairs->cells, pairs->cells_count + 1, sizeof *pairs->cells);
    cell = &pairs->cells[pairs->cells_count++];
    *cell = (struct cell){.one = one, .two = two};
    return cell;
}

static int who(const char *word)
{
    return !word ? 0 : !strcmp(word, "one") ? 1 : !strcmp(word, "two") ? 2 : 0;
}

static bool covers(const struct verdict *verdict, const char *requirement)
{
    for (size_t i = 0; i < verdict->covers_count; i++)
        if (!strcmp(verdict->covers[i], requirement))
            return true;
    return false;
}

/* What is shown of it is the first that is no limit, in a scenario that is there for it: in others
 * it may be a matter of who is faster. */
static void add(struct cell *cell, int sort, int by, bool fails, bool meant, const char *what,
                const char *known, const char *limit, const char *command)
{
    struct trouble *trouble = &cell->troubles[sort][by];
    int worth = 1 + 2 * fails + meant;

    trouble->times++;
    trouble->fails |= fails;
    if (worth <= trouble->worth)
        return;
    trouble->worth = worth;
    text_replace(&trouble->what, text_format("%s", what ? what : ""));
    text_replace(&trouble->command, text_format("%s", command ? command : ""));
    text_replace(&trouble->known, known ? text_format("%s", known) : NULL);
    text_replace(&trouble->limit, limit ? text_format("%s", limit) : NULL);
}

/* -1 for a requirement that is none of coexistence. */
static int sort_of(const char *requirement)
{
    for (int i = 0; i < SORTS; i++)
        if (*sorts[i].requirements && strstr(sorts[i].requirements, requirement))
            return i;
    return -1;
}

static void add_news(struct pairs *pairs, const struct verdict *verdict,
                     const struct judgement *judgement)
{
    const struct verdict_finding *finding = report_first_news(verdict, judgement);
    enum report_news news = report_news(verdict, judgement);
    const char *requirement = finding ? finding->requirement : "error";
    const char *what = finding ? finding->what : verdict->reason;
    char *text;

    if (news == NEWS_NONE || pairs->news_count++ >= NEWS_SHOWN)
        return;
    if (news == NEWS_PASS) {
        requirement = judgement->passes.list[0];
        what = "it is known to fail, and did not (NEW PASS)";
    }
    text = text_format("%s  %s  %s: %s",
                       verdict->played_as ? verdict->played_as : verdict->implementation,
                       verdict->scenario, requirement, what);
    text_list_add(&pairs->news, text);
    text_list_add(&pairs->news, verdict->command);
    free(text);
}

static void pairs_verdict(void *reporter, const struct verdict *verdict,
                          const struct judgement *judgement)
{
    struct pairs *pairs = reporter;
    struct cell *cell =
        cell_of(pairs, verdict->played_as ? verdict->played_as : verdict->implementation);

    pairs->count++;
    add_news(pairs, verdict, judgement);
    cell->played += verdict->kind != VERDICT_SKIP || verdict->refused_by;
    cell->passed += verdict->kind == VERDICT_PASS;
    if (verdict->kind == VERDICT_ERROR)
        add(cell, UNTOLD, 0, true, false, verdict->reason, NULL, NULL, verdict->command);
    if (verdict->refused_by)
        add(cell, REFUSES, who(verdict->refused_by), false, false, verdict->reason, NULL, NULL,
            verdict->command);
    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];
        int sort = sort_of(finding->requirement);

        if (sort >= 0)
            add(cell, sort, who(finding->by), !finding->limit,
                covers(verdict, finding->requirement), finding->what, judgement_known(judgement, i),
                finding->limit, verdict->command);
    }
}

static void pairs_note(void *reporter, const char *implementation, enum report_note kind,
                       const char *text)
{
    struct pairs *pairs = reporter;

    char *note =
        text_format("%s: %s%s", implementation, kind == REPORT_NEW_PASS ? "NEW PASS: " : "", text);

    text_list_add(&pairs->notes, note);
    free(note);
}

/* -- the matrix -- */

static void write_code(char *out, int sort, int by, const struct trouble *trouble)
{
    char letter = sorts[sort].letter;

    out[0] = trouble->fails || sort >= REFUSES ? letter : (char)(letter - 'A' + 'a');
    out[1] = by ? (char)('0' + by) : ' ';
    out[2] = '\0';
}

static const char *write_cell(const struct cell *cell, char out[CELL + 1])
{
    size_t used = 0, count = 0;

    strcpy(out, !cell ? "." : !cell->played ? "-" : "ok");
    for (int documented = 0; cell && documented < 2; documented++)
        for (int sort = 0; sort < SORTS; sort++)
            for (int by = 0; by < WHO_WORDS; by++) {
                const struct trouble *trouble = &cell->troubles[sort][by];
                bool last = sort >= REFUSES || !trouble->fails;

                if (!trouble->times || last != documented)
                    continue;
                if (count++ < SHOWN) {
                    write_code(out + used, sort, by, trouble);
                    used += 2;
                }
            }
    if (count > SHOWN) /* the worst, and that there is more */
        strcpy(out + 2, "+");
    return out;
}

static void print_table(const struct pairs *pairs, const size_t *columns, size_t count)
{
    char code[CELL + 1];

    fprintf(pairs->out, "%*s", LABEL, "");
    for (size_t j = 0; j < count; j++)
        fprintf(pairs->out, " %-*zu", j + 1 < count ? CELL - 1 : 0, columns[j] + 1);
    putc('\n', pairs->out);
    for (size_t i = 0; i < pairs->names.count; i++) {
        bool is_first = false;

        for (size_t j = 0; j < pairs->names.count; j++)
            is_first |= find_cell(pairs, i, j) != NULL;
        if (!is_first)
            continue;
        fprintf(pairs->out, "%2zu ", i + 1);
        text_print_cut(pairs->out, pairs->names.list[i], LABEL - 3);
        fprintf(pairs->out, "%*s",
                (int)(text_width(pairs->names.list[i]) < LABEL - 3
                          ? LABEL - 3 - text_width(pairs->names.list[i])
                          : 0),
                "");
        for (size_t j = 0; j < count; j++)
            fprintf(pairs->out, " %-*s", j + 1 < count ? CELL - 1 : 0,
                    write_cell(find_cell(pairs, i, columns[j]), code));
        putc('\n', pairs->out);
    }
    putc('\n', pairs->out);
}

static void print_matrix(const struct pairs *pairs)
{
    size_t columns[COLUMNS], count = 0;

    fputs("Pairs: a row is the one, a column the two.\n\n", pairs->out);
    for (size_t j = 0; j < pairs->names.count; j++) {
        bool is_second = false;

        for (size_t i = 0; i < pairs->names.count; i++)
            is_second |= find_cell(pairs, i, j) != NULL;
        if (is_second)
            columns[count++] = j;
        if (count == COLUMNS) {
            print_table(pairs, columns, count);
            count = 0;
        }
    }
    if (count)
        print_table(pairs, columns, count);
    fputs("ok  each does as if the other were not there\n", pairs->out);
    for (int i = 0; i < SORTS; i++)
        fprintf(pairs->out, "%c   %s\n", sorts[i].letter, sorts[i].legend);
    fputs("-   nothing could be played\n"
          ".   not a pair: one library, or the second cannot be loaded beside another\n"
          "The number is who does it, a small letter what the documentation says of it,\n"
          "and + that there is more than has room.\n",
          pairs->out);
}

static void print_trouble(const struct pairs *pairs, const struct cell *cell, int sort, int by)
{
    const struct trouble *trouble = &cell->troubles[sort][by];
    char code[3];

    if (!trouble->times)
        return;
    write_code(code, sort, by, trouble);
    fprintf(pairs->out, "\n%s+%s  %s  in %zu scenario%s\n  ", pairs->names.list[cell->one],
            pairs->names.list[cell->two], code, trouble->times, trouble->times == 1 ? "" : "s");
    text_print_wrapped(pairs->out, trouble->what, 2, 2);
    if (trouble->known) {
        fputs("  known: ", pairs->out);
        text_print_wrapped(pairs->out, trouble->known, 9, 2);
    }
    if (trouble->limit) {
        fputs("  documented: ", pairs->out);
        text_print_wrapped(pairs->out, trouble->limit, 14, 2);
    }
    fputs("  ", pairs->out);
    text_print(pairs->out, trouble->command);
    putc('\n', pairs->out);
}

static void print_news(const struct pairs *pairs)
{
    if (pairs->news_count)
        fputs("\nNot as results/expected/pairs says:\n", pairs->out);
    for (size_t i = 0; i + 1 < pairs->news.count; i += 2) {
        putc('\n', pairs->out);
        text_print_wrapped(pairs->out, pairs->news.list[i], 0, 2);
        fputs("  ", pairs->out);
        text_print(pairs->out, pairs->news.list[i + 1]);
        putc('\n', pairs->out);
    }
    if (pairs->news_count > NEWS_SHOWN)
        fprintf(pairs->out, "\nand %zu more\n", pairs->news_count - NEWS_SHOWN);
}

static int pairs_end(void *reporter)
{
    struct pairs *pairs = reporter;
    size_t fine = 0;
    int rc;

    print_matrix(pairs);
    for (size_t i = 0; i < pairs->cells_count; i++) {
        const struct cell *cell = &pairs->cells[i];
        char code[CELL + 1];

        fine += !strcmp(write_cell(cell, code), "ok");
        for (int sort = 0; sort < SORTS; sort++)
            for (int by = 0; by < WHO_WORDS; by++)
                print_trouble(pairs, cell, sort, by);
    }
    for (size_t i = 0; i < pairs->notes.count; i++) {
        fputs(i ? "" : "\n", pairs->out);
        text_print_wrapped(pairs->out, pairs->notes.list[i], 0, 2);
    }
    print_news(pairs);
    fprintf(pairs->out, "\n%zu pair%s, %zu of them fine, %zu scenario%s not as known",
            pairs->cells_count, pairs->cells_count == 1 ? "" : "s", fine, pairs->news_count,
            pairs->news_count == 1 ? "" : "s");
    if (pairs->count < pairs->total)
        fprintf(pairs->out, "; interrupted after %zu of %zu scenarios", pairs->count, pairs->total);
    putc('\n', pairs->out);
    rc = report_flush(pairs->out);
    for (size_t i = 0; i < pairs->cells_count; i++)
        for (int sort = 0; sort < SORTS; sort++)
            for (int by = 0; by < WHO_WORDS; by++) {
                free(pairs->cells[i].troubles[sort][by].what);
                free(pairs->cells[i].troubles[sort][by].command);
                free(pairs->cells[i].troubles[sort][by].known);
                free(pairs->cells[i].troubles[sort][by].limit);
            }
    free(pairs->cells);
    text_list_clear(&pairs->names);
    text_list_clear(&pairs->notes);
    text_list_clear(&pairs->news);
    free(pairs);
    return rc;
}

const struct reporter report_pairs = {
    .name = "pairs",
    .what = "a matrix of pairs of implementations, for people",
    .begin = pairs_begin,
    .verdict = pairs_verdict,
    .end = pairs_end,
    .note = pairs_note,
};
