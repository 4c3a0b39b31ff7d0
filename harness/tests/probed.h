/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the probe share. Such a test is a program that plays all the parts: it is the
 * host, the library and the runner. It really calls libc in the library's zone and reads the log
 * back.
 *
 * The probe is started once a program. Each test looks at the events from its own start on.
 */
#ifndef REAPCHECK_PROBED_H
#define REAPCHECK_PROBED_H

#include "probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "skipped.h"

/* What a sanitizer keeps for itself cannot be tested under it. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { SANITIZED_MEMORY = 1, SANITIZED_THREADS = 1 };
#elif defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SANITIZED_MEMORY = 1, SANITIZED_THREADS = 0 };
#else
enum { SANITIZED_MEMORY = 0, SANITIZED_THREADS = 0 };
#endif

enum { DEADLINE_MS = 20000 };

static struct log *events;
static struct control *control;
static int notified, births;
static size_t start; /* of the test, in the log */

static inline int start_probe(void **state)
{
    int log_fd = log_create();
    int control_fd = control_create();
    int pair[2];

    (void)state;
    notified = eventfd(0, EFD_CLOEXEC);
    if (log_fd < 0 || control_fd < 0 || notified < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    births = pair[0];
    events = log_map(log_fd);
    control = control_map(control_fd);
    if (!events || !control)
        return -1;
    probe_start(events, control, notified, pair[1]);
    return 0;
}

static inline int begin_test(void **state)
{
    (void)state;
    probe_leave(ZONE_APPLICATION); /* where the test before failed in between */
    start = log_count(events);
    memset(control->rule, 0, sizeof control->rule);
    return 0;
}

/* -- the runner's part -- */

/* The nth event of the kind since the test began, about that call (CALL_NONE: any); NULL: none. */
static inline const struct event *seen_nth(int nth, enum event_kind kind, enum libc_call what)
{
    for (size_t i = start; i < log_count(events); i++) {
        const struct event *event = log_at(events, i);

        if (event && event->kind == kind && (what == CALL_NONE || event->what == what) &&
            nth-- == 0)
            return event;
    }
    return NULL;
}

static inline const struct event *seen(enum event_kind kind, enum libc_call what)
{
    return seen_nth(0, kind, what);
}

static inline struct control_rule *arm(int number, enum rule_kind kind, enum libc_call what,
                                       int error)
{
    struct control_rule *rule = &control->rule[number];

    *rule = (struct control_rule){
        .kind = kind, .call = what, .zone = RULE_IN_LIBRARY, .times = 1, .error = error};
    atomic_store(&rule->armed, 1);
    return rule;
}

static inline void await_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    assert_int_equal(probe_real.poll(&poll_fd, 1, DEADLINE_MS), 1);
}

static inline void await_gate(void)
{
    uint64_t count = 0;

    await_readable(notified);
    assert_int_equal(probe_real.read(notified, &count, sizeof count), sizeof count);
}

/* The first event of the kind since the test began, once it has happened. */
static inline const struct event *await_seen(enum event_kind kind)
{
    struct timespec now;
    time_t give_up = 0;

    clock_gettime(CLOCK_MONOTONIC, &now);
    give_up = now.tv_sec + DEADLINE_MS / 1000;
    while (!seen(kind, CALL_NONE) && now.tv_sec < give_up) {
        sched_yield();
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    assert_non_null(seen(kind, CALL_NONE));
    return seen(kind, CALL_NONE);
}

static inline void open_gate(struct control_rule *gate)
{
    atomic_store(&gate->go, 1);
    syscall(SYS_futex, &gate->go, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Takes one birth and returns the child's pidfd. */
static inline int receive_birth(struct probe_birth *birth)
{
    struct iovec part = {.iov_base = birth, .iov_len = sizeof *birth};
    _Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    int pidfd = -1;

    await_readable(births);
    assert_int_equal(recvmsg(births, &message, MSG_CMSG_CLOEXEC), sizeof *birth);
    assert_non_null(CMSG_FIRSTHDR(&message));
    memcpy(&pidfd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof pidfd);
    return pidfd;
}

/* The birth of that child is announced, and its pidfd tells its end. */
static inline void expect_birth_and_exit(pid_t pid, int exit_status)
{
    struct probe_birth birth = {0};
    int pidfd = receive_birth(&birth);
    siginfo_t info = {0};

    assert_int_equal(birth.pid, pid);
    assert_int_equal(birth.parent, getpid());
    assert_int_equal(birth.kind, BIRTH_FORK);
    await_readable(pidfd);
    assert_int_equal(probe_real.waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
    assert_int_equal(info.si_pid, pid);
    assert_int_equal(info.si_status, exit_status);
    close(pidfd);
}

static inline int in_library(int (*act)(void))
{
    int before = probe_enter(ZONE_LIBRARY);
    int r = act();
    int error = errno;

    probe_leave(before);
    errno = error;
    return r;
}

/* A call of the library's to look at. */
static inline int make_pipe(void)
{
    int fds[2];
    int r = pipe2(fds, O_CLOEXEC);

    if (r == 0) {
        close(fds[0]);
        close(fds[1]);
    }
    return r;
}

static inline int fork_and_exit(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(3);
    return pid;
}

#define PROBED(test) cmocka_unit_test_setup(test, begin_test)

#endif
