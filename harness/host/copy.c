/* SPDX-License-Identifier: MIT */
/*
 * The copy has one thread, the one that forked. Nothing of the library is closed or released in
 * it: what state the library is in after the fork is for the library to see to, and for the script
 * to look at. Only what is the harness's own is put in order. The stack below, with whatever
 * callback the fork was made in, is never returned to.
 */
#include "host/copy.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "host/children.h"
#include "host/context.h"
#include "host/descriptor.h"
#include "host/guard.h"
#include "host/lane.h"
#include "host/output.h"
#include "host/request.h"
#include "host/start.h"
#include "host/verbs_platform.h"
#include "probe/probe.h"

enum { COPY_FAILED = 124 }; /* exit status of a copy that could not be set up */

static struct log *events;
static int births_socket = -1;
static bool has_probe;

void copy_prepare(struct log *log, int births, bool probe)
{
    events = log;
    births_socket = births;
    has_probe = probe;
}

bool copy_possible(void)
{
    return births_socket >= 0;
}

bool copy_has_probe(void)
{
    return has_probe;
}

/* Sends the runner its end of the copy's protocol socket. */
static bool announce(int fd)
{
    struct probe_birth birth = {.pid = getpid(), .parent = getppid(), .kind = BIRTH_HOST};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof fd)];
    } control = {0};
    struct iovec data = {.iov_base = &birth, .iov_len = sizeof birth};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    struct cmsghdr *attached = CMSG_FIRSTHDR(&message);

    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(attached), &fd, sizeof fd);
    return sendmsg(births_socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof birth;
}

_Noreturn void copy_live(const char *name)
{
    int pair[2], original = output_socket();
    char own[32];

    snprintf(own, sizeof own, "%s", name); /* the request it stands in is about to be forgotten */
    if (children_separate() < 0 || descriptor_pair(pair) < 0 || !announce(pair[1]))
        _exit(COPY_FAILED);
    descriptor_close(pair[1]);
    output_start(pair[0], events);
    descriptor_close(original);
    request_forget_all();
    together_forget_all();
    context_disown_all();
    guard_forget();
    platform_forget();
    lane_main(NULL, own); /* main, as in the host: the history tells them apart */
    host_serve(has_probe);
}
