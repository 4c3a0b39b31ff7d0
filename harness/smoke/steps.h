/* SPDX-License-Identifier: MIT */
/*
 * Private to smoke: what a step knows, what it is made of, and the steps themselves. A step returns
 * what came of it; where the answer does not tell what was wrong, it leaves a note.
 */
#ifndef REAPCHECK_SMOKE_STEPS_H
#define REAPCHECK_SMOKE_STEPS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include "smoke/smoke.h"
#include "smoke/talk.h"

enum {
    START_MS = 10000,
    REPORT_MS = 3000,
    BY_ITSELF_MS = 300, /* for a loop that turns by itself to report */
    QUIET_MS = 100,     /* for what is not to come */
    END_MS = 3000,
};

enum outcome { GOOD, MISSING, WRONG, UNTRIED };

struct smoke {
    const struct smoke_options *options;
    FILE *out;
    struct talk talk;
    char offers[256];
    unsigned owners, features;
    bool by_itself; /* every report came without a request to turn */
    char note[256]; /* what was wrong, where the answer does not tell */
    size_t from;    /* lines that had come when the step began */
    char want[64];  /* what did not come */
};

/* -- ask.c: what steps are made of -- */

/* Leaves a note of what was wrong. */
enum outcome wrong(struct smoke *smoke, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What an answer means where ok was hoped for. */
enum outcome outcome_of(struct smoke *smoke, const char *answer);
#define ASK(smoke, ...) outcome_of(smoke, talk_ask(&(smoke)->talk, __VA_ARGS__))
/* The same for an answer that has to have a member. */
enum outcome ask_with(struct smoke *smoke, const char *member, const char *lane, const char *words);
bool offers(const struct smoke *smoke, const char *word);
/* Starts a child. *pid is its process. */
enum outcome start(struct smoke *smoke, const char *lane, const char *ctx, const char *child,
                   const char *ending, pid_t *pid);
/* Waits for the report of that child, by itself or else when the loop is turned. */
enum outcome await_report(struct smoke *smoke, const char *lane, const char *ctx, pid_t pid,
                          int status);

/* -- needed.c: without these no scenario can be played -- */
enum outcome try_hello(struct smoke *smoke);
enum outcome try_ready(struct smoke *smoke);
enum outcome try_modes(struct smoke *smoke);
enum outcome try_disposition(struct smoke *smoke);
enum outcome try_unknown(struct smoke *smoke);
enum outcome try_no_lane(struct smoke *smoke);
enum outcome try_open(struct smoke *smoke);
enum outcome try_owner(struct smoke *smoke);
enum outcome try_turn(struct smoke *smoke);
enum outcome try_exit(struct smoke *smoke);
enum outcome try_signal(struct smoke *smoke);
enum outcome try_at_once(struct smoke *smoke);
enum outcome try_dead_order(struct smoke *smoke);
enum outcome try_close(struct smoke *smoke);
enum outcome try_words(struct smoke *smoke);
enum outcome try_once(struct smoke *smoke);
enum outcome try_quit(struct smoke *smoke);
enum outcome try_hang_up(struct smoke *smoke);

/* -- wanted.c: some scenarios want these -- */
enum outcome try_blocked(struct smoke *smoke);
enum outcome try_loop(struct smoke *smoke);
enum outcome try_spawn(struct smoke *smoke);
enum outcome try_kill(struct smoke *smoke);
enum outcome try_pause(struct smoke *smoke);
enum outcome try_when(struct smoke *smoke);
enum outcome try_foreign(struct smoke *smoke);
enum outcome try_adopt(struct smoke *smoke);
enum outcome try_lane(struct smoke *smoke);
enum outcome try_together(struct smoke *smoke);
enum outcome try_action(struct smoke *smoke);
enum outcome try_mask(struct smoke *smoke);
enum outcome try_raise(struct smoke *smoke);
enum outcome try_shells(struct smoke *smoke);

#endif
