/* SPDX-License-Identifier: MIT */
/*
 * Carefds: fds that must not be found in children [FK-65 to FK-68 FK-78]. From before such an fd is
 * made until it is recorded the process lock is held, and again while it is closed and its record
 * removed: so at every fork the records say exactly which of these fds the child has got.
 */
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct reap_carefd {
    LIST_ENTRY(reap_carefd) others;
    int fd; /* -1 once closed in a forked child */
};

void reap_carefd_begin(void)
{
    reap__lock();
}

int reap_carefd_record(int fd, reap_carefd **carefd)
{
    int saved_errno = errno;
    int rc = 0;
    reap_carefd *made = NULL;
    *carefd = NULL;
    if (fd < 0) {
        goto out;
    }
    rc = reap__atfork();
    if (rc) {
        goto out;
    }
    made = malloc(sizeof(*made));
    if (!made) {
        rc = REAP_ERROR_NO_MEMORY;
        goto out;
    }
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || (!(flags & FD_CLOEXEC) && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)) {
        saved_errno = errno;
        rc = REAP_ERROR_SYSTEM;
        goto out;
    }
    made->fd = fd;
    LIST_INSERT_HEAD(&reap__process.carefds, made, others);
    *carefd = made;
out:
    if (rc) {
        free(made);
        close(fd);
    }
    reap__unlock();
    errno = saved_errno;
    return rc;
}

int reap__carefd_pipe(reap_carefd *ends[2])
{
    int fds[2];
    ends[0] = ends[1] = NULL;
    reap__lock();
    int rc = reap__atfork();
    if (!rc && pipe2(fds, O_CLOEXEC) < 0) {
        rc = REAP_ERROR_SYSTEM;
    }
    if (rc) {
        goto out;
    }
    for (int end = 0; end < 2 && !rc; end++) {
        ends[end] = malloc(sizeof(**ends));
        rc = ends[end] ? 0 : REAP_ERROR_NO_MEMORY;
    }
    if (!rc && fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
        rc = REAP_ERROR_SYSTEM;
    }
    for (int end = 0; end < 2; end++) {
        if (!rc) {
            ends[end]->fd = fds[end];
            LIST_INSERT_HEAD(&reap__process.carefds, ends[end], others);
        } else {
            free(ends[end]);
            ends[end] = NULL;
            close(fds[end]);
        }
    }
out:
    reap__unlock();
    return rc;
}

int reap_carefd_fd(const reap_carefd *carefd)
{
    return carefd ? carefd->fd : -1;
}

int reap_carefd_close(reap_carefd *carefd)
{
    REAP__INSIDE;
    int r = 0, close_errno = errno;
    if (!carefd) {
        return 0;
    }
    reap__lock();
    if (carefd->fd >= 0) {
        /* Not again after EINTR: the number is free then and may be another's. */
        r = close(carefd->fd);
        close_errno = errno;
        LIST_REMOVE(carefd, others);
    }
    reap__unlock();
    free(carefd);
    errno = close_errno;
    return r < 0 && errno != EINTR ? REAP_ERROR_SYSTEM : 0;
}

/*
 * The child keeps the records' memory, which its earlier contexts still point to. It has one
 * thread, so there is nothing to lock, and a lock might be held by nobody. [FK-73 FK-75]
 */
int reap_postfork_child_noexec(reap_ctx *ctx)
{
    reap_carefd *carefd;
    (void)ctx;
    if (!reap__process.pid || reap__process.pid == getpid()) {
        return REAP_ERROR_NOT_FORKED;
    }
    reap__lock_new();
    reap__process_new();
    int rc = reap__exit_source.restore();
    LIST_FOREACH (carefd, &reap__process.carefds, others) {
        close(carefd->fd);
        carefd->fd = -1;
    }
    LIST_INIT(&reap__process.carefds);
    reap__process.pid = getpid();
    return rc;
}
