/* SPDX-License-Identifier: MIT */
/*
 * What the jobs of all commands share, whatever they play: how they are run by a fleet, how a first
 * SIGINT or SIGTERM ends them in order, and how one sends what came of it.
 */
#ifndef REAPCHECK_JOB_H
#define REAPCHECK_JOB_H

#include <jansson.h>
#include <stddef.h>
#include "cli/cli.h"
#include "runner/fleet.h"

/* What a fleet may give a job of so many plays of these scripts, at most. */
int job_deadline_ms(const struct scripts *scripts, double slow, int plays);
/*
 * Runs jobs as fleet_run does, but for `stop`, which is not asked: a first SIGINT or SIGTERM ends
 * them in order, and a second one ends this program there and then. A job that was ended so is not
 * reported as done. Once interrupted, nothing is run any more. Returns 0 or -errno. [one thread]
 */
int job_run(const struct fleet *fleet, size_t count);
/* The signal that interrupted jobs, or 0. */
int job_interrupted(void);
/* What is made of job_run's answer: 0, STATUS_BROKEN after a message, or 128 + the signal. */
int job_status(int rc);

/* In the process of a job: sends a line of JSON, and frees it. It may be NULL, for want of memory.
 * Returns 0, or the exit status of a job that failed. */
int job_send(int result_fd, json_t *json);

#endif
