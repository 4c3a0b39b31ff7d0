/* SPDX-License-Identifier: MIT */
/*
 * The terminal's SIGINT goes to the jobs as well as to this program, and what a job then says is
 * worth nothing: whether it was the signal that made it fail cannot be told.
 */
#include "cli/job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The fleet's deadline is the last resort, for a job that does not keep its own: a scenario that
 * names none should be over in the first of these, and is given this much beyond. */
enum { SCENARIO_SECONDS = 60, JOB_GRACE_SECONDS = 60, DEADLINE_MOST_MS = 1000000000 };

static volatile sig_atomic_t interrupted_by;

static void interrupted(int signal_number)
{
    interrupted_by = signal_number;
}

static bool stop(void *user)
{
    (void)user;
    return interrupted_by;
}

int job_interrupted(void)
{
    return interrupted_by;
}

int job_deadline_ms(const struct scripts *scripts, double slow, int plays)
{
    int longest = SCENARIO_SECONDS;
    double ms;

    for (size_t i = 0; i < scripts->count; i++)
        if (scripts->list[i]->deadline > longest)
            longest = scripts->list[i]->deadline;
    ms = 1000.0 * plays * (longest * (slow > 1 ? slow : 1) + JOB_GRACE_SECONDS);
    return ms < DEADLINE_MOST_MS ? (int)ms : DEADLINE_MOST_MS;
}

static int work(void *user, size_t i, int result_fd)
{
    const struct fleet *fleet = user;

    return fleet->work(fleet->user, i, result_fd);
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    const struct fleet *fleet = user;

    if (!failure || !interrupted_by)
        fleet->done(fleet->user, i, result, size, failure);
}

int job_run(const struct fleet *fleet, size_t count)
{
    const struct sigaction action = {.sa_handler = interrupted, .sa_flags = (int)SA_RESETHAND};
    struct fleet asked = *fleet, own = asked;

    if (interrupted_by || !count)
        return 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    own.work = work;
    own.done = done;
    own.stop = stop;
    own.user = &asked;
    return fleet_run(&own, count);
}

int job_status(int rc)
{
    if (rc)
        return complain(STATUS_BROKEN, "cannot start jobs: %s", strerror(-rc));
    return interrupted_by ? 128 + interrupted_by : 0;
}

int job_send(int result_fd, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL, *at = text;
    size_t left = 0;
    int status = text ? 0 : 1;

    if (text) {
        left = strlen(text) + 1;
        text[left - 1] = '\n'; /* it need not end any more: its length is known */
    }
    while (!status && left) {
        ssize_t r = write(result_fd, at, left);

        if (r > 0) {
            at += r;
            left -= (size_t)r;
        } else if (r < 0 && errno != EINTR) {
            status = 1;
        }
    }
    free(text);
    json_decref(json);
    return status;
}
