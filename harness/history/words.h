/* SPDX-License-Identifier: MIT */
/* The words that stand for values in the text form of a history, both ways. */
#ifndef REAPCHECK_HISTORY_WORDS_H
#define REAPCHECK_HISTORY_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include "history/fields.h"

enum { WORD_SIZE = 192 };

/* Writes the value as the form has it; a number where it has no word for it. */
void word_write(enum form form, int64_t value, char *out, size_t size);
/* The value of a word; false where the form has no such word. */
bool word_value(enum form form, const char *word, int64_t *value);
/* What a person would call a value of this form: "signal". */
const char *form_name(enum form form);
/* Of event, for a sentence; "unknown" where there is none such. */
const char *event_type_word(int64_t type);

#endif
