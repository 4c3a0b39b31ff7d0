/* SPDX-License-Identifier: MIT */
/*
 * The reader takes lines apart and hands them on. It never waits for a lane and never calls the
 * library, so the host stays reachable whatever the library does. When the runner is gone it ends
 * the process.
 */
#include "host/reader.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/lane.h"
#include "host/output.h"
#include "host/request.h"
#include "probe/probe.h"

static void refuse(long number, const char *why)
{
    output_line("%ld error EINVAL %s", number, why);
}

/* Cuts the next word off. NULL if there is none. */
static char *cut_word(char **rest)
{
    char *word;

    do
        word = strsep(rest, " ");
    while (word != NULL && *word == '\0');
    return word;
}

static void take_line(char *line, bool whole)
{
    struct request *request;
    uint64_t together = 0;
    char *number_word, *lane, *end;
    bool marked = false;
    long number;
    int rc;

    number_word = cut_word(&line);
    if (number_word == NULL) {
        refuse(0, "an empty line");
        return;
    }
    errno = 0;
    number = strtol(number_word, &end, 10);
    if (errno != 0 || *end != '\0' || number <= 0) {
        refuse(0, "a request starts with its number");
        return;
    }
    lane = cut_word(&line);
    if (lane == NULL) {
        refuse(number, "a request names a lane");
        return;
    }
    if (line != NULL && line[0] == '+' && (line[1] == ' ' || line[1] == '\0')) {
        line++;
        marked = true;
        together = together_join();
    }
    if (!whole)
        refuse(number, "the line is too long or not text");
    else if (marked && together == 0)
        refuse(number, "+ without a together before it");
    else if (marked && strcmp(lane, "-") == 0)
        refuse(number, "+ wants a lane");
    else if ((request = request_new(number, strcmp(lane, "-") == 0 ? ON_HOST : ON_LANE,
                                    line != NULL ? line : "")) == NULL)
        output_line("%ld error EAGAIN too many requests are waiting", number);
    else if (request->place == ON_HOST) {
        request_do(request);
        return;
    } else {
        request->together = together;
        rc = lane_post(lane, request);
        if (rc == 0)
            return;
        if (rc == -ENOENT)
            request_error(request, rc, "no lane %s", lane);
        else
            request_error(request, rc, "the lane is to start two requests at once");
        request_free(request);
    }
    /* The others must not wait for one that never starts. */
    if (together != 0)
        together_miss(together);
}

static void *reader_thread(void *arg)
{
    static char line[REQUEST_BYTES];
    static char chunk[4096];
    size_t length = 0;
    bool whole = true;

    (void)arg;
    pthread_setname_np(pthread_self(), ":reader"); /* no lane can be called so */
    for (;;) {
        ssize_t n = probe_real.read(output_socket(), chunk, sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0); /* the runner is gone */
        output_heard();
        for (ssize_t i = 0; i < n; i++) {
            if (chunk[i] == '\n') {
                line[length] = '\0';
                take_line(line, whole);
                length = 0;
                whole = true;
            } else if (length == sizeof line - 1 || chunk[i] == '\0') {
                whole = false;
            } else {
                line[length++] = chunk[i];
            }
        }
    }
    return NULL;
}

int reader_start(void)
{
    pthread_t thread;

    return -probe_real.pthread_create(&thread, NULL, reader_thread, NULL);
}
