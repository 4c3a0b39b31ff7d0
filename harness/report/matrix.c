/* SPDX-License-Identifier: MIT */
/*
 * A cell is what tally.h makes of all plays of an implementation, so that the matrix, the report of
 * a run and `explain` never disagree. One thing is added: a requirement that fails here and there,
 * and in no scenario each time, is told apart from one that fails.
 */
#include "report/matrix.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word, *meaning;
    char mark;
} kinds[MATRIX_KINDS] = {
    [MATRIX_HOLDS] = {"holds", "put to the test and not broken", '+'},
    [MATRIX_LIMIT] = {"limit", "fails, as its documentation says it will", 'l'},
    [MATRIX_KNOWN] = {"known", "fails, as listed in results/expected", 'k'},
    [MATRIX_FLAKY] = {"flaky", "fails in some plays and not in others", '~'},
    [MATRIX_FAILS] = {"fails", "fails, and nobody has listed it", 'F'},
    [MATRIX_ERROR] = {"error", "the harness could not tell", '!'},
    [MATRIX_SKIPPED] = {"skipped", "it does not offer what that takes", '-'},
    [MATRIX_UNTRIED] = {"not tried", "no scenario that was played asks it", '.'},
};

const char *matrix_word(enum matrix_kind kind)
{
    return kinds[kind].word;
}

const char *matrix_meaning(enum matrix_kind kind)
{
    return kinds[kind].meaning;
}

char matrix_mark(enum matrix_kind kind)
{
    return kinds[kind].mark;
}

static enum matrix_kind kind_of(enum tally_state state)
{
    static const enum matrix_kind of[TALLY_STATES] = {
        [TALLY_NOT_COVERED] = MATRIX_UNTRIED, [TALLY_SKIPPED] = MATRIX_SKIPPED,
        [TALLY_HOLDS] = MATRIX_HOLDS,         [TALLY_LIMIT] = MATRIX_LIMIT,
        [TALLY_KNOWN] = MATRIX_KNOWN,         [TALLY_ERROR] = MATRIX_ERROR,
        [TALLY_FAILS] = MATRIX_FAILS,
    };

    return of[state];
}

/* -- what comes and goes -- */

/* The expected results say of a finding of this play that it comes and goes. */
static bool is_marked(const struct latest_play *play, size_t finding)
{
    static const char sometimes[] = "sometimes ";
    const char *known = judgement_known(&play->judgement, finding);

    return known && !strncmp(known, sometimes, sizeof sometimes - 1);
}

/* True where this play breaks the requirement; *steady: and there is no sign that it does so in
 * some plays only. */
static bool breaks(const struct latest_play *play, const char *id, bool *steady)
{
    bool broken = false;

    *steady = false;
    for (size_t i = 0; i < play->verdict.findings_count; i++) {
        const struct verdict_finding *finding = &play->verdict.findings[i];

        if (finding->limit || !verdict_finding_breaks(finding, id))
            continue;
        broken = true;
        *steady |= !verdict_comes_and_goes(&play->verdict) && !is_marked(play, i);
    }
    return broken;
}

/* A failure beside a flaky play of the same scenario comes and goes with it. */
static bool has_flaky_twin(const struct latest_implementation *implementation, size_t play)
{
    const char *scenario = implementation->list[play].verdict.scenario;

    for (size_t i = 0; i < implementation->count; i++)
        if (verdict_comes_and_goes(&implementation->list[i].verdict) &&
            !strcmp(implementation->list[i].verdict.scenario, scenario))
            return true;
    return false;
}

static bool comes_and_goes(const struct latest_implementation *implementation, const char *id)
{
    bool any = false, steady;

    for (size_t i = 0; i < implementation->count; i++) {
        if (!breaks(&implementation->list[i], id, &steady))
            continue;
        if (steady && !has_flaky_twin(implementation, i))
            return false;
        any = true;
    }
    return any;
}

enum matrix_kind matrix_kind_of_play(const struct latest_play *play, const char *id)
{
    enum tally_state state;
    struct tally tally;
    bool steady;

    tally_begin(&tally, NULL);
    tally_add(&tally, &play->verdict, &play->judgement);
    state = tally_state_of(&tally, id);
    tally_clear(&tally);
    if ((state == TALLY_FAILS || state == TALLY_KNOWN) && breaks(play, id, &steady) && !steady)
        return MATRIX_FLAKY;
    return kind_of(state);
}

/* -- making it -- */

bool matrix_same_family(const char *one, const char *other)
{
    size_t length = strcspn(one, "-");

    return length == strcspn(other, "-") && !strncmp(one, other, length);
}

static bool is_wanted(const char *id, const struct text_list *families)
{
    for (size_t i = 0; i < families->count; i++)
        if (matrix_same_family(id, families->list[i]))
            return true;
    return !families->count;
}

static void tally_all(struct tally *tally, const struct latest_implementation *implementation)
{
    for (size_t i = 0; i < implementation->count; i++)
        tally_add(tally, &implementation->list[i].verdict, &implementation->list[i].judgement);
}

static void fill_column(struct matrix *matrix, size_t column, const struct catalogue *catalogue)
{
    const struct latest_implementation *implementation = &matrix->latest->list[column];
    struct tally tally;

    tally_begin(&tally, catalogue);
    tally_all(&tally, implementation);
    for (size_t row = 0; row < matrix->rows_count; row++) {
        struct matrix_cell *cell = &matrix->cells[row * matrix->latest->count + column];

        cell->kind = MATRIX_UNTRIED;
        for (size_t i = 0; i < tally.count; i++)
            if (!strcmp(tally.rows[i].id, matrix->rows[row].id))
                *cell = (struct matrix_cell){.kind = kind_of(tally_state(&tally.rows[i])),
                                             .share = tally_share(&tally.rows[i]),
                                             .asked = tally.rows[i].scenarios};
        if ((cell->kind == MATRIX_FAILS || cell->kind == MATRIX_KNOWN) &&
            comes_and_goes(implementation, matrix->rows[row].id))
            cell->kind = MATRIX_FLAKY;
    }
    tally_clear(&tally);
}

void matrix_make(struct matrix *matrix, const struct latest *latest,
                 const struct catalogue *catalogue, const struct text_list *families)
{
    struct tally all;

    *matrix = (struct matrix){.latest = latest};
    tally_begin(&all, catalogue);
    for (size_t i = 0; i < latest->count; i++)
        tally_all(&all, &latest->list[i]);
    matrix->rows = text_memory(all.count, sizeof *matrix->rows);
    for (size_t i = 0; i < all.count; i++) {
        struct matrix_row *row = &matrix->rows[matrix->rows_count];

        if (!is_wanted(all.rows[i].id, families))
            continue;
        memcpy(row->id, all.rows[i].id, sizeof row->id);
        row->requirement = all.rows[i].requirement;
        matrix->rows_count++;
    }
    tally_clear(&all);
    matrix->cells = text_memory(matrix->rows_count * latest->count, sizeof *matrix->cells);
    for (size_t i = 0; i < latest->count; i++)
        fill_column(matrix, i, catalogue);
}

void matrix_clear(struct matrix *matrix)
{
    free(matrix->rows);
    free(matrix->cells);
    *matrix = (struct matrix){0};
}

/* -- asking it -- */

const struct matrix_cell *matrix_cell(const struct matrix *matrix, size_t row, size_t column)
{
    return &matrix->cells[row * matrix->latest->count + column];
}

char *matrix_family(const struct matrix *matrix, size_t row)
{
    const struct matrix_row *this = &matrix->rows[row];

    if (row && matrix_same_family(this->id, this[-1].id))
        return NULL;
    if (this->requirement)
        return text_format("%s", this->requirement->family);
    return text_format("%.*s", (int)strcspn(this->id, "-"), this->id);
}

size_t matrix_count(const struct matrix *matrix, size_t column, enum matrix_kind kind)
{
    size_t count = 0;

    for (size_t row = 0; row < matrix->rows_count; row++)
        count += matrix_cell(matrix, row, column)->kind == kind;
    return count;
}
