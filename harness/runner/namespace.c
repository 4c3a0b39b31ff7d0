/* SPDX-License-Identifier: MIT */
/*
 * The privilege that a pid namespace takes is had either by being root, or by owning a user
 * namespace. The second is tried where the first fails; the caller is then mapped to itself, so
 * that programs see the ids that they would see without.
 *
 * /proc must be that of the namespace, for pids read there have to mean what they mean to kill().
 * It is mounted in a mount namespace from which nothing propagates. A container may forbid just
 * that, so the answer to whether namespaces can be used is had by trying all of it.
 */
#include "runner/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* unshare() would move the caller's later children too, and fork() takes no flags. */
static pid_t clone_as_fork(unsigned long flags)
{
    return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static int write_file(const char *path, const char *text)
{
    int rc = 0;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) < 0)
        rc = errno;
    close(fd);
    return rc;
}

static int map_ids(uid_t uid, gid_t gid)
{
    char line[64];

    /* Without it a gid map is refused to those without privilege. Kernels before 3.19 lack it. */
    int rc = write_file("/proc/self/setgroups", "deny");
    if (rc && rc != ENOENT)
        return rc;
    snprintf(line, sizeof(line), "%u %u 1", uid, uid);
    rc = write_file("/proc/self/uid_map", line);
    if (rc)
        return rc;
    snprintf(line, sizeof(line), "%u %u 1", gid, gid);
    return write_file("/proc/self/gid_map", line);
}

static int mount_proc(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return errno;
    return 0;
}

pid_t namespace_fork(int *failure)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    bool mapped = false;

    *failure = 0;
    pid_t pid = clone_as_fork(CLONE_NEWPID | CLONE_NEWNS);
    if (pid < 0 && errno == EPERM) {
        mapped = true;
        pid = clone_as_fork(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER);
    }
    if (pid == 0) {
        if (mapped)
            *failure = map_ids(uid, gid);
        if (!*failure)
            *failure = mount_proc();
    }
    return pid;
}

bool namespace_allowed(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct sigaction chld_before;
    sigset_t all, before;
    int failure, status = -1;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* no handler of the caller's runs in the child */
    sigaction(SIGCHLD, &by_default, &chld_before); /* or its exit status might be lost */
    pid_t pid = namespace_fork(&failure);
    if (pid == 0)
        _exit(failure ? 1 : 0);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGCHLD, &chld_before, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status == 0;
}
