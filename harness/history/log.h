/* SPDX-License-Identifier: MIT */
/*
 * The log: where a running scenario writes down what happens, in memory that host, children and
 * runner share. It survives the death of all but one of them.
 *
 * Appending takes no lock, allocates nothing, keeps errno, and may be done on any thread, in a
 * signal handler and in a child after fork. An event's place is taken with one atomic addition, so
 * places are in the order of the world; it counts once its `state` is set. When the log is full,
 * further events are counted and dropped, and the reader says so (EVENT_LOST_EVENTS).
 */
#ifndef REAPCHECK_LOG_H
#define REAPCHECK_LOG_H

#include <stddef.h>
#include "history/event.h"

struct log;

enum {
    LOG_EVENTS = 1 << 21,     /* room for this many events; pages not used cost nothing */
    LOG_TEXT_BYTES = 1 << 20, /* and for this much text */
    LOG_COUNTERS = 16,        /* bytes at its start that all writers share */
};

/* Not for the objects that the host opens: they may have functions of the same name. */
#pragma GCC visibility push(hidden)

/* Makes an empty log behind a memfd (close-on-exec). Returns the fd, or -1 with errno. */
int log_create(void);
/* Maps the log behind fd. NULL with errno on failure. */
struct log *log_map(int fd);
void log_unmap(struct log *log);

/*
 * Appends a copy of *event; time, pid and tid are filled in where they are 0. [any thread, a
 * signal handler, a child after fork]
 */
void log_append(struct log *log, const struct event *event);
/* Keeps a string, cut at 1023 bytes. Returns its offset for event.text, 0 if there is no room. [as
 * log_append] */
uint32_t log_text(struct log *log, const char *text);
/* The string at an offset; "" for 0 and for an offset outside the text. */
const char *log_string(const struct log *log, uint32_t offset);

/* Events appended so far, those still being written included. */
size_t log_count(const struct log *log);
/* Events that found no room. */
size_t log_dropped(const struct log *log);
/* The event at place i, or NULL while it is being written (or was never finished: its writer was
 * killed). */
const struct event *log_at(const struct log *log, size_t i);
/* The caller has done with the events from..to: its memory need not hold them. They stay in the
 * log, as long as somebody else has it open. */
void log_release(const struct log *log, size_t from, size_t to);

#pragma GCC visibility pop

#endif
