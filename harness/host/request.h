/* SPDX-License-Identifier: MIT */
/* A request: its words, where it came from, its answer. See PROTOCOL.md. */
#ifndef REAPCHECK_HOST_REQUEST_H
#define REAPCHECK_HOST_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

enum { KEPT_KEY = 24 }; /* the longest, with its end */
enum { REQUESTS = 4096, REQUEST_BYTES = 512, REQUEST_WORDS = 16 };

/* Where a request is done; bits. */
enum request_place {
    ON_HOST = 1,     /* on the reader thread */
    ON_LANE = 2,     /* on a lane, from its queue */
    IN_CALLBACK = 4, /* inside a callback, having been kept by `when` */
};

enum request_state {
    REQUEST_FREE,
    REQUEST_USED,
    REQUEST_KEPT, /* by `when` */
};

struct request {
    _Atomic int state; /* enum request_state */
    long number;
    enum request_place place;
    uint64_t together;  /* the barrier it starts at, 0 for none */
    bool deferred;      /* somebody else answers and frees it */
    char key[KEPT_KEY]; /* of a kept request: what it waits for */
    char text[REQUEST_BYTES];
    char *word[REQUEST_WORDS]; /* the verb, then its words */
    int words;
};

/* From a fixed pool; NULL if it is used up. */
struct request *request_new(long number, enum request_place place, const char *text);
void request_free(struct request *request);
/* Does it, answers, and frees it. */
void request_do(struct request *request);

/* Answers `ok`, with members if a format is given. */
void request_ok(struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Answers `error` with the name of -rc, and a text if one is given. */
void request_error(struct request *request, int rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One or the other. */
void request_answer(struct request *request, int rc);
/* The same of a pid or an error, with the pid as a member. */
void request_pid(struct request *request, pid_t pid);
/* As request_answer, where any result but 0 is an error: a number that no errno has is told as it
 * is. */
void request_result(struct request *request, int rc);

/* Keeps the words from `first` on, to be done in a callback: when the child, or whatever else has
 * this name, is reported, or "NAME:told" of an operation's progress. 0 or -errno. */
int request_keep(const struct request *request, const char *key, int first);
/* A callback has reported a child: does what was kept for it. */
void request_do_kept(pid_t pid);
/* Does what was kept for this. */
void request_do_kept_for(const char *key);
/* In a forked copy: all requests are the original's. */
void request_forget_all(void);

/* `together`: the next `count` requests marked `+` start at one moment. 0 or -errno. */
int together_announce(uint32_t count);
/* The barrier for the next request marked `+`; 0 if none was announced. */
uint64_t together_join(void);
/* Waits for the others / does not wait, but is counted. */
void together_start(uint64_t barrier);
void together_miss(uint64_t barrier);
void together_forget_all(void);

#pragma GCC visibility pop
#endif
