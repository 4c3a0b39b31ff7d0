/* SPDX-License-Identifier: MIT */
/*
 * The catalogue of requirements, read from scenarios/CATALOGUE.md: one list item a requirement,
 * `- ID DUTY (SOURCE) sentence`, under a heading for its family.
 */
#ifndef REAPCHECK_CATALOGUE_H
#define REAPCHECK_CATALOGUE_H

#include <stddef.h>

struct requirement {
    char id[8];     /* "FK-27" */
    char duty;      /* 'L' library, 'A' application */
    char source[8]; /* letters of H, C, I, K, U */
    char *sentence;
    char *family; /* the heading it stands under */
    int line;
};

struct catalogue {
    struct requirement *list;
    size_t count;
};

/* Reads the file. NULL and "FILE:LINE: why" in error on failure: unreadable file or line, an id
 * that stands twice. */
struct catalogue *catalogue_load(const char *file, char *error, size_t error_size);
void catalogue_free(struct catalogue *catalogue);
/* NULL where there is none such. */
const struct requirement *catalogue_find(const struct catalogue *catalogue, const char *id);

#endif
