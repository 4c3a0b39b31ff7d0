/* SPDX-License-Identifier: MIT */
/*
 * A scenario covers several requirements, and an oracle may find one broken that the scenario does
 * not name. So a verdict counts for the requirements that it covers and for those of its findings,
 * and for each of them by itself: a scenario that fails for XC-05 still shows that XC-01 holds.
 */
#include "report/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"

void tally_begin(struct tally *tally, const struct catalogue *catalogue)
{
    tally->count = catalogue ? catalogue->count : 0;
    tally->rows = text_memory(tally->count, sizeof *tally->rows);
    for (size_t i = 0; i < tally->count; i++) {
        tally->rows[i].requirement = &catalogue->list[i];
        strcpy(tally->rows[i].id, catalogue->list[i].id);
    }
}

/* Rows that the catalogue does not have stand after those that it has, in order of the id. */
static struct tally_row *row_of(struct tally *tally, const char *id)
{
    size_t place;

    for (size_t i = 0; i < tally->count; i++)
        if (!strcmp(tally->rows[i].id, id))
            return &tally->rows[i];
    tally->rows = text_grow(tally->rows, tally->count + 1, sizeof *tally->rows);
    for (place = tally->count; place > 0; place--) {
        const struct tally_row *before = &tally->rows[place - 1];

        if (before->requirement || strcmp(before->id, id) < 0)
            break;
        tally->rows[place] = *before;
    }
    tally->count++;
    tally->rows[place] = (struct tally_row){0};
    snprintf(tally->rows[place].id, sizeof tally->rows[place].id, "%s", id);
    return &tally->rows[place];
}

static void count(struct tally *tally, const struct verdict *verdict,
                  const struct judgement *judgement, const char *id)
{
    struct tally_row *row = row_of(tally, id);
    bool failed = false, known = false, limited = false;

    for (size_t i = 0; i < verdict->findings_count; i++)
        if (verdict_finding_breaks(&verdict->findings[i], id)) {
            failed |= !verdict->findings[i].limit && !judgement_known(judgement, i);
            known |= !!judgement_known(judgement, i);
            limited |= !!verdict->findings[i].limit;
        }
    row->scenarios++;
    if (verdict->kind == VERDICT_SKIP)
        row->skips++;
    else if (verdict->kind == VERDICT_ERROR)
        row->errors++;
    else if (failed)
        row->fails++;
    else if (known)
        row->known++;
    else if (limited)
        row->limits++;
    else
        row->holds++;
}

static bool covers(const struct verdict *verdict, const char *id, size_t below)
{
    for (size_t i = 0; i < below; i++)
        if (!strcmp(verdict->covers[i], id))
            return true;
    return false;
}

static bool found(const struct verdict *verdict, const char *id, size_t below)
{
    for (size_t i = 0; i < below; i++)
        if (verdict_finding_breaks(&verdict->findings[i], id))
            return true;
    return false;
}

void tally_add(struct tally *tally, const struct verdict *verdict,
               const struct judgement *judgement)
{
    for (size_t i = 0; i < verdict->covers_count; i++)
        if (!covers(verdict, verdict->covers[i], i))
            count(tally, verdict, judgement, verdict->covers[i]);
    for (size_t i = 0; i < verdict->findings_count; i++) {
        const char *ids[] = {verdict->findings[i].requirement, verdict->findings[i].also};

        for (size_t k = 0; k < 2 && ids[k]; k++)
            if (!covers(verdict, ids[k], verdict->covers_count) && !found(verdict, ids[k], i))
                count(tally, verdict, judgement, ids[k]);
    }
}

void tally_clear(struct tally *tally)
{
    free(tally->rows);
    *tally = (struct tally){0};
}

enum tally_state tally_state(const struct tally_row *row)
{
    return row->fails    ? TALLY_FAILS
           : row->errors ? TALLY_ERROR
           : row->known  ? TALLY_KNOWN
           : row->limits ? TALLY_LIMIT
           : row->holds  ? TALLY_HOLDS
           : row->skips  ? TALLY_SKIPPED
                         : TALLY_NOT_COVERED;
}

enum tally_state tally_state_of(const struct tally *tally, const char *id)
{
    for (size_t i = 0; i < tally->count; i++)
        if (!strcmp(tally->rows[i].id, id))
            return tally_state(&tally->rows[i]);
    return TALLY_NOT_COVERED;
}

size_t tally_share(const struct tally_row *row)
{
    switch (tally_state(row)) {
    case TALLY_FAILS:
        return row->fails;
    case TALLY_ERROR:
        return row->errors;
    case TALLY_KNOWN:
        return row->known;
    case TALLY_LIMIT:
        return row->limits;
    case TALLY_HOLDS:
        return row->holds;
    case TALLY_SKIPPED:
        return row->skips;
    case TALLY_NOT_COVERED:
        break;
    }
    return 0;
}
