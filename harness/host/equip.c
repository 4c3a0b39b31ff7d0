/* SPDX-License-Identifier: MIT */
/*
 * What an operation works on, and how it is told to get on.
 *
 * Its child may be forked at any time, by whatever part of the library, so nothing can be lent to
 * it at that moment. It has its orders from a pipe of the host's that it opens by its name in
 * /proc. They may be given before there is anybody to read them. The file whose lock it waits for
 * is a memfd, which has such a name, too: nothing is left on any disk.
 */
#include "host/things.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "host/children.h"
#include "host/descriptor.h"
#include "host/orders.h"
#include "probe/probe.h"

enum { ORDER_BYTES = 256 };

/* What a child does that goes on without becoming a program. */
static int obey(void *arg)
{
    struct operation *operation = arg;

    syscall(SYS_dup3, atomic_load(&operation->orders_read), RC_CHILD_FD, 0);
    syscall(SYS_close_range, DESCRIPTOR_FIRST, ~0U, 0);
    orders_obey(RC_CHILD_FD);
}

static int equip_with_orders(struct operation *operation)
{
    int low[2], ends[2];

    /* By system call: within a hook this is in the library's zone, and no call of the library's. */
    if (syscall(SYS_pipe2, low, O_CLOEXEC) < 0)
        return -errno;
    ends[0] = descriptor_raise(low[0]);
    ends[1] = descriptor_raise(low[1]);
    if (ends[0] < 0 || ends[1] < 0) {
        descriptor_close(ends[0]);
        descriptor_close(ends[1]);
        return ends[0] < 0 ? ends[0] : ends[1];
    }
    atomic_store(&operation->orders_read, ends[0]);
    atomic_store(&operation->orders, ends[1]);
    snprintf(operation->path, sizeof operation->path, "/proc/%d/fd/%d", (int)getpid(), ends[0]);
    operation->argv[0] = (char *)children_program();
    operation->argv[1] = operation->path;
    operation->argv[2] = NULL;
    operation->arguments.argv = operation->argv;
    operation->arguments.body = obey;
    operation->arguments.arg = operation;
    return 0;
}

static int equip_with_lock(struct operation *operation)
{
    int fd = memfd_create(operation->thing.name, MFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    fd = descriptor_raise(fd);
    if (fd < 0)
        return fd;
    atomic_store(&operation->lock, fd);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    snprintf(operation->path, sizeof operation->path, "/proc/%d/fd/%d", (int)getpid(), fd);
    operation->arguments.path = operation->path;
    return 0;
}

int operation_equip(struct operation *operation)
{
    switch (operation->kind) {
    case RC_OPERATION_PROGRAM:
    case RC_OPERATION_HELPER:
        return equip_with_orders(operation);
    case RC_OPERATION_LOCK:
        return equip_with_lock(operation);
    case RC_OPERATION_END:
        break;
    }
    return 0;
}

int operation_order(struct operation *operation, const char *order)
{
    char line[ORDER_BYTES];
    int length = snprintf(line, sizeof line, "%s\n", order);
    int fd = atomic_load(&operation->orders);

    if (fd == 0)
        return -ENOTCONN;
    if (length < 0 || length >= (int)sizeof line)
        return -EINVAL;
    /* We hold the other end, too: there is always a reader, if perhaps not for ever. */
    return probe_real.write(fd, line, (size_t)length) == length ? 0 : -errno;
}

int operation_unlock(struct operation *operation)
{
    int fd = atomic_load(&operation->lock);

    if (fd == 0)
        return -ENOTCONN;
    return flock(fd, LOCK_UN) < 0 ? -errno : 0;
}

void operation_over(struct operation *operation)
{
    descriptor_close_once(&operation->orders);
    descriptor_close_once(&operation->orders_read);
    descriptor_close_once(&operation->lock);
}
