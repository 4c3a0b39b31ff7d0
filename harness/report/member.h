/* SPDX-License-Identifier: MIT */
/*
 * Members of JSON objects. Texts come from scripts, from the program under test and from the names
 * of files, so any bytes may be in them; JSON takes UTF-8 only, and what is not is replaced.
 * Reading is strict about what is there and easy about what is not: a member that is missing is
 * empty, one of the wrong type is an error.
 */
#ifndef REAPCHECK_MEMBER_H
#define REAPCHECK_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include "report/text.h"

/* -- writing: each returns false for want of memory -- */

/* A text that is NULL is left out. */
bool member_set_text(json_t *json, const char *name, const char *text);
bool member_set_texts(json_t *json, const char *name, char *const *list, size_t count);
bool member_set_number(json_t *json, const char *name, json_int_t number);

/* -- reading -- */

/* What is read into, and the first thing that is wrong with it. */
struct member_reader {
    char *error;
    size_t error_size;
    bool failed;
};
void member_fault(struct member_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A new string, or NULL where there is none; a needed one that is not there is a fault. */
char *member_text(struct member_reader *reader, const json_t *json, const char *name);
char *member_needed_text(struct member_reader *reader, const json_t *json, const char *name);
/* From least to most; least where there is none. */
json_int_t member_number(struct member_reader *reader, const json_t *json, const char *name,
                         json_int_t least, json_int_t most);
/* Adds to the list. */
void member_texts(struct member_reader *reader, const json_t *json, const char *name,
                  struct text_list *list);

#endif
