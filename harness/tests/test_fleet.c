/* SPDX-License-Identifier: MIT */
/*
 * Runs fleets of well-behaved, failing and hostile jobs. Whether anything is left of them is told
 * by a pipe: every process of a fleet inherits the writing end, so the reader meets the end of
 * file when, and only when, the last of them has gone.
 *
 * All is done without namespaces, with them, and with them as an ordinary user, as far as this
 * machine allows.
 */
#include "runner/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum {
    JOBS = 50,
    DESCENDANTS = 200,
    LONG_MS = 60000, /* a deadline that is not to be met */
    SHORT_MS = 300,  /* one that is */
    GONE_MS = 2000,  /* what fleet.h promises */
    BOMB_FORKS = 5000,
    BOMB_ALIVE = 1000,
    BOMB_SECONDS = 5,
    KILLS = 25,
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

static volatile sig_atomic_t signalled;

/* -- for jobs, where cmocka cannot be used -- */

static void must(bool holds)
{
    if (!holds)
        _exit(99);
}

static _Noreturn void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void say_ready(void)
{
    must(write(test.ready[1], "r", 1) == 1);
}

static void await_ready(int count)
{
    char c;
    for (int k = 0; k < count; k++)
        must(read(test.ready[0], &c, 1) == 1);
}

/* Processes that wait: deaf to SIGTERM, in sessions of their own, orphaned, stopped. */
static void start_descendants(int count)
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

static void note(void *user, size_t i, const char *result, size_t size, const char *failure)
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

static struct fleet fleet_of(int (*work)(void *, size_t, int), int jobs, int deadline_ms)
{
    memset(test.outcome, 0, sizeof(test.outcome));
    return (struct fleet){.jobs = jobs,
                          .namespaces = test.namespaces,
                          .deadline_ms = deadline_ms,
                          .work = work,
                          .done = note};
}

/* True once nobody holds the marker any more; waits up to ms for that. */
static bool all_gone(int ms)
{
    struct pollfd fd = {.fd = test.marker[0]};
    close(test.marker[1]);
    test.marker[1] = -1;
    return poll(&fd, 1, ms) == 1 && fd.revents & POLLHUP;
}

static void run_one(int (*work)(void *, size_t, int), int deadline_ms, const char *failure)
{
    struct fleet fleet = fleet_of(work, 1, deadline_ms);
    assert_int_equal(fleet_run(&fleet, 1), 0);
    assert_int_equal(test.outcome[0].calls, 1);
    assert_string_equal(test.outcome[0].failure, failure);
    assert_true(all_gone(0));
}

static int set_up(void **state)
{
    (void)state;
    test.shared->running = test.shared->most = test.shared->forks = 0;
    return pipe(test.marker) || pipe2(test.ready, O_CLOEXEC);
}

static int tear_down(void **state)
{
    (void)state;
    for (int end = 0; end < 2; end++) {
        close(test.marker[end]);
        close(test.ready[end]);
    }
    fleet_sweep(); /* what a failed test has left */
    return 0;
}

/* -- results -- */

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

/* -- ways to fail -- */

static int crash(void *user, size_t i, int fd)
{
    const struct rlimit no_core = {0, 0};
    (void)user, (void)i;
    setrlimit(RLIMIT_CORE, &no_core);
    must(write(fd, "so far", 6) == 6);
    raise(SIGSEGV);
    return 0;
}

static int abort_work(void *user, size_t i, int fd)
{
    const struct rlimit no_core = {0, 0};
    (void)user, (void)i, (void)fd;
    setrlimit(RLIMIT_CORE, &no_core);
    abort();
}

static int exit_with_3(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    return 3;
}

static int hang(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    signal(SIGTERM, SIG_IGN);
    start_descendants(8);
    await_ready(8);
    wait_for_ever();
}

static int write_for_ever(void *user, size_t i, int fd)
{
    static char block[65536];
    (void)user, (void)i;
    for (int k = 0; k < 4096; k++) /* 256 MiB in all */
        if (k > 256)
            poll(NULL, 0, 10);
        else
            must(write(fd, block, sizeof(block)) == sizeof(block));
    return 0;
}

static int kill_guard(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    start_descendants(8);
    await_ready(8);
    kill(getppid(), SIGKILL);
    return 0;
}

static void test_a_failure_says_what_became_of_the_job(void **state)
{
    (void)state;
    run_one(crash, LONG_MS, "was ended by SIGSEGV");
    assert_string_equal(test.outcome[0].result, "so far");
}

static void test_abort_is_reported_as_what_it_is(void **state)
{
    (void)state;
    run_one(abort_work, LONG_MS, "was ended by SIGABRT");
}

static void test_an_exit_status_is_reported(void **state)
{
    (void)state;
    run_one(exit_with_3, LONG_MS, "exited with 3");
}

static void test_a_job_that_hangs_is_ended_at_its_deadline(void **state)
{
    (void)state;
    run_one(hang, SHORT_MS, "did not end within 0.3 s");
}

static void test_a_job_that_writes_for_ever_is_ended_too(void **state)
{
    (void)state;
    run_one(write_for_ever, SHORT_MS, "did not end within 0.3 s");
}

/* In a namespace the guard cannot be reached by what it guards. */
static void test_nothing_is_left_when_the_guard_is_killed(void **state)
{
    bool reachable = test.namespaces == FLEET_NAMESPACES_NEVER;

    (void)state;
    pid_t bystander = fork();
    if (bystander == 0) {
        close(test.marker[1]);
        wait_for_ever();
    }
    run_one(kill_guard, LONG_MS, reachable ? "its guard was killed" : "");

    siginfo_t info = {0};
    assert_int_equal(waitid(P_PID, (id_t)bystander, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    assert_int_equal(info.si_pid, 0);
    kill(bystander, SIGKILL);
    assert_int_equal(waitpid(bystander, NULL, 0), bystander);
}

/* -- what a job leaves behind -- */

static int leave_descendants(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    start_descendants(DESCENDANTS);
    await_ready(DESCENDANTS);
    return 0;
}

static int sweep_descendants(void *user, size_t i, int fd)
{
    (void)user, (void)i;
    start_descendants(DESCENDANTS);
    await_ready(DESCENDANTS);
    dprintf(fd, "%zu", fleet_sweep());
    return waitpid(-1, NULL, 0) == -1 && errno == ECHILD ? 0 : 1;
}

static bool bomb_is_over(time_t since, int forks)
{
    return time(NULL) - since > BOMB_SECONDS || atomic_fetch_add(&test.shared->forks, 1) >= forks;
}

/* Each forks, and so do its children. */
static void grow(void)
{
    time_t since = time(NULL);
    while (!bomb_is_over(since, BOMB_ALIVE))
        fork();
    alarm(60);
    wait_for_ever();
}

/* Each forks the next and is gone. */
static void run_away(void)
{
    time_t since = time(NULL);
    while (!bomb_is_over(since, BOMB_FORKS))
        if (fork())
            _exit(0);
    _exit(0);
}

static int explode(void (*bomb)(void))
{
    while (atomic_load(&test.shared->forks) == 0) /* until it is under way */
        if (fork() == 0)
            bomb();
        else
            poll(NULL, 0, 1);
    return 0;
}

static int leave_growing_bomb(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    return explode(grow);
}

static int leave_running_bomb(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    return explode(run_away);
}

static int sweep_bombs(void *user, size_t i, int fd)
{
    (void)user, (void)i, (void)fd;
    explode(run_away);
    if (fork() == 0)
        grow();
    fleet_sweep();
    return waitpid(-1, NULL, 0) == -1 && errno == ECHILD ? 0 : 1;
}

static void test_descendants_are_gone_with_their_job(void **state)
{
    (void)state;
    run_one(leave_descendants, LONG_MS, "");
}

static void test_a_job_can_sweep_its_descendants(void **state)
{
    (void)state;
    run_one(sweep_descendants, LONG_MS, "");
    assert_string_equal(test.outcome[0].result, "200");
}

static void test_a_growing_fork_bomb_is_swept_up(void **state)
{
    (void)state;
    run_one(leave_growing_bomb, LONG_MS, "");
}

static void test_a_fork_bomb_that_runs_away_is_swept_up(void **state)
{
    (void)state;
    run_one(leave_running_bomb, LONG_MS, "");
}

static void test_a_job_can_sweep_fork_bombs(void **state)
{
    (void)state;
    run_one(sweep_bombs, LONG_MS, "");
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
        skip();
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

static void test_a_fleet_that_cannot_start_says_why(void **state)
{
    struct fleet fleet = fleet_of(never, 2, LONG_MS);
    struct rlimit limit, low;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)test.ready[1] + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int rc = fleet_run(&fleet, 5);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(rc, -EMFILE);
    assert_int_equal(test.outcome[0].calls, 0);
}

/* Room for the pipes of one job only: the others have to wait for it. */
static void test_jobs_wait_where_resources_are_scarce(void **state)
{
    struct fleet fleet = fleet_of(write_result, 4, LONG_MS);
    struct rlimit limit, low;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)test.ready[1] + 8;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int rc = fleet_run(&fleet, 10);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(rc, 0);
    assert_int_equal(test.shared->most, 1);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(test.outcome[i].failure, "");
}

static int run_all(const char *name, enum fleet_namespaces namespaces)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(results_of_all_jobs_arrive_whole),
        TEST(no_job_is_no_failure),
        TEST(a_failure_says_what_became_of_the_job),
        TEST(abort_is_reported_as_what_it_is),
        TEST(an_exit_status_is_reported),
        TEST(a_job_that_hangs_is_ended_at_its_deadline),
        TEST(a_job_that_writes_for_ever_is_ended_too),
        TEST(nothing_is_left_when_the_guard_is_killed),
        TEST(descendants_are_gone_with_their_job),
        TEST(a_job_can_sweep_its_descendants),
        TEST(a_growing_fork_bomb_is_swept_up),
        TEST(a_fork_bomb_that_runs_away_is_swept_up),
        TEST(a_job_can_sweep_fork_bombs),
        TEST(a_job_starts_with_default_signals),
        TEST(a_job_holds_no_fd_of_another),
        TEST(a_job_in_a_namespace_can_choose_pids),
        TEST(a_signal_stops_the_fleet),
        TEST(a_stopped_fleet_starts_nothing),
        TEST(nothing_is_left_when_the_fleet_is_killed),
        TEST(nothing_is_left_when_the_fleet_is_killed_early),
        TEST(a_fleet_that_cannot_start_says_why),
        TEST(jobs_wait_where_resources_are_scarce),
    };
#undef TEST
    test.namespaces = namespaces;
    alarm(300); /* a fleet that does not come back is a failure, too */
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

static int run_all_as_nobody(void)
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
            failed = run_all("fleet of a user, with namespaces", FLEET_NAMESPACES_IF_ALLOWED);
        failed += run_all("fleet of a user, without namespaces", FLEET_NAMESPACES_NEVER);
        exit(failed ? 1 : 0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

int main(void)
{
    close_range(3, ~0U, 0); /* what was inherited would count against limits */
    test.shared =
        mmap(NULL, sizeof(*test.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (test.shared == MAP_FAILED)
        return 1;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int failed = run_all("fleet without namespaces", FLEET_NAMESPACES_NEVER);
    if (fleet_has_namespaces())
        failed += run_all("fleet with namespaces", FLEET_NAMESPACES_IF_ALLOWED);
    if (geteuid() == 0)
        failed += run_all_as_nobody() ? 1 : 0;
    return failed ? 1 : 0;
}
