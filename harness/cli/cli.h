/* SPDX-License-Identifier: MIT */
/* The command line: one file a command, and what they share. */
#ifndef REAPCHECK_CLI_H
#define REAPCHECK_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "catalogue/catalogue.h"
#include "catalogue/mutant.h"
#include "report/expected.h"
#include "report/text.h"
#include "script/script.h"

#define REAPCHECK_VERSION "0.1.0"

enum status {
    STATUS_EXPECTED = 0,   /* all as expected */
    STATUS_UNEXPECTED = 1, /* something was not */
    STATUS_USAGE = 2,      /* wrong use */
    STATUS_BROKEN = 3,     /* the harness itself could not work */
};

struct command {
    const char *name;
    const char *what; /* one line for `reapcheck help` */
    /* argv[0] is "reapcheck NAME"; program is how reapcheck was called. Returns a status. */
    int (*main)(int argc, char **argv, const char *program);
};
/* Ends with a NULL name. */
extern const struct command commands[];
const struct command *command_find(const char *name);

int command_run(int argc, char **argv, const char *program);
int command_audit(int argc, char **argv, const char *program);
int command_faults(int argc, char **argv, const char *program);
int command_pairs(int argc, char **argv, const char *program);
int command_smoke(int argc, char **argv, const char *program);
int command_list(int argc, char **argv, const char *program);
int command_explain(int argc, char **argv, const char *program);
int command_lint(int argc, char **argv, const char *program);
int command_coverage(int argc, char **argv, const char *program);
int command_mutants(int argc, char **argv, const char *program);
int command_diff(int argc, char **argv, const char *program);
int command_merge(int argc, char **argv, const char *program);
int command_matrix(int argc, char **argv, const char *program);
int command_expect(int argc, char **argv, const char *program);
int command_platform(int argc, char **argv, const char *program);
int command_help(int argc, char **argv, const char *program);

/* Prints what reapcheck is and which commands it has. */
void help_print(FILE *out);
/* "reapcheck: " and a message, to stderr. Returns the status. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Flushes stdout: the status, or STATUS_BROKEN and a message where it could not be written. */
int finish(int status);

/* Where things are; each path is as short as the working directory allows. */
struct layout {
    bool tree;       /* a source tree was found, not an installation */
    char *scenarios; /* the folder of scripts */
    char *catalogue; /* the file */
    char *hosts;     /* the folder of host executables */
    char *adapters;  /* the folder of shared objects, for pairs */
    char *expected;  /* the folder of expected results */
    char *results;   /* the folder that runs write to */
    char *mutants;   /* the folder of patches, which only a source tree has */
};
void layout_find(struct layout *layout);
void layout_clear(struct layout *layout);
/* The file of what is known of an implementation, or of a pair: a new string. */
char *layout_expected_file(const struct layout *layout, const char *name);
/* The catalogue, or NULL and a message to stderr. */
struct catalogue *layout_catalogue(const struct layout *layout);
/* What is expected of an implementation: what stands in the file, where it is not NULL, else in
 * results/expected/NAME, where that is there. Returns 0, with NULL in *expected where nothing is
 * said, or STATUS_USAGE after a message. */
int layout_expected(const struct layout *layout, const struct catalogue *catalogue,
                    const char *file, const char *name, struct expected **expected);

/* Scripts, in order of their names. */
struct scripts {
    struct script **list;
    size_t count;
};
/*
 * Loads files, all *.scn below folders, and scenarios by name; with no paths all there are. With a
 * catalogue each is linted, too. Returns 0, or STATUS_USAGE after a message for every fault; those
 * without one are there in any case.
 */
int scripts_load(struct scripts *scripts, const struct layout *layout,
                 const struct catalogue *catalogue, char *const *paths, size_t count);
void scripts_clear(struct scripts *scripts);
/* Drops those that are for pairs, or all others. Returns how many are left. */
size_t scripts_keep(struct scripts *scripts, bool for_pairs);
/* Adds a scenario's name to a list such as "sharing: coalesced two-contexts; faults: ...", for
 * which *theme remembers what came last; it is NULL at first. Names come theme by theme. */
void scripts_append_name(char **text, const char **theme, const char *name);

/* The mutants of the source tree; none elsewhere. Returns 0, or STATUS_USAGE after a message for
 * each whose head cannot be read; the others are there in any case. */
int layout_mutants(const struct layout *layout, const struct catalogue *catalogue,
                   const struct scripts *scripts, struct mutants *mutants);

/* One implementation to be tested. */
struct implementation {
    char *name;
    char *argument;    /* as --impl takes it */
    char *host;        /* path of the executable */
    char *adapters[2]; /* paths of shared objects, or NULL */
    bool pair;         /* of two */
    char *child;       /* path of the program that awaits orders */
    bool script;       /* the host is a program for an interpreter, none for tools that look at C */
};
struct implementations {
    struct implementation *list;
    size_t count;
};
/* Those that are built, mutants left out. Returns 0, or -errno where the folder cannot be read. */
int implementations_built(struct implementations *implementations, const struct layout *layout);
/* Adds one by name or by file, or a pair of them, "ONE+TWO". Returns 0, or STATUS_USAGE after a
 * message. */
int implementations_add(struct implementations *implementations, const struct layout *layout,
                        const char *argument);
/* Adds those that the arguments of --impl name, or with none all that are built. Returns 0, or a
 * status after a message; none at all is STATUS_BROKEN. */
int implementations_find(struct implementations *implementations, const struct layout *layout,
                         const struct text_list *arguments);
void implementations_drop_last(struct implementations *implementations);
/* For what looks into machine code: leaves out the hosts in other languages, unless they were
 * named. Returns 0, or STATUS_USAGE after a message. */
int implementations_compiled(struct implementations *implementations, bool named);
void implementations_clear(struct implementations *implementations);

/* Of an adapter that was not built for want of its library, the Debian packages that bring it, as
 * "a-dev, b-dev"; NULL where it is none such. */
char *not_built_packages(const struct layout *layout, const char *name);
/* All of those: "libuv (libuv1-dev), ..."; NULL where there is none. */
char *not_built_all(const struct layout *layout);

#endif
