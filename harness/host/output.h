/* SPDX-License-Identifier: MIT */
/* What the host says: whole lines on the protocol socket, and events in the log. */
#ifndef REAPCHECK_HOST_OUTPUT_H
#define REAPCHECK_HOST_OUTPUT_H

#include <stdbool.h>
#include "history/log.h"

#pragma GCC visibility push(hidden)

void output_start(int socket, struct log *log);
/* False in a child of the process that called output_start: the socket is not its own. */
bool output_is_open(void);
/* The socket in use. */
int output_socket(void);
/* The calling thread has read from it. What it does now comes after what was said so far, since
 * that is what the runner goes by. */
void output_heard(void);
/* Sends one line; the newline is added, line breaks within become spaces. Where nobody listens
 * any more, the process ends. [any thread] */
void output_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Appends to the log, if there is one. [any thread] */
void output_event(const struct event *event);
/* Keeps a text for an event. */
uint32_t output_text(const char *text);

#pragma GCC visibility pop
#endif
