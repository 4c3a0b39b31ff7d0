/* SPDX-License-Identifier: MIT */
/*
 * An object may be freed only when no other thread is inside it, and whoever is inside on the
 * freeing thread itself has to learn of it. A thread that would free an object that the library on
 * its stack is still using is put off.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../visits.h"

static void a_lone_object_is_freed_at_once(void **state)
{
    struct visited visited = {0};
    struct visit visit;

    (void)state;
    visit_begin(&visit, &visited);
    assert_false(visit_end(&visit));
    assert_true(visits_stop(&visited));
    visits_await(&visited);
}

static void freeing_is_put_off_while_the_library_is_on_the_stack(void **state)
{
    struct visited visited = {0}, other = {0};
    struct visit outer, callback, stranger;

    (void)state;
    visit_begin(&outer, &visited);
    outer.in_library = false; /* calls back by itself */
    visit_begin(&stranger, &other);
    visit_begin(&callback, &visited);
    assert_true(visits_in_library(&visited));
    assert_false(visits_stop(&visited));
    assert_true(visit_end(&callback)); /* now, please */
    assert_false(visits_in_library(&visited));
    assert_true(visits_stop(&visited));
    visits_await(&visited);
    assert_true(outer.gone);
    assert_false(stranger.gone);
    assert_false(visit_end(&stranger));
    assert_false(visit_end(&outer));
    assert_int_equal(atomic_load(&other.state), 0);
}

struct meeting {
    struct visited visited;
    pthread_barrier_t inside;
    atomic_bool left;
};

static void *visitor(void *arg)
{
    struct meeting *meeting = arg;
    struct visit visit;

    visit_begin(&visit, &meeting->visited);
    pthread_barrier_wait(&meeting->inside);
    while (!visits_stopped(&meeting->visited))
        sched_yield();
    atomic_store(&meeting->left, true);
    visit_end(&visit);
    return NULL;
}

static void another_thread_is_waited_for(void **state)
{
    struct meeting meeting = {0};
    pthread_t thread;

    (void)state;
    pthread_barrier_init(&meeting.inside, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, visitor, &meeting), 0);
    pthread_barrier_wait(&meeting.inside);
    assert_true(visits_stop(&meeting.visited));
    visits_await(&meeting.visited);
    assert_true(atomic_load(&meeting.left));
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&meeting.inside);
}

static void a_forked_child_waits_for_no_thread_of_its_parent(void **state)
{
    struct visited visited = {0};
    struct visit mine;

    (void)state;
    visit_begin(&mine, &visited);
    mine.in_library = false;
    atomic_fetch_add(&visited.state, 1); /* stands for a visit of a thread that is gone */
    visits_forked(&visited);
    assert_true(visits_stop(&visited));
    visits_await(&visited);
    assert_false(visit_end(&mine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_object_is_freed_at_once),
        cmocka_unit_test(freeing_is_put_off_while_the_library_is_on_the_stack),
        cmocka_unit_test(another_thread_is_waited_for),
        cmocka_unit_test(a_forked_child_waits_for_no_thread_of_its_parent),
    };

    return cmocka_run_group_tests_name("visits", tests, NULL, NULL);
}
