/* SPDX-License-Identifier: MIT */
/*
 * A process that need not be a child, and is never waited for.
 *
 * A pidfd says for certain that it has ended, and signals it and no other. Whether it is stopped is
 * in /proc only, under its pid; if the pidfd still says that it lives after that was read, it was
 * its own. On a kernel (or under a tool) that has no pidfds the moment of its start tells it from a
 * later process with its pid; between that look and a signal a moment is left open.
 */
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STAT_SIZE = 512 };

static int pidfd_open_(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    errno = ENOSYS;
    return -1;
#endif
}

static int pidfd_signal(int fd, int signal)
{
#ifdef SYS_pidfd_send_signal
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
#else
    (void)fd;
    (void)signal;
    errno = ENOSYS;
    return -1;
#endif
}

/* What /proc says of a pid: its state's letter, its threads and its start. False: nothing, errno
 * says why: ENOENT or ESRCH: there is no such process. */
struct proc_stat {
    char state;
    long threads;
    unsigned long long started;
};

static bool read_stat(pid_t pid, struct proc_stat *out)
{
    char path[sizeof("/proc//stat") + 3 * sizeof(pid)], text[STAT_SIZE];
    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, text, sizeof(text) - 1);
    int read_errno = length ? errno : ESRCH;
    close(fd);
    if (length <= 0) {
        errno = read_errno;
        return false;
    }
    text[length] = '\0';
    /* The name before it may contain anything. */
    const char *rest = strrchr(text, ')');
    errno = EPROTO;
    return rest && sscanf(rest,
                          ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                          " %ld %*d %llu",
                          &out->state, &out->threads, &out->started) == 3;
}

int reap__process_open(struct process_ref *process, pid_t pid)
{
    struct proc_stat stat;
    *process = (struct process_ref){.pid = pid};
    reap_carefd_begin();
    int fd = pidfd_open_(pid);
    int rc = reap_carefd_record(fd, &process->pidfd);
    if (rc || fd >= 0) {
        return rc;
    }
    if (errno != ENOSYS && errno != EPERM) {
        /* A thread's id; which of the two depends on the kernel. */
        errno = errno == EINVAL || errno == ENOENT ? ESRCH : errno;
        return REAP_ERROR_SYSTEM;
    }
    if (!read_stat(pid, &stat)) {
        errno = errno == ENOENT ? ESRCH : errno;
        return REAP_ERROR_SYSTEM;
    }
    process->started = stat.started;
    return 0;
}

void reap__process_close(struct process_ref *process)
{
    (void)reap_carefd_close(process->pidfd);
    process->pidfd = NULL;
}

static bool has_ended(const struct process_ref *process)
{
    struct pollfd pidfd = {.fd = reap_carefd_fd(process->pidfd), .events = POLLIN};
    return poll(&pidfd, 1, 0) > 0;
}

enum process_state reap__process_state(const struct process_ref *process)
{
    struct proc_stat stat;
    bool known = read_stat(process->pid, &stat);
    bool is_gone = !known && (errno == ENOENT || errno == ESRCH);
    if (process->pidfd) {
        if (has_ended(process)) {
            return PROCESS_ENDED;
        }
    } else if (is_gone || (known && (stat.started != process->started || stat.state == 'X' ||
                                     (stat.state == 'Z' && stat.threads <= 1)))) {
        return PROCESS_ENDED;
    }
    return known && stat.state == 'T' ? PROCESS_STOPPED : PROCESS_RUNS;
}

int reap__process_signal(const struct process_ref *process, int signal)
{
    if (process->pidfd) {
        return pidfd_signal(reap_carefd_fd(process->pidfd), signal);
    }
    if (reap__process_state(process) == PROCESS_ENDED) {
        errno = ESRCH;
        return -1;
    }
    return kill(process->pid, signal);
}
