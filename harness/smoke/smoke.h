/* SPDX-License-Identifier: MIT */
/*
 * Tries a host step by step, in the order in which an author builds one (host/PROTOCOL.md), and
 * tells for each step whether it is there. It judges nothing that is the library's to answer for.
 */
#ifndef REAPCHECK_SMOKE_H
#define REAPCHECK_SMOKE_H

#include <stdbool.h>
#include <stdio.h>

struct smoke_options {
    const char *name;    /* of the implementation, for the last line */
    const char *host;    /* path of the executable */
    const char *adapter; /* path of a shared object, or NULL */
    const char *child;   /* path of the program that awaits orders */
    double slow;         /* every deadline is multiplied by this */
};

/* Prints what it finds to out. True if nothing that is needed is missing, and nothing is wrong. */
bool smoke_run(const struct smoke_options *options, FILE *out);

#endif
