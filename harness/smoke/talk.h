/* SPDX-License-Identifier: MIT */
/*
 * A conversation with a host, line by line, for `reapcheck smoke`. Unlike the runner it takes
 * nothing for granted: whatever the host does, each call returns within its deadline and says what
 * was seen. One conversation at a time, in a process of its own (runner/fleet.h), which sweeps up
 * after it.
 */
#ifndef REAPCHECK_TALK_H
#define REAPCHECK_TALK_H

#include <stdbool.h>
#include <sys/types.h>

enum { TALK_LINE = 512, TALK_LINES = 256, TALK_STDERR = 2048 };

struct talk {
    int fd, err_fd, births_fd;
    pid_t pid;
    double slow; /* every deadline is multiplied by this */
    bool closed; /* the host has closed its socket */
    bool ended;  /* and here is how */
    int status;  /* wait status */
    bool stuck;  /* it did not answer in time: it is not asked again */
    long number; /* of the latest request */
    char buffer[8192];
    size_t filled;
    char lines[TALK_LINES][TALK_LINE]; /* that were no answers, in order */
    size_t lines_count;
    char sent[TALK_LINE];     /* the latest request */
    char answered[TALK_LINE]; /* its answer, "" where there is none */
    char err[TALK_STDERR];    /* the last that it wrote to stderr */
    size_t err_length;
};

/* Starts a host with what it inherits. 0 or -errno. */
int talk_start(struct talk *talk, const char *host, const char *adapter, const char *child,
               double slow);
/* Waits until a line that begins so has come, and returns it, without its beginning; NULL if it
 * does not come. Looks at lines from `from` on. */
const char *talk_line(struct talk *talk, size_t from, const char *begin, int timeout_ms);
/* Sends a request, and waits for its answer: its words behind the number, NULL if it does not come.
 */
const char *talk_ask(struct talk *talk, const char *lane, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Waits until the host has ended; false where it does not. */
bool talk_end(struct talk *talk, int timeout_ms);
/* Hangs up: what a host sees when the runner is gone. */
void talk_hang_up(struct talk *talk);
/* Ends the host, however it is. */
void talk_stop(struct talk *talk);
/* What became of a host that talks no more, in words. */
const char *talk_fate(const struct talk *talk, char *words, size_t size);

#endif
