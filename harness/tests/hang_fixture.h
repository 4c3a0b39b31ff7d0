/* SPDX-License-Identifier: MIT */
/*
 * What the tests of hangs share: processes that hang in ways known beforehand, in functions whose
 * names must be found in the texts, and what is said of them.
 */
#ifndef REAPCHECK_HANG_FIXTURE_H
#define REAPCHECK_HANG_FIXTURE_H

#include "runner/hang.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "await_state.h"

enum {
    THREADS = 3,
    STATE_MS = 10000, /* for a process to get where it is to hang */
    COLUMNS = 80,
};

static struct {
    int texts;
    pid_t tid[16];
    char text[16][2048];
} seen;

/* With the process that is looked at: the thread that hangs. */
static struct hanging {
    _Atomic pid_t tid;
    _Atomic int threads;
} * hanging;

static inline void note(void *user, pid_t tid, const char *text)
{
    int column = 0;

    (void)user;
    for (const char *c = text; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        assert_in_range(column, 0, COLUMNS);
    }
    assert_in_range(seen.texts, 0, 15);
    seen.tid[seen.texts] = tid;
    snprintf(seen.text[seen.texts], sizeof(seen.text[0]), "%s", text);
    seen.texts++;
}

static inline const char *text_of(pid_t tid)
{
    for (int k = 0; k < seen.texts; k++)
        if (seen.tid[k] == tid)
            return seen.text[k];
    return "";
}

/* Functions one below the other may stand in two lines. */
static inline const char *stack_of(pid_t tid)
{
    static char stack[2048];
    const char *from = text_of(tid);
    size_t size = 0;

    while (*from) {
        bool folded = strncmp(from, "\n    <", 6) == 0;
        stack[size++] = folded ? ' ' : *from;
        from += folded ? 5 : 1;
    }
    stack[size] = '\0';
    return stack;
}

static inline void assert_in_text(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in:\n%s", what, text);
}

static inline void assert_says(pid_t tid, const char *what)
{
    assert_in_text(text_of(tid), what);
}

static inline pid_t await_hanging(const char *state)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int ms = 0; !hanging->tid && ms < STATE_MS; ms++)
        nanosleep(&moment, NULL);
    await_state(hanging->tid, state);
    return hanging->tid;
}

static inline pid_t start(void (*body)(void))
{
    memset(&seen, 0, sizeof(seen));
    hanging->tid = 0;
    hanging->threads = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(60);
        body();
        _exit(7);
    }
    return pid;
}

static inline void end(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

#define NOINLINE __attribute__((noinline))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static NOINLINE void lock_twice(void)
{
    pthread_mutex_lock(&mutex);
    hanging->tid = gettid();
    pthread_mutex_lock(&mutex);
    hanging->tid = 0; /* so that the call above is not the last thing done */
}

static NOINLINE void *thread_that_locks(void *arg)
{
    lock_twice();
    return arg;
}

static NOINLINE void *thread_that_waits(void *arg)
{
    hanging->threads++;
    for (;;)
        pause();
    return arg;
}

static inline void deadlock(void)
{
    pthread_t thread;
    for (int k = 0; k < THREADS; k++)
        if (pthread_create(&thread, NULL, thread_that_waits, NULL))
            _exit(1);
    while (hanging->threads < THREADS)
        sched_yield();
    prctl(PR_SET_NAME, "odd) name (");
    if (pthread_create(&thread, NULL, thread_that_locks, NULL))
        _exit(1);
    pthread_join(thread, NULL);
}

/* Begins each main. */
static inline int share(void)
{
    hanging =
        mmap(NULL, sizeof(*hanging), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    alarm(60); /* a process that cannot be waited for is a failure, too */
    return hanging == MAP_FAILED ? -1 : 0;
}

#endif
