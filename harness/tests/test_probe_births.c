/* SPDX-License-Identifier: MIT */
/* Every new child is announced before it can end, with a pidfd that tells its end. */
#include "tests/probed.h"

#include <spawn.h>

static void a_child_of_the_library_is_announced(void **state)
{
    pid_t pid = in_library(fork_and_exit);

    (void)state;
    expect_birth_and_exit(pid, 3);
    assert_int_equal(seen(EVENT_BORN, CALL_NONE)->pid, pid);
    assert_int_equal(seen(EVENT_BORN, CALL_NONE)->tid, pid);
    assert_int_equal(seen(EVENT_BORN, CALL_NONE)->subject, getpid());
}

static void a_child_of_the_application_is_announced(void **state)
{
    pid_t pid = fork_and_exit();

    (void)state;
    expect_birth_and_exit(pid, 3);
    assert_non_null(seen(EVENT_BORN, CALL_NONE));
    assert_null(seen(EVENT_CALL, CALL_FORK));
}

static int fork_without_handlers(void)
{
    pid_t pid = _Fork();

    if (pid == 0) {
        make_pipe();
        _exit(3);
    }
    return pid;
}

static void a_child_made_by_other_means_is_announced_late(void **state)
{
    pid_t pid = in_library(fork_without_handlers);

    (void)state;
    expect_birth_and_exit(pid, 3);
    assert_int_equal(seen(EVENT_BORN, CALL_NONE)->pid, pid);
    assert_int_equal(seen(EVENT_CALL, CALL_PIPE)->pid, pid);
}

static int spawn_shell(void)
{
    char name[] = "sh", option[] = "-c", program[] = "exit 5";
    char *const arguments[] = {name, option, program, NULL};
    pid_t pid = -1;

    return posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ) == 0 ? pid : -1;
}

static void a_spawned_program_is_announced(void **state)
{
    pid_t pid = in_library(spawn_shell);

    (void)state;
    assert_int_equal(seen(EVENT_CALL, CALL_POSIX_SPAWN)->subject, pid);
    expect_birth_and_exit(pid, 5);
}

static int fork_and_exec(void)
{
    pid_t pid = vfork();

    if (pid == 0) {
        execl("/nonexistent/program", "program", NULL);
        execlp("sh", "sh", "-c", "exit 6", NULL);
        _exit(1);
    }
    return pid;
}

static void exec_is_recorded_before_and_where_it_fails(void **state)
{
    pid_t pid = in_library(fork_and_exec);

    (void)state;
    expect_birth_and_exit(pid, 6);
    assert_int_equal(seen_nth(0, EVENT_CALL, CALL_EXEC)->result, 0);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_EXEC)->error, ENOENT);
    assert_int_equal(seen_nth(2, EVENT_CALL, CALL_EXEC)->result, 0);
    assert_null(seen_nth(3, EVENT_CALL, CALL_EXEC));
}

static int places_of(pid_t tid)
{
    int count = 0;

    for (int i = 0; i < CONTROL_THREADS; i++)
        count += control->thread[i].tid == tid;
    return count;
}

static void places_of_dead_processes_are_used_again(void **state)
{
    (void)state;
    for (int i = 0; i < CONTROL_THREADS + 40; i++) {
        pid_t pid = in_library(fork_and_exit);

        expect_birth_and_exit(pid, 3);
        assert_int_equal(places_of(pid), 1);
    }
    assert_int_equal(places_of(gettid()), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(a_child_of_the_library_is_announced),
        PROBED(a_child_of_the_application_is_announced),
        PROBED(a_child_made_by_other_means_is_announced_late),
        PROBED(a_spawned_program_is_announced),
        PROBED(exec_is_recorded_before_and_where_it_fails),
        PROBED(places_of_dead_processes_are_used_again),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
