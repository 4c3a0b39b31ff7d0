/* SPDX-License-Identifier: MIT */
/*
 * Mutants, as the heads of their patches tell of them: impl/mutants/NAME.patch begins with
 *
 *     Bug: a sentence
 *     Happened: where it really did
 *     Breaks: ID in THEME/SCRIPT      one or more
 *     Under: helgrind|drd|memcheck    where it takes that tool to see it
 *
 * in any order, and whatever else there is to be said of it, up to the first line `--- `.
 */
#ifndef REAPCHECK_CATALOGUE_MUTANT_H
#define REAPCHECK_CATALOGUE_MUTANT_H

#include <stdbool.h>
#include <stddef.h>
#include "catalogue/catalogue.h"
#include "report/text.h"
#include "script/script.h"

/* What a head promises: this script sees this requirement broken. */
struct breach {
    char requirement[8];
    char *script; /* "sharing/two-contexts" */
    int line;
};

struct mutant {
    char *name; /* of the patch, without folder and ending */
    char *bug, *happened;
    char *under; /* the tool, or NULL */
    struct breach *breaks;
    size_t breaks_count;
};

struct mutants {
    struct mutant *list; /* in order of their names */
    size_t count;
};

/*
 * Reads the head of one patch. Every requirement must be in the catalogue, every script among those
 * given, and it must say that it covers the requirement. False and "FILE:LINE: why" in error on
 * failure.
 */
bool mutant_load(struct mutant *mutant, const char *file, const struct catalogue *catalogue,
                 struct script *const *scripts, size_t scripts_count, char *error,
                 size_t error_size);
void mutant_clear(struct mutant *mutant);
/* True if it says of this requirement that it breaks it, or of one that restates it (shape.h). */
bool mutant_breaks(const struct mutant *mutant, const char *id);

/*
 * Reads all *.patch of a folder; one that is not there has none. False where something cannot be
 * read: `faults` then has a message for each patch that is at fault, and the others are there.
 */
bool mutants_load(struct mutants *mutants, const char *folder, const struct catalogue *catalogue,
                  struct script *const *scripts, size_t scripts_count, struct text_list *faults);
/* NULL where there is none such. */
const struct mutant *mutants_find(const struct mutants *mutants, const char *name);
void mutants_clear(struct mutants *mutants);

#endif
