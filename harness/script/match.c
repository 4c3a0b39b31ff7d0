/* SPDX-License-Identifier: MIT */
/*
 * Walks a pattern and a line side by side.
 *
 * Every pattern can be followed without going back: whether an option or a way to go on is meant
 * shows in its first word. So a piece of a pattern is either there, or absent (its first word is
 * another: nothing was taken), or wrong (it began well). Whatever is asked of a word is noted in
 * `expected` if no earlier question got further; when a line fits no pattern, the notes make the
 * message.
 */
#include "script/match.h"

#include <stdio.h>
#include <string.h>
#include "script/words.h"

#define END_OF_LINE "the end of the line"

enum { OPTIONS = 8, WORD = 64 };

enum fit { FITS, ABSENT, WRONG };

struct span {
    const char *start, *end;
};

struct matcher {
    const struct line *line;
    enum makes makes;
    size_t at; /* the word looked at */
    struct match *match;
    struct expected *expected;
    bool in_outcome; /* within ENDING or OUTCOME */
};

static enum fit fit_ways(struct matcher *m, struct span ways);

/* Notes that the word looked at could have been this: a word as it is written, or what it is. */
static void expect(struct matcher *m, const char *text, size_t length, bool literal)
{
    struct expected *expected = m->expected;
    struct way way = {.what = literal ? "" : text};

    if (literal)
        memcpy(way.word, text, length);
    if (m->at < expected->at)
        return;
    if (m->at > expected->at)
        *expected = (struct expected){.at = m->at};
    for (size_t i = 0; i < expected->count; i++) {
        if (!strcmp(expected->way[i].word, way.word) && !strcmp(expected->way[i].what, way.what))
            return;
    }
    if (expected->count < EXPECTED)
        expected->way[expected->count++] = way;
}

static bool next_is(const struct span *span, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(span->end - span->start) >= length && !memcmp(span->start, text, length);
}

/* Takes the next piece of a pattern: a word, or an option with its brackets. */
static bool next_piece(struct span *rest, struct span *piece)
{
    while (next_is(rest, " "))
        rest->start++;
    if (rest->start == rest->end)
        return false;
    int depth = 0;
    piece->start = rest->start;
    while (rest->start < rest->end && (depth || *rest->start != ' ')) {
        depth += (*rest->start == '[') - (*rest->start == ']');
        rest->start++;
    }
    piece->end = rest->start;
    return true;
}

static enum fit fit_literal(struct matcher *m, struct span literal, char *name)
{
    size_t length = (size_t)(literal.end - literal.start);
    expect(m, literal.start, length, true);
    if (m->at == m->line->count)
        return ABSENT;
    const struct word *word = &m->line->words[m->at];
    if (word->length != length || memcmp(word->start, literal.start, length))
        return ABSENT;

    char copy[WORD];
    word_copy(word, copy, sizeof(copy));
    if (name)
        memcpy(name, copy, length + 1);
    else if (m->at) /* the first word only tells the statement */
        value_literal(m->match, m->in_outcome, copy);
    m->at++;
    return FITS;
}

static bool fit_one(struct matcher *m, enum placeholder p)
{
    expect(m, value_what(p), strlen(value_what(p)), false);
    if (m->at == m->line->count)
        return false;

    char word[WORD];
    word_copy(&m->line->words[m->at], word, sizeof(word));
    char *name = value_name(m->match, m->makes, p);
    if (!name) {
        if (!value_take(m->match, m->in_outcome, p, word))
            return false;
    } else {
        const char *fault = words_name_fault(word);
        if (fault) {
            if (m->at == m->expected->at)
                m->expected->note = fault;
            return false;
        }
        memcpy(name, word, strlen(word) + 1);
    }
    m->at++;
    return true;
}

static enum fit fit_placeholder(struct matcher *m, enum placeholder p, bool list)
{
    if (p == ENDING || p == OUTCOME) {
        const char *ways = p == ENDING ? GRAMMAR_ENDING : GRAMMAR_OUTCOME;
        m->in_outcome = true;
        enum fit fit = fit_ways(m, (struct span){ways, ways + strlen(ways)});
        m->in_outcome = false;
        return fit;
    }
    size_t first = m->at;
    if (!fit_one(m, p))
        return ABSENT;
    while (list && fit_one(m, p))
        ;
    if (list) {
        m->match->list = first;
        m->match->list_count = m->at - first;
    }
    return FITS;
}

/* A word of a pattern: one or several choices. A word beside a name's placeholder is kept as the
 * name would be: LANE|host. */
static enum fit fit_word(struct matcher *m, struct span piece)
{
    char *name = NULL;
    while (piece.start < piece.end) {
        const char *bar = memchr(piece.start, '|', (size_t)(piece.end - piece.start));
        struct span choice = {piece.start, bar ? bar : piece.end};
        piece.start = bar ? bar + 1 : piece.end;

        bool list = choice.end - choice.start > 3 && !memcmp(choice.end - 3, "...", 3);
        if (list)
            choice.end -= 3;
        enum placeholder p = value_placeholder(choice.start, (size_t)(choice.end - choice.start));
        if (p != NOT_ONE)
            name = value_name(m->match, m->makes, p);
        enum fit fit = p == NOT_ONE ? fit_literal(m, choice, name) : fit_placeholder(m, p, list);
        if (fit != ABSENT)
            return fit;
    }
    return ABSENT;
}

/* Options in a row, each once, in any order. */
static enum fit fit_options(struct matcher *m, const struct span *options, size_t count)
{
    bool used[OPTIONS] = {false};
    for (size_t i = 0; i < count;) {
        enum fit fit = used[i] ? ABSENT : fit_ways(m, options[i]);
        if (fit == WRONG)
            return WRONG;
        used[i] |= fit == FITS;
        i = fit == FITS ? 0 : i + 1;
    }
    return FITS;
}

static enum fit fit_sequence(struct matcher *m, struct span sequence)
{
    size_t first = m->at;
    struct span piece, options[OPTIONS];
    size_t options_count = 0;
    bool more;

    do {
        more = next_piece(&sequence, &piece);
        if (more && *piece.start == '[') {
            options[options_count++] = (struct span){piece.start + 1, piece.end - 1};
            continue;
        }
        if (fit_options(m, options, options_count) == WRONG)
            return WRONG;
        options_count = 0;
        enum fit fit = more ? fit_word(m, piece) : FITS;
        if (fit != FITS)
            return fit == ABSENT && m->at == first ? ABSENT : WRONG;
    } while (more);
    return FITS;
}

/* Ways to go on, divided by " | ". */
static enum fit fit_ways(struct matcher *m, struct span ways)
{
    struct span way = {ways.start, ways.start};
    int depth = 0;
    for (; way.end <= ways.end; way.end++) {
        struct span here = {way.end, ways.end};
        if (way.end < ways.end) {
            depth += (*way.end == '[') - (*way.end == ']');
            if (depth || !next_is(&here, " | "))
                continue;
        }
        enum fit fit = fit_sequence(m, way);
        if (fit != ABSENT)
            return fit;
        way.start = way.end + 3;
    }
    return ABSENT;
}

bool match_line(const struct statement *statement, const struct line *line, struct match *match,
                struct expected *expected)
{
    char pattern[GRAMMAR_PATTERN];
    struct matcher matcher = {
        .line = line, .makes = statement->makes, .match = match, .expected = expected};

    *match = (struct match){.step.verb = statement->verb};
    grammar_pattern(statement, pattern, sizeof(pattern));
    if (fit_ways(&matcher, (struct span){pattern, pattern + strlen(pattern)}) != FITS)
        return false;
    if (matcher.at < line->count) {
        expect(&matcher, END_OF_LINE, strlen(END_OF_LINE), false);
        return false;
    }
    return true;
}

void match_complain(const struct line *line, const struct expected *expected,
                    struct script_error *error)
{
    char found[WORD_QUOTED + 8] = "the end of the line", what[sizeof(error->what)];
    bool at_end = expected->at >= line->count;
    if (!at_end)
        word_quote(&line->words[expected->at], found);

    size_t used = 0;
    what[0] = '\0';
    for (size_t i = 0; i < expected->count && used < sizeof(what); i++) {
        const char *before = !i ? "" : i + 1 < expected->count ? ", " : " or ";
        const char *quote = expected->way[i].word[0] ? "'" : "";
        used += (size_t)snprintf(what + used, sizeof(what) - used, "%s%s%s%s%s", before, quote,
                                 expected->way[i].word, expected->way[i].what, quote);
    }
    const char *note = expected->note ? expected->note : "";
    script_complain(error, line->number,
                    at_end ? line->end_column : line->words[expected->at].column,
                    "found %s, expected %s%s%s", found, what, *note ? ": " : "", note);
}
