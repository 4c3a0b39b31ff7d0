/* SPDX-License-Identifier: MIT */
/*
 * What is known of an implementation's failures: a text file, results/expected/NAME.
 *
 *     # blank lines and comments are free
 *     version 4.17.7
 *
 *     SCENARIO REQUIREMENT reason, to the end of the line
 *
 * A scenario may stand there several times, each time with another requirement. Its failure is as
 * expected if exactly these requirements fail.
 */
#ifndef REAPCHECK_EXPECTED_H
#define REAPCHECK_EXPECTED_H

#include <stddef.h>
#include "catalogue/catalogue.h"
#include "report/text.h"
#include "report/verdict.h"

struct expected_scenario {
    char *scenario;
    struct text_list requirements; /* in order of the id */
    char *reasons;                 /* joined by "; " */
    int line;                      /* where it stands first */
};

struct expected {
    char *file;
    char *version; /* of the implementation it speaks of */
    struct expected_scenario *list;
    size_t count;
};

/* Reads the file; catalogue may be NULL, else every requirement must be in it. NULL and
 * "FILE:LINE: why" in error on failure. */
struct expected *expected_load(const char *file, const struct catalogue *catalogue, char *error,
                               size_t error_size);
void expected_free(struct expected *expected);
const struct expected_scenario *expected_find(const struct expected *expected,
                                              const char *scenario);
/*
 * What a reporter is told (report.h): NULL where nothing was expected of this scenario, the reason
 * where it fails as expected, "" where it does not. A skip or an error says nothing either way.
 * expected may be NULL.
 */
const char *expected_judge(const struct expected *expected, const struct verdict *verdict);

#endif
