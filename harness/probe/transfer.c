/* SPDX-License-Identifier: MIT */
/* Reading, writing, waiting for readiness, and kill. */
#include "probe/real.h"
#include "probe/call.h"

ssize_t read(int fd, void *buffer, size_t size)
{
    struct call call;
    bool go = call_begin(&call, CALL_READ, fd);
    int may_block = call_may_block(&call, fd);
    ssize_t r = -1;

    if (go)
        r = real()->read(fd, buffer, call_size(&call, size));
    call_end(&call, r, (int64_t)size, may_block);
    return r;
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
    struct call call;
    bool go = call_begin(&call, CALL_READ, fd);
    int may_block = call_may_block(&call, fd);
    ssize_t r = -1;

    if (go)
        r = real()->__read_chk(fd, buffer, call_size(&call, size), room);
    call_end(&call, r, (int64_t)size, may_block);
    return r;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    struct call call;
    bool go = call_begin(&call, CALL_WRITE, fd);
    int may_block = call_may_block(&call, fd);
    ssize_t r = -1;

    if (go)
        r = real()->write(fd, buffer, call_size(&call, size));
    call_end(&call, r, (int64_t)size, may_block);
    return r;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    CALL_SIMPLY(int, CALL_POLL, count, real()->poll(fds, count, timeout));
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
    CALL_SIMPLY(int, CALL_POLL, count, real()->__poll_chk(fds, count, timeout, room));
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    CALL_SIMPLY(int, CALL_POLL, count, real()->ppoll(fds, count, timeout, mask));
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room)
{
    CALL_SIMPLY(int, CALL_POLL, count, real()->__ppoll_chk(fds, count, timeout, mask, room));
}

int select(int count, fd_set *reading, fd_set *writing, fd_set *except, struct timeval *timeout)
{
    CALL_SIMPLY(int, CALL_POLL, count, real()->select(count, reading, writing, except, timeout));
}

int pselect(int count, fd_set *reading, fd_set *writing, fd_set *except,
            const struct timespec *timeout, const sigset_t *mask)
{
    CALL_SIMPLY(int, CALL_POLL, count,
                real()->pselect(count, reading, writing, except, timeout, mask));
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
    CALL_SIMPLY(int, CALL_POLL, fd, real()->epoll_wait(fd, events, count, timeout));
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    CALL_SIMPLY(int, CALL_POLL, fd, real()->epoll_pwait(fd, events, count, timeout, mask));
}

int kill(pid_t pid, int signal_number)
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_KILL, pid))
        r = real()->kill(pid, signal_number);
    call_end(&call, r, signal_number, 0);
    return r;
}
