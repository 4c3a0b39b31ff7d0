/* SPDX-License-Identifier: MIT */
/*
 * What the runner knows of events, operations and event loops while a script is played. Private to
 * the runner; a part of its stage.
 */
#ifndef REAPCHECK_RUNNER_EVENTS_H
#define REAPCHECK_RUNNER_EVENTS_H

#include "runner/stage.h"

enum { THING_WORDS = 256 };

/* A subject of events. */
struct thing_subject {
    char name[SCRIPT_NAME];
    bool vanishes;
    bool by_host; /* its adapter has made it */
    pid_t pid;    /* of a process of the runner's own; 0: none */
    int orders;   /* the end of a pipe; when it is closed, the process ends */
    char path[THING_WORDS];
};

struct thing_operation {
    char name[SCRIPT_NAME];
    struct host *host;
    int ctx;
    enum rc_operation kind;
    char subject[SCRIPT_NAME]; /* that it ends */
    bool synchronous, started;
    bool finished;  /* what it runs was told to end */
    bool completed; /* its callback was called */
    char result[32];
};

struct thing_watch {
    char name[SCRIPT_NAME];
    struct host *host;
    int ctx;
    bool there, is_timer, fired;
};

/* What a callback said, until an expectation has it. */
enum word_kind { WORD_EVENT, WORD_LINE, WORD_READY };
struct word {
    enum word_kind kind;
    int number; /* of the ctx, the operation, the watch */
    bool taken;
    char text[THING_WORDS];
};

struct events {
    struct thing_subject *subjects;
    struct thing_operation *operations;
    struct thing_watch *watches;
    size_t subject_count, operation_count, watch_count, evgen_count;
    struct {
        char name[SCRIPT_NAME];
        int ctx;
    } * evgens;
    struct word *words;
    size_t word_count;
    long long clock_us;       /* by so much the clock was moved */
    char folder[THING_WORDS]; /* for what can vanish, "" for none */
    size_t completions;
};

/* -- things.c -- */
bool events_start(struct stage *stage);
void events_clear(struct stage *stage);
/* Numbers start with 1. */
struct thing_subject *subject_named(struct stage *stage, const char *name, int *number);
struct thing_operation *operation_named(struct stage *stage, const char *name, int *number);
struct thing_watch *watch_named(struct stage *stage, const char *name, int *number);
/* Names what a step is about to make, and puts the name into the history. False after stage_break.
 */
bool events_prepare(struct stage *stage, const struct step *step);
/* The ctx of what the step is about; NULL: none. */
struct stage_ctx *events_ctx(struct stage *stage, const struct step *step);
/* What the answer of such a step means. */
void events_done(struct stage *stage, const struct step *step, struct lane *lane,
                 struct request *request);
/* A line of the host's that begins with `event `, from behind that. False: it is none of these. */
bool events_take(struct stage *stage, const char *line);
/* How much has come: grows with each word. */
size_t events_progress(const struct stage *stage);

/* -- words_events.c -- */
/* As step_words. */
bool events_words(struct stage *stage, const struct step *step, char *words, size_t size);
/* What a `when` block waits for, as the protocol has it. */
const char *events_key(const struct step *block, char key[32]);

/* -- steps_events.c: steps that no lane does -- */
/* False: the step is none of them. */
bool events_step(struct stage *stage, const struct step *step);
/* The clock that the library sees goes on; *step says why. */
void events_move_clock(struct stage *stage, const struct step *step, long long us);
/* The lane of such a step stays in the library while the script goes on. */
bool events_stays(const struct step *step);
/* At the end of the script: operations end, applications are good again. */
void events_end(struct stage *stage);
/* A lane has not come back although there is nothing left to happen: says so. True: it is so. */
bool events_stuck(struct stage *stage);
/* Watches are given up before their ctx is closed. */
void events_unwatch(struct stage *stage);

/* -- subjects.c -- */
void subject_make(struct stage *stage, const struct step *step);
void subject_change(struct stage *stage, const struct step *step);
/* At the end of a script: where it is a process of the runner's own it ends. */
void subject_end(struct stage *stage, const char *name);
/* Reaps those that have ended. */
void subjects_look(struct stage *stage);
/* Whether none of them is running, on its way to its end for instance. */
bool subjects_sleep(struct stage *stage);
void subjects_clear(struct stage *stage);

/* -- expect_events.c, expect_under_way.c -- */
/* False: the step is none of these. */
bool events_expect(struct stage *stage, const struct step *step);
bool under_way_expect(struct stage *stage, const struct step *step);
/* What a result is, in a script's terms: "ok", or the name of an error. */
enum result_word events_result(const char *word);

#endif
