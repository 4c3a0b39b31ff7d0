/* SPDX-License-Identifier: MIT */
/*
 * libreap in a loop of the application's own: reap_beforepoll, poll, reap_afterpoll, with the
 * application's fds in the same array. It runs a program that tells how it gets on.
 *
 *     cc -o own-loop own-loop.c -lreap -pthread
 */
#include <reap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { OWN_FDS = 1 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One turn; -1 where it cannot go on. The array grows as libreap wants. */
static int turn(reap_ctx *ctx, int own_fd)
{
    static struct pollfd *fds;
    static int room;
    int nfds, rc, timeout;
    for (;;) {
        nfds = room > OWN_FDS ? room - OWN_FDS : 0;
        timeout = -1; /* what the application would wait at most */
        rc = reap_beforepoll(ctx, &nfds, nfds ? fds + OWN_FDS : NULL, &timeout, now_ms());
        if (rc != REAP_ERROR_BUFFER_FULL) {
            break;
        }
        struct pollfd *more = realloc(fds, (size_t)(nfds + OWN_FDS) * sizeof(*fds));
        if (!more) {
            return -1;
        }
        fds = more;
        room = nfds + OWN_FDS;
    }
    if (rc) {
        fprintf(stderr, "reap_beforepoll: %s\n", reap_strerror(rc));
        return -1;
    }
    fds[0] = (struct pollfd){.fd = own_fd, .events = POLLIN};
    int r = poll(fds, (nfds_t)(nfds + OWN_FDS), timeout);
    if (r > 0 && fds[0].revents) {
        char text[64];
        ssize_t length = read(own_fd, text, sizeof(text));
        printf("# own fd: %.*s\n", (int)(length < 0 ? 0 : length), text);
    }
    /* Interrupted: nothing was polled. */
    return reap_afterpoll(ctx, r < 0 ? 0 : nfds, fds + OWN_FDS, now_ms()) ? -1 : 0;
}

int main(void)
{
    char *const argv[] = {"sh", "-c", "echo half way; echo done", NULL};
    const reap_progress_how progress = {.u.for_event = 1};
    const reap_how how = {.u.for_event = 2};
    int ends[2], rc, result = REAP_ERROR_NOT_READY;
    reap_ctx *ctx;
    unsigned lines = 0;

    puts("1..1");
    if (pipe(ends) || write(ends[1], "hello", 5) != 5) {
        return 1;
    }
    rc = reap_ctx_new(&ctx);
    if (!rc) {
        rc = reap_run_helper(ctx, argv, &progress, &how);
    }
    if (rc) {
        fprintf(stderr, "cannot start: %s\n", reap_strerror(rc));
        return 1;
    }
    while (result == REAP_ERROR_NOT_READY && !turn(ctx, ends[0])) {
        reap_event *event;
        while (!reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL)) {
            if (event->type == REAP_EVENT_OPERATION_PROGRESS) {
                printf("# progress: %s\n", event->u.progress.line);
                lines++;
            } else if (event->type == REAP_EVENT_OPERATION_COMPLETE) {
                result = event->u.complete.rc;
            }
            reap_event_free(ctx, event);
        }
    }
    rc = reap_ctx_free(ctx);
    printf("%s 1 a loop of its own\n", !rc && !result && lines == 2 ? "ok" : "not ok");
    return rc || result || lines != 2;
}
