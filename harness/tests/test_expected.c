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

static const char *judge(struct expected *expected, const struct verdict *verdict, char *passes,
                         size_t size)
{
    static char told[256];
    struct judgement judgement;
    char *reasons;

    expected_judge(expected, verdict, &judgement);
    reasons = judgement_reasons(&judgement);
    snprintf(told, sizeof told, "%s%s%s",
             judgement.kind == JUDGEMENT_NONE     ? "none"
             : judgement.kind == JUDGEMENT_AGREES ? "agrees"
             : judgement.named                    ? "differs"
                                                  : "differs from all",
             *reasons ? ": " : "", reasons);
    free(reasons);
    snprintf(passes, size, "%s", judgement.passes.count ? judgement.passes.list[0] : "");
    assert_true(judgement.passes.count <= 1);
    for (size_t i = 0; i < verdict->findings_count; i++)
        if (verdict->findings[i].limit)
            assert_null(judgement_known(&judgement, i));
    judgement_clear(&judgement);
    return told;
}

static void judges_verdicts(void **state)
{
    static const char text[] = "# known today\n"
                               "\n"
                               "version 4.17.7\n"
                               "*       FK-23  takes a mutex\n"
                               "s/two   XC-05  reaps by -1 # as it must\n"
                               "  s/one\tXC-01  loses one\t\n"
                               "s/two   FK-47  likewise\n"
                               "s/four  FK-23  its own reason\n"
                               "*       FK-24  never met\n"
                               "s/five  FK-27  sometimes loses one\n"
                               "s/five  XC-05  each time\n"
                               "s/six  FK-27  sometimes so\n"
                               "s/seven  FK-27  sometimes, as six\n"
                               "s/eight  FK-27  sometimesodd\n"
                               "\"s/has *\"  FK-27  TODO: reason\n"
                               "\"s/a\\\"\\\\\\n\\x01z\"  FK-27  q\n";
    /* requirements of the findings; a small letter in front: it is a documented limit. A scenario
     * with ! in front was cut short */
    static const struct {
        const char *scenario;
        enum verdict_kind kind;
        const char *findings[4], *judged, *passes;
    } cases[] = {
        {"s/one", VERDICT_FAIL, {"XC-01"}, "agrees: loses one", ""},
        {"s/one", VERDICT_FAIL, {"XC-01", "XC-01"}, "agrees: loses one", ""},
        {"s/one", VERDICT_FAIL, {"XC-01", "lFK-36"}, "agrees: loses one", ""},
        {"s/one", VERDICT_FAIL, {"XC-02"}, "differs", "XC-01"},
        {"s/one", VERDICT_FAIL, {"XC-01", "XC-02"}, "differs: loses one", ""},
        {"s/one", VERDICT_PASS, {NULL}, "differs", "XC-01"},
        {"s/one", VERDICT_LIMIT, {"lXC-01"}, "differs", "XC-01"},
        {"s/one", VERDICT_SKIP, {NULL}, "none", ""},
        {"s/one", VERDICT_ERROR, {NULL}, "none", ""},
        {"s/two",
         VERDICT_FAIL,
         {"XC-05", "FK-47"},
         "agrees: reaps by -1 # as it must; likewise",
         ""},
        {"s/two",
         VERDICT_FAIL,
         {"FK-47", "XC-05", "FK-47"},
         "agrees: likewise; reaps by -1 # as it must",
         ""},
        {"s/two", VERDICT_FAIL, {"XC-05"}, "differs: reaps by -1 # as it must", "FK-47"},
        {"s/three", VERDICT_FAIL, {"XC-05"}, "none", ""},
        {"s/three", VERDICT_PASS, {NULL}, "none", ""},
        /* what may fail anywhere */
        {"s/three", VERDICT_LIMIT, {"lFK-23"}, "none", ""},
        {"s/three", VERDICT_FAIL, {"FK-23"}, "agrees: takes a mutex", ""},
        {"s/three", VERDICT_FAIL, {"FK-23", "XC-05"}, "differs from all: takes a mutex", ""},
        {"s/one", VERDICT_FAIL, {"XC-01", "FK-23"}, "agrees: loses one; takes a mutex", ""},
        {"s/one", VERDICT_FAIL, {"FK-23"}, "differs: takes a mutex", "XC-01"},
        {"s/four", VERDICT_FAIL, {"FK-23"}, "agrees: its own reason", ""},
        {"s/four", VERDICT_PASS, {NULL}, "differs", "FK-23"},
        /* what comes and goes */
        {"s/five", VERDICT_FAIL, {"XC-05"}, "agrees: each time", ""},
        {"s/five", VERDICT_FAIL, {"XC-05", "FK-27"}, "agrees: each time; sometimes loses one", ""},
        {"s/five", VERDICT_FAIL, {"FK-27"}, "differs: sometimes loses one", "XC-05"},
        {"s/five", VERDICT_FAIL, {"XC-05", "XC-01"}, "differs: each time", ""},
        /* what passed here and failed in another play */
        {"s/six", VERDICT_FLAKY, {"FK-27"}, "agrees: sometimes so", ""},
        {"s/six", VERDICT_FLAKY, {"FK-27", "XC-01"}, "differs: sometimes so", ""},
        {"s/seven", VERDICT_FLAKY, {"FK-27"}, "agrees: sometimes, as six", ""},
        {"s/eight", VERDICT_FLAKY, {"FK-27"}, "differs: sometimesodd", "FK-27"},
        {"s/one", VERDICT_FLAKY, {"XC-01"}, "differs: loses one", "XC-01"},
        {"s/three", VERDICT_FLAKY, {"XC-01"}, "none", ""},
        {"s/three", VERDICT_FLAKY, {"FK-23"}, "agrees: takes a mutex", ""},
        /* what was not played to its end: what has to fail might have failed yet */
        {"!s/two", VERDICT_FAIL, {"XC-05"}, "agrees: reaps by -1 # as it must", ""},
        {"!s/two", VERDICT_FAIL, {"FK-23"}, "agrees: takes a mutex", ""},
        {"!s/two", VERDICT_FAIL, {"XC-01"}, "none", ""},
        {"!s/two", VERDICT_FAIL, {"XC-05", "XC-01"}, "differs: reaps by -1 # as it must", ""},
        {"!s/five", VERDICT_FAIL, {"FK-27"}, "agrees: sometimes loses one", ""},
        /* names in quotes */
        {"s/has *", VERDICT_FAIL, {"FK-27"}, "agrees: TODO: reason", ""},
        {"s/a\"\\\n\x01z", VERDICT_FAIL, {"FK-27"}, "agrees: q", ""},
    };
    char error[512];
    struct expected *expected = load(text, NULL, error, sizeof error);

    (void)state;
    assert_string_equal(error, "");
    assert_string_equal(expected->version, "4.17.7");
    assert_true(expected->list[0].general);
    assert_false(expected->list[1].general);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict_finding findings[4] = {0};
        bool cut_short = *cases[i].scenario == '!';
        struct verdict verdict = {.kind = cases[i].kind,
                                  .scenario = (char *)cases[i].scenario + cut_short,
                                  .cut_short = cut_short,
                                  .findings = findings};
        char passes[8];

        for (; verdict.findings_count < 4 && cases[i].findings[verdict.findings_count];
             verdict.findings_count++) {
            const char *id = cases[i].findings[verdict.findings_count];

            findings[verdict.findings_count].requirement = (char *)id + (*id == 'l');
            findings[verdict.findings_count].limit = *id == 'l' ? "manual" : NULL;
        }
        assert_int_equal(expected->list[0].met, i > 15);
        assert_string_equal(judge(expected, &verdict, passes, sizeof passes), cases[i].judged);
        assert_string_equal(passes, cases[i].passes);
        assert_string_equal(judge(NULL, &verdict, passes, sizeof passes), "none");
    }
    assert_string_equal(expected->list[5].requirement, "FK-24");
    assert_false(expected->list[5].met);
    for (size_t i = 0; i < expected->count; i++) {
        char *name = expected_name(expected->list[i].scenario);

        assert_int_equal(expected->list[i].unwritten, i == 11);
        if (i >= 11) /* is written as it was read */
            assert_string_equal(name, i == 11 ? "\"s/has *\"" : "\"s/a\\\"\\\\\\x0a\\x01z\"");
        free(name);
    }
    expected_free(expected);
}

#define IN_QUOTES "; a name that has it stands in quotes"
#define ENDS                                                                                       \
    "a name in quotes ends with a quote and a blank; in it stand \\\\, \\\", \\n, \\t and \\xNN"

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
        {"version 1\n* XC-01\n", ":2: * XC-01: expected the reason why this is known to fail"},
        {"version 1\n*\n",
         ":2: expected SCENARIO REQUIREMENT REASON, found \"\" for the requirement"},
        {"version 1\n* * r\n",
         ":2: expected SCENARIO REQUIREMENT REASON, found \"*\" for the requirement"},
        {"version 1\n* XC-77 r\n", ":2: there is no requirement XC-77 in the catalogue"},
        {"version 1\n* XC-01 r\n* XC-01 q\n", ":3: * XC-01 stands here for the second time"},
        {"version 1\ns/* XC-01 r\n",
         ":2: \"s/*\": \"*\" is for all scenarios and stands alone" IN_QUOTES},
        {"version 1\n\"s/one XC-01 r\n", ":2: " ENDS},
        {"version 1\n\"s/\\q\" XC-01 r\n", ":2: " ENDS},
        {"version 1\n\"s/\\x00\" XC-01 r\n", ":2: " ENDS},
        {"version 1\n\"s/one\"XC-01 r\n", ":2: " ENDS},
        {"version 1\n** XC-01 r\n",
         ":2: \"**\": \"*\" is for all scenarios and stands alone" IN_QUOTES},
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
