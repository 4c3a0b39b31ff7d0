/* SPDX-License-Identifier: MIT */
/* syscall(), through which libraries reach what an older libc has no function for. */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>

/* Written before the library is first called, never again. */
static bool no_pidfds;

void probe_without_pidfds(void)
{
    no_pidfds = true;
}

static long really_open_pidfd(pid_t pid, unsigned int flags)
{
    if (no_pidfds) {
        errno = ENOSYS;
        return -1;
    }
    return real()->syscall(SYS_pidfd_open, pid, flags);
}

bool probe_has_pidfds(void)
{
    long fd = really_open_pidfd(getpid(), 0);

    if (fd >= 0)
        real()->close((int)fd);
    return fd >= 0 || errno != ENOSYS;
}

static long open_pidfd(pid_t pid, unsigned int flags)
{
    CALL_SIMPLY(long, CALL_PIDFD_OPEN, pid, really_open_pidfd(pid, flags));
}

int pidfd_open(pid_t pid, unsigned int flags)
{
    return (int)open_pidfd(pid, flags);
}

/* No system call takes more than six arguments, and libc's own passes six on whatever was given:
 * so what is read here may lie beyond what the caller has. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...)
{
    va_list list;
    long argument[6];

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_pidfd_open)
        return open_pidfd((pid_t)argument[0], (unsigned int)argument[1]);
    return real()->syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4],
                           argument[5]);
}
