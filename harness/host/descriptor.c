/* SPDX-License-Identifier: MIT */
/*
 * RC_CHILD_FD is kept occupied by a close-on-exec copy of a socket that leads nowhere. It would
 * otherwise be an ordinary number, which the kernel hands out to an implementation that has many
 * files open, and lending it to a child would then close a file of that implementation.
 */
#include "host/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "adapter.h"
#include "probe/probe.h"

/* Each child that awaits orders costs the host one descriptor. */
enum { DESCRIPTORS_WANTED = 4096, GIVEN = 8 };

static int nowhere = -1;

/* What came from the environment, for a program that this one becomes. */
static struct {
    const char *variable;
    int fd;
} given[GIVEN];
static size_t given_count;

int descriptor_raise(int fd)
{
    int high;

    /* By system call: it may be done within a hook, where the probe takes it for the library's. */
    if (fd >= DESCRIPTOR_FIRST)
        return syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -errno;
    high = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, DESCRIPTOR_FIRST);
    if (high < 0)
        high = -errno;
    probe_real.close(fd);
    return high;
}

int descriptor_from_environment(const char *variable)
{
    const char *text = getenv(variable);
    char *end;
    long fd;

    if (text == NULL)
        return -1;
    fd = strtol(text, &end, 10);
    if (end == text || *end != '\0' || fd < 0 || fd > 1 << 20)
        fd = -1;
    unsetenv(variable);
    if (fd < 0)
        return -1;
    fd = descriptor_raise((int)fd);
    if (fd >= 0 && given_count < GIVEN) {
        given[given_count].variable = variable;
        given[given_count++].fd = (int)fd;
    }
    return fd < 0 ? -1 : (int)fd;
}

void descriptor_bequeath(int protocol)
{
    for (size_t i = 0; i < given_count; i++) {
        bool is_protocol = strcmp(given[i].variable, "REAPCHECK_SOCKET") == 0;
        int fd = is_protocol ? protocol : given[i].fd;
        char number[16];

        snprintf(number, sizeof number, "%d", fd);
        setenv(given[i].variable, number, 1);
        fcntl(fd, F_SETFD, 0);
    }
}

int descriptor_pair(int pair[2])
{
    int low[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, low) < 0)
        return -errno;
    pair[0] = descriptor_raise(low[0]);
    pair[1] = descriptor_raise(low[1]);
    if (pair[0] >= 0 && pair[1] >= 0)
        return 0;
    int rc = pair[0] < 0 ? pair[0] : pair[1];
    descriptor_close(pair[0]);
    descriptor_close(pair[1]);
    return rc;
}

int descriptor_prepare(void)
{
    struct rlimit limit;
    int fd;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    nowhere = descriptor_raise(fd);
    if (nowhere < 0)
        return nowhere;
    return dup3(nowhere, RC_CHILD_FD, O_CLOEXEC) < 0 ? -errno : 0;
}

int descriptor_lend(int fd)
{
    return dup3(fd, RC_CHILD_FD, 0) < 0 ? -errno : 0;
}

void descriptor_return(void)
{
    dup3(nowhere, RC_CHILD_FD, O_CLOEXEC);
}

void descriptor_close(int fd)
{
    if (fd >= 0)
        probe_real.close(fd);
}

void descriptor_close_once(_Atomic int *fd)
{
    int was = atomic_exchange(fd, 0);

    if (was > 0)
        descriptor_close(was);
}
