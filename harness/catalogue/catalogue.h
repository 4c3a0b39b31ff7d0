/* SPDX-License-Identifier: MIT */
/*
 * The catalogue of requirements, read from scenarios/CATALOGUE.md: one list item a requirement,
 * `- ID DUTY (SOURCE) sentence`, under a heading for its family. Where nothing could observe it,
 * the item ends with `Unobservable: reason`.
 */
#ifndef REAPCHECK_CATALOGUE_H
#define REAPCHECK_CATALOGUE_H

#include <stddef.h>

/* By the words of RFC 2119 in capitals; a sentence without one is a must. */
enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

struct requirement {
    char id[8];     /* "FK-27" */
    char duty;      /* 'L' library, 'A' application */
    char source[8]; /* letters of H, C, I, K, U */
    char *sentence;
    char *family; /* the heading it stands under */
    int line;
    enum level level;
    char *unobservable; /* why nothing could observe it, or NULL */
};

struct catalogue {
    struct requirement *list;
    size_t count;
};

/* Reads the file. NULL and "FILE:LINE: why" in error on failure: unreadable file or line, an id
 * that stands twice. */
struct catalogue *catalogue_load(const char *file, char *error, size_t error_size);
/* "must", "should", "may" */
const char *level_word(enum level level);
void catalogue_free(struct catalogue *catalogue);
/* NULL where there is none such. */
const struct requirement *catalogue_find(const struct catalogue *catalogue, const char *id);

#endif
