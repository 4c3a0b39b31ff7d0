/* SPDX-License-Identifier: MIT */
/*
 * Builds the tree. Lines come one by one (line.c), each is matched with the statements that start
 * with its first word (match.c); here they are put where they belong: steps into the block
 * that is open, header lines into the script (header.c).
 *
 * Everything is bounded: the size of the text, of a line, the number of steps, the depth of
 * blocks. A tree that is not finished is as fit to be freed as one that is, so that there is one
 * way out, whatever went wrong.
 */
#include "script/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/each.h"
#include "script/names.h"
#include "script/parser.h"
#include "script/words.h"

/* A block being read; the whole script is one. */
struct block {
    const struct step *opener; /* NULL for the whole script */
    int depth;
    struct step **steps;
    size_t *count;
};

bool parser_out_of_memory(struct parser *parser)
{
    script_complain(parser->error, 0, 0, "out of memory");
    return false;
}

bool parser_complain(struct parser *parser, size_t word, const char *instead)
{
    char found[WORD_QUOTED + 8];
    word_quote(&parser->line.words[word], found);
    script_complain(parser->error, parser->line.number, parser->line.words[word].column,
                    "found %s, expected %s", found, instead);
    return false;
}

static bool starts_with(const struct statement *statement, const struct word *word)
{
    size_t length = strcspn(statement->pattern, " ");
    return word->length == length && !memcmp(word->start, statement->pattern, length);
}

/* -- a first word that no statement starts with -- */

static void consider(const char *candidate, const char *found, char *best, size_t size, int *least)
{
    int distance = words_distance(found, candidate);
    if (distance < *least) {
        *least = distance;
        snprintf(best, size, "%s", candidate);
    }
}

static bool complain_first(struct parser *parser, const struct block *block, bool header)
{
    char found[64], candidate[SCRIPT_NAME], best[SCRIPT_NAME] = "";
    int least = 3; /* from here on a word is another word, not a misspelt one */
    const struct statement *const tables[] = {grammar_steps, header ? grammar_headers : NULL};

    word_copy(&parser->line.words[0], found, sizeof(found));
    if (strlen(found) <= 3)
        least = 2;
    for (size_t t = 0; t < 2; t++) {
        for (const struct statement *s = tables[t]; s && s->pattern; s++) {
            size_t length = strcspn(s->pattern, " ");
            memcpy(candidate, s->pattern, length);
            candidate[length] = '\0';
            consider(candidate, found, best, sizeof(best), &least);
        }
    }
    if (block->opener)
        consider("end", found, best, sizeof(best), &least);

    char instead[80];
    snprintf(instead, sizeof(instead), "a %sstep%s%s%s%s", header ? "header line or a " : "",
             block->opener ? " or 'end'" : "", *best ? "; did you mean '" : "", best,
             *best ? "'?" : "");
    return parser_complain(parser, 0, instead);
}

/* Tries the statements of the table that start with the line's first word. *statement is NULL
 * where there is none. */
static bool match_table(struct parser *parser, const struct line *line,
                        const struct statement *table, const struct statement **statement,
                        struct match *match)
{
    struct expected expected = {0};

    *statement = NULL;
    for (const struct statement *s = table; s->pattern; s++) {
        if (!starts_with(s, &line->words[0]))
            continue;
        *statement = s;
        if (match_line(s, line, match, &expected))
            return true;
    }
    if (*statement)
        match_complain(line, &expected, parser->error);
    return false;
}

/* -- steps -- */

/* Puts a step at the end of the block; returns it. */
static struct step *add_step(struct parser *parser, struct block *block, const struct step *step)
{
    size_t count = *block->count;
    if (parser->steps == SCRIPT_STEPS) {
        parser_complain(parser, 0, "the end of the script: it has 10000 steps already");
        return NULL;
    }
    if (!(count & (count - 1))) { /* none, or a power of two: no room is left */
        struct step *steps = realloc(*block->steps, (count ? count * 2 : 1) * sizeof(*steps));
        if (!steps) {
            parser_out_of_memory(parser);
            return NULL;
        }
        *block->steps = steps;
    }
    struct step *added = *block->steps + count;
    *added = *step;
    (*block->count)++;
    parser->steps++;
    return added;
}

/* Takes "LANE:" or "host:" off the front of the line, and says what it was. */
static bool take_prefix(struct parser *parser, char prefix[SCRIPT_NAME])
{
    struct line *line = &parser->line;
    char name[SCRIPT_NAME + 2];

    word_copy(&line->words[0], name, sizeof(name));
    size_t length = strlen(name) - 1;
    if (name[length] != ':')
        return parser_complain(parser, 0, "a lane in front, as in 't1: STEP', or 'end'");
    name[length] = '\0';
    if (strcmp(name, "host") && words_name_fault(name))
        return parser_complain(parser, 0, "the name of a lane, or 'host:'");
    memcpy(prefix, name, length + 1);
    if (line->count == 1) {
        script_complain(parser->error, line->number, line->end_column,
                        "found the end of the line, expected a step after '%s:'", prefix);
        return false;
    }
    line->count--;
    memmove(line->words, line->words + 1, line->count * sizeof(line->words[0]));
    return true;
}

/* May the statement stand in the block? And whose step is it, in together? */
static bool fits_block(struct parser *parser, const struct block *block,
                       const struct statement *statement, const char *prefix, struct step *step)
{
    enum verb opener = block->opener ? block->opener->verb : VERB_NONE;

    if (opener == VERB_WHEN && !(statement->flags & BY_LANE))
        return parser_complain(parser, 0, "a step that a callback can do, or 'end'");
    if (opener != VERB_TOGETHER)
        return true;
    if (!(statement->flags & (BY_LANE | BY_HARNESS)))
        return parser_complain(parser, 0, "a step that can be done together with others");
    if (statement->flags & BY_HARNESS) {
        if (strcmp(prefix, "host"))
            return parser_complain(parser, 0, "'host:' before it: no lane does this step");
        return true;
    }
    if (!strcmp(prefix, "host"))
        return parser_complain(parser, 0, "a lane before it, not 'host:': a lane does this step");
    if (*step->lane && strcmp(step->lane, prefix))
        return parser_complain(parser, 0, "the same lane in front of the step and within it");
    strcpy(step->lane, prefix);
    return true;
}

/* What a step means where it does not say so. */
static void complete_step(const struct parser *parser, struct step *step)
{
    if (step->verb == VERB_EXPECT_MASK && names_find(parser->lanes, step->child)) {
        memcpy(step->lane, step->child, SCRIPT_NAME);
        step->child[0] = '\0';
    }
    if ((step->verb == VERB_FAIL || step->verb == VERB_EMPTY || step->verb == VERB_REFUSE) &&
        !step->count && !step->always)
        step->count = 1;
    if (step->verb == VERB_EXPECT_FORKHOOK) {
        step->forkhook = false; /* it asks for one, it makes none */
        step->condition = CONDITION_EXACTLY;
    }
    if ((step->verb == VERB_EXPECT_HANDLED || step->verb == VERB_EXPECT_TAKEN ||
         step->verb == VERB_EXPECT_REGISTERS || step->verb == VERB_EXPECT_POLLS) &&
        step->condition == CONDITION_NONE)
        step->condition = CONDITION_EXACTLY;
}

static bool parse_block(struct parser *parser, struct block *block);

static bool parse_nested(struct parser *parser, const struct block *outer, struct step *opener)
{
    struct block inner = {opener, outer->depth + 1, &opener->block, &opener->block_count};
    if (outer->depth == SCRIPT_DEPTH)
        return parser_complain(parser, 0, "no more blocks: there are 8 around it already");
    return parse_block(parser, &inner);
}

static bool parse_step(struct parser *parser, struct block *block)
{
    struct line *line = &parser->line;
    const struct statement *statement;
    struct match match;
    char prefix[SCRIPT_NAME] = "";

    if (block->opener && block->opener->verb == VERB_TOGETHER && !take_prefix(parser, prefix))
        return false;
    bool header_may_be = !block->opener && !parser->steps;
    if (!match_table(parser, line, grammar_steps, &statement, &match)) {
        if (statement)
            return false;
        for (const struct statement *s = grammar_headers; s->pattern; s++) {
            if (starts_with(s, &line->words[0]))
                return parser_complain(parser, 0,
                                       "a step: header lines stand before the first one");
        }
        return complain_first(parser, block, header_may_be);
    }
    if (!fits_block(parser, block, statement, prefix, &match.step))
        return false;

    parser->script->needs |= statement->needs;
    match.step.line = line->number;
    match.step.indent = line->indent;
    match.step.text = line->text;
    complete_step(parser, &match.step);
    if (match.step.verb == VERB_SAY || match.step.verb == VERB_EXPECT_TELLS)
        match.step.said = line->words[match.list].start;
    if (statement->makes == MAKES_LANE) {
        for (size_t i = 0; i < match.list_count; i++) {
            word_copy(&line->words[match.list + i], match.step.lane, SCRIPT_NAME);
            if (!names_find(parser->lanes, match.step.lane) &&
                !names_add(parser->lanes, match.step.lane, MAKES_LANE, NULL))
                return parser_out_of_memory(parser);
            if (!add_step(parser, block, &match.step))
                return false;
        }
        return true;
    }
    struct step *step = add_step(parser, block, &match.step);
    if (!step)
        return false;
    return statement->flags & HAS_BLOCK ? parse_nested(parser, block, step) : true;
}

static bool parse_end(struct parser *parser, const struct block *block)
{
    if (!block->opener)
        return parser_complain(parser, 0, "a step: there is no open block");
    if (parser->line.count > 1)
        return parser_complain(parser, 1, "the end of the line");
    return true;
}

static bool parse_block(struct parser *parser, struct block *block)
{
    struct line *line = &parser->line;
    enum line_result result;

    while ((result = line_next(&parser->lines, line, parser->error)) == LINE_READ) {
        if (word_is(&line->words[0], "end"))
            return parse_end(parser, block);
        if (!block->opener && !parser->steps) {
            const struct statement *statement;
            struct match match;
            if (match_table(parser, line, grammar_headers, &statement, &match)) {
                if (!parser_take_header(parser, statement->header, &match))
                    return false;
                continue;
            }
            if (statement)
                return false;
        }
        if (!parse_step(parser, block))
            return false;
    }
    if (result == LINE_NONE && block->opener) {
        script_complain(parser->error, parser->lines.number, 1,
                        "found the end of the file, expected 'end' for '%s' of line %d",
                        script_verb_word(block->opener->verb), block->opener->line);
        return false;
    }
    return result == LINE_NONE;
}

/* -- the whole -- */

/* A row that the file names is one that the script has. Before the text is read with it: what else
 * would be wrong then is of no matter. */
static bool check_row(const char *file, const char *text, size_t size, struct script_error *error)
{
    const char *row = each_row_of(file);
    struct each each;

    if (!row || !each_find(text, size, &each) || each_has(&each, row + 1))
        return true;
    script_complain(error, 0, 0, "has no row '%.24s'; its first is '%.*s'", row + 1,
                    (int)each.first_length, each.first);
    return false;
}

struct script *script_parse(const char *file, const char *text, size_t size,
                            struct script_error *error)
{
    struct parsed *parsed = NULL;
    struct parser *parser = NULL;
    bool ok = false;

    if (size > SCRIPT_SIZE) {
        script_complain(error, 1, 1, "found a file of more than 1 MiB, expected a script");
        return NULL;
    }
    if (!check_row(file, text, size, error))
        return NULL;
    parsed = parsed_new(file, text, &size);
    parser = calloc(1, sizeof(*parser)); /* too large for a thread's stack to be sure of */
    if (parser)
        parser->lanes = names_new();
    if (!parsed || !parser || !parser->lanes ||
        !names_add(parser->lanes, "main", MAKES_LANE, NULL)) {
        script_complain(error, 0, 0, "out of memory");
        goto out;
    }
    parser->script = &parsed->script;
    parser->lines = (struct lines){.next = parsed->text, .end = parsed->text + size};
    parser->error = error;

    struct block whole = {.steps = &parsed->script.steps, .count = &parsed->script.steps_count};
    ok = parse_block(parser, &whole);
    if (ok && parsed->row && !parsed->script.rows_count) {
        script_complain(error, 0, 0, "has no rows (no line `each`), and so no '%.24s'",
                        parsed->row);
        ok = false;
    }
    if (ok && !needs_infer(&parsed->script))
        ok = parser_out_of_memory(parser);
out:
    if (parser)
        names_free(parser->lanes);
    free(parser);
    if (ok)
        return &parsed->script;
    if (parsed)
        script_free(&parsed->script);
    return NULL;
}
