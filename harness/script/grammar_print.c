/* SPDX-License-Identifier: MIT */
/* Prints the grammar for people: `reapcheck help script`. */
#include "script/grammar.h"

#include <stdio.h>
#include <string.h>
#include "history/calls.h"
#include "script/words.h"

enum { WIDTH = 80 }; /* of what is printed */

/* The words of a text, in lines of WIDTH columns; the first begins at `indent`, others at `hang`.
 */
static void print_words(FILE *out, const char *text, int indent, int hang)
{
    int column = fprintf(out, "%*s", indent, "");
    bool first = true;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (!first && column + 1 + length > WIDTH) {
            column = fprintf(out, "\n%*s", hang, "") - 1;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length + strspn(text + length, " ");
    }
    fputc('\n', out);
}

static void print_statement(FILE *out, const struct statement *statement)
{
    char pattern[GRAMMAR_PATTERN];
    grammar_pattern(statement, pattern, sizeof(pattern));
    /* What nearly every step takes at its end is said once, below. */
    pattern[strlen(statement->pattern)] = '\0';
    if (statement->flags & HAS_BLOCK)
        strncat(pattern, " ... end", sizeof(pattern) - strlen(pattern) - 1);
    print_words(out, pattern, 2, 6);
    print_words(out, statement->help, 6, 6);
}

static void print_meanings(FILE *out, const char *placeholder, const struct meaning *table)
{
    int column = fprintf(out, "  %-11s", placeholder);
    for (; table->word; table++) {
        if (column + (int)strlen(table->word) + 1 > WIDTH)
            column = fprintf(out, "\n  %-11s", "") - 1;
        column += fprintf(out, " %s", table->word);
    }
    fputc('\n', out);
}

static void print_calls(FILE *out)
{
    int column = fprintf(out, "  %-11s", "CALL");
    for (int call = CALL_NONE + 1; call < CALL_COUNT; call++) {
        const char *word = libc_call_word((enum libc_call)call);
        if (column + (int)strlen(word) + 1 > WIDTH)
            column = fprintf(out, "\n  %-11s", "") - 1;
        column += fprintf(out, " %s", word);
    }
    fputc('\n', out);
}

void script_print_grammar(void *stream)
{
    FILE *out = stream;
    fputs("A script is lines of words; from # on a line is comment. [ ] may be left out,\n"
          "| is a choice, ... is one or more. Options may come in any order.\n\n"
          "Header lines, before the first step:\n",
          out);
    for (const struct statement *s = grammar_headers; s->pattern; s++)
        print_statement(out, s);
    fputs("\nSteps:\n", out);
    for (const struct statement *s = grammar_steps; s->pattern; s++)
        print_statement(out, s);

    fputs("\nAt the end of a step:\n"
          "  fails [ERROR]\n      the call has to fail; of calls into library or system\n"
          "  may fail\n      it may\n"
          "  for ID\n      the requirement to which a failure is charged\n"
          "\nIn together:\n"
          "  LANE: STEP\n      the lane does it\n"
          "  host: STEP\n      the harness does it: exit kill stop cont grandchild signal-to do\n"
          "      finish say unlock feed drain hang-up\n"
          "\nWhat the words in capitals may be:\n",
          out);
    fprintf(out, "  %-11s %s\n", "ENDING", GRAMMAR_ENDING);
    fprintf(out, "  %-11s %s\n", "OUTCOME", GRAMMAR_OUTCOME);
    print_meanings(out, "OWNER", words_owner);
    print_meanings(out, "STATE", words_state);
    print_meanings(out, "DISPOSITION", words_disposition);
    print_meanings(out, "ACTION", words_action);
    print_meanings(out, "PLACE", words_place);
    print_calls(out);
    print_meanings(out, "TYPE", words_type);
    print_meanings(out, "RESULT", words_result);
    print_meanings(out, "HOOK", words_hook);
    print_meanings(out, "HABIT", words_habit);
    print_meanings(out, "EVENTS", words_events);
    print_meanings(out, "NEED", words_need);
    fprintf(out, "  %-11s 1 to %d, NUMBER also 0; CALLS 1 to %d; STATUS 0 to %d\n", "COUNT",
            SCRIPT_COUNT_MAX, SCRIPT_CALLS_MAX, SCRIPT_STATUS_MAX);
    fprintf(out,
            "  %-11s 2h 30m 10s 1500ms 20us\n"
            "  %-11s a number of up to 64 bits, which comes back with the event\n",
            "SPAN", "USER");
    fprintf(out,
            "  %-11s up to 15 letters, digits, '-' and '.', a letter first; LANE, CTX\n"
            "  %-11s CHILD and their like are such names\n",
            "NAME", "");
}
