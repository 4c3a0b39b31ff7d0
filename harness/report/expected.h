/* SPDX-License-Identifier: MIT */
/*
 * What is known of an implementation's failures: a text file, results/expected/NAME.
 *
 *     # blank lines and comments are free
 *     version 4.17.7
 *
 *     SCENARIO REQUIREMENT reason, to the end of the line
 *     SCENARIO REQUIREMENT sometimes reason
 *     *        REQUIREMENT reason
 *     "A NAME" REQUIREMENT reason
 *
 * A name stands in quotes where it has blanks in it, a "*", or other things that would be taken for
 * something else; \\, \", \n, \t and \xNN are then what they are in C.
 *
 * A scenario may stand there several times, each time with another requirement: these have to fail.
 * Those that fail only `sometimes` may, and those of a `*` may in any scenario. A verdict is as
 * expected if all that has to fail does, and nothing else but what may; of a play that was cut
 * short nothing is expected to fail yet. A reason that begins with TODO is still to be written.
 */
#ifndef REAPCHECK_EXPECTED_H
#define REAPCHECK_EXPECTED_H

#include <stdbool.h>
#include <stddef.h>
#include "catalogue/catalogue.h"
#include "report/judgement.h"
#include "report/verdict.h"

struct expected_line {
    char *scenario; /* or "*" */
    char *requirement, *reason;
    int line;
    bool sometimes; /* it comes and goes */
    bool unwritten; /* its reason is still to be written */
    bool general;   /* it speaks of all scenarios */
    bool met;       /* a verdict that was judged fails for it */
};

struct expected {
    char *file;
    char *version; /* of the implementation it speaks of */
    struct expected_line *list;
    size_t count;
    int version_line;
};

/* Reads the file; catalogue may be NULL, else every requirement must be in it. NULL and
 * "FILE:LINE: why" in error on failure. */
struct expected *expected_load(const char *file, const struct catalogue *catalogue, char *error,
                               size_t error_size);
void expected_free(struct expected *expected);
/* The name of a scenario as the file has it: a new string. */
char *expected_name(const char *scenario);
/*
 * Fills in what is to be said of this verdict; expected may be NULL. A skip or an error says
 * nothing either way. The judgement is valid as long as `expected`.
 */
void expected_judge(struct expected *expected, const struct verdict *verdict,
                    struct judgement *judgement);

#endif
