/* SPDX-License-Identifier: MIT */
#include "runner/record.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "runner/proc.h"

/* linux/pidfd.h of 6.15, in the first version of the structure; Debian 12's header lacks it. */
struct kernel_pidfd_info {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t pid, tgid, ppid;
    uint32_t ids[8];
    int32_t exit_code;
};
_Static_assert(sizeof(struct kernel_pidfd_info) == 64, "PIDFD_INFO_SIZE_VER0");
#define KERNEL_PIDFD_GET_INFO  _IOWR(0xFF, 11, struct kernel_pidfd_info)
#define KERNEL_PIDFD_INFO_EXIT (1u << 3)

int record_birth(struct record *record, pid_t pid, pid_t parent, int pidfd)
{
    if (record->count == record->size) {
        size_t size = record->size ? 2 * record->size : 64;
        struct life *lives = realloc(record->lives, size * sizeof(*lives));
        if (!lives) {
            if (pidfd >= 0)
                close(pidfd);
            return -1;
        }
        record->lives = lives;
        record->size = size;
    }
    if (pidfd < 0)
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    record->lives[record->count] =
        (struct life){.pid = pid, .parent = parent, .pidfd = pidfd, .status = -1};
    return (int)record->count++;
}

struct life *record_find(struct record *record, pid_t pid)
{
    for (size_t i = record->count; i-- > 0;)
        if (record->lives[i].pid == pid)
            return &record->lives[i];
    return NULL;
}

/* Asks the kernel for the exit status through the pidfd; it answers once the process is reaped. */
static bool exit_info(const struct life *life, int *status)
{
    struct kernel_pidfd_info info = {.mask = KERNEL_PIDFD_INFO_EXIT};

    if (life->pidfd < 0 || ioctl(life->pidfd, KERNEL_PIDFD_GET_INFO, &info) != 0)
        return false;
    if (!(info.mask & KERNEL_PIDFD_INFO_EXIT))
        return false;
    *status = info.exit_code;
    return true;
}

bool record_look(struct life *life)
{
    struct pollfd ended = {.fd = life->pidfd, .events = POLLIN};
    struct proc_stat stat;

    if (life->reaped || (life->exited && life->status != -1))
        return true;
    if (life->pidfd >= 0) {
        if (poll(&ended, 1, 0) != 1)
            return false;
    } else if (proc_stat(life->pid, life->pid, &stat) && stat.state != 'Z' && stat.state != 'X') {
        return false;
    }
    life->exited = true;
    if (exit_info(life, &life->status))
        return true;
    if (proc_stat(life->pid, life->pid, &stat) && stat.state == 'Z')
        life->status = stat.exit_code;
    else /* reaped between the two looks */
        exit_info(life, &life->status);
    return true;
}

bool record_reaped(struct life *life)
{
    struct proc_stat stat;
    int status;

    if (life->reaped)
        return true;
    if (!record_look(life))
        return false;
    if (life->pidfd < 0)
        life->reaped = !proc_stat(life->pid, life->pid, &stat) || stat.state != 'Z';
    else /* A zombie with our pid is ours only as long as the pidfd still names it. */
        life->reaped =
            exit_info(life, &status) ||
            (syscall(SYS_pidfd_send_signal, life->pidfd, 0, NULL, 0) != 0 && errno == ESRCH);
    if (life->reaped && life->pidfd >= 0) { /* there is no more to be had from it */
        record_look(life);
        close(life->pidfd);
        life->pidfd = -1;
    }
    return life->reaped;
}

void record_signal(const struct life *life, int signal)
{
    if (life->pidfd >= 0)
        syscall(SYS_pidfd_send_signal, life->pidfd, signal, NULL, 0);
}

void record_free(struct record *record)
{
    for (size_t i = 0; i < record->count; i++)
        if (record->lives[i].pidfd >= 0)
            close(record->lives[i].pidfd);
    free(record->lives);
    memset(record, 0, sizeof(*record));
}
