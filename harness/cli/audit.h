/* SPDX-License-Identifier: MIT */
/* The audit command's two halves: audit.c finds out what is to be done and prints what came of it,
 * audit_jobs.c does it. */
#ifndef REAPCHECK_CLI_AUDIT_H
#define REAPCHECK_CLI_AUDIT_H

#include "audit/table.h"
#include "cli/cli.h"
#include "report/expected.h"

/* A control under a tool, or a scenario of one section. */
struct audit_job {
    size_t proof, section, script;
    bool is_control, done;
};

struct audit {
    const char *program;
    int jobs_at_once;
    double slow;
    bool verbose;
    struct layout layout;
    struct catalogue *catalogue;
    struct scripts scripts;
    struct implementations implementations;
    struct expected **expected;     /* one for each implementation, NULL where there is none */
    char *controls;                 /* the folder of their programs */
    struct audit_section *sections; /* tool by tool, each implementation */
    size_t sections_count;
    struct audit_proof *proofs;
    size_t proofs_count;
    struct audit_job *jobs;
    size_t jobs_count, ended;
};

/* Runs all jobs, controls first, and fills in sections and proofs. 0, or the status where no job
 * could be started; 128 + the signal that interrupted it. */
int audit_jobs_run(struct audit *audit);

#endif
