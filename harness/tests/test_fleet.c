/* SPDX-License-Identifier: MIT */
/* Fleets that end, that are stopped, that are killed; and how their jobs start. */
#include "fleet_fixture.h"

#include <sys/resource.h>
#include <time.h>

enum {
    GONE_MS = 2000, /* what fleet.h promises */
    KILLS = 25,
};

static volatile sig_atomic_t signalled;

static size_t size_of_result(size_t i)
{
    return i * i * 97; /* the longest does not fit into a pipe */
}

static int write_result(void *user, size_t i, int fd)
{
    char block[97];

    (void)user;
    int now = atomic_fetch_add(&test.shared->running, 1) + 1;
    int most = atomic_load(&test.shared->most);
    while (now > most && !atomic_compare_exchange_weak(&test.shared->most, &most, now))
        ;
    memset(block, 'A' + (int)i, sizeof(block));
    for (size_t k = 0; k < size_of_result(i); k += sizeof(block))
        must(write(fd, block, sizeof(block)) == sizeof(block));
    atomic_fetch_sub(&test.shared->running, 1);
    return 0;
}

static void test_results_of_all_jobs_arrive_whole(void **state)
{
    struct fleet fleet = fleet_of(write_result, 4, LONG_MS);

    (void)state;
    assert_int_equal(fleet_run(&fleet, JOBS), 0);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(test.outcome[i].calls, 1);
        assert_string_equal(test.outcome[i].failure, "");
        assert_int_equal(test.outcome[i].size, size_of_result(i));
        assert_true(test.outcome[i].uniform);
        assert_true(i == 0 || test.outcome[i].result[0] == 'A' + (int)i);
    }
    assert_in_range(test.shared->most, 1, 4);
    assert_true(all_gone(0));
}

static void test_no_job_is_no_failure(void **state)
{
    struct fleet fleet = fleet_of(write_result, 4, LONG_MS);

    (void)state;
    assert_int_equal(fleet_run(&fleet, 0), 0);
}

/* -- the state a job starts with -- */

static int tell_state(void *user, size_t i, int fd)
{
    struct sigaction action;
    sigset_t mask;
    int subreaper = 0;

    (void)user, (void)i;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (sigismember(&mask, signal) == 1)
            dprintf(fd, "%d blocked ", signal);
        if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            dprintf(fd, "%d not default ", signal);
    }
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    dprintf(fd, "%s%s", subreaper ? "" : "no subreaper ",
            getpgrp() == getpid() ? "" : "no group of its own");
    return 0;
}

static void on_signal(int signal)
{
    (void)signal;
    signalled = 1;
}

static void test_a_job_starts_with_default_signals(void **state)
{
    sigset_t usr1;

    (void)state;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGUSR2, on_signal);
    run_one(tell_state, LONG_MS, "");
    assert_string_equal(test.outcome[0].result, "");

    /* and the caller's own are as they were */
    assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
    assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_IGN);
    assert_ptr_equal(signal(SIGUSR2, SIG_DFL), on_signal);
    sigset_t mask;
    sigprocmask(SIG_UNBLOCK, &usr1, &mask);
    assert_int_equal(sigismember(&mask, SIGUSR1), 1);
    assert_int_equal(sigismember(&mask, SIGUSR2), 0);
}

/* The first of two jobs keeps all its fds; the second lists its own. Only the one of the result
 * may be there beyond what the caller has. */
static int list_fds(void *user, size_t i, int fd)
{
    (void)user;
    if (i == 0) {
        await_ready(1);
        return 0;
    }
    int count = 0;
    for (int k = 0; k < 256; k++)
        count += fcntl(k, F_GETFD) >= 0;
    dprintf(fd, "%d", count);
    say_ready();
    return 0;
}

static void test_a_job_holds_no_fd_of_another(void **state)
{
    struct fleet fleet = fleet_of(list_fds, 2, LONG_MS);
    char expected[16];
    int count = 1;

    (void)state;
    for (int k = 0; k < 256; k++)
        count += fcntl(k, F_GETFD) >= 0;
    assert_int_equal(fleet_run(&fleet, 2), 0);
    snprintf(expected, sizeof(expected), "%d", count);
    assert_string_equal(test.outcome[1].result, expected);
}

/* Fakes the reuse of a pid, which only a namespace makes possible without others being hit. */
static int choose_pid(void *user, size_t i, int fd)
{
    (void)user, (void)i;
    int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    must(last >= 0 && write(last, "4999", 4) == 4);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    dprintf(fd, "%d", (int)pid);
    return 0;
}

static void test_a_job_in_a_namespace_can_choose_pids(void **state)
{
    (void)state;
    if (test.namespaces == FLEET_NAMESPACES_NEVER)
        skip_because("in a namespace only; without one, another process may have the pid");
    run_one(choose_pid, LONG_MS, "");
    assert_string_equal(test.outcome[0].result, "5000");
}

/* -- the fleet is stopped or killed -- */

static int hang_and_say(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    start_descendants(10); /* who say so */
    wait_for_ever();
}

static bool stop_when_signalled(void *user)
{
    (void)user;
    return signalled;
}

static void test_a_signal_stops_the_fleet(void **state)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct fleet fleet = fleet_of(hang_and_say, 2, LONG_MS);

    (void)state;
    fleet.stop = stop_when_signalled;
    signalled = 0;
    sigaction(SIGUSR1, &action, NULL);
    pid_t main_process = getpid();
    pid_t helper = fork();
    if (helper == 0) {
        close(test.marker[1]);
        await_ready(20);
        kill(main_process, SIGUSR1);
        _exit(0);
    }
    assert_int_equal(fleet_run(&fleet, 5), 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(test.outcome[i].calls, i < 2);
    assert_string_equal(test.outcome[0].failure, "stopped");
    assert_string_equal(test.outcome[1].failure, "stopped");
    assert_int_equal(waitpid(helper, NULL, 0), helper);
    assert_true(all_gone(0));
}

static int never(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    atomic_fetch_add(&test.shared->forks, 1);
    return 0;
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_a_stopped_fleet_starts_nothing(void **state)
{
    struct fleet fleet = fleet_of(never, 2, LONG_MS);

    (void)state;
    fleet.stop = stop_at_once;
    assert_int_equal(fleet_run(&fleet, 5), 0);
    assert_int_equal(test.shared->forks, 0);
    assert_int_equal(test.outcome[0].calls, 0);
}

static void kill_fleet(struct fleet *fleet, int ready, int after_us)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(fleet_run(fleet, 6) ? 1 : 0);
    await_ready(ready);
    const struct timespec delay = {.tv_nsec = after_us * 1000L};
    nanosleep(&delay, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(all_gone(GONE_MS));
}

static void test_nothing_is_left_when_the_fleet_is_killed(void **state)
{
    struct fleet fleet = fleet_of(hang_and_say, 3, LONG_MS);

    (void)state;
    kill_fleet(&fleet, 30, 0);
}

/* At any moment of its start, that is. */
static void test_nothing_is_left_when_the_fleet_is_killed_early(void **state)
{
    struct fleet fleet = fleet_of(hang_and_say, 3, LONG_MS);

    for (int k = 0; k < KILLS; k++) {
        if (k) {
            tear_down(state);
            assert_int_equal(set_up(state), 0);
        }
        kill_fleet(&fleet, 0, k * 400);
    }
}

/* With room for so many fds more. */
static int run_with_fds(struct fleet *fleet, size_t jobs, int fds)
{
    struct rlimit limit, low;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)(test.ready[1] + 1 + fds);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int rc = fleet_run(fleet, jobs);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return rc;
}

static void test_a_fleet_that_cannot_start_says_why(void **state)
{
    struct fleet fleet = fleet_of(never, 2, LONG_MS);

    (void)state;
    assert_int_equal(run_with_fds(&fleet, 5, 0), -EMFILE);
    assert_int_equal(test.outcome[0].calls, 0);
}

/* Room for the pipes of one job only: the others have to wait for it. */
static void test_jobs_wait_where_resources_are_scarce(void **state)
{
    struct fleet fleet = fleet_of(write_result, 4, LONG_MS);

    (void)state;
    assert_int_equal(run_with_fds(&fleet, 10, 7), 0);
    assert_int_equal(test.shared->most, 1);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(test.outcome[i].failure, "");
}

static int run(const char *name)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(results_of_all_jobs_arrive_whole),
        FLEET_TEST(no_job_is_no_failure),
        FLEET_TEST(a_job_starts_with_default_signals),
        FLEET_TEST(a_job_holds_no_fd_of_another),
        FLEET_TEST(a_job_in_a_namespace_can_choose_pids),
        FLEET_TEST(a_signal_stops_the_fleet),
        FLEET_TEST(a_stopped_fleet_starts_nothing),
        FLEET_TEST(nothing_is_left_when_the_fleet_is_killed),
        FLEET_TEST(nothing_is_left_when_the_fleet_is_killed_early),
        FLEET_TEST(a_fleet_that_cannot_start_says_why),
        FLEET_TEST(jobs_wait_where_resources_are_scarce),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    return run_everywhere(run);
}
