/* SPDX-License-Identifier: MIT */
/* Excerpts of histories that are written by hand, compared whole; and verdicts that carry them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "history/excerpt.h"
#include "report/flaky.h"
#include "report/text.h"

/* The proof is in lines 7 and 11 (from 0); 8 to 10 are noise, and so is the end. */
static const char deadlock[] = "0.000 main lane pid=3 tid=3\n"
                               "1.000 - step 4 \"ctx A on main\"\n"
                               "1.100 main call fcntl fd=4 command=1\n"
                               "1.200 main call fcntl fd=4 command=2\n"
                               "2.000 main enter op=open ctx=A\n"
                               "2.100 main lock 0xbb\n"
                               "2.200 main unlock 0xbb\n"
                               "2.300 main lock 0xaa\n"
                               "2.400 main call fcntl fd=5 command=1\n"
                               "2.500 main call fcntl fd=5 command=2\n"
                               "2.600 main handler-in SIGCHLD depth=1 zone=handler\n"
                               "2.700 main lock-wait 0xaa zone=handler\n"
                               "9.000 main lock 0xbb\n"
                               "9.100 main unlock 0xbb\n";
static const size_t deadlock_proof[] = {11, 7};

static void compare(size_t most, const size_t *proof, size_t proof_count, const char *wanted)
{
    char error[128], **lines, *text = NULL;
    struct history *history = history_from_text(deadlock, error, sizeof error);
    size_t chosen[32], *of, count;
    long kept;

    assert_non_null(history);
    kept = excerpt_choose(history, proof, proof_count, most, chosen);
    assert_true(kept >= 0 && (size_t)kept <= most);
    lines = excerpt_text(history, chosen, (size_t)kept, &of, &count);
    assert_non_null(lines);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(*lines[i] == '#', of[i] == SIZE_MAX);
        text_append(&text, "%s\n", lines[i]);
        free(lines[i]);
    }
    assert_string_equal(text ? text : "", wanted);
    free(text);
    free(lines);
    free(of);
    history_free(history);
}

static void what_there_is_room_for_is_whole(void **state)
{
    (void)state;
    compare(32, deadlock_proof, 2, deadlock);
}

static void the_story_comes_before_the_noise(void **state)
{
    (void)state;
    compare(6, deadlock_proof, 2,
            "0.000 main lane pid=3 tid=3\n"
            "1.000 - step 4 \"ctx A on main\"\n"
            "# 2 events left out\n"
            "2.000 main enter op=open ctx=A\n"
            "# 2 events left out\n"
            "2.300 main lock 0xaa\n"
            "# 2 events left out\n"
            "2.600 main handler-in SIGCHLD depth=1 zone=handler\n"
            "2.700 main lock-wait 0xaa zone=handler\n"
            "# 2 events left out\n");
}

static void what_is_near_the_proof_comes_before_what_is_far(void **state)
{
    (void)state;
    compare(4, deadlock_proof, 2,
            "# 4 events left out\n"
            "2.000 main enter op=open ctx=A\n"
            "# 2 events left out\n"
            "2.300 main lock 0xaa\n"
            "# 2 events left out\n"
            "2.600 main handler-in SIGCHLD depth=1 zone=handler\n"
            "2.700 main lock-wait 0xaa zone=handler\n"
            "# 2 events left out\n");
}

static void without_proof_the_end_counts(void **state)
{
    (void)state;
    compare(2, NULL, 0,
            "# 11 events left out\n"
            "2.700 main lock-wait 0xaa zone=handler\n"
            "# 1 event left out\n"
            "9.100 main unlock 0xbb\n");
}

/* -- verdicts -- */

static const char failed[] =
    "{\"scenario\":\"s/a\",\"implementation\":\"demo\",\"verdict\":\"fail\",\"findings\":["
    "{\"requirement\":\"XC-01\",\"oracle\":\"step\",\"what\":\"no\",\"evidence\":[\"x\"],"
    "\"lines\":[0,2]},"
    "{\"requirement\":\"XC-02\",\"oracle\":\"step\",\"what\":\"no\",\"evidence\":[],\"lines\":[2]}"
    "],\"history\":[\"0.000 x\",\"# 3 events left out\",\"1.000 y\"]}";

static json_t *json_of(const char *text)
{
    json_error_t fault;
    json_t *json = json_loads(text, 0, &fault);

    assert_non_null(json);
    return json;
}

static void a_verdict_carries_it_there_and_back(void **state)
{
    struct verdict verdict, copy;
    json_t *json = json_of(failed), *again;
    char error[256];

    (void)state;
    assert_int_equal(verdict_from_json(json, &verdict, error, sizeof error), 0);
    json_decref(json);
    verdict_copy(&copy, &verdict);
    assert_int_equal(copy.history_count, 3);
    assert_string_equal(copy.history[1], "# 3 events left out");
    assert_int_equal(copy.proves[0], 1);
    assert_int_equal(copy.proves[1], 0);
    assert_int_equal(copy.proves[2], 3);
    json = verdict_to_json(&copy);
    again = json_of(failed);
    assert_true(json_equal(json_object_get(json, "history"), json_object_get(again, "history")));
    assert_true(json_equal(json_object_get(json, "findings"), json_object_get(again, "findings")));
    json_decref(json);
    json_decref(again);
    verdict_clear(&copy);
    verdict_clear(&verdict);
}

static void a_pass_beside_a_failure_takes_its_history(void **state)
{
    struct verdict plays[2] = {{.kind = VERDICT_PASS}};
    json_t *json = json_of(failed);
    char error[256];

    (void)state;
    assert_int_equal(verdict_from_json(json, &plays[1], error, sizeof error), 0);
    json_decref(json);
    free(flaky_mark(plays, 2));
    assert_int_equal(plays[0].kind, VERDICT_FLAKY);
    assert_int_equal(plays[0].history_count, 3);
    assert_int_equal(plays[0].proves[2], 3);
    verdict_clear(&plays[0]);
    verdict_clear(&plays[1]);
}

static void a_line_that_is_not_there_is_refused(void **state)
{
    enum { ODD = 4 };
    char error[256];

    (void)state;
    for (size_t i = 0; i < ODD; i++) {
        struct verdict verdict;
        json_t *json = json_of(failed), *lines = json_of("[[3],[-1],[\"0\"],7]");

        json_object_set(json_array_get(json_object_get(json, "findings"), 0), "lines",
                        json_array_get(lines, i));
        assert_int_equal(verdict_from_json(json, &verdict, error, sizeof error), -1);
        assert_non_null(strstr(error, "\"lines\""));
        json_decref(lines);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_there_is_room_for_is_whole),
        cmocka_unit_test(the_story_comes_before_the_noise),
        cmocka_unit_test(what_is_near_the_proof_comes_before_what_is_far),
        cmocka_unit_test(without_proof_the_end_counts),
        cmocka_unit_test(a_verdict_carries_it_there_and_back),
        cmocka_unit_test(a_pass_beside_a_failure_takes_its_history),
        cmocka_unit_test(a_line_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
