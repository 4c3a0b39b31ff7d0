/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the fleet share. Whether anything is left of a fleet is told by a pipe: every
 * process of it inherits the writing end, so the reader meets the end of file when, and only when,
 * the last of them has gone.
 *
 * All is done without namespaces, with them, and with them as an ordinary user, as far as this
 * machine allows.
 */
#ifndef REAPCHECK_FLEET_FIXTURE_H
#define REAPCHECK_FLEET_FIXTURE_H

#include "runner/fleet.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "skipped.h"

enum {
    JOBS = 50,
    LONG_MS = 60000, /* a deadline that is not to be met */
    NOBODY = 65534,
};

struct outcome {
    int calls;
    size_t size;
    char result[64]; /* its beginning */
    bool uniform;    /* all bytes of it are the same */
    char failure[96];
};

static struct test {
    enum fleet_namespaces namespaces;
    int marker[2]; /* open in every process of the fleet */
    int ready[2];  /* a job writes a byte when it is where the test wants it */
    struct outcome outcome[JOBS];
    struct { /* with all processes */
        _Atomic int running, most, forks;
    } * shared;
} test;

/* -- for jobs, where cmocka cannot be used -- */

static inline void must(bool holds)
{
    if (!holds)
        _exit(99);
}

static _Noreturn inline void wait_for_ever(void)
{
    for (;;)
        pause();
}

static inline void say_ready(void)
{
    must(write(test.ready[1], "r", 1) == 1);
}

static inline void await_ready(int count)
{
    char c;
    for (int k = 0; k < count; k++)
        must(read(test.ready[0], &c, 1) == 1);
}

/* Processes that wait: deaf to SIGTERM, in sessions of their own, orphaned, stopped. */
static inline void start_descendants(int count)
{
    for (int k = 0; k < count; k++) {
        pid_t pid = fork();
        must(pid >= 0);
        if (pid == 0) {
            signal(SIGTERM, SIG_IGN);
            if (k % 3 == 1)
                setsid();
            if (k % 3 == 2 && fork())
                _exit(0);
            say_ready();
            if (k % 5 == 0)
                raise(SIGSTOP);
            wait_for_ever();
        }
        if (k % 3 == 2)
            must(waitpid(pid, NULL, 0) == pid);
    }
}

/* -- the frame of a test -- */

static inline void note(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    (void)user;
    struct outcome *outcome = &test.outcome[i];
    outcome->calls++;
    outcome->size = size;
    outcome->uniform = true;
    for (size_t k = 1; k < size; k++)
        outcome->uniform &= result[k] == result[0];
    snprintf(outcome->result, sizeof(outcome->result), "%.*s", (int)size, result);
    snprintf(outcome->failure, sizeof(outcome->failure), "%s", failure ? failure : "");
}

static inline struct fleet fleet_of(int (*work)(void *, size_t, int), int jobs, int deadline_ms)
{
    memset(test.outcome, 0, sizeof(test.outcome));
    return (struct fleet){.jobs = jobs,
                          .namespaces = test.namespaces,
                          .deadline_ms = deadline_ms,
                          .work = work,
                          .done = note};
}

/* True once nobody holds the marker any more; waits up to ms for that. */
static inline bool all_gone(int ms)
{
    struct pollfd fd = {.fd = test.marker[0]};
    close(test.marker[1]);
    test.marker[1] = -1;
    return poll(&fd, 1, ms) == 1 && fd.revents & POLLHUP;
}

static inline void run_one(int (*work)(void *, size_t, int), int deadline_ms, const char *failure)
{
    struct fleet fleet = fleet_of(work, 1, deadline_ms);
    assert_int_equal(fleet_run(&fleet, 1), 0);
    assert_int_equal(test.outcome[0].calls, 1);
    assert_string_equal(test.outcome[0].failure, failure);
    assert_true(all_gone(0));
}

static inline int set_up(void **state)
{
    (void)state;
    test.shared->running = test.shared->most = test.shared->forks = 0;
    return pipe(test.marker) || pipe2(test.ready, O_CLOEXEC);
}

static inline int tear_down(void **state)
{
    (void)state;
    for (int end = 0; end < 2; end++) {
        close(test.marker[end]);
        close(test.ready[end]);
    }
    fleet_sweep(); /* what a failed test has left */
    return 0;
}

#define FLEET_TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

/* -- the frame of them all -- */

/* Runs all tests of a file, under this name. */
typedef int run_group(const char *name);

static inline int run_with(run_group *run, const char *name, enum fleet_namespaces namespaces)
{
    test.namespaces = namespaces;
    alarm(300); /* a fleet that does not come back is a failure, too */
    return run(name);
}

static inline int run_as_nobody(run_group *run)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
            exit(1);
        prctl(PR_SET_DUMPABLE, 1); /* a program started by that user would be */
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        int failed = 0;
        if (fleet_has_namespaces())
            failed = run_with(run, "fleet of a user, with namespaces", FLEET_NAMESPACES_IF_ALLOWED);
        else
            print_message("# skipped: fleet of a user, with namespaces: not allowed here\n");
        failed += run_with(run, "fleet of a user, without namespaces", FLEET_NAMESPACES_NEVER);
        exit(failed ? 1 : 0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* The exit status of the program. */
static inline int run_everywhere(run_group *run)
{
    close_range(3, ~0U, 0); /* what was inherited would count against limits */
    test.shared =
        mmap(NULL, sizeof(*test.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (test.shared == MAP_FAILED)
        return 1;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int failed = run_with(run, "fleet without namespaces", FLEET_NAMESPACES_NEVER);
    if (fleet_has_namespaces())
        failed += run_with(run, "fleet with namespaces", FLEET_NAMESPACES_IF_ALLOWED);
    else
        print_message("# skipped: fleet with namespaces: this machine allows none\n");
    if (geteuid() == 0)
        failed += run_as_nobody(run) ? 1 : 0;
    else
        print_message("# skipped: fleet of another user: only root can become one\n");
    return failed ? 1 : 0;
}

#endif
