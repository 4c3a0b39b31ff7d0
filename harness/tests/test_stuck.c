/* SPDX-License-Identifier: MIT */
/*
 * Processes that are known to sleep, to go round in a circle, or to be on their way, and what is
 * proved of them. Time is what the test says it is, so a process that got no processor for five
 * seconds is one that was started just now.
 */
#include "runner/stuck.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "await_state.h"

enum { LONGEST_MS = 60000 };

static struct stuck_watch watch;
static int go[2], gone[2]; /* pipes */

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void spin(void)
{
    for (;;)
        __asm__ volatile("");
}

/* Answers each byte with a byte. */
static void answer(void)
{
    char c;

    while (read(go[0], &c, 1) == 1 && write(gone[1], &c, 1) == 1)
        ;
}

static pid_t start(void (*body)(void))
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        _exit(1);
    }
    assert_true(pid > 0);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    const struct timespec moment = {.tv_nsec = ms * 1000000};

    nanosleep(&moment, NULL);
}

/* A watch of this process that began at 0. */
static void watch_from_0(pid_t pid)
{
    stuck_begin(&watch, 0);
    stuck_add(&watch, pid);
    assert_int_equal(watch.count, 1);
}

static void test_sleep_is_proved_by_two_looks(void **state)
{
    pid_t pid = start(sleep_for_ever);
    bool proved = false;

    (void)state;
    await_state(pid, "S");
    for (int ms = 0; ms < LONGEST_MS && !proved; ms++) { /* it may still be on its way to sleep */
        watch_from_0(pid);
        pause_ms(1);
        assert_false(stuck_proved(&watch, STUCK_ASLEEP_MS - 1, STUCK_SPUN_MS));
        proved = stuck_proved(&watch, STUCK_ASLEEP_MS, STUCK_SPUN_MS);
    }
    assert_true(proved);
    end(pid);
}

static void test_who_woke_between_two_looks_is_not_asleep(void **state)
{
    char c = 'g';
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(gone), 0);
    pid = start(answer);
    await_state(pid, "S");
    watch_from_0(pid);
    assert_int_equal(write(go[1], &c, 1), 1);
    assert_int_equal(read(gone[0], &c, 1), 1);
    await_state(pid, "S"); /* in the same call as before */
    assert_false(stuck_proved(&watch, STUCK_SPUN_MS - 1, STUCK_SPUN_MS));
    end(pid);
}

static void test_who_got_no_processor_is_not_stuck(void **state)
{
    pid_t pid = start(spin);
    long long begun;
    bool proved;

    (void)state;
    await_state(pid, "R");
    do { /* until we were fast enough for it to have got none */
        begun = now_ms();
        watch_from_0(pid);
        proved = stuck_proved(&watch, 5 * STUCK_SPUN_MS, STUCK_SPUN_MS);
    } while (now_ms() - begun >= STUCK_SPUN_MS);
    assert_false(proved);
    end(pid);
}

static void test_a_circle_is_proved_by_time_on_a_processor(void **state)
{
    bool proved = false;
    pid_t pid = start(spin);

    (void)state;
    watch_from_0(pid);
    for (int ms = 0; ms < LONGEST_MS && !proved; ms += 10) {
        pause_ms(10);
        proved = stuck_proved(&watch, 10 * LONGEST_MS, STUCK_SPUN_MS);
    }
    assert_true(proved);
    end(pid);
}

/* One that sleeps may wait for one that runs. */
static void test_all_must_be_stuck(void **state)
{
    pid_t sleeper = start(sleep_for_ever), worker = start(spin);
    long long begun;
    bool proved;

    (void)state;
    await_state(sleeper, "S");
    do {
        begun = now_ms();
        watch_from_0(sleeper);
        stuck_add(&watch, worker);
        proved = stuck_proved(&watch, 5 * STUCK_SPUN_MS, STUCK_SPUN_MS);
    } while (now_ms() - begun >= STUCK_SPUN_MS);
    assert_false(proved);
    end(worker);
    assert_false(
        stuck_proved(&watch, 5 * STUCK_SPUN_MS, STUCK_SPUN_MS)); /* it went on, to its end */
    end(sleeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sleep_is_proved_by_two_looks),
        cmocka_unit_test(test_who_woke_between_two_looks_is_not_asleep),
        cmocka_unit_test(test_who_got_no_processor_is_not_stuck),
        cmocka_unit_test(test_a_circle_is_proved_by_time_on_a_processor),
        cmocka_unit_test(test_all_must_be_stuck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
