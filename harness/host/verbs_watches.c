/* SPDX-License-Identifier: MIT */
/*
 * Requests about fds and timeouts of the application's that a ctx looks after. An fd is one of a
 * pair of sockets, of which the host has the other and feeds it.
 */
#include "host/verbs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/descriptor.h"
#include "host/library.h"
#include "host/things.h"
#include "probe/probe.h"

static struct watch *word_watch(struct request *request)
{
    struct watch *watch = watch_find(request->word[1]);

    if (watch == NULL)
        request_error(request, -ENOENT, "no watch %s", request->word[1]);
    return watch;
}

static bool word_events(struct request *request, const char *word, short *events)
{
    *events = strcmp(word, "in") == 0     ? POLLIN
              : strcmp(word, "out") == 0  ? POLLOUT
              : strcmp(word, "both") == 0 ? POLLIN | POLLOUT
                                          : 0;
    if (*events != 0 || strcmp(word, "none") == 0)
        return true;
    request_error(request, -EINVAL, "an fd is watched for in, out, both or none");
    return false;
}

static struct watch *begin(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct watch *watch;
    long number;

    if (context == NULL || !word_name(request, request->word[2]) ||
        !word_number(request, request->word[3], 1, INT_MAX, &number))
        return NULL;
    watch = watch_new(request->word[2], (int)number, context);
    if (watch == NULL)
        request_error(request, -ENOSPC, "a host keeps %d watches", WATCHES);
    return watch;
}

/* "NAME" watches an fd of its own, "NAME=OTHER" the fd of another watch once more. */
void verb_observe(struct request *request)
{
    char *other = strchr(request->word[4], '=');
    const struct watch *shared = other != NULL ? watch_find(other + 1) : NULL;
    struct watch *watch;
    int pair[2], rc;
    short events;

    if (other != NULL)
        *other = '\0';
    if (!word_events(request, request->word[4], &events))
        return;
    watch = begin(request);
    if (watch == NULL)
        return;
    watch->owns = watch->is_timer = false;
    if (shared != NULL) {
        atomic_store(&watch->fd, atomic_load(&shared->fd));
    } else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
        thing_set(&watch->thing, THING_FREE);
        request_error(request, -errno, NULL);
        return;
    } else {
        watch->owns = true;
        atomic_store(&watch->fd, pair[0]);
        atomic_store(&watch->peer, descriptor_raise(pair[1]));
    }
    rc = library_fd_watch(watch, events);
    thing_set(&watch->thing, rc == 0 ? THING_LIVE : THING_OVER);
    if (rc != 0 && shared == NULL) {
        descriptor_close_once(&watch->fd);
        descriptor_close_once(&watch->peer);
    }
    request_result(request, rc);
}

/* In so many microseconds, 0 or less: it is due already. */
void verb_timer(struct request *request)
{
    struct watch *watch;
    long span;
    int rc;

    if (!word_number(request, request->word[4], LONG_MIN, LONG_MAX, &span))
        return;
    watch = begin(request);
    if (watch == NULL)
        return;
    watch->is_timer = true;
    rc = library_timeout_watch(watch, clock_now_us(watch->thing.context) + span);
    thing_set(&watch->thing, rc == 0 ? THING_LIVE : THING_OVER);
    request_result(request, rc);
}

void verb_reobserve(struct request *request)
{
    struct watch *watch = word_watch(request);
    short events;

    if (watch != NULL && word_events(request, request->word[2], &events) &&
        ctx_is_open(request, &watch->thing))
        request_result(request, library_fd_change(watch, events));
}

/* The fd is closed behind it, as an application does. */
void verb_unobserve(struct request *request)
{
    struct watch *watch = word_watch(request);
    int rc;

    if (watch == NULL)
        return;
    thing_set(&watch->thing, THING_OVER);
    /* Its ctx may have been closed, and has forgotten it. */
    rc = thing_has_context(&watch->thing) ? library_unwatch(watch) : 0;
    if (watch->owns)
        descriptor_close_once(&watch->fd);
    descriptor_close_once(&watch->peer);
    request_result(request, rc);
}

static int feed(const struct watch *watch)
{
    int peer = atomic_load(&watch->peer);

    if (peer <= 0)
        return -ENOTCONN;
    return probe_real.write(peer, "x", 1) == 1 ? 0 : -errno;
}

static int drain(const struct watch *watch)
{
    int fd = atomic_load(&watch->fd);
    char byte;

    if (fd <= 0)
        return -ENOTCONN;
    while (probe_real.read(fd, &byte, 1) > 0)
        ;
    return 0;
}

void verb_feed(struct request *request)
{
    const struct watch *watch = word_watch(request);

    if (watch != NULL)
        request_result(request, feed(watch));
}

void verb_drain(struct request *request)
{
    const struct watch *watch = word_watch(request);

    if (watch != NULL)
        request_result(request, drain(watch));
}

void verb_hang_up(struct request *request)
{
    struct watch *watch = word_watch(request);

    if (watch == NULL)
        return;
    descriptor_close_once(&watch->peer);
    request_ok(request, NULL);
}
