/* SPDX-License-Identifier: MIT */
/* Threads and locks: which the library takes, waits for, leaves held, and carries over a fork. */
#include "tests/probed.h"

static pthread_t thread;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *make_pipe_on_thread(void *unused)
{
    make_pipe();
    return unused;
}

static int start_thread(void)
{
    return pthread_create(&thread, NULL, make_pipe_on_thread, NULL);
}

static void a_thread_of_the_library_is_in_its_zone(void **state)
{
    (void)state;
    assert_int_equal(in_library(start_thread), 0);
    pthread_join(thread, NULL);
    assert_int_equal(seen(EVENT_CALL, CALL_PTHREAD_CREATE)->result, 0);
    assert_int_equal(seen(EVENT_CALL, CALL_PIPE)->zone, ZONE_LIBRARY);
    assert_int_not_equal(seen(EVENT_CALL, CALL_PIPE)->tid, gettid());
    begin_test(state);
    assert_int_equal(start_thread(), 0);
    pthread_join(thread, NULL);
    assert_int_equal(log_count(events), start);
}

static int lock_and_unlock(void)
{
    int before = 0;

    pthread_mutex_lock(&mutex);
    before = probe_enter(ZONE_APPLICATION); /* a callback */
    probe_leave(before);
    return pthread_mutex_unlock(&mutex);
}

static int leave_locked(void)
{
    return pthread_mutex_lock(&mutex);
}

static int unlock(void)
{
    return pthread_mutex_unlock(&mutex);
}

static void a_lock_held_over_a_callback_is_seen(void **state)
{
    (void)state;
    assert_int_equal(in_library(lock_and_unlock), 0);
    assert_int_equal(seen(EVENT_LOCK, CALL_NONE)->value, (intptr_t)&mutex);
    assert_int_equal(seen(EVENT_LOCK, CALL_NONE)->extra, 0);
    assert_int_equal(seen(EVENT_UNLOCK, CALL_NONE)->value, (intptr_t)&mutex);
    assert_null(seen(EVENT_LOCK_WAIT, CALL_NONE));
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->value, 1);
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->extra, 1);
    assert_null(seen_nth(1, EVENT_LEFT_LOCKED, CALL_NONE));
}

static void a_lock_held_at_return_is_seen(void **state)
{
    (void)state;
    assert_int_equal(in_library(leave_locked), 0);
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->value, 0);
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->extra, 1);
    assert_int_equal(in_library(unlock), 0);
    assert_null(seen_nth(1, EVENT_LEFT_LOCKED, CALL_NONE));
}

static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static int lock_twice(void)
{
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_mutex_unlock(&recursive);
    return pthread_mutex_unlock(&recursive);
}

static void a_recursive_lock_is_known_as_such(void **state)
{
    (void)state;
    assert_int_equal(in_library(lock_twice), 0);
    assert_int_equal(seen_nth(0, EVENT_LOCK, CALL_NONE)->extra, 1);
    assert_int_equal(seen_nth(1, EVENT_LOCK, CALL_NONE)->extra, 1);
    assert_non_null(seen_nth(1, EVENT_UNLOCK, CALL_NONE));
    assert_null(seen(EVENT_LOCK_WAIT, CALL_NONE));
    assert_null(seen(EVENT_LEFT_LOCKED, CALL_NONE));
}

static void *lock_on_a_thread(void *unused)
{
    in_library(leave_locked);
    in_library(unlock);
    return unused;
}

static void waiting_for_a_lock_is_seen(void **state)
{
    pthread_t waiter;

    (void)state;
    assert_int_equal(in_library(leave_locked), 0);
    assert_int_equal(pthread_create(&waiter, NULL, lock_on_a_thread, NULL), 0);
    await_seen(EVENT_LOCK_WAIT);
    assert_int_equal(in_library(unlock), 0);
    pthread_join(waiter, NULL);
    assert_int_equal(seen(EVENT_LOCK_WAIT, CALL_NONE)->tid,
                     seen_nth(1, EVENT_LOCK, CALL_NONE)->tid);
    assert_true(seen(EVENT_UNLOCK, CALL_NONE) < seen_nth(1, EVENT_LOCK, CALL_NONE));
}

static int lock_again(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_lock(&mutex);
        _exit(0);
    }
    return pid;
}

static void a_thread_that_waits_for_itself_is_seen(void **state)
{
    struct probe_birth birth;
    pid_t pid = in_library(lock_again);
    int pidfd = receive_birth(&birth);

    (void)state;
    await_seen(EVENT_LOCK_WAIT);
    assert_int_equal(seen(EVENT_LOCK, CALL_NONE)->tid, pid);
    assert_int_equal(seen(EVENT_LOCK_WAIT, CALL_NONE)->tid, pid);
    assert_int_equal(seen(EVENT_LOCK_WAIT, CALL_NONE)->value, (intptr_t)&mutex);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(pidfd);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static int wait_for_condition(void)
{
    struct timespec past = {0};

    pthread_mutex_lock(&mutex);
    if (pthread_cond_timedwait(&condition, &mutex, &past) != ETIMEDOUT)
        return -1;
    return pthread_mutex_unlock(&mutex);
}

static void a_condition_releases_its_mutex(void **state)
{
    (void)state;
    assert_int_equal(in_library(wait_for_condition), 0);
    assert_true(seen(EVENT_UNLOCK, CALL_NONE) < seen_nth(1, EVENT_LOCK, CALL_NONE));
    assert_non_null(seen_nth(1, EVENT_UNLOCK, CALL_NONE));
    assert_null(seen(EVENT_LEFT_LOCKED, CALL_NONE));
}

/* A library that keeps its mutex consistent over fork, whoever forks. */
static bool guards_fork;

static void before_fork(void)
{
    if (guards_fork)
        pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    if (guards_fork)
        pthread_mutex_unlock(&mutex);
}

static void the_handlers_of_fork_are_the_librarys(void **state)
{
    const struct event *event = NULL;
    pid_t pid = 0;

    (void)state;
    assert_int_equal(pthread_atfork(before_fork, after_fork, after_fork), 0);
    guards_fork = true;
    pid = fork_and_exit();
    guards_fork = false;
    expect_birth_and_exit(pid, 3);
    event = seen(EVENT_LOCK, CALL_NONE);
    assert_non_null(event);
    assert_int_equal(event->pid, getpid());
    assert_null(seen_nth(1, EVENT_LOCK, CALL_NONE));
    /* Released in parent and child, in the child after it was announced. */
    assert_int_equal(seen_nth(0, EVENT_UNLOCK, CALL_NONE)->pid +
                         seen_nth(1, EVENT_UNLOCK, CALL_NONE)->pid,
                     getpid() + pid);
    event = seen_nth(seen(EVENT_UNLOCK, CALL_NONE)->pid == pid ? 0 : 1, EVENT_UNLOCK, CALL_NONE);
    assert_true(seen(EVENT_BORN, CALL_NONE) < event);
    assert_null(seen(EVENT_LEFT_LOCKED, CALL_NONE));
}

static int fork_with_lock_held(void)
{
    pid_t pid = 0;

    pthread_mutex_lock(&mutex);
    pid = fork();
    if (pid == 0) {
        int before = probe_enter(ZONE_APPLICATION);

        _exit(before == ZONE_LIBRARY ? 3 : 1);
    }
    pthread_mutex_unlock(&mutex);
    return pid;
}

static int fork_and_make_mutex_anew(void)
{
    pid_t pid = 0;

    pthread_mutex_lock(&mutex);
    pid = fork();
    if (pid == 0) {
        pthread_mutex_init(&mutex, NULL);
        probe_enter(ZONE_APPLICATION);
        _exit(3);
    }
    pthread_mutex_unlock(&mutex);
    return pid;
}

static void a_child_inherits_the_locks_of_its_thread(void **state)
{
    pid_t pid = in_library(fork_with_lock_held);

    expect_birth_and_exit(pid, 3);
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->pid, pid);
    assert_int_equal(seen(EVENT_LEFT_LOCKED, CALL_NONE)->extra, 1);
    assert_null(seen_nth(1, EVENT_LEFT_LOCKED, CALL_NONE));
    begin_test(state);
    pid = in_library(fork_and_make_mutex_anew);
    expect_birth_and_exit(pid, 3);
    assert_null(seen(EVENT_LEFT_LOCKED, CALL_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(a_thread_of_the_library_is_in_its_zone),
        PROBED(a_lock_held_over_a_callback_is_seen),
        PROBED(a_lock_held_at_return_is_seen),
        PROBED(a_recursive_lock_is_known_as_such),
        PROBED(waiting_for_a_lock_is_seen),
        PROBED(a_thread_that_waits_for_itself_is_seen),
        PROBED(a_condition_releases_its_mutex),
        PROBED(the_handlers_of_fork_are_the_librarys),
        PROBED(a_child_inherits_the_locks_of_its_thread),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
