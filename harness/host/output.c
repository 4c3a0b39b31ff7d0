/* SPDX-License-Identifier: MIT */
/*
 * A line is put together on the caller's stack and handed to the kernel in one piece. A Unix
 * stream socket takes a piece of this size whole or not at all, so the lines of different threads
 * never mix, and no lock is needed that a thread could be interrupted with.
 */
#include "host/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "history/races.h"
#include "probe/probe.h"

enum { LINE_BYTES = 2048 }; /* less than half of the smallest buffer that a socket can have */

static int protocol_socket = -1;
static pid_t opened_by;
static struct log *events;

void output_start(int socket, struct log *log)
{
    protocol_socket = socket;
    events = log;
    opened_by = getpid();
}

bool output_is_open(void)
{
    return opened_by == getpid();
}

int output_socket(void)
{
    return protocol_socket;
}

void output_heard(void)
{
    RACES_TAKE(&protocol_socket);
}

static void send_all(const char *data, size_t size)
{
    /* The runner may answer it, to whichever lane. */
    RACES_GIVE(&protocol_socket);
    while (size > 0) {
        ssize_t n = send(protocol_socket, data, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0); /* the runner is gone */
        data += n;
        size -= (size_t)n;
    }
}

void output_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    for (int i = 0; i < length; i++)
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    line[length++] = '\n';

    send_all(line, (size_t)length);
}

/* May be called in the library's zone, where the log itself would ask the moved clock. */
void output_event(const struct event *event)
{
    struct event copy = *event;

    if (events == NULL)
        return;
    copy.time = probe_now_ns();
    log_append(events, &copy);
}

uint32_t output_text(const char *text)
{
    return events != NULL ? log_text(events, text) : 0;
}
