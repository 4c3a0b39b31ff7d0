/* SPDX-License-Identifier: MIT */
/*
 * A file that is there whole or not at all: it is written under a temporary name beside its place,
 * every write is checked, and its data is on the disk before it takes its name. Whatever happens
 * meanwhile, what stood in its place is untouched.
 */
#ifndef REAPCHECK_WHOLE_FILE_H
#define REAPCHECK_WHOLE_FILE_H

#include <stdio.h>

struct whole_file {
    FILE *out;
    char *name, *temporary;
};

/* Starts a file; one that stands there already keeps its mode, and a symbolic link leads to it. 0,
 * or -errno, -EEXIST where its temporary name is taken. */
int whole_file_create(struct whole_file *file, const char *name);
/* Gives it its name. rc: what went wrong with it so far, 0 or -errno: then it is discarded. 0 or
 * -errno. */
int whole_file_commit(struct whole_file *file, int rc);

#endif
