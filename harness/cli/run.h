/* SPDX-License-Identifier: MIT */
/* The run command's two halves: run.c finds what is to be played and ends the report, run_jobs.c
 * plays it and tells what came of it. */
#ifndef REAPCHECK_RUN_H
#define REAPCHECK_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "cli/run_options.h"
#include "cli/tell.h"

struct job {
    size_t implementation, script;
    bool done;    /* its verdict may be told */
    size_t plays; /* that it has behind it */
    struct verdict verdict;
};

struct run {
    struct run_options options;
    const char *program;
    struct layout layout;
    struct catalogue *catalogue;
    struct scripts scripts;
    struct implementations implementations;
    struct teller teller;

    struct job *jobs; /* in the order in which they are told */
    size_t jobs_count;
    size_t *order; /* the jobs in the order in which they are started */
    size_t next;   /* the job to be told next */
    bool last_round;
};

/*
 * Plays all jobs and tells their verdicts. Returns 0, the status where no job could be started, or
 * 128 + the signal that interrupted it.
 */
int run_jobs(struct run *run);

#endif
