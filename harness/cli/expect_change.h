/* SPDX-License-Identifier: MIT */
/* What is to be changed in a list of expected failures so that results are as expected. */
#ifndef REAPCHECK_EXPECT_CHANGE_H
#define REAPCHECK_EXPECT_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "catalogue/catalogue.h"
#include "report/expected.h"
#include "report/results.h"

enum expect_kind { EXPECT_ADD, EXPECT_DROP, EXPECT_SOMETIMES, EXPECT_VERSION };

struct expect_item {
    enum expect_kind kind;
    int line; /* of the file: that is dropped or changed; behind which it is added, 0: at the end */
    char *text; /* the new line; of one that is dropped, the old one in short */
};

struct expect_change {
    const char *file; /* need not be there */
    const struct results *results;
    size_t implementation; /* of results->about.implementations */
    bool whole;            /* the results have all scenarios */
    const struct catalogue *catalogue;

    struct expected *expected; /* what stands there, or NULL */
    struct expect_item *list;
    size_t count;
};

/* Fills in the list. Returns 0, or -1 with "FILE:LINE: why", or why, in error. */
int expect_change_find(struct expect_change *change, char *error, size_t error_size);
void expect_change_print(const struct expect_change *change, FILE *out);
/* Writes the file, whole or not at all. Returns 0, or -1 with why in error. */
int expect_change_write(const struct expect_change *change, char *error, size_t error_size);
void expect_change_clear(struct expect_change *change);

#endif
