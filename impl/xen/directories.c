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
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char why_not[160];

static int cannot(const char *what)
{
    snprintf(why_not, sizeof(why_not), "%s: %s", what, strerror(errno));
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

static int own_user_namespace(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    char line[64];

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

/* The privilege has served its purpose. A process that keeps it, or has come by it, is closed to
 * its own children and to who would look at its stacks. */
static void give_up_privilege(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    syscall(SYS_capset, &header, none);
    prctl(PR_SET_DUMPABLE, 1);
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

const char *directories_make(void)
{
    bool user = unshare(CLONE_NEWNS) != 0;

    if (user && own_user_namespace())
        return why_not;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        cannot("mount namespace");
    else if (!cover(XEN_LIB, "/var/lib"))
        cover(XEN_RUN, "/var/run");
    if (user)
        give_up_privilege();
    return why_not[0] ? why_not : NULL;
}
