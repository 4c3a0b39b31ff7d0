/* SPDX-License-Identifier: MIT */
/*
 * Looks at processes that hang in ways known beforehand: in functions whose names must be found
 * in the texts. What is looked at must be none the worse for it.
 */
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

enum {
    THREADS = 3,
    STATE_MS = 10000, /* for a process to get where it is to hang */
    COLUMNS = 80,
    DEEP = 40,
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

static void note(void *user, pid_t tid, const char *text)
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

static const char *text_of(pid_t tid)
{
    for (int k = 0; k < seen.texts; k++)
        if (seen.tid[k] == tid)
            return seen.text[k];
    return "";
}

/* Functions one below the other may stand in two lines. */
static const char *stack_of(pid_t tid)
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

static void assert_in_text(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void assert_says(pid_t tid, const char *what)
{
    assert_in_text(text_of(tid), what);
}

static char state_of(pid_t tid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
    FILE *file = fopen(path, "re");
    if (file && !fgets(line, sizeof(line), file))
        line[0] = '\0';
    if (file)
        fclose(file);
    const char *after = strrchr(line, ')'); /* 123 (name, of any characters) S ... */
    return after && strlen(after) > 2 ? after[2] : '?';
}

/* No event tells when another process has fallen asleep. */
static void await_state(pid_t tid, char state)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int ms = 0; state_of(tid) != state && ms < STATE_MS; ms++)
        nanosleep(&moment, NULL);
    assert_int_equal(state_of(tid), state);
}

static pid_t await_hanging(char state)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int ms = 0; !hanging->tid && ms < STATE_MS; ms++)
        nanosleep(&moment, NULL);
    await_state(hanging->tid, state);
    return hanging->tid;
}

static pid_t start(void (*body)(void))
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

static void end(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* -- ways to hang -- */

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

static void deadlock(void)
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

static NOINLINE void wait_in_handler(int signal)
{
    (void)signal;
    hanging->tid = gettid();
    pause();
    hanging->tid = 0;
}

static NOINLINE void interrupted(void)
{
    raise(SIGUSR1);
    hanging->tid = 0;
}

static void hang_in_handler(void)
{
    signal(SIGUSR1, wait_in_handler);
    interrupted();
}

static NOINLINE int
a_function_with_a_name_that_is_longer_than_anybody_would_type_twice_in_a_day(int n)
{
    if (n == 0) {
        hanging->tid = gettid();
        pause();
    } else {
        n += a_function_with_a_name_that_is_longer_than_anybody_would_type_twice_in_a_day(n - 1);
    }
    hanging->tid = n;
    return n + 1;
}

static void hang_deep(void)
{
    a_function_with_a_name_that_is_longer_than_anybody_would_type_twice_in_a_day(DEEP);
}

static int go[2]; /* a pipe */

static void await_go(void)
{
    char c;
    hanging->tid = gettid();
    if (read(go[0], &c, 1) != 1)
        _exit(1);
}

static NOINLINE void *thread_in_vfork(void *arg)
{
    hanging->tid = gettid();
    if (vfork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    return arg;
}

static void hang_in_vfork(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_in_vfork, NULL))
        _exit(1);
    pthread_join(thread, NULL);
}

static void hang_traced(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    hanging->tid = gettid();
    pause();
}

/* -- the tests -- */

static void test_a_text_names_functions_and_state(void **state)
{
    char first[64];

    (void)state;
    pid_t pid = start(deadlock);
    pid_t tid = await_hanging('S');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), THREADS + 2);
    assert_int_equal(seen.texts, THREADS + 2);
    snprintf(first, sizeof(first), "tid %d (odd) name () sleeping in futex\n", (int)tid);
    assert_says(tid, first);
    assert_in_text(stack_of(tid), "mutex_lock < lock_twice < thread_that_locks < ");
    assert_in_text(stack_of(pid), " < deadlock < ");
    int waiting = 0;
    for (int k = 0; k < seen.texts; k++)
        waiting += strstr(seen.text[k], "thread_that_waits") != NULL;
    assert_int_equal(waiting, THREADS);
    end(pid);
}

static void test_the_control_page_adds_calls_and_locks(void **state)
{
    struct control *control = calloc(1, sizeof(*control));

    (void)state;
    assert_non_null(control);
    pid_t pid = start(deadlock);
    pid_t tid = await_hanging('S');
    struct control_thread *first = &control->thread[3], *second = &control->thread[7];
    first->tid = tid;
    first->pid = second->pid = pid;
    first->call = CALL_MUTEX_LOCK;
    first->arg = 0x1000;
    first->depth = 2;
    first->held = 1;
    first->lock[0] = 0x1000;
    assert_int_equal(hang_examine(pid, control, note, NULL), THREADS + 2);
    assert_says(tid, "\n  in mutex_lock of 0x1000, which it holds itself\n");
    assert_says(tid, "\n  in a signal handler, 2 deep\n");
    assert_says(tid, "\n  holds 1 lock: 0x1000\n");

    memset(&seen, 0, sizeof(seen));
    second->tid = pid;
    second->call = CALL_WRITE;
    second->held = CONTROL_HELD + 1;
    second->lock[2] = 0x3000;
    first->arg = 0x3000;
    assert_int_equal(hang_examine(pid, control, note, NULL), THREADS + 2);
    char holder[64];
    snprintf(holder, sizeof(holder), "\n  in mutex_lock of 0x3000, which tid %d holds\n", (int)pid);
    assert_says(tid, holder);
    assert_says(pid, "\n  in the libc call write\n");
    assert_says(pid, "\n  holds 9 locks: 0x0 0x0 0x3000 ");
    end(pid);
    free(control);
}

static void test_a_stack_goes_on_below_a_handler(void **state)
{
    (void)state;
    pid_t pid = start(hang_in_handler);
    await_hanging('S');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    const char *handler = strstr(stack_of(pid), "wait_in_handler < ");
    assert_non_null(handler);
    assert_in_text(handler, "interrupted < ");
    end(pid);
}

static void test_deep_stacks_and_long_names_are_cut(void **state)
{
    int lines = 0;

    (void)state;
    pid_t pid = start(hang_deep);
    await_hanging('S');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    assert_says(pid, "a_function_with_a_name_that_is_longer_than_anybody_would_type_tw...");
    for (const char *c = text_of(pid); *c; c++)
        lines += *c == '\n';
    assert_in_range(lines, 20, 25); /* 24 frames, not 40 */
    end(pid);
}

static void test_the_process_goes_on_afterwards(void **state)
{
    int status;

    (void)state;
    assert_int_equal(pipe(go), 0);
    pid_t pid = start(await_go);
    await_hanging('S');
    for (int k = 0; k < 3; k++)
        assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    assert_says(pid, "sleeping in read");
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void test_a_stopped_process_stays_stopped(void **state)
{
    int status;

    (void)state;
    pid_t pid = start(await_go);
    await_hanging('S');
    kill(pid, SIGSTOP);
    await_state(pid, 'T');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    assert_says(pid, "stopped by a signal");
    assert_says(pid, "await_go");
    await_state(pid, 'T');
    kill(pid, SIGCONT);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void test_a_thread_that_cannot_be_stopped_holds_up_nothing(void **state)
{
    (void)state;
    pid_t pid = start(hang_in_vfork);
    pid_t tid = await_hanging('D');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 2);
    assert_says(tid, "in uninterruptible sleep");
    assert_in_text(stack_of(pid), " < hang_in_vfork < ");
    end(pid);
}

static void test_without_ptrace_there_are_states(void **state)
{
    (void)state;
    pid_t pid = start(hang_traced); /* by us, so it cannot be traced once more */
    await_hanging('S');
    assert_int_equal(hang_examine(pid, NULL, note, NULL), -EPERM);
    assert_int_equal(seen.texts, 1);
    assert_says(pid, "sleeping in ");
    end(pid);
}

static void test_a_process_that_is_gone_is_not_found(void **state)
{
    siginfo_t info;
    int status;

    (void)state;
    assert_int_equal(write(go[1], "g", 1), 1);
    pid_t pid = start(await_go);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(hang_examine(pid, NULL, note, NULL), -ESRCH);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    assert_int_equal(hang_examine(pid, NULL, note, NULL), -ESRCH);
    assert_int_equal(seen.texts, 0);
}

static void kill_it(void *user, pid_t tid, const char *text)
{
    note(NULL, tid, text);
    kill(*(pid_t *)user, SIGKILL);
}

static void test_a_process_that_is_killed_meanwhile_can_be_waited_for(void **state)
{
    (void)state;
    pid_t pid = start(deadlock);
    await_hanging('S');
    assert_int_equal(hang_examine(pid, NULL, kill_it, &pid), THREADS + 2);
    assert_int_equal(seen.texts, THREADS + 2);
    end(pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_names_functions_and_state),
        cmocka_unit_test(test_the_control_page_adds_calls_and_locks),
        cmocka_unit_test(test_a_stack_goes_on_below_a_handler),
        cmocka_unit_test(test_deep_stacks_and_long_names_are_cut),
        cmocka_unit_test(test_the_process_goes_on_afterwards),
        cmocka_unit_test(test_a_stopped_process_stays_stopped),
        cmocka_unit_test(test_a_thread_that_cannot_be_stopped_holds_up_nothing),
        cmocka_unit_test(test_without_ptrace_there_are_states),
        cmocka_unit_test(test_a_process_that_is_gone_is_not_found),
        cmocka_unit_test(test_a_process_that_is_killed_meanwhile_can_be_waited_for),
    };
    hanging =
        mmap(NULL, sizeof(*hanging), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (hanging == MAP_FAILED)
        return 1;
    alarm(60); /* a process that cannot be waited for is a failure, too */
    return cmocka_run_group_tests_name("hang", tests, NULL, NULL);
}
