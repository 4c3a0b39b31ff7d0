/* SPDX-License-Identifier: MIT */
/*
 * Cuts a text into lines and lines into words.
 *
 * What gets past this file is known to be harmless wherever it is printed later: lines of bounded
 * length, of valid UTF-8, without control characters. So nothing behind it has to think of odd
 * bytes, and no report (JSON, XML, a terminal) can be upset by a script.
 */
#include "script/line.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void script_complain(struct script_error *error, int line, int column, const char *format, ...)
{
    va_list arguments;
    error->line = line;
    error->column = column;
    va_start(arguments, format);
    vsnprintf(error->what, sizeof(error->what), format, arguments);
    va_end(arguments);
}

/*
 * Length in bytes of the character at s, which ends before end; 0 if it is none or is not allowed:
 * overlong forms, surrogates, non-characters, controls other than tab.
 */
static size_t character_length(const char *s, const char *end)
{
    unsigned char first = (unsigned char)*s;
    if (first < 0x80)
        return (first >= 0x20 && first != 0x7f) || first == '\t' ? 1 : 0;

    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || (size_t)(end - s) < length)
        return 0;
    uint32_t point = first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | ((unsigned char)s[i] & 0x3f);
    }
    static const uint32_t smallest[] = {0, 0, 0xa0, 0x800, 0x10000}; /* 0x80..0x9f are controls */
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < smallest[length] || point > 0x10ffff || surrogate || (point & 0xfffe) == 0xfffe)
        return 0;
    return length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_character_start(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static bool check_characters(const char *start, const char *end, int number,
                             struct script_error *error)
{
    int column = 1;
    for (const char *s = start; s < end; column++) {
        size_t length = character_length(s, end);
        if (!length) {
            script_complain(error, number, column, "found the byte 0x%02x, expected text in UTF-8",
                            (unsigned)(unsigned char)*s);
            return false;
        }
        s += length;
    }
    return true;
}

static void split_words(const char *start, const char *end, struct line *line)
{
    int column = 1;
    line->count = 0;
    for (const char *s = start; s < end; s++) {
        if (!is_blank(*s)) {
            if (s == start || is_blank(s[-1]))
                line->words[line->count++] = (struct word){s, 0, column};
            line->words[line->count - 1].length++;
        }
        column += is_character_start(*s);
    }
    line->end_column = column;
}

enum line_result line_next(struct lines *lines, struct line *line, struct script_error *error)
{
    while (lines->next < lines->end) {
        char *start = lines->next;
        char *newline = memchr(start, '\n', (size_t)(lines->end - start));
        char *end = newline ? newline : lines->end;
        lines->next = newline ? newline + 1 : lines->end;
        lines->number++;

        if (end > start && end[-1] == '\r')
            end--;
        if (end - start > LINE_LENGTH) {
            script_complain(error, lines->number, LINE_LENGTH + 1,
                            "found a line of %td bytes, expected %d at most", end - start,
                            LINE_LENGTH);
            return LINE_BAD;
        }
        if (!check_characters(start, end, lines->number, error))
            return LINE_BAD;

        char *comment = memchr(start, '#', (size_t)(end - start));
        if (comment)
            end = comment;
        while (end > start && is_blank(end[-1]))
            end--;
        if (end == start)
            continue;
        *end = '\0';

        line->number = lines->number;
        split_words(start, end, line);
        line->text = start + (line->words[0].start - start);
        size_t indent = (size_t)(line->text - start);
        line->indent = memchr(start, '\t', indent) ? -1 : (int)indent;
        return LINE_READ;
    }
    return LINE_NONE;
}

bool word_is(const struct word *word, const char *text)
{
    return strlen(text) == word->length && !memcmp(text, word->start, word->length);
}

void word_copy(const struct word *word, char *out, size_t size)
{
    size_t length = word->length < size ? word->length : size - 1;
    memcpy(out, word->start, length);
    out[length] = '\0';
}

void word_quote(const struct word *word, char out[WORD_QUOTED + 8])
{
    size_t length = word->length;
    const char *more = "";
    if (length > WORD_QUOTED) {
        length = WORD_QUOTED;
        while (!is_character_start(word->start[length]))
            length--;
        more = "...";
    }
    snprintf(out, WORD_QUOTED + 8, "'%.*s%s'", (int)length, word->start, more);
}
