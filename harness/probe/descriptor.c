/* SPDX-License-Identifier: MIT */
/* Calls that make, copy and change file descriptors. */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>

static int end_pair(struct call *call, int r, const int pair[2])
{
    call_end(call, r, r == 0 ? pair[0] : 0, r == 0 ? pair[1] : 0);
    return r;
}

int pipe(int pair[2])
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_PIPE, 0))
        r = real()->pipe(pair);
    return end_pair(&call, r, pair);
}

int pipe2(int pair[2], int flags)
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_PIPE, 0))
        r = real()->pipe2(pair, flags);
    return end_pair(&call, r, pair);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_SOCKETPAIR, domain))
        r = real()->socketpair(domain, type, protocol, pair);
    return end_pair(&call, r, pair);
}

int eventfd(unsigned int count, int flags)
{
    CALL_SIMPLY(int, CALL_EVENTFD, count, real()->eventfd(count, flags));
}

int signalfd(int fd, const sigset_t *set, int flags)
{
    CALL_SIMPLY(int, CALL_SIGNALFD, fd, real()->signalfd(fd, set, flags));
}

int timerfd_create(clockid_t clock, int flags)
{
    CALL_SIMPLY(int, CALL_TIMERFD, clock, real()->timerfd_create(clock, flags));
}

int epoll_create(int size)
{
    CALL_SIMPLY(int, CALL_EPOLL_CREATE, size, real()->epoll_create(size));
}

int epoll_create1(int flags)
{
    CALL_SIMPLY(int, CALL_EPOLL_CREATE, flags, real()->epoll_create1(flags));
}

int epoll_ctl(int fd, int operation, int target, struct epoll_event *event)
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_EPOLL_CTL, fd))
        r = real()->epoll_ctl(fd, operation, target, event);
    call_end(&call, r, operation, target);
    return r;
}

int dup(int fd)
{
    CALL_SIMPLY(int, CALL_DUP, fd, real()->dup(fd));
}

int dup2(int fd, int target)
{
    CALL_SIMPLY(int, CALL_DUP, fd, real()->dup2(fd, target));
}

int dup3(int fd, int target, int flags)
{
    CALL_SIMPLY(int, CALL_DUP, fd, real()->dup3(fd, target, flags));
}

/* Linux gives the fd up before anything can fail [close(2)]: one that is made to fail does, too.
 * Whoever closes once more closes what may be another's by then. */
int close(int fd)
{
    struct call call;
    int r = -1;

    if (call_begin(&call, CALL_CLOSE, fd)) {
        r = real()->close(fd);
    } else if (real()->close(fd) == 0) {
        errno = call.failed;
    }
    call_end(&call, r, 0, 0);
    return r;
}

/* The mode is there only where a file may be made. */
#define TAKE_MODE(mode, flags)                                                                     \
    do {                                                                                           \
        if (__OPEN_NEEDS_MODE(flags)) {                                                            \
            va_list arguments;                                                                     \
            va_start(arguments, flags);                                                            \
            (mode) = va_arg(arguments, mode_t);                                                    \
            va_end(arguments);                                                                     \
        }                                                                                          \
    } while (0)

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    TAKE_MODE(mode, flags);
    CALL_SIMPLY(int, CALL_OPEN, flags, real()->open(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;

    TAKE_MODE(mode, flags);
    CALL_SIMPLY(int, CALL_OPEN, flags, real()->open64(path, flags, mode));
}

int openat(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;

    TAKE_MODE(mode, flags);
    CALL_SIMPLY(int, CALL_OPEN, directory, real()->openat(directory, path, flags, mode));
}

int openat64(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;

    TAKE_MODE(mode, flags);
    CALL_SIMPLY(int, CALL_OPEN, directory, real()->openat64(directory, path, flags, mode));
}

int __open_2(const char *path, int flags)
{
    CALL_SIMPLY(int, CALL_OPEN, flags, real()->__open_2(path, flags));
}

int __open64_2(const char *path, int flags)
{
    CALL_SIMPLY(int, CALL_OPEN, flags, real()->__open64_2(path, flags));
}

int __openat_2(int directory, const char *path, int flags)
{
    CALL_SIMPLY(int, CALL_OPEN, directory, real()->__openat_2(directory, path, flags));
}

int __openat64_2(int directory, const char *path, int flags)
{
    CALL_SIMPLY(int, CALL_OPEN, directory, real()->__openat64_2(directory, path, flags));
}

/* The third argument is an int, a pointer or absent; libc itself takes it as a pointer. */
static int control(__typeof__(fcntl) *real_fcntl, int fd, int command, void *argument)
{
    struct call call;
    bool copies = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    int r = -1;

    if (call_begin(&call, copies ? CALL_DUP : CALL_FCNTL, fd))
        r = real_fcntl(fd, command, argument);
    call_end(&call, r, copies ? 0 : command, 0);
    return r;
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument = NULL;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(real()->fcntl, fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
    va_list arguments;
    void *argument = NULL;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(real()->fcntl64, fd, command, argument);
}
