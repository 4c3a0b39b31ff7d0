/* SPDX-License-Identifier: MIT */
/*
 * Whatever is printed for a person goes through here. Half of it was written by the program under
 * test or by whoever wrote a script, so it may hold anything: bytes that are no UTF-8, which JSON
 * cannot carry, and control characters, which a terminal would obey.
 *
 * A character counts as one column. That is wrong for wide and combining characters, and costs
 * nothing but a ragged line.
 */
#include "report/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("reapcheck: no memory left\n", stderr);
    exit(3);
}

void *text_memory(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        out_of_memory();
    return memory;
}

void *text_grow(void *memory, size_t count, size_t size)
{
    void *grown = reallocarray(memory, count ? count : 1, size);

    if (!grown)
        out_of_memory();
    return grown;
}

static char *format_list(const char *format, va_list arguments)
{
    char *text;

    if (vasprintf(&text, format, arguments) < 0)
        out_of_memory();
    return text;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = format_list(format, arguments);
    va_end(arguments);
    return text;
}

bool text_fault(const struct text_place *at, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(at->error, at->error_size, "%s:%d: ", at->file, at->line);

    if (used >= 0 && (size_t)used < at->error_size) {
        va_start(arguments, format);
        vsnprintf(at->error + used, at->error_size - used, format, arguments);
        va_end(arguments);
    }
    return false;
}

void text_append(char **text, const char *format, ...)
{
    va_list arguments;
    char *more;

    va_start(arguments, format);
    more = format_list(format, arguments);
    va_end(arguments);
    text_replace(text, text_format("%s%s", *text ? *text : "", more));
    free(more);
}

void text_replace(char **text, char *other)
{
    free(*text);
    *text = other;
}

void text_list_add(struct text_list *list, const char *text)
{
    list->list = text_grow(list->list, list->count + 1, sizeof *list->list);
    list->list[list->count++] = text_format("%s", text);
}

int text_list_has(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->list[i], text))
            return 1;
    return 0;
}

void text_list_clear(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->list[i]);
    free(list->list);
    *list = (struct text_list){0};
}

/* The length of the character at text, 0 if there is none that is valid. */
static size_t character(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

    if (s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90)) /* longer than it need be */
        return 0;
    if ((s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f)) /* no character has it */
        return 0;
    return length;
}

char *text_valid(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *valid = text_memory(3 * strlen(text) + 1, 1), *to = valid;

    while (*text) {
        size_t length = character(text);

        if (length) {
            to = mempcpy(to, text, length);
            text += length;
        } else {
            to = mempcpy(to, replacement, sizeof replacement - 1);
            text++;
        }
    }
    *to = 0;
    return valid;
}

char *text_shell_word(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./,:@%^";
    char *word, *to;

    if (*text && strspn(text, plain) == strlen(text))
        return text_format("%s", text);
    to = word = text_memory(4 * strlen(text) + 3, 1);
    *to++ = '\'';
    for (; *text; text++)
        if (*text == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *text;
    strcpy(to, "'");
    return word;
}

static int is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

/* Where the character at text ends, and in *columns what it takes when printed. C1 controls are
 * two bytes in UTF-8, and terminals obey them, too. */
static const char *step(const char *text, size_t *columns)
{
    size_t length = character(text);
    unsigned char c = *text;

    *columns = !length || is_control(c) ? 4 : 1;
    if (length == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0)
        *columns = 8;
    return text + (length ? length : 1);
}

static void print_character(FILE *out, const char *text, const char *end, size_t columns)
{
    if (columns == 1)
        fwrite(text, 1, end - text, out);
    else
        for (; text < end; text++)
            fprintf(out, "\\x%02x", (unsigned char)*text);
}

size_t text_width(const char *text)
{
    size_t width = 0, columns;

    while (*text) {
        text = step(text, &columns);
        width += columns;
    }
    return width;
}

static void print_range(FILE *out, const char *text, const char *end)
{
    while (text < end) {
        size_t columns;
        const char *next = step(text, &columns);

        print_character(out, text, next, columns);
        text = next;
    }
}

void text_print(FILE *out, const char *text)
{
    print_range(out, text, text + strlen(text));
}

void text_print_cut(FILE *out, const char *text, size_t columns)
{
    const char *end = text;
    size_t width = 0, wide;

    if (text_width(text) <= columns) {
        text_print(out, text);
        return;
    }
    while (*end) {
        const char *next = step(end, &wide);

        if (width + wide + 3 > columns)
            break;
        width += wide;
        end = next;
    }
    print_range(out, text, end);
    fputs("...", out);
}

void text_print_wrapped(FILE *out, const char *text, size_t at, size_t indent)
{
    int first = 1;

    while (*(text += strspn(text, " \t\n"))) {
        const char *end = text + strcspn(text, " \t\n");
        size_t width = 0, columns;

        for (const char *s = text; s < end; width += columns)
            s = step(s, &columns);
        if (!first && at + 1 + width > TEXT_COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            putc(' ', out);
            at++;
        }
        print_range(out, text, end);
        at += width;
        first = 0;
        text = end;
    }
    putc('\n', out);
}
