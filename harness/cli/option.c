/* SPDX-License-Identifier: MIT */
/* A value is taken whole or not at all: "4x" is no number. */
#include "cli/option.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

static const double slow_most = 10000;

bool option_is_number(const char *text, long least, long most, long *value)
{
    char *end;

    errno = 0;
    *value = strtol(text, &end, 10);
    return end != text && !*end && !errno && *value >= least && *value <= most;
}

const char *option_variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

long option_number(struct argp_state *state, const char *option, const char *text, long least,
                   long most)
{
    long value;

    if (!option_is_number(text, least, most, &value))
        argp_error(state, "--%s takes a number from %ld to %ld, not \"%s\"", option, least, most,
                   text);
    return value;
}

int option_jobs(struct argp_state *state, const char *text)
{
    return (int)option_number(state, "jobs", text, 1, OPTION_JOBS_MOST);
}

double option_slow(struct argp_state *state, const char *text)
{
    char *end;
    double slow = strtod(text, &end);

    if (end == text || *end || !(slow > 0) || slow > slow_most)
        argp_error(state, "--slow takes a number above 0 and up to %g, not \"%s\"", slow_most,
                   text);
    return slow;
}

int option_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

    return count < 1 ? 1 : count > OPTION_JOBS_MOST ? OPTION_JOBS_MOST : count;
}
