/* SPDX-License-Identifier: MIT */
/* A verdict goes through JSON unchanged, whatever bytes are in it, and what is no verdict is told
 * from one that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "report/verdict.h"

/* JSON text to a verdict and back. */
static void stays_as_it_is(void **state)
{
    static const char text[] =
        "{\"implementation\":\"libxl\",\"played_as\":\"xl\",\"version\":\"4.17.7\",\"scenario\":"
        "\"s/one\","
        "\"verdict\":\"fail\",\"cut_short\":true,\"reason\":\"r\",\"sentence\":\"\\\"It\\\" "
        "fails\\n\\u0001\","
        "\"file\":\"s/one.scn\",\"covers\":[\"XC-01\",\"FK-47\"],\"findings\":["
        "{\"requirement\":\"XC-01\",\"oracle\":\"no theft\",\"line\":12,\"step\":\"quiet\","
        "\"what\":\"f1 is gone\",\"evidence\":[\"t1 call\",\"-  exited\"]},"
        "{\"requirement\":\"FK-36\",\"also\":\"XC-28\",\"oracle\":\"limit\",\"what\":\"w\","
        "\"limit\":\"manual\","
        "\"evidence\":[]}],"
        "\"command\":\"reapcheck run\",\"plays\":7,\"milliseconds\":12,\"events\":345}";
    json_t *json = json_loads(text, 0, NULL), *again;
    struct verdict verdict, copy;
    char error[256], *dumped;

    (void)state;
    assert_non_null(json);
    assert_int_equal(verdict_from_json(json, &verdict, error, sizeof error), 0);
    assert_int_equal(verdict.kind, VERDICT_FAIL);
    assert_int_equal(verdict.findings_count, 2);
    assert_true(verdict_comes_and_goes(&verdict));
    assert_int_equal(verdict.findings[0].evidence_count, 2);
    assert_int_equal(verdict.findings[0].line, 12);
    assert_null(verdict.findings[0].limit);
    assert_string_equal(verdict.findings[1].limit, "manual");

    verdict_copy(&copy, &verdict);
    verdict_clear(&verdict);
    assert_null(verdict.findings);
    again = verdict_to_json(&copy);
    assert_non_null(again);
    dumped = json_dumps(again, JSON_COMPACT);
    assert_string_equal(dumped, text);
    free(dumped);
    json_decref(again);
    json_decref(json);
    verdict_clear(&copy);
}

static void carries_any_bytes(void **state)
{
    struct verdict verdict = {.kind = VERDICT_SKIP,
                              .scenario = "s",
                              .implementation = "i",
                              .version = "",
                              /* truncated, overlong, a surrogate, a lone continuation, good */
                              .reason =
                                  "a\xc3 \xc0\x80 \xed\xa0\x80 \x80 \xc3\xa4 \xf0\x9f\x90\x9b"};
    json_t *json = verdict_to_json(&verdict);

    (void)state;
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "reason")),
                        "a\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd "
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd \xc3\xa4 "
                        "\xf0\x9f\x90\x9b");
    json_decref(json);
}

static void says_what_is_no_verdict(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"[]", "it is no JSON object"},
        {"{}", "\"verdict\" is missing or no text"},
        {"{\"verdict\":7}", "\"verdict\" is missing or no text"},
        {"{\"verdict\":\"maybe\"}",
         "\"verdict\" is none of pass, fail, flaky, limit, skip, error: \"maybe\""},
        {"{\"verdict\":\"pass\"}", "\"scenario\" is missing"},
        {"{\"verdict\":\"pass\",\"scenario\":[]}", "\"scenario\" is no text"},
        {"{\"verdict\":\"pass\",\"scenario\":\"s\"}", "\"implementation\" is missing"},
        {"{\"verdict\":\"pass\",\"scenario\":\"s\",\"implementation\":\"i\",\"covers\":\"XC-01\"}",
         "\"covers\" is no list"},
        {"{\"verdict\":\"pass\",\"scenario\":\"s\",\"implementation\":\"i\",\"covers\":[\"a\",1]}",
         "\"covers\" holds something that is no text"},
        {"{\"verdict\":\"pass\",\"scenario\":\"s\",\"implementation\":\"i\",\"events\":-1}",
         "\"events\" is no whole number from 0 to 4503599627370496"},
        {"{\"verdict\":\"pass\",\"scenario\":\"s\",\"implementation\":\"i\",\"findings\":{}}",
         "\"findings\" is no list"},
        {"{\"verdict\":\"fail\",\"scenario\":\"s\",\"implementation\":\"i\",\"findings\":[3]}",
         "\"requirement\" is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_loads(cases[i].text, 0, NULL);
        struct verdict verdict;
        char error[256] = "";

        assert_non_null(json);
        assert_int_equal(verdict_from_json(json, &verdict, error, sizeof error), -1);
        assert_string_equal(error, cases[i].error);
        assert_null(verdict.scenario);
        json_decref(json);
    }
}

static void knows_what_fails(void **state)
{
    struct verdict_finding findings[] = {{.requirement = "XC-05"},
                                         {.requirement = "FK-36", .limit = "manual"},
                                         {.requirement = "FK-01"},
                                         {.requirement = "XC-05"}};
    const struct verdict verdict = {.findings = findings, .findings_count = 4};
    const char **ids;

    (void)state;
    assert_int_equal(verdict_failing(&verdict, &ids), 2);
    assert_string_equal(ids[0], "FK-01");
    assert_string_equal(ids[1], "XC-05");
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_as_it_is),
        cmocka_unit_test(carries_any_bytes),
        cmocka_unit_test(says_what_is_no_verdict),
        cmocka_unit_test(knows_what_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
