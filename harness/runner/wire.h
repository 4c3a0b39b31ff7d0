/* SPDX-License-Identifier: MIT */
/*
 * Lines over a stream socket, and the words in them: the carrier of the host protocol
 * (host/PROTOCOL.md) on the runner's side.
 */
#ifndef REAPCHECK_WIRE_H
#define REAPCHECK_WIRE_H

#include <stdbool.h>
#include <stddef.h>

enum { WIRE_LINE = 4096 }; /* longest line, its newline included */

struct wire {
    int fd;        /* non-blocking; -1 once closed */
    size_t filled; /* bytes in the buffer */
    size_t taken;  /* of which these were handed out as lines */
    char buffer[2 * WIRE_LINE];
};

/* Takes over fd and makes it non-blocking. */
void wire_open(struct wire *wire, int fd);
void wire_close(struct wire *wire);

/*
 * Sends one line from its byte *sent on; the newline is added. Never waits. Returns 0 when all of
 * it is out, else -errno: -EAGAIN (the other side is slow to read: call again, *sent says how far
 * we are), -EPIPE (it is gone).
 */
int wire_send(struct wire *wire, const char *line, size_t *sent);

/* Reads what is there. Returns 1 if there was something, 0 if not, -EPIPE at the end of file, or
 * -errno. */
int wire_receive(struct wire *wire);
/* The next whole line without its newline, valid until the next call; NULL if there is none. A
 * line too long to be one of the protocol's is handed out in pieces. */
char *wire_line(struct wire *wire);

/* The value of key= among the words of a line. False if it is not there. */
bool wire_value(const char *line, const char *key, char *value, size_t size);
/* The same as a number; fallback if it is not there. */
long long wire_number(const char *line, const char *key, long long fallback);
/* errno for its name, EIO for one that nobody knows; less than 0 for a number. */
int wire_error(const char *name, size_t length);

#endif
