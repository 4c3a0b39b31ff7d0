/* SPDX-License-Identifier: MIT */
/*
 * A verdict: what came of one scenario played against one implementation, with all that a person
 * needs to believe it. It travels and is kept as one line of JSON (results/README.md).
 */
#ifndef REAPCHECK_VERDICT_H
#define REAPCHECK_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

enum { RESULT_FORMAT_VERSION = 1 };

enum verdict_kind {
    VERDICT_PASS,
    VERDICT_FAIL,  /* findings say what */
    VERDICT_FLAKY, /* it passed, and failed in another play of the same run: findings are that one's
                    */
    VERDICT_LIMIT, /* what failed is disclaimed by the implementation's documentation */
    VERDICT_SKIP,  /* it does not offer what the scenario needs; reason says what */
    VERDICT_ERROR, /* the harness could not tell; reason says why */
    VERDICT_KINDS
};

struct verdict_finding {
    char *requirement;
    char *oracle;
    int line;        /* of the script, 0 for none */
    char *step;      /* its text, or NULL */
    char *what;      /* a sentence */
    char *limit;     /* where the documentation disclaims it, or NULL */
    char **evidence; /* lines of the history */
    size_t evidence_count;
    char *also; /* a requirement that is broken with it (catalogue/shape.h), or NULL */
    char *by;   /* of a pair: "one" or "two", whose doing it is; NULL where nobody can tell */
};

struct verdict {
    enum verdict_kind kind;
    char *scenario; /* "selective/foreign-left-alone" */
    char *file;     /* path of the script as given */
    char *sentence;
    char *implementation; /* "libxl" */
    char *played_as;      /* how the run named the implementation where that is another, or NULL */
    char *version;        /* "4.17.7", "" if not known */
    char *refused_by; /* of a pair: "one" or "two", who refused to be beside the other; or NULL */
    bool cut_short;   /* the host died or hung: what comes later in the script was not played */
    char *reason;     /* of a skip or an error, of what comes and goes, or NULL */
    char *command;    /* the one command that shows it again */
    char **covers;    /* requirement ids */
    size_t covers_count;
    struct verdict_finding *findings;
    size_t findings_count;
    double milliseconds;
    size_t plays;  /* under --until-fail: all but the last one passed; 0 or 1: it was played once */
    size_t events; /* in the history */
    /* Where something was found: an excerpt of the history (history/excerpt.h), and for each line
     * bit n, where it is evidence of finding n. */
    char **history;
    uint32_t *proves;
    size_t history_count;
};
enum { VERDICT_PROVES = 32 }; /* findings whose evidence is marked */

const char *verdict_word(enum verdict_kind kind);
/* True for what fails in some plays of a run and not in others. */
bool verdict_comes_and_goes(const struct verdict *verdict);
/* Frees what it points to and makes it all zero. */
void verdict_clear(struct verdict *verdict);
/* Frees the history alone. */
void verdict_clear_history(struct verdict *verdict);
/* Fills *to with a copy of its own. Memory that is not there ends the program. */
void verdict_copy(struct verdict *to, const struct verdict *from);
/* True if the finding says of this requirement that it is broken. */
bool verdict_finding_breaks(const struct verdict_finding *finding, const char *id);
/* The requirements whose findings are no documented limit, each once, in order of the id. Returns
 * how many; the array is the caller's, the ids the verdict's. */
size_t verdict_failing(const struct verdict *verdict, const char ***ids);
/* A new JSON object, or NULL for want of memory. */
json_t *verdict_to_json(const struct verdict *verdict);
/* Fills *verdict from JSON. Returns 0, or -1 with why in error. */
int verdict_from_json(const json_t *json, struct verdict *verdict, char *error, size_t error_size);

#endif
