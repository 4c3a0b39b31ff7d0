/* SPDX-License-Identifier: MIT */
/*
 * Jobs that fail, that hang, and that leave behind whatever they can: each is told of, and nothing
 * is left of any.
 */
#include "fleet_fixture.h"

#include <sys/resource.h>
#include <time.h>

enum {
    DESCENDANTS = 200,
    SHORT_MS = 300, /* a deadline that is to be met */
    BOMB_FORKS = 5000,
    BOMB_ALIVE = 1000,
    BOMB_SECONDS = 5,
};

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

static int run(const char *name)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(a_failure_says_what_became_of_the_job),
        FLEET_TEST(abort_is_reported_as_what_it_is),
        FLEET_TEST(an_exit_status_is_reported),
        FLEET_TEST(a_job_that_hangs_is_ended_at_its_deadline),
        FLEET_TEST(a_job_that_writes_for_ever_is_ended_too),
        FLEET_TEST(nothing_is_left_when_the_guard_is_killed),
        FLEET_TEST(descendants_are_gone_with_their_job),
        FLEET_TEST(a_job_can_sweep_its_descendants),
        FLEET_TEST(a_growing_fork_bomb_is_swept_up),
        FLEET_TEST(a_fork_bomb_that_runs_away_is_swept_up),
        FLEET_TEST(a_job_can_sweep_fork_bombs),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    return run_everywhere(run);
}
