/* SPDX-License-Identifier: MIT */
/* The mutants command's two halves: mutants.c finds what is to be played and keeps what came of it,
 * mutants_play.c plays it and prints it as it comes. */
#ifndef REAPCHECK_MUTANTS_H
#define REAPCHECK_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "cli/kill_matrix.h"

struct hunt_options {
    struct text_list names; /* of mutants; none: all */
    const char *theme, *results;
    int jobs, times;
    bool all, promised;
    double slow;
};

struct hunt {
    struct hunt_options options;
    const char *program;
    struct layout layout;
    struct catalogue *catalogue;
    struct scripts scripts;
    struct mutants mutants;
    struct implementations implementations; /* one for each mutant that has rows, in their order */
    struct kill_matrix matrix;
    size_t plays;
    double seconds; /* that they took */
};

/*
 * Plays all rows of the matrix and prints each mutant when it is done. Returns 0, the status where
 * no job could be started, or 128 + the signal that interrupted it.
 */
int hunt_play(struct hunt *hunt);

#endif
