/* SPDX-License-Identifier: MIT */
/* What Bazel's test protocol asks of a test by variables; XML_OUTPUT_FILE is in outputs.c. */
#ifndef REAPCHECK_BAZEL_H
#define REAPCHECK_BAZEL_H

#include "cli/run_options.h"

/* TEST_TOTAL_SHARDS, TEST_SHARD_INDEX and TESTBRIDGE_TEST_ONLY, where no option says otherwise, and
 * TEST_SHARD_STATUS_FILE. Returns 0, or a status after a message. */
int bazel_read(struct run_options *options);
/* The folder for results where no option names one: a new string, or NULL. */
char *bazel_results(void);

#endif
