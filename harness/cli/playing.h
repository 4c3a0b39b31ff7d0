/* SPDX-License-Identifier: MIT */
/*
 * One play of one scenario as a job of a fleet: what the commands share that play scenarios. The
 * supervised process plays and sends its verdict as JSON; the calling process makes a verdict of
 * whatever came, so that none is ever missing.
 */
#ifndef REAPCHECK_PLAYING_H
#define REAPCHECK_PLAYING_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "report/verdict.h"

struct playing {
    const char *program; /* how reapcheck was called */
    const struct implementation *implementation;
    const struct script *script;
    const struct catalogue *catalogue;
    const char *under, *history; /* NULL: none */
    double slow;
    bool verbose, no_namespaces, no_probe;
};

/* In the supervised process: plays, and writes the verdict. Returns the exit status. */
int playing_work(const struct playing *playing, int result_fd);
/* In the calling process: makes a verdict of what the job sent, and of its failure where it is not
 * NULL. */
void playing_result(const struct playing *playing, const char *result, size_t size,
                    const char *failure, struct verdict *verdict);
/* The verdict where there is none, for this reason. */
void playing_error(const struct playing *playing, const char *reason, struct verdict *verdict);

#endif
