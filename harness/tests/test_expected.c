/* SPDX-License-Identifier: MIT */
/* The list of expected failures decides whether a run is green: each verdict is judged by it, and
 * a line that is not understood is told with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "report/expected.h"

static struct expected *load(const char *text, const struct catalogue *catalogue, char *error,
                             size_t error_size)
{
    char file[] = "/tmp/test_expected.XXXXXX", message[512] = "";
    int fd = mkstemp(file);
    struct expected *expected;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    expected = expected_load(file, catalogue, message, sizeof message);
    unlink(file);
    if (!expected)
        assert_memory_equal(message, file, strlen(file));
    snprintf(error, error_size, "%s", expected ? "" : message + strlen(file));
    return expected;
}

static void judges_verdicts(void **state)
{
    static const char text[] = "# known today\n"
                               "\n"
                               "version 4.17.7\n"
                               "s/two   XC-05  reaps by -1 # as it must\n"
                               "  s/one\tXC-01  loses one\t\n"
                               "s/two   FK-47  likewise\n";
    /* requirements of the findings; a small letter in front: it is a documented limit */
    static const struct {
        const char *scenario;
        enum verdict_kind kind;
        const char *findings[4], *expected;
    } cases[] = {
        {"s/one", VERDICT_FAIL, {"XC-01"}, "loses one"},
        {"s/one", VERDICT_FAIL, {"XC-01", "XC-01"}, "loses one"},
        {"s/one", VERDICT_FAIL, {"XC-01", "lFK-36"}, "loses one"},
        {"s/one", VERDICT_FAIL, {"XC-02"}, ""},
        {"s/one", VERDICT_FAIL, {"XC-01", "XC-02"}, ""},
        {"s/one", VERDICT_PASS, {NULL}, ""},
        {"s/one", VERDICT_LIMIT, {"lXC-01"}, ""},
        {"s/one", VERDICT_SKIP, {NULL}, NULL},
        {"s/one", VERDICT_ERROR, {NULL}, NULL},
        {"s/two", VERDICT_FAIL, {"XC-05", "FK-47"}, "reaps by -1 # as it must; likewise"},
        {"s/two", VERDICT_FAIL, {"FK-47", "XC-05", "FK-47"}, "reaps by -1 # as it must; likewise"},
        {"s/two", VERDICT_FAIL, {"XC-05"}, ""},
        {"s/three", VERDICT_FAIL, {"XC-05"}, NULL},
        {"s/three", VERDICT_PASS, {NULL}, NULL},
    };
    char error[512];
    struct expected *expected = load(text, NULL, error, sizeof error);

    (void)state;
    assert_string_equal(error, "");
    assert_string_equal(expected->version, "4.17.7");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict_finding findings[4] = {0};
        struct verdict verdict = {
            .kind = cases[i].kind, .scenario = (char *)cases[i].scenario, .findings = findings};
        const char *judged;

        for (; verdict.findings_count < 4 && cases[i].findings[verdict.findings_count];
             verdict.findings_count++) {
            const char *id = cases[i].findings[verdict.findings_count];

            findings[verdict.findings_count].requirement = (char *)id + (*id == 'l');
            findings[verdict.findings_count].limit = *id == 'l' ? "manual" : NULL;
        }
        judged = expected_judge(expected, &verdict);
        if (cases[i].expected)
            assert_string_equal(judged, cases[i].expected);
        else
            assert_null(judged);
        assert_null(expected_judge(NULL, &verdict));
    }
    expected_free(expected);
}

static void tells_what_is_wrong_and_where(void **state)
{
    struct requirement known = {.id = "XC-01"};
    const struct catalogue catalogue = {&known, 1};
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", ":0: expected a line \"version\" and the version that this file speaks of"},
        {"# only\n", ":1: expected a line \"version\" and the version that this file speaks of"},
        {"s/one XC-01 r\n", ":1: expected \"version\" and the version that this file speaks of"},
        {"version\n", ":1: expected \"version\" and the version that this file speaks of"},
        {"version 1\n\ns/one\n",
         ":3: expected SCENARIO REQUIREMENT REASON, found \"\" for the requirement"},
        {"version 1\ns/one xc-01 r\n",
         ":2: expected SCENARIO REQUIREMENT REASON, found \"xc-01\" for the requirement"},
        {"version 1\ns/one XC-01 \n",
         ":2: s/one XC-01: expected the reason why this is known to fail"},
        {"version 1\ns/one XC-77 r\n", ":2: there is no requirement XC-77 in the catalogue"},
        {"version 1\ns/one XC-01 r\ns/one XC-01 q\n",
         ":3: s/one XC-01 stands here for the second time"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[512];

        assert_null(load(cases[i].text, &catalogue, error, sizeof error));
        assert_string_equal(error, cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_verdicts),
        cmocka_unit_test(tells_what_is_wrong_and_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
