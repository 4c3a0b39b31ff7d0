/* SPDX-License-Identifier: MIT */
/*
 * The plan of a sweep: the table of errors is whole and says of every call what is left out, each
 * call that was counted is tried once, in order, the last batch is open, and pairs are the same for
 * the same seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "faults/plan.h"
#include "script/script.h"

static void every_call_has_its_word(void **state)
{
    (void)state;
    for (int call = CALL_NONE + 1; call < CALL_COUNT; call++)
        assert_true(*fault_errors_left_out(call));
    for (const struct fault_error *one = fault_errors; one->call; one++)
        for (const struct fault_error *other = one + 1; other->call; other++)
            assert_false(one->call == other->call && one->error == other->error);
}

/* What is planted is what a person could write into a script. */
static void a_point_is_a_statement(void **state)
{
    (void)state;
    for (const struct fault_error *one = fault_errors; one->call; one++) {
        struct fault_point point = {one->call, one->error, 7};
        char *text = fault_point_text(&point), whole[200];
        struct script_error error;
        struct script *script;
        int length = snprintf(whole, sizeof(whole), "scenario s\ncovers XC-01\n%s\n", text);

        script = script_parse("s", whole, (size_t)length, &error);
        if (!script)
            fail_msg("%s: %s", text, error.what);
        assert_int_equal(script->steps[0].verb, VERB_FAIL);
        assert_int_equal(script->steps[0].call, one->call);
        assert_int_equal(script->steps[0].error, one->error);
        assert_int_equal(script->steps[0].skip, 7);
        script_free(script);
        free(text);
    }
}

static void the_first_point_skips_nothing(void **state)
{
    struct fault_point point = {CALL_WAITPID, EINTR, 0};
    char *text = fault_point_text(&point);

    (void)state;
    assert_string_equal(text, "fail waitpid EINTR");
    free(text);
}

/* The skips of all tries of one kind of error, in words; batches that are open end in "+". */
static void describe(const struct fault_plan *plan, int error, char *out, size_t size)
{
    size_t n = 0;

    *out = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct fault_batch *batch = &plan->list[i];

        for (unsigned k = batch->from; k < batch->to; k++) {
            struct fault_point point = fault_batch_point(batch, k);

            if (point.error == error)
                n += (size_t)snprintf(out + n, size - n, "%u ", point.skip);
        }
        if (batch->open && fault_errors[batch->row].error == error)
            n += (size_t)snprintf(out + n, size - n, "+");
    }
}

static void each_call_is_tried(void **state)
{
    static const struct {
        unsigned calls, most;
        const char *tries;
        size_t untried;
    } cases[] = {
        {0, 0, "", 0},
        {1, 0, "0 +", 0},
        {3, 0, "0 1 2 +", 0},
        {26, 0, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 +", 0},
        {3, 3, "0 1 2 +", 0},
        {100, 1, "0 ", 99},
        {100, 2, "0 99 ", 98},
        {101, 5, "0 25 50 75 100 ", 96},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault_plan plan = {0};
        unsigned calls[CALL_COUNT] = {[CALL_KILL] = cases[i].calls};
        char tries[400];

        fault_plan_add(&plan, 0, calls, NULL, cases[i].most);
        describe(&plan, EPERM, tries, sizeof(tries));
        assert_string_equal(tries, cases[i].tries);
        assert_int_equal(plan.untried, cases[i].untried);
        assert_int_equal(plan.points + plan.untried, cases[i].calls);
        fault_plan_clear(&plan);
    }
}

static size_t points_of(const unsigned calls[CALL_COUNT], const bool *wanted)
{
    struct fault_plan plan = {0};
    size_t points;

    fault_plan_add(&plan, 0, calls, wanted, 0);
    points = plan.points;
    fault_plan_clear(&plan);
    return points;
}

static void only_what_is_wanted_and_may_happen(void **state)
{
    unsigned polls[CALL_COUNT] = {[CALL_POLL] = 1};
    unsigned epolls[CALL_COUNT] = {[CALL_POLL] = 1, [CALL_EPOLL_CREATE] = 1};
    bool wanted[CALL_COUNT] = {[CALL_POLL] = true};

    (void)state;
    assert_int_equal(points_of(polls, NULL), 2);    /* EINTR ENOMEM */
    assert_int_equal(points_of(epolls, wanted), 1); /* epoll_wait has no ENOMEM */
    wanted[CALL_POLL] = false;
    assert_int_equal(points_of(polls, wanted), 0);
}

static void pairs_are_drawn_by_their_seed(void **state)
{
    enum { SCRIPTS = 3, EACH = 5, BUDGET = 20 };
    struct fault_struck struck[SCRIPTS * EACH + 1];
    struct fault_pair *pairs, *again, *other;
    size_t count = 0;

    (void)state;
    for (size_t script = 0; script < SCRIPTS; script++)
        for (unsigned skip = 0; skip < EACH; skip++)
            struck[count++] = (struct fault_struck){script, {CALL_READ, EINTR, skip}};
    struck[count++] = (struct fault_struck){SCRIPTS, {CALL_READ, EINTR, 0}}; /* has no partner */

    assert_int_equal(fault_pairs_draw(struck, count, BUDGET, 1, &pairs), BUDGET);
    assert_int_equal(fault_pairs_draw(struck, count, BUDGET, 1, &again), BUDGET);
    assert_int_equal(fault_pairs_draw(struck, count, BUDGET, 2, &other), BUDGET);
    assert_memory_equal(pairs, again, BUDGET * sizeof(*pairs));
    assert_memory_not_equal(pairs, other, BUDGET * sizeof(*pairs));
    for (size_t i = 0; i < BUDGET; i++) {
        assert_in_range(pairs[i].script, 0, SCRIPTS - 1);
        assert_true(i == 0 || pairs[i - 1].script <= pairs[i].script);
        assert_true(pairs[i].point[0].skip < pairs[i].point[1].skip);
    }
    free(pairs);
    free(again);
    free(other);
    assert_int_equal(fault_pairs_draw(struck + SCRIPTS * EACH, 1, BUDGET, 1, &pairs), 0);
    free(pairs);
    assert_int_equal(fault_pairs_draw(NULL, 0, BUDGET, 1, &pairs), 0);
    free(pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_has_its_word),
        cmocka_unit_test(a_point_is_a_statement),
        cmocka_unit_test(the_first_point_skips_nothing),
        cmocka_unit_test(each_call_is_tried),
        cmocka_unit_test(only_what_is_wanted_and_may_happen),
        cmocka_unit_test(pairs_are_drawn_by_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
