/* SPDX-License-Identifier: MIT */
/* What `reapcheck run` was asked for. */
#ifndef REAPCHECK_RUN_OPTIONS_H
#define REAPCHECK_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "audit/tool.h"
#include "cli/outputs.h"
#include "report/text.h"

enum { SHARDS_MOST = 10000 };

struct run_options {
    struct text_list implementations; /* --impl, in order */
    struct text_list paths;           /* scripts and folders */
    struct outputs outputs;
    const char *expect, *results, *under, *history, *filter; /* NULL: not given */
    int jobs, repeat;
    int shard, shards;             /* 1 of 1: everything */
    const struct audit_tool *tool; /* what under names, or NULL */
    bool sharded;                  /* --shard was given */
    bool until_fail;               /* repeat is the most then */
    bool shuffled;                 /* --seed was given */
    uint64_t seed;
    double slow;
    bool verbose, no_namespaces, no_probe;
};

/* Reads the command line, a mistake in which is told and ends the program with STATUS_USAGE, and
 * the environment. Returns 0, or a status after a message. */
int run_options_read(struct run_options *options, int argc, char **argv);
/* True if all scenarios are to be played. */
bool run_options_complete(const struct run_options *options);
void run_options_clear(struct run_options *options);

#endif
