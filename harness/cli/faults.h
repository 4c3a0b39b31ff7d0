/* SPDX-License-Identifier: MIT */
/* The faults command: options, what its jobs know, and what is told at the end. */
#ifndef REAPCHECK_FAULTS_H
#define REAPCHECK_FAULTS_H

#include "cli/cli.h"
#include "faults/plan.h"
#include "report/expected.h"
#include "report/text.h"
#include "report/verdict.h"
#include "runner/play.h"

struct faults_options {
    const char *implementation, *history, *output; /* NULL: not given */
    struct text_list paths;
    struct script *only[PLAY_FAULTS]; /* --only, a script of one statement each */
    size_t only_count;
    bool wanted[CALL_COUNT]; /* --call */
    bool some_wanted;
    int jobs, most, pairs;
    uint64_t seed;
    double slow;
    bool no_namespaces, verbose, errors;
};
/* Reads the command line; a mistake in it is told, and ends the program with STATUS_USAGE. */
void faults_options_read(struct faults_options *options, int argc, char **argv);
void faults_options_clear(struct faults_options *options);
/* A statement as a script of that one step; NULL and why on failure. */
struct script *fault_statement(const char *text, struct script_error *error);

/* What became of one run under faults. */
enum point_kind {
    POINT_UNMET, /* no fault struck */
    POINT_WELL,
    POINT_LIMIT, /* what failed is disclaimed by the implementation's documentation */
    POINT_BAD,
    POINT_ERROR, /* the harness could not tell */
};
struct point_result {
    enum point_kind kind;
    bool struck[PLAY_FAULTS];
    bool told; /* a call failed or a disaster was called for */
    size_t statements_count;
    char *statements[PLAY_FAULTS];
    struct verdict verdict; /* of those that are bad, or could not be told */
};

/* What one script does without a fault. */
struct census {
    bool done;
    struct verdict verdict;
    unsigned calls[CALL_COUNT];
    struct play_kept kept[PLAY_KEPT];
    size_t kept_count;
};

/* Bad points, kept until the end. */
struct bad_point {
    size_t script;
    struct point_result result;
};

struct faults_row {
    size_t tried, struck, told, limit, bad, errors;
};

struct faults {
    struct faults_options options;
    const char *program;
    struct layout layout;
    struct catalogue *catalogue;
    struct scripts scripts;
    struct implementations implementations;
    struct expected *expected; /* NULL: none */
    FILE *output;

    struct census *census; /* a script each */
    struct fault_plan plan;
    struct fault_struck *struck;
    size_t struck_count;
    struct fault_pair *pairs;
    size_t pairs_count;

    struct faults_row *rows;        /* as fault_errors */
    struct faults_row paired, only; /* pairs; --only */
    struct bad_point *bad;
    size_t bad_count;
    size_t runs;
    double seconds; /* of the sweep and the pairs */
};

/* -- faults_play.c -- */
enum { FAULTS_PAIRS_A_JOB = 24 };
/* In the process of job i of a round: each plays what it is about, and sends a line of JSON for
 * each play. Returns the exit status. */
int faults_play_census(const struct faults *faults, size_t i, int result_fd);
int faults_play_sweep(const struct faults *faults, size_t i, int result_fd);
int faults_play_pairs(const struct faults *faults, size_t i, int result_fd);
int faults_play_only(const struct faults *faults, size_t i, int result_fd);

/* -- faults_jobs.c -- */
/* Each plays its jobs and takes in what comes of them. 0, a status after a message, or 128 + the
 * signal that interrupted it. */
int faults_census(struct faults *faults);
int faults_sweep(struct faults *faults);
int faults_pairs(struct faults *faults);
int faults_only(struct faults *faults);

/* -- faults_report.c -- */
/* Tells what came of it all; returns the status. */
int faults_report(struct faults *faults, bool interrupted);
/* Writes one point as a line of JSON where that was asked for. */
void faults_put(struct faults *faults, size_t script, const struct point_result *result);

#endif
