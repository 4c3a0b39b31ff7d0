/* SPDX-License-Identifier: MIT */
/* A process that was looked at is none the worse for it; and one that cannot be is no trouble. */
#include "hang_fixture.h"

static int go[2]; /* a pipe: a byte for each process that is to go on */

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

static void test_the_process_goes_on_afterwards(void **state)
{
    int status;

    (void)state;
    pid_t pid = start(await_go);
    await_hanging("S");
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
    await_hanging("S");
    kill(pid, SIGSTOP);
    await_state(pid, "T");
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    assert_says(pid, "stopped by a signal");
    assert_says(pid, "await_go");
    await_state(pid, "T");
    kill(pid, SIGCONT);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void test_a_thread_that_cannot_be_stopped_holds_up_nothing(void **state)
{
    (void)state;
    pid_t pid = start(hang_in_vfork);
    pid_t tid = await_hanging("D");
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 2);
    assert_says(tid, "in uninterruptible sleep");
    assert_in_text(stack_of(pid), " < hang_in_vfork < ");
    end(pid);
}

static void test_without_ptrace_there_are_states(void **state)
{
    (void)state;
    pid_t pid = start(hang_traced); /* by us, so it cannot be traced once more */
    await_hanging("S");
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
    await_hanging("S");
    assert_int_equal(hang_examine(pid, NULL, kill_it, &pid), THREADS + 2);
    assert_int_equal(seen.texts, THREADS + 2);
    end(pid);
}

static int open_pipe(void **state)
{
    (void)state;
    return pipe(go);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_process_goes_on_afterwards),
        cmocka_unit_test(test_a_stopped_process_stays_stopped),
        cmocka_unit_test(test_a_thread_that_cannot_be_stopped_holds_up_nothing),
        cmocka_unit_test(test_without_ptrace_there_are_states),
        cmocka_unit_test(test_a_process_that_is_gone_is_not_found),
        cmocka_unit_test(test_a_process_that_is_killed_meanwhile_can_be_waited_for),
    };

    if (share() < 0)
        return 1;
    return cmocka_run_group_tests_name("hang", tests, open_pipe, NULL);
}
