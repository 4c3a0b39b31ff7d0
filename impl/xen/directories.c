/* SPDX-License-Identifier: MIT */
/*
 * Empty directories of the process's own in place of the machine's, so that processes under test
 * neither meet in them nor leave anything there: file systems in memory, in a mount namespace from
 * which nothing propagates. The privilege for that is had either by being root or by owning a user
 * namespace; the second is tried where the first fails, with the caller mapped to itself.
 *
 * It is done before there is a second thread, since a user namespace is not to be had later.
 */
#include "directories.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char missing[160];

const char *directories_missing(void)
{
    return missing[0] ? missing : NULL;
}

static int cannot(const char *what)
{
    snprintf(missing, sizeof(missing), "%s: %s", what, strerror(errno));
    return -1;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        return -1;
    if (write(fd, text, strlen(text)) < 0)
        rc = -1;
    close(fd);
    return rc;
}

static int own_namespace(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    char line[64];

    if (!unshare(CLONE_NEWNS))
        return 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return cannot("no mount namespace");
    /* Without it a gid map is refused to those without privilege. */
    write_file("/proc/self/setgroups", "deny");
    snprintf(line, sizeof(line), "%u %u 1", uid, uid);
    if (write_file("/proc/self/uid_map", line))
        return cannot("/proc/self/uid_map");
    snprintf(line, sizeof(line), "%u %u 1", gid, gid);
    if (write_file("/proc/self/gid_map", line))
        return cannot("/proc/self/gid_map");
    return 0;
}

/* Where the machine has no such directory and none can be made, its parent is covered. */
static int cover(const char *path, const char *parent)
{
    if (mkdir(path, 0755) && errno != EEXIST) {
        if (mount("none", parent, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"))
            return cannot(parent);
        return mkdir(path, 0755) ? cannot(path) : 0;
    }
    return mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") ? cannot(path) : 0;
}

__attribute__((constructor)) static void make_directories(void)
{
    if (own_namespace())
        return;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
        cannot("mount namespace");
        return;
    }
    if (!cover(XEN_LIB, "/var/lib"))
        cover(XEN_RUN, "/var/run");
}
