/* SPDX-License-Identifier: MIT */
/* How implementations fare with one requirement, as far as results files tell (latest.h). */
#include "cli/fares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/latest.h"
#include "report/tally.h"
#include "report/text.h"

enum { NAMED = 5 }; /* scenarios told by name */

static const char *state_word(enum tally_state state)
{
    switch (state) {
    case TALLY_FAILS:
        return "fails";
    case TALLY_KNOWN:
        return "fails as known";
    case TALLY_ERROR:
        return "not told";
    case TALLY_LIMIT:
        return "limit";
    case TALLY_HOLDS:
        return "holds";
    case TALLY_SKIPPED:
        return "skipped";
    case TALLY_NOT_COVERED:
        break;
    }
    return "not covered";
}

/* What one play says of the requirement. */
static enum tally_state state_in(const struct latest_play *play, const char *id)
{
    struct tally tally;
    enum tally_state state;

    tally_begin(&tally, NULL);
    tally_add(&tally, &play->verdict, &play->judgement);
    state = tally_state_of(&tally, id);
    tally_clear(&tally);
    return state;
}

/* What the plays of a scenario say of it, those from `from`: the worst. *to is where the next
 * scenario begins. */
static enum tally_state state_of(const struct latest_implementation *implementation, size_t from,
                                 size_t *to, const char *id)
{
    enum tally_state worst = TALLY_NOT_COVERED;

    for (*to = from;
         *to < implementation->count && !strcmp(implementation->list[*to].verdict.scenario,
                                                implementation->list[from].verdict.scenario);
         ++*to) {
        enum tally_state state = state_in(&implementation->list[*to], id);

        worst = state > worst ? state : worst;
    }
    return worst;
}

/* Names scenarios in which it is as bad as that. */
static void append_names(char **line, const struct latest_implementation *implementation,
                         enum tally_state worst, size_t share, const char *id)
{
    size_t named = 0;

    for (size_t from = 0, to; from < implementation->count && named <= NAMED; from = to) {
        if (state_of(implementation, from, &to, id) != worst)
            continue;
        if (named < NAMED)
            text_append(line, "%s%s", named ? ", " : ": ",
                        implementation->list[from].verdict.scenario);
        else
            text_append(line, " and %zu more", share - NAMED);
        named++;
    }
}

/*
 * "libxl 4.17.7: fails, 1 of 3: SCENARIO". An object that never loaded is no implementation. False
 * if there is nothing to be said.
 */
static bool print_fares(const struct latest_implementation *implementation, const char *id)
{
    enum tally_state worst = TALLY_NOT_COVERED;
    size_t asked = 0, share = 0;
    bool loaded = *implementation->version;
    char *line;

    for (size_t i = 0; i < implementation->count; i++)
        loaded |= implementation->list[i].verdict.kind != VERDICT_ERROR;
    for (size_t from = 0, to; from < implementation->count; from = to) {
        enum tally_state state = state_of(implementation, from, &to, id);

        if (state == TALLY_NOT_COVERED)
            continue;
        asked++;
        share = state == worst ? share + 1 : state > worst ? 1 : share;
        worst = state > worst ? state : worst;
    }
    if (!asked || !loaded)
        return false;
    line = text_format("%s%s%s: %s, %zu of %zu", implementation->name,
                       *implementation->version ? " " : "", implementation->version,
                       state_word(worst), share, asked);
    if (worst > TALLY_HOLDS)
        append_names(&line, implementation, worst, share, id);
    fputs("  ", stdout);
    text_print_wrapped(stdout, line, 2, 6);
    free(line);
    return true;
}

bool fares_print(const char *folder, const char *expected_folder, const char *id)
{
    struct latest latest = {.expected_folder = expected_folder};
    struct text_list faults = {0};
    bool any = false;

    latest_add_folder(&latest, folder, true, &faults);
    latest_settle(&latest);
    for (size_t i = 0; i < faults.count; i++)
        complain(0, "%s", faults.list[i]);
    for (size_t i = 0; i < latest.count; i++)
        any |= print_fares(&latest.list[i], id);
    text_list_clear(&faults);
    latest_clear(&latest);
    return any;
}
