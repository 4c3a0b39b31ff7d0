/* SPDX-License-Identifier: MIT */
/* Tells verdicts: judges them by what is expected, gives them to all reports and to the results
 * file, and keeps what the exit status is made of. `run` and `merge` tell by it. */
#ifndef REAPCHECK_TELL_H
#define REAPCHECK_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "cli/outputs.h"
#include "report/expected.h"
#include "report/results.h"

struct teller {
    struct outputs *outputs;
    struct results_writer *results; /* NULL: none is written */
    bool whole;                     /* every scenario is told of, with the probe */
    struct expected **expected;     /* one for each implementation, NULL where there is none */
    bool *version_told;             /* for each implementation: its version was looked at */
    size_t implementations;
    char *name;  /* of the implementation that was told of last, as its verdicts have it */
    size_t told; /* which that is */
    size_t unexpected, errors;
};

/*
 * Loads what is expected of these implementations: the file, where it is not NULL, else
 * results/expected/NAME where it is there. Returns 0, or STATUS_USAGE after a message.
 */
int tell_begin(struct teller *teller, const struct layout *layout,
               const struct catalogue *catalogue, const char *file, char *const *names,
               size_t count);
/* Tells all plays of one scenario by one implementation. */
void tell_plays(struct teller *teller, size_t implementation, struct verdict *plays, size_t count);
/* After the last verdict of an implementation. */
void tell_end(struct teller *teller, size_t implementation);
/* STATUS_EXPECTED, STATUS_UNEXPECTED or STATUS_BROKEN. */
int tell_status(const struct teller *teller);
void tell_clear(struct teller *teller);

#endif
