/* SPDX-License-Identifier: MIT */
/* Values of options that several commands take. */
#ifndef REAPCHECK_OPTION_H
#define REAPCHECK_OPTION_H

#include <argp.h>
#include <stdbool.h>

enum { OPTION_JOBS_MOST = 1024 };

/* A whole number from least to most; false where the text is none. */
bool option_is_number(const char *text, long least, long most, long *value);
/* A variable of the environment that stands for an option, or NULL; an empty one is none. */
const char *option_variable(const char *name);

/* A mistake in these is told, and ends the program with STATUS_USAGE. */
long option_number(struct argp_state *state, const char *option, const char *text, long least,
                   long most);
int option_jobs(struct argp_state *state, const char *text);
double option_slow(struct argp_state *state, const char *text);
/* The default of --jobs: the processors that this program may use. */
int option_processors(void);

#endif
