/* SPDX-License-Identifier: MIT */
/* A thread waits at a gate, seen by the runner, until it is told to go on. */
#include "tests/probed.h"

static void handle(int signal_number)
{
    (void)signal_number;
}

static int set_handler(void)
{
    return signal(SIGUSR1, handle) == SIG_ERR ? -1 : 0;
}

static void *pipe_on_a_thread(void *failed)
{
    *(int *)failed = in_library(make_pipe);
    return NULL;
}

static void a_gate_before_a_call_holds_the_thread(void **state)
{
    struct control_rule *gate = arm(3, RULE_GATE_BEFORE, CALL_PIPE, 0);
    pthread_t held;
    int failed = 1;
    int place = 0;

    (void)state;
    assert_int_equal(pthread_create(&held, NULL, pipe_on_a_thread, &failed), 0);
    await_gate();
    assert_int_equal(seen(EVENT_HELD, CALL_PIPE)->value, 3);
    assert_null(seen(EVENT_CALL, CALL_PIPE));
    assert_int_equal(gate->holds, seen(EVENT_HELD, CALL_PIPE)->tid);
    /* Meanwhile the runner sees what it is at, and can still arm a fault for this very call. */
    while (place < CONTROL_THREADS && control->thread[place].tid != gate->holds)
        place++;
    assert_true(place < CONTROL_THREADS);
    assert_int_equal(control->thread[place].call, CALL_PIPE);
    assert_int_equal(control->thread[place].zone, ZONE_LIBRARY);
    arm(0, RULE_FAULT, CALL_PIPE, EMFILE);
    open_gate(gate);
    pthread_join(held, NULL);
    assert_int_equal(failed, -1);
    assert_int_equal(gate->holds, 0);
    assert_int_equal(seen(EVENT_FREED, CALL_PIPE)->value, 3);
    assert_int_equal(control->thread[place].tid, 0);
}

static void a_gate_after_a_call_holds_the_thread(void **state)
{
    struct control_rule *gate = arm(0, RULE_GATE_AFTER, CALL_PIPE, 0);
    pthread_t held;
    int failed = 1;

    (void)state;
    if (SANITIZED_THREADS)
        skip_because("TSan delivers no signal at a gate");
    assert_int_equal(in_library(set_handler), 0);
    assert_int_equal(pthread_create(&held, NULL, pipe_on_a_thread, &failed), 0);
    await_gate();
    assert_int_equal(seen(EVENT_CALL, CALL_PIPE)->result, 0);
    assert_null(seen(EVENT_FREED, CALL_PIPE));
    /* A signal is handled at a gate, and does not open it. */
    arm(1, RULE_GATE_AFTER, CALL_KILL, 0);
    pthread_kill(held, SIGUSR1);
    await_seen(EVENT_HANDLER_OUT);
    assert_int_equal(gate->holds, seen(EVENT_HELD, CALL_PIPE)->tid);
    open_gate(gate);
    pthread_join(held, NULL);
    assert_int_equal(failed, 0);
    assert_non_null(seen(EVENT_FREED, CALL_PIPE));
    signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(a_gate_before_a_call_holds_the_thread),
        PROBED(a_gate_after_a_call_holds_the_thread),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
