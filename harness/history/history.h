/* SPDX-License-Identifier: MIT */
/*
 * A finished history: the events of one run, whole and in order, with the names that the script
 * gave. Oracles read it; nothing changes it any more.
 *
 * It has a text form, one event a line, that people read in reports and write in tests:
 *
 *     t1 enter op=fork ctx=A
 *     t1 leave op=fork ctx=A child=a1 result=a1
 *     - exited child=a1 status=0x300 reaped=1
 *     t1 handler-in SIGCHLD from=a1 depth=1
 *     t1 report ctx=A child=a1 status=0x300
 *
 * First the lane (or "-" for the runner, "pid:tid" for a thread that is no lane), then the kind,
 * then what belongs to that kind (fields.c), then members that are not zero, by name. The zone is
 * left out where it is the library's, as it mostly is. A line may begin with its time in ms.
 */
#ifndef REAPCHECK_HISTORY_H
#define REAPCHECK_HISTORY_H

#include <stdio.h>
#include "history/log.h"

struct history;

/* Takes all finished events out of a log. The log may be unmapped afterwards. NULL: no memory. */
struct history *history_from_log(const struct log *log);
/*
 * Reads the text form. Numbers are taken from the lines that name things: `t1 lane pid=7 tid=9`,
 * `- ctx A index=0`, `- child a1 pid=130 ctx=A`, wherever they stand. Names that have no such line
 * get one as they are met: lanes tid 1, 2, ... in pid 1, ctxs 0, 1, ..., children 101, 102, ....
 * Empty lines and comments (#) are skipped. On a line that cannot be read returns NULL and writes
 * "line N: why" to error (of size error_size).
 */
struct history *history_from_text(const char *text, char *error, size_t error_size);
void history_free(struct history *history);

size_t history_count(const struct history *history);
/* Event i, 0 <= i < history_count. */
const struct event *history_event(const struct history *history, size_t i);
/* The event's text, "" if it has none. */
const char *history_text(const struct history *history, const struct event *event);

/* Names: "A" for a ctx, "a1" for a child, "t1" for a lane; a name is made up ("ctx0", "pid 123",
 * "123:124") where none was given. Valid as long as the history. */
const char *history_ctx_name(const struct history *history, int ctx);
const char *history_child_name(const struct history *history, int pid);
/* Of what an event of this kind (SUBJECT, EVGEN, OPERATION, WATCH) names: "o1", or "operation 3".
 */
const char *history_thing_name(const struct history *history, enum event_kind kind, int number);
const char *history_lane_name(const struct history *history, int pid, int tid);
/* The pid of the host itself: that of the first event of kind LANE. 0 if there is none. */
int history_host_pid(const struct history *history);

/* Writes event i in the text form, without a newline, to out. Returns characters, as snprintf. */
int history_format(const struct history *history, size_t i, char *out, size_t size);
/* Writes the events i with keep[i] (all if NULL), one a line, each with its time in ms since the
 * first where times is true. */
void history_print(const struct history *history, const unsigned char *keep, int times, FILE *out);

#endif
