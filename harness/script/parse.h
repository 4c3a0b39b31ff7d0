/* SPDX-License-Identifier: MIT */
/*
 * What a script is kept in, and what follows from its steps.
 */
#ifndef REAPCHECK_SCRIPT_PARSE_H
#define REAPCHECK_SCRIPT_PARSE_H

#include "script/script.h"

enum {
    SCRIPT_SIZE = 1 << 20, /* bytes of a file */
    SCRIPT_STEPS = 10000,  /* in all blocks together */
    SCRIPT_DEPTH = 8,      /* blocks within blocks */
    SCRIPT_COVERS = 256,   /* requirements */
    SCRIPT_ROWS = 256,     /* values of `each` */
};

/* The whole memory of a script: all strings of the tree point into text, file or name. */
struct parsed {
    struct script script; /* first: script_free gets its address */
    char *text, *file, *path, *name, *row;
};

/* A script of no steps yet, with a copy of the text, in which the value of the row that the file
 * names stands, or of the first; *size becomes the copy's. NULL for want of memory. */
struct parsed *parsed_new(const char *file, const char *text, size_t *size);

/* Adds to the script's needs what its steps need of an implementation. False for want of memory. */
bool needs_infer(struct script *script);

#endif
