/* SPDX-License-Identifier: MIT */
/* What the page of the matrix (html/) is drawn from, as JSON. */
#ifndef REAPCHECK_MATRIX_DATA_H
#define REAPCHECK_MATRIX_DATA_H

#include <jansson.h>
#include "report/matrix.h"

/* Texts that come again and again, each kept once: lines of histories. */
struct matrix_texts;

struct matrix_texts *matrix_texts_new(void);
/* All of them, in the order of their numbers; frees the table. */
json_t *matrix_texts_end(struct matrix_texts *texts);

/*
 * What a verdict keeps of its history, `most` events of it, those nearest to the proof: the member
 * "h", a list in which each event is two numbers, microseconds since the one before and a text,
 * and a list of one number says how many are left out. Addresses in the texts are \x01 and a place
 * in the member "a". Sets for each finding "p", the events that prove it, counted from 0; where
 * there is no history, "e", its evidence. True where something had to be left out.
 */
bool matrix_history(json_t *play, json_t *findings, const struct verdict *verdict, size_t most,
                    struct matrix_texts *texts);

/* The whole, with histories of `most` events each. A text, which is the caller's. */
char *matrix_data(const struct matrix *matrix, const char *version, size_t most);

#endif
