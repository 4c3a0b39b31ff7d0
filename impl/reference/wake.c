/* SPDX-License-Identifier: MIT */
/*
 * Wake-up channels: eventfds. One fd is both ends, so both are close-on-exec and
 * non-blocking [XC-18 FK-22]; a storm of signals makes its counter grow, not a pipe fill up; and
 * one read empties it.
 */
#include "internal.h"
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A non-blocking call on an eventfd is not interrupted; a handler must end in any case. */
enum { EINTR_RETRIES = 100 };

int reap__wake_open(reap_carefd **wake)
{
    reap_carefd_begin();
    int rc = reap_carefd_record(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), wake);
    return rc || *wake ? rc : REAP_ERROR_SYSTEM;
}

/* EAGAIN means that the counter is at its limit: the fd is readable, which is all that is wanted.
 */
void reap__wake_set(int fd)
{
    const uint64_t one = 1;
    ssize_t r;
    int tries = 0;
    do {
        r = write(fd, &one, sizeof(one));
    } while (r < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
}

void reap__wake_clear(int fd)
{
    uint64_t count;
    ssize_t r;
    int tries = 0;
    do {
        r = read(fd, &count, sizeof(count));
    } while (r < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
}

void reap_wake(reap_ctx *ctx)
{
    int saved_errno = errno;
    if (ctx && ctx->generation == atomic_load(&reap__process.generation)) {
        reap__wake_set(reap_carefd_fd(ctx->poll_wake));
    }
    errno = saved_errno;
}
