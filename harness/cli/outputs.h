/* SPDX-License-Identifier: MIT */
/* The reports of a run: one to standard output or --output, and any number to files of their own.
 */
#ifndef REAPCHECK_OUTPUTS_H
#define REAPCHECK_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "report/report.h"

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct output {
    const struct reporter *reporter;
    char *file;  /* NULL: standard output, or --output */
    bool append; /* to what stands in the file */
    FILE *out;
    void *report;
    int rc; /* -errno of the first write that failed */
};

struct outputs {
    struct output *list;
    size_t count;
    const char *output; /* --output, or NULL */
    enum colour colour;
};

/* Adds FORMAT or FORMAT=FILE, as --format takes it. Returns NULL, or why not: a new string. */
char *outputs_add(struct outputs *outputs, const char *argument);
/* Sets it to auto, always or never. False for any other word. */
bool outputs_colour(struct outputs *outputs, const char *when);
/* Adds what nobody asked for by an option: a report for people where standard output has none, the
 * file that Bazel wants, and the summary of the step of GitHub's workflow. */
void outputs_complete(struct outputs *outputs);
/* Opens the files and begins the reports. Returns 0, or a status after a message. */
int outputs_begin(struct outputs *outputs, const struct report_run *run);
void outputs_verdict(struct outputs *outputs, const struct verdict *verdict,
                     const struct judgement *judgement);
void outputs_note(struct outputs *outputs, const char *implementation, enum report_note kind,
                  const char *text);
/* Writes what is still in buffers, so that no child inherits it. */
void outputs_flush(struct outputs *outputs);
/* Ends the reports. Returns 0, or a status after a message where one of them is not whole. */
int outputs_end(struct outputs *outputs);
void outputs_clear(struct outputs *outputs);

#endif
