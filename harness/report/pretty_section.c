/* SPDX-License-Identifier: MIT */
/*
 * Prints what is known of one implementation, from the large to the small: how many requirements
 * of each family hold; a line for each that does not; then every new failure in full
 * (pretty_failure.c). Known failures (pretty_known.c), limits and skips are no trouble and come
 * apart, briefly.
 */
#include "report/pretty.h"

#include <stdlib.h>
#include <string.h>
#include "report/tally.h"

enum {
    LIST_INDENT = 6,
    IDS_MOST = 8, /* ids and ranges named, where they are no trouble */
};

static const char red[] = "1;31", yellow[] = "33", green[] = "32";

/* -- families -- */

static bool same_family(const char *a, const char *b)
{
    size_t length = strcspn(a, "-");

    return length == strcspn(b, "-") && !strncmp(a, b, length);
}

/* "XC-04 XC-12..14" for rows of this state from `from` up to `to`; NULL if there is none. */
static char *ids_in_state(const struct tally *tally, size_t from, size_t to, enum tally_state state)
{
    char *text = NULL;

    for (size_t i = from; i < to; i++) {
        size_t last = i;

        if (tally_state(&tally->rows[i]) != state)
            continue;
        while (last + 1 < to && tally_state(&tally->rows[last + 1]) == state)
            last++;
        if (last < i + 2)
            last = i;
        text_append(&text, "%s%s", text ? " " : "", tally->rows[i].id);
        if (last > i)
            text_append(&text, "..%s", strchr(tally->rows[last].id, '-') + 1);
        i = last;
    }
    return text;
}

static size_t words(const char *text)
{
    size_t count = 1;

    for (; *text; text++)
        count += *text == ' ';
    return count;
}

/*
 * "XC  20 of 28 hold; fails: XC-05; not covered: XC-26..28". Ids that are no trouble and many are
 * but counted: a library that is not shaped like libxl skips most of FK. False if nothing asked for
 * any of the family.
 */
static bool print_family(FILE *out, const struct report_run *run, const struct tally *tally,
                         size_t from, size_t to, bool first)
{
    static const struct {
        enum tally_state state;
        const char *what;
    } others[] = {
        {TALLY_FAILS, "fails"}, {TALLY_ERROR, "not told"},  {TALLY_KNOWN, "known to fail"},
        {TALLY_LIMIT, "limit"}, {TALLY_SKIPPED, "skipped"}, {TALLY_NOT_COVERED, "not covered"},
    };
    size_t count[TALLY_STATES] = {0}, covered;
    char *text = NULL;

    for (size_t i = from; i < to; i++)
        count[tally_state(&tally->rows[i])]++;
    covered = to - from - count[TALLY_NOT_COVERED];
    if (!covered)
        return false;
    if (first)
        putc('\n', out);
    if (count[TALLY_SKIPPED] < covered)
        text =
            text_format("%zu of %zu hold", count[TALLY_HOLDS], run->complete ? to - from : covered);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        enum tally_state state = others[i].state;
        bool quiet = state == TALLY_SKIPPED || state == TALLY_NOT_COVERED;
        bool most = state == TALLY_SKIPPED && 2 * count[state] > covered;
        char *ids;

        if (!count[state] || (state == TALLY_NOT_COVERED && !run->complete))
            continue;
        ids = ids_in_state(tally, from, to, state);
        if (quiet && !run->verbose && (most || words(ids) > IDS_MOST))
            text_append(&text, "%s%zu %s", text ? "; " : "", count[state], others[i].what);
        else
            text_append(&text, "%s%s: %s", text ? "; " : "", others[i].what, ids);
        free(ids);
    }
    fprintf(out, "  %-*.*s", LIST_INDENT - 2, (int)strcspn(tally->rows[from].id, "-"),
            tally->rows[from].id);
    text_print_wrapped(out, text, LIST_INDENT, LIST_INDENT);
    free(text);
    return true;
}

static void print_families(FILE *out, const struct report_run *run, const struct tally *tally)
{
    bool first = true;

    for (size_t from = 0, to; from < tally->count; from = to) {
        for (to = from + 1; to < tally->count; to++)
            if (!same_family(tally->rows[from].id, tally->rows[to].id))
                break;
        if (print_family(out, run, tally, from, to, first))
            first = false;
    }
}

/* -- requirements that do not hold -- */

static void print_rows(FILE *out, const struct report_run *run, const struct tally *tally)
{
    bool first = true;

    for (size_t i = 0; i < tally->count; i++) {
        const struct tally_row *row = &tally->rows[i];
        enum tally_state state = tally_state(row);
        const char *word = state == TALLY_FAILS   ? "fail "
                           : state == TALLY_KNOWN ? "known"
                           : state == TALLY_LIMIT ? "limit"
                                                  : NULL;
        char *share;

        if (!word)
            continue;
        if (first)
            putc('\n', out);
        first = false;
        fprintf(out, "  %s  ", row->id);
        pretty_colour(out, run, state == TALLY_FAILS ? red : yellow, word);
        share = text_format("%zu of %zu", tally_share(row), row->scenarios);
        fprintf(out, "  %-9s", share);
        free(share);
        if (row->requirement) {
            fputs("  ", out);
            text_print_cut(out, row->requirement->sentence, TEXT_COLUMNS - 27);
        }
        putc('\n', out);
    }
}

/* -- all of it -- */

/* Every verdict, one a line. */
static void print_all(FILE *out, const struct report_run *run, const struct report_section *section)
{
    pretty_heading(out, run, "Scenarios");
    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;
        char word[8];

        snprintf(word, sizeof word, "%-5s", verdict_word(verdict->kind));
        fputs("  ", out);
        pretty_colour(out, run,
                      verdict->kind == VERDICT_PASS          ? green
                      : pretty_is_trouble(&section->list[i]) ? red
                                                             : yellow,
                      word);
        fputs("  ", out);
        text_print(out, verdict->scenario);
        if (verdict->kind == VERDICT_SKIP && verdict->reason) {
            fprintf(out, "\n%*s", LIST_INDENT + 3, "");
            text_print_wrapped(out, verdict->reason, LIST_INDENT + 3, LIST_INDENT + 3);
        } else
            fprintf(out, "  %.0f ms, %zu events\n", verdict->milliseconds, verdict->events);
    }
}

void pretty_section_print(FILE *out, const struct report_run *run,
                          const struct report_section *section)
{
    char *title = text_format("%s%s%s", section->implementation, *section->version ? " " : "",
                              section->version);
    struct tally tally;

    pretty_colour(out, run, PRETTY_BOLD, title);
    putc('\n', out);
    free(title);
    for (size_t i = 0; i < section->notes.count; i++) {
        fputs("  ", out);
        text_print_wrapped(out, section->notes.list[i], 2, 2);
    }

    tally_begin(&tally, run->catalogue);
    for (size_t i = 0; i < section->count; i++)
        tally_add(&tally, &section->list[i].verdict, &section->list[i].judgement);
    print_families(out, run, &tally);
    print_rows(out, run, &tally);
    tally_clear(&tally);

    if (run->verbose)
        print_all(out, run, section);
    pretty_failures_print(out, run, section);
    pretty_errors_print(out, run, section);
    pretty_new_passes_print(out, run, section);
    if (!run->verbose)
        pretty_known_print(out, run, section);
    pretty_limits_print(out, run, section);
    if (!run->verbose)
        pretty_skips_print(out, section);
}
