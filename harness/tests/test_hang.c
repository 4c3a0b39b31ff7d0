/* SPDX-License-Identifier: MIT */
/* What is said of a process that hangs: its threads, their calls and locks, their stacks. */
#include "hang_fixture.h"

enum { DEEP = 40 };

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

static void test_a_text_names_functions_and_state(void **state)
{
    char first[64];

    (void)state;
    pid_t pid = start(deadlock);
    pid_t tid = await_hanging("S");
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
    pid_t tid = await_hanging("S");
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
    await_hanging("S");
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
    await_hanging("S");
    assert_int_equal(hang_examine(pid, NULL, note, NULL), 1);
    assert_says(pid, "a_function_with_a_name_that_is_longer_than_anybody_would_type_tw...");
    for (const char *c = text_of(pid); *c; c++)
        lines += *c == '\n';
    assert_in_range(lines, 20, 25); /* 24 frames, not 40 */
    end(pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_names_functions_and_state),
        cmocka_unit_test(test_the_control_page_adds_calls_and_locks),
        cmocka_unit_test(test_a_stack_goes_on_below_a_handler),
        cmocka_unit_test(test_deep_stacks_and_long_names_are_cut),
    };

    if (share() < 0)
        return 1;
    return cmocka_run_group_tests_name("hang", tests, NULL, NULL);
}
