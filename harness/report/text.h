/* SPDX-License-Identifier: MIT */
/*
 * Text for people: widths, cutting and wrapping of UTF-8, and texts that came from the program
 * under test made safe to print.
 */
#ifndef REAPCHECK_TEXT_H
#define REAPCHECK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_COLUMNS = 80 };

/* A growing list of strings that it owns. All zero is empty. */
struct text_list {
    char **list;
    size_t count;
};
/* Adds a copy. Memory that is not there ends the program, as for all of these. */
void text_list_add(struct text_list *list, const char *text);
int text_list_has(const struct text_list *list, const char *text);
void text_list_clear(struct text_list *list);

/* A new string, made as by printf. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Adds to *text, which it owns, or makes it where it is NULL. */
void text_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees *text and puts another in its place. */
void text_replace(char **text, char *other);
/* A new string: text with every byte that is not UTF-8 replaced by U+FFFD. */
char *text_valid(const char *text);
/* A new string: text as a word for a shell, in quotes where it needs them. */
char *text_shell_word(const char *text);
/* Where the reader of a file is, and where it says what is wrong there. */
struct text_place {
    const char *file;
    int line;
    char *error;
    size_t error_size;
};
/* Puts "FILE:LINE: ..." into error. Returns false, always. */
bool text_fault(const struct text_place *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* calloc and realloc that do not return without memory. */
void *text_memory(size_t count, size_t size);
void *text_grow(void *memory, size_t count, size_t size);

/* Columns that text takes: its characters. */
size_t text_width(const char *text);
/* Prints text, control characters shown as \xNN so that a terminal obeys none of them. */
void text_print(FILE *out, const char *text);
/* The same, cut to so many columns, with "..." where something is missing. */
void text_print_cut(FILE *out, const char *text, size_t columns);
/* Prints text, wrapped at blanks to TEXT_COLUMNS and ended by a newline. The cursor stands at
 * column `at`; further lines are indented by `indent`. */
void text_print_wrapped(FILE *out, const char *text, size_t at, size_t indent);

#endif
