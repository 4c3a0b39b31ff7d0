/* SPDX-License-Identifier: MIT */
/* The results file of a run (results/README.md): writing one, and reading it again. */
#ifndef REAPCHECK_RESULTS_H
#define REAPCHECK_RESULTS_H

#include <stdbool.h>
#include "report/about.h"
#include "report/report.h"

struct results_writer;

/* Makes a folder, and those above it, where they are not there. 0 or -errno. */
int results_make_folder(const char *path);
/*
 * Starts a results file in a folder, which is made where it is not there. It has a temporary name
 * until results_commit. NULL and why in error on failure.
 */
struct results_writer *results_create(const char *folder, const struct report_run *run, char *error,
                                      size_t error_size);
/* The same for a file whose name is given; what stands there is replaced when it is ended. */
struct results_writer *results_create_file(const char *name, const struct report_run *run,
                                           char *error, size_t error_size);
/* Gives it up; nothing is left of it. */
void results_discard(struct results_writer *writer);
/* As for a reporter. */
void results_add(struct results_writer *writer, const struct verdict *verdict,
                 const struct judgement *judgement);
void results_note(struct results_writer *writer, const char *implementation, enum report_note kind,
                  const char *text);
/*
 * Ends the file, gives it its name and frees the writer. Returns 0, or -1 and why in error where
 * anything of it may not be on the disk; no file is left then. *name, where not NULL, is set to
 * the file's name, which is the caller's.
 */
int results_commit(struct results_writer *writer, char **name, char *error, size_t error_size);

struct results {
    struct about about;
    struct verdict *list;
    size_t count;
    bool interrupted; /* it does not have all verdicts of its run */
};

/* Adds the results files of a folder to the list, the newest first. */
void results_find(const char *folder, struct text_list *files);
/* NULL and "FILE:LINE: why" in error on failure; a file whose last line is missing is one. */
struct results *results_load(const char *file, char *error, size_t error_size);
/* Which of about.implementations the verdict at this place is of. Its own name may be another: an
 * adapter gives it. */
size_t results_implementation(const struct results *results, size_t verdict);
void results_free(struct results *results);

#endif
