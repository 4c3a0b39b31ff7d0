/* SPDX-License-Identifier: MIT */
/*
 * The kernel's word on how children ended, whoever reaped them, and what /proc says of processes.
 *
 * A child here waits on a pipe until it may end, and that it has ended is learnt from the kernel,
 * so no test depends on time.
 */
#include "runner/record.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "runner/proc.h"

static int gate[2]; /* a child ends when the writing end is closed */

static pid_t start(int status, int signal_number)
{
    pid_t pid;

    assert_int_equal(pipe(gate), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char c;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(gate[1]);
        if (read(gate[0], &c, 1) < 0)
            _exit(99);
        if (signal_number)
            kill(getpid(), signal_number);
        _exit(status);
    }
    close(gate[0]);
    return pid;
}

static void let_it_end(void)
{
    close(gate[1]);
}

/* Until the kernel says that it has ended. */
static void await_end(pid_t pid)
{
    siginfo_t info;

    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_zombie(void **state)
{
    struct record record = {0};
    pid_t pid = start(3, 0);
    struct life *life;
    int status;

    (void)state;
    assert_int_equal(record_birth(&record, pid, 0, -1), 0);
    life = record_find(&record, pid);
    assert_true(life->pidfd >= 0);
    assert_false(record_look(life));
    assert_false(record_reaped(life));
    assert_int_equal(life->status, -1);
    let_it_end();
    await_end(pid);
    assert_true(record_look(life));
    assert_int_equal(life->status, W_EXITCODE(3, 0));
    assert_false(record_reaped(life));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(record_reaped(life));
    assert_true(record_look(life));
    assert_int_equal(life->status, W_EXITCODE(3, 0));
    record_signal(life, SIGKILL); /* to nobody */
    record_free(&record);
    assert_int_equal(record.count, 0);
}

static void test_killed(void **state)
{
    struct record record = {0};
    pid_t pid = start(0, SIGTERM);

    (void)state;
    record_birth(&record, pid, 0, -1);
    let_it_end();
    await_end(pid);
    assert_true(record_look(record_find(&record, pid)));
    assert_int_equal(record_find(&record, pid)->status, SIGTERM);
    waitpid(pid, NULL, 0);
    record_free(&record);
}

/* Somebody reaped it before we looked: the status where the kernel keeps it, else -1; never
 * another. */
static void test_stolen(void **state)
{
    struct record record = {0};
    pid_t pid = start(7, 0);
    struct life *life;

    (void)state;
    record_birth(&record, pid, 0, -1);
    let_it_end();
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    life = record_find(&record, pid);
    assert_true(record_look(life));
    assert_true(record_reaped(life));
    assert_true(life->status == W_EXITCODE(7, 0) || life->status == -1);
    record_free(&record);
}

static void test_gone_before_it_was_known(void **state)
{
    struct record record = {0};
    pid_t pid = start(7, 0);
    struct life *life;

    (void)state;
    let_it_end();
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    record_birth(&record, pid, 0, -1);
    life = record_find(&record, pid);
    assert_int_equal(life->pidfd, -1);
    assert_true(record_look(life));
    assert_int_equal(life->status, -1);
    assert_true(record_reaped(life));
    record_signal(life, SIGKILL);
    record_free(&record);
}

static void test_signal_reaches_it(void **state)
{
    struct record record = {0};
    pid_t pid = start(0, 0);

    (void)state;
    record_birth(&record, pid, 0, -1);
    record_signal(record_find(&record, pid), SIGKILL);
    await_end(pid);
    assert_true(record_look(record_find(&record, pid)));
    assert_int_equal(record_find(&record, pid)->status, SIGKILL);
    let_it_end();
    waitpid(pid, NULL, 0);
    record_free(&record);
}

static void test_the_latest_life_of_a_pid_counts(void **state)
{
    struct record record = {0};
    pid_t pid = start(0, 0);

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(record_birth(&record, pid, 0, -1), i);
    assert_ptr_equal(record_find(&record, pid), &record.lives[99]);
    assert_null(record_find(&record, getpid()));
    let_it_end();
    waitpid(pid, NULL, 0);
    record_free(&record);
}

static void count_thread(void *user, pid_t tid)
{
    *(pid_t *)user = tid;
}

static void find_pipe(void *user, int fd, const char *what)
{
    if (fd == gate[1])
        *(int *)user = strncmp(what, "pipe:[", 6) == 0;
}

static void test_what_proc_says(void **state)
{
    struct proc_signals signals;
    struct proc_stat stat;
    pid_t pid = start(5, 0), tid = 0;
    int is_pipe = 0;
    sigset_t set, before;

    (void)state;
    assert_true(proc_stat(pid, pid, &stat));
    assert_int_equal(stat.ppid, getpid());
    assert_true(proc_descends(pid, getpid()));
    assert_false(proc_descends(getpid(), pid));
    assert_false(proc_descends(1, getpid()));
    assert_false(proc_descends(-1, getpid()));
    assert_int_equal(proc_threads(pid, count_thread, &tid), 1);
    assert_int_equal(tid, pid);
    assert_true(proc_fds(getpid(), find_pipe, &is_pipe));
    assert_true(is_pipe);
    assert_true(proc_runs(getpid(), "test_record"));
    assert_false(proc_runs(getpid(), "test"));

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &before);
    raise(SIGUSR1);
    assert_true(proc_signals(getpid(), gettid(), &signals));
    assert_true(signals.blocked & (1ull << (SIGUSR1 - 1)));
    assert_true(signals.pending & (1ull << (SIGUSR1 - 1)));
    signal(SIGUSR1, SIG_IGN);
    assert_true(proc_signals(getpid(), gettid(), &signals));
    assert_true(signals.ignored & (1ull << (SIGUSR1 - 1)));
    assert_false(signals.pending & (1ull << (SIGUSR1 - 1)));
    signal(SIGUSR1, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);

    let_it_end();
    await_end(pid);
    assert_true(proc_stat(pid, pid, &stat));
    assert_int_equal(stat.state, 'Z');
    assert_int_equal(stat.exit_code, W_EXITCODE(5, 0));
    waitpid(pid, NULL, 0);
    assert_false(proc_stat(pid, pid, &stat));
    assert_false(proc_signals(pid, pid, &signals));
    assert_int_equal(proc_threads(pid, count_thread, &tid), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zombie),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_stolen),
        cmocka_unit_test(test_gone_before_it_was_known),
        cmocka_unit_test(test_signal_reaches_it),
        cmocka_unit_test(test_the_latest_life_of_a_pid_counts),
        cmocka_unit_test(test_what_proc_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
