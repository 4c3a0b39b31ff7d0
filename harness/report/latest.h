/* SPDX-License-Identifier: MIT */
/*
 * What is known now of implementations, put together from results files. Most runs are of a few
 * scenarios, so no single file has it all: of each implementation and scenario the newest verdict
 * counts, whichever file it is in.
 */
#ifndef REAPCHECK_LATEST_H
#define REAPCHECK_LATEST_H

#include "report/expected.h"
#include "report/results.h"

/* One play; those of one scenario that a run repeated stand beside each other. */
struct latest_play {
    struct verdict verdict;
    struct judgement judgement;
    int age; /* of the file that it is from; 0 is the newest */
};

struct latest_implementation {
    char *name;    /* as it was played */
    char *version; /* that was heard last; "" where none ever was */
    char *started; /* when the newest run of it began, or NULL */
    struct expected *expected;
    struct latest_play *list; /* in order of the scenarios' names */
    size_t count;
    int version_age;
    bool whole; /* a run of all scenarios was read: what is older adds nothing */
};

struct latest {
    struct latest_implementation *list; /* in order of their names */
    size_t count;
    const char *expected_folder; /* of files that are named after the implementations */
    int files;                   /* that were read */
};

/* Takes the verdicts out of a results file that is older than those before it. Mutants, which are
 * no implementations that anybody asks for, are left out where `mutants` is false. */
void latest_add(struct latest *latest, struct results *results, bool mutants);
/*
 * Adds the newest files of a folder, which may not be there. A file that cannot be read is told in
 * faults, and passed over. Returns how many files there were.
 */
size_t latest_add_folder(struct latest *latest, const char *folder, bool mutants,
                         struct text_list *faults);
/* When all is added: drops what versions did that are no longer the newest, which is of no matter,
 * and implementations of which nothing is left. */
void latest_settle(struct latest *latest);
void latest_clear(struct latest *latest);

#endif
