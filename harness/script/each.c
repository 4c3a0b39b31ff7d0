/* SPDX-License-Identifier: MIT */
/*
 * A table of sixty rows is one script with a placeholder, not sixty files: each row is a scenario
 * of its own, THEME/NAME@ROW, in every place where scenarios have names. The value is put into the
 * text before anything else reads it, so that nothing behind this file knows of rows but as part of
 * a name.
 *
 * The word is replaced where it stands as a word: SIGNAL in "SIGNAL, sent" but not in "SIGNALS".
 */
#include "script/each.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-';
}

/* The next word of a line; its length, 0 at the end. */
static size_t next_word(const char **at, const char *end)
{
    const char *stop;

    while (*at < end && is_blank(**at))
        (*at)++;
    for (stop = *at; stop < end && !is_blank(*stop) && *stop != '#'; stop++)
        ;
    return (size_t)(stop - *at);
}

static bool read_line(const char *line, const char *end, struct each *each)
{
    const char *at = line;
    size_t length = next_word(&at, end);

    if (length != 4 || memcmp(at, "each", 4) != 0)
        return false;
    at += length;
    each->word_length = next_word(&at, end);
    each->word = at;
    at += each->word_length;
    length = next_word(&at, end);
    if (!each->word_length || length != 2 || memcmp(at, "of", 2) != 0)
        return false;
    at += length;
    each->first_length = next_word(&at, end);
    each->first = at;
    each->line = line;
    each->end = end;
    return each->first_length > 0;
}

bool each_find(const char *text, size_t size, struct each *each)
{
    const char *end = text + size, *line, *newline;

    for (line = text; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline)
            newline = end;
        if (read_line(line, newline, each))
            return true;
    }
    return false;
}

bool each_has(const struct each *each, const char *value)
{
    const char *at = each->first;
    size_t length;

    for (; (length = next_word(&at, each->end)) > 0; at += length)
        if (length == strlen(value) && memcmp(at, value, length) == 0)
            return true;
    return false;
}

/* Does the word stand here, with the ends of a word on both sides? */
static bool stands_at(const char *text, const char *end, const char *at, const struct each *each)
{
    size_t length = each->word_length;

    if ((size_t)(end - at) < length || memcmp(at, each->word, length) != 0)
        return false;
    return (at == text || !in_word(at[-1])) && (at + length == end || !in_word(at[length]));
}

char *each_fill(const char *text, size_t size, const struct each *each, const char *value,
                size_t value_length, size_t *filled_size)
{
    const char *end = text + size, *at;
    size_t places = 0, used = 0;
    char *filled;

    for (at = text; at < end; at++)
        places += stands_at(text, end, at, each);
    filled = malloc(size + places * value_length + 1);
    if (!filled)
        return NULL;
    for (at = text; at < end;) {
        if ((at < each->line || at >= each->end) && stands_at(text, end, at, each)) {
            memcpy(filled + used, value, value_length);
            used += value_length;
            at += each->word_length;
        } else {
            filled[used++] = *at++;
        }
    }
    *filled_size = used;
    return filled;
}

const char *each_row_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *row = strstr(slash ? slash : file, ".scn@");

    return row ? row + 4 : NULL;
}
