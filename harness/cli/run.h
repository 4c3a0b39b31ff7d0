/* SPDX-License-Identifier: MIT */
/* The run command's two halves: run.c finds what is to be played and ends the report, run_jobs.c
 * plays it and tells what came of it. */
#ifndef REAPCHECK_RUN_H
#define REAPCHECK_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "cli/cli.h"
#include "cli/run_options.h"
#include "report/expected.h"
#include "report/results.h"

struct job {
    size_t implementation, script;
    bool done;
    struct verdict verdict;
};

struct run {
    struct run_options options;
    const char *program;
    struct layout layout;
    struct catalogue *catalogue;
    struct scripts scripts;
    struct implementations implementations;
    struct expected **expected; /* one for each implementation, NULL where there is none */

    struct job *jobs; /* in the order in which they are told */
    size_t jobs_count;
    size_t *order; /* the jobs in the order in which they are started */
    size_t next;   /* the job to be told next */

    FILE *out;
    int out_rc; /* -errno of the first write of the report that failed */
    void *report;
    struct results_writer *results;
    bool *version_told;    /* for each implementation: its version was looked at */
    unsigned repeat_kinds; /* verdicts seen of the script being repeated; bits */
    size_t unexpected, errors;
};

/*
 * Plays all jobs and tells their verdicts. Returns 0, the status where no job could be started, or
 * 128 + the signal that interrupted it.
 */
int run_jobs(struct run *run);

#endif
