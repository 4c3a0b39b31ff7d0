/* SPDX-License-Identifier: MIT */
/* A pass beside a failure is no pass: in the verdicts of the plays, and in every report. */
#include "report_fixture.h"

#include "report/flaky.h"
#include "report/section.h"

/* Verdicts as letters: p f F (flaky) l s e; what they become, and what is said. */
static void marks_what_comes_and_goes(void **state)
{
    static const struct {
        const char *plays, *become, *said;
    } cases[] = {
        {"p", "p", NULL},
        {"ppp", "ppp", NULL},
        {"ff", "ff", NULL},
        {"pfp", "FfF", "flaky: s failed in 1 of 3 plays"},
        {"fpf", "fFf", "flaky: s failed in 2 of 3 plays"},
        {"Ff", "Ff", "flaky: s failed in 1 of 2 plays"},   /* merged once more */
        {"Ffp", "FfF", "flaky: s failed in 1 of 3 plays"}, /* with another whole run */
        {"fl", "fl", "unsteady: s brought different verdicts: fail limit"},
        {"ps", "ps", "unsteady: s brought different verdicts: pass skip"},
        {"pe", "pe", "unsteady: s brought different verdicts: pass error"},
    };
    static const char letters[] = {
        [VERDICT_PASS] = 'p',  [VERDICT_FAIL] = 'f', [VERDICT_FLAKY] = 'F',
        [VERDICT_LIMIT] = 'l', [VERDICT_SKIP] = 's', [VERDICT_ERROR] = 'e'};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict plays[4];
        size_t count = strlen(cases[i].plays);
        char become[5] = "", *said;

        for (size_t j = 0; j < count; j++) {
            struct verdict one = fixture_fail;

            one.kind = (char *)memchr(letters, cases[i].plays[j], sizeof letters) - letters;
            one.scenario = "s";
            one.findings_count = one.kind == VERDICT_FAIL || one.kind == VERDICT_FLAKY ? 2 : 0;
            verdict_copy(&plays[j], &one);
        }
        said = flaky_mark(plays, count);
        for (size_t j = 0; j < count; j++) {
            become[j] = letters[plays[j].kind];
            if (plays[j].kind == VERDICT_FLAKY)
                assert_string_equal(plays[j].findings[0].requirement, "XC-05");
            verdict_clear(&plays[j]);
        }
        assert_string_equal(become, cases[i].become);
        assert_string_equal(said ? said : "", cases[i].said ? cases[i].said : "");
        free(said);
    }
}

static void knows_a_late_failure(void **state)
{
    struct verdict late = fixture_fail;
    char *said;

    (void)state;
    late.plays = 7;
    said = flaky_mark(&late, 1);
    assert_int_equal(late.kind, VERDICT_FAIL);
    assert_string_equal(said,
                        "flaky: s/fail failed in play 7, after it had passed in those before");
    free(said);
}

static char *printed(const struct reporter *reporter, const char *expected)
{
    const struct report_run run = {
        .total = 1, .catalogue = &fixture_catalogue, .header = "{}", .verbose = true};
    const struct fixture_call call = {&fixture_flaky, expected};
    struct judgement judgement;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    void *report = reporter->begin(out, &run);

    fixture_judge(&call, &judgement);
    reporter->verdict(report, &fixture_flaky, &judgement);
    judgement_clear(&judgement);
    assert_int_equal(reporter->end(report), 0);
    fclose(out);
    return text;
}

/* What each report says of a single flaky verdict, where it is news and where it is known. */
static void is_no_pass_in_any_report(void **state)
{
    static const struct {
        const struct reporter *reporter;
        const char *news, *known;
    } cases[] = {
        {&report_pretty, "demo 1.0: 0 pass, 0 fail, 1 flaky, 0 limit, 0 skip, 0 error\n",
         "demo 1.0: 0 pass, 0 fail, 1 flaky, "},
        {&report_tap, "not ok 1 - demo: s/fail-too\n  ---\n  message: \"it comes and goes\"\n",
         "not ok 1 - demo: s/fail-too # TODO sometimes\n"},
        {&report_junit, "<failure message=\"flaky: it failed in 1 of 2 plays\" type=\"flaky\">",
         "<skipped message=\"known: sometimes\"/>"},
        {&report_github,
         "::error file=s/fail-too.scn,line=14,title=Flaky%3A demo%3A s/fail-too::XC-05: f1 was "
         "reaped by the library%0Ait failed in 1 of 2 plays%0A",
         "  demo 1.0: 0 pass, 0 fail, 1 flaky, "},
        {&report_markdown, "| s/fail-too | flaky | it failed in 1 of 2 plays; XC-05: ",
         "| s/fail-too | flaky | sometimes |"},
        {&report_jsonl, "\"news\":\"flaky\"", "\"verdict\":\"flaky\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int known = 0; known < 2; known++) {
            char *text = printed(cases[i].reporter, known ? "sometimes" : NULL);

            if (!strstr(text, known ? cases[i].known : cases[i].news))
                fail_msg("%s printed:\n%s", cases[i].reporter->name, text);
            free(text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_what_comes_and_goes),
        cmocka_unit_test(knows_a_late_failure),
        cmocka_unit_test(is_no_pass_in_any_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
