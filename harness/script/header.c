/* SPDX-License-Identifier: MIT */
/*
 * Header lines: what a script says of itself before its first step.
 */
#include <stdlib.h>
#include <string.h>
#include "script/parser.h"
#include "script/words.h"

static bool add_covers(struct parser *parser, const struct match *match)
{
    struct script *script = parser->script;
    size_t count = script->covers_count + match->list_count;
    if (count > SCRIPT_COVERS)
        return parser_complain(parser, match->list, "no more than 256 requirements in all");
    char(*covers)[8] = realloc(script->covers, count * sizeof(*covers));
    if (!covers)
        return parser_out_of_memory(parser);
    script->covers = covers;
    for (size_t i = 0; i < match->list_count; i++)
        word_copy(&parser->line.words[match->list + i], covers[script->covers_count++],
                  sizeof(*covers));
    return true;
}

static bool add_rows(struct parser *parser, const struct match *match)
{
    struct script *script = parser->script;

    if (match->list_count > SCRIPT_ROWS)
        return parser_complain(parser, match->list, "no more than 256 values in all");
    script->rows = calloc(match->list_count, sizeof(*script->rows));
    if (!script->rows)
        return parser_out_of_memory(parser);
    for (size_t i = 0; i < match->list_count; i++) {
        const struct word *word = &parser->line.words[match->list + i];
        if (word->length >= SCRIPT_ROW)
            return parser_complain(parser, match->list + i, "a value of 23 characters at most");
        for (size_t c = 0; c < word->length; c++)
            if (word->start[c] == '/' || word->start[c] == '@')
                return parser_complain(parser, match->list + i,
                                       "a value that can be part of a scenario's name");
        word_copy(word, script->rows[i], SCRIPT_ROW);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(script->rows[j], script->rows[i]))
                return parser_complain(parser, match->list + i, "each value but once");
        script->rows_count++;
    }
    return true;
}

bool parser_take_header(struct parser *parser, enum header header, const struct match *match)
{
    struct script *script = parser->script;
    char word[32];
    bool once = header == HEADER_SCENARIO || header == HEADER_DEADLINE || header == HEADER_EACH;

    if (once && parser->seen & 1u << header)
        return parser_complain(parser, 0, "another line: this one stands but once");
    parser->seen |= 1u << header;

    switch (header) {
    case HEADER_SCENARIO:
        script->sentence = parser->line.words[match->list].start;
        return true;
    case HEADER_COVERS:
        if (!script->covers_line)
            script->covers_line = parser->line.number;
        return add_covers(parser, match);
    case HEADER_NEEDS:
        for (size_t i = 0; i < match->list_count; i++) {
            word_copy(&parser->line.words[match->list + i], word, sizeof(word));
            script->needs |= script_need_from_word(word);
        }
        return true;
    case HEADER_HOST:
        script->settings |= match->setting;
        return true;
    case HEADER_DEADLINE:
        if (match->step.count > SCRIPT_SECONDS_MAX)
            return parser_complain(parser, 1, "3600 seconds at most");
        script->deadline = match->step.count;
        return true;
    case HEADER_EACH:
        return add_rows(parser, match);
    case HEADER_GROUND:
        script->ground = true;
        return true;
    case HEADER_NONE:
        break;
    }
    return false;
}
