/* SPDX-License-Identifier: MIT */
/* What GitHub reads, compared whole: annotations, in which no text may become a command, and the
 * summary of a step, in which none may become markup. */
#include "report_fixture.h"

static const struct fixture_call calls[] = {
    {NULL, "this is version 1.0"}, {&fixture_pass, NULL},          {&fixture_fail, NULL},
    {&fixture_fail_too, "known"},  {&fixture_limit, NULL},         {&fixture_skip, NULL},
    {&fixture_pass, ""},           {NULL, "+FK-36 fails nowhere"}, {&fixture_error, NULL}};
enum { CALLS = sizeof calls / sizeof *calls };

static void annotates_what_is_not_as_expected(void **state)
{
    const struct report_run run = {.total = 8};

    (void)state;
    fixture_compare(
        &report_github, &run, calls, CALLS,
        "::notice title=demo::this is version 1.0\n"
        "::error file=s/fail.scn,line=14,title=Failure%3A demo%3A s/fail::XC-05: f1 was reaped by "
        "the library%0Areapcheck run --impl demo s/fail.scn\n"
        "::error file=s/pass.scn,title=NEW PASS%2C update the expected results%3A demo%3A s/pass::"
        "XC-01 was expected to fail here each time, and does not%0A"
        "reapcheck run --impl demo s/pass.scn\n"
        "::error title=NEW PASS%2C update the expected results%3A demo::FK-36 fails nowhere\n"
        "::error file=s/error.scn,title=The harness could not tell%3A other%3A s/error::the host "
        "did not start%0Areapcheck run --impl other s/error.scn\n"
        "::error title=Interrupted::7 of 8 verdicts are there\n"
        "  demo 1.0: 2 pass, 2 fail (1 expected), 1 limit, 1 skip, 0 error; 2 NEW PASS\n"
        "  other: 0 pass, 0 fail, 0 limit, 0 skip, 1 error\n");
}

static void lets_no_text_be_a_command(void **state)
{
    struct verdict odd = fixture_error;
    const struct fixture_call call = {&odd, NULL};
    const struct report_run run = {.total = 1};

    (void)state;
    odd.file = "a,line=1:b%.scn";
    odd.scenario = "s::x\n::error::y";
    odd.implementation = "::error::z";
    odd.reason = "\n::set-env::\r 100% \033[0m \xff";
    odd.command = NULL;
    fixture_compare(&report_github, &run, &call, 1,
                    "::error file=a%2Cline=1%3Ab%25.scn,title=The harness could not tell%3A "
                    "%3A%3Aerror%3A%3Az%3A s%3A%3Ax%0A%3A%3Aerror%3A%3Ay::%0A::set-env::%0D 100%25 "
                    "\\x1b[0m \xef\xbf\xbd%0A\n"
                    "  ::error::z: 0 pass, 0 fail, 0 limit, 0 skip, 1 error\n");
}

static void sums_up_the_step(void **state)
{
    const struct report_run run = {.total = 7};

    (void)state;
    fixture_compare(&report_markdown, &run, calls, CALLS,
                    "## reapcheck\n"
                    "\n"
                    "| | pass | fail | known | flaky | NEW PASS | limit | skip | error |\n"
                    "|---|---|---|---|---|---|---|---|---|\n"
                    "| demo 1.0 | 2 | 1 | 1 | 0 | 2 | 1 | 1 | 0 |\n"
                    "| other | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |\n"
                    "\n"
                    "### demo: not as expected\n"
                    "\n"
                    "| scenario | what | |\n"
                    "|---|---|---|\n"
                    "| s/fail | failure | XC-05: f1 was reaped by the library |\n"
                    "| s/pass | NEW PASS | XC-01 no longer fails |\n"
                    "\n"
                    "**NEW PASS** FK-36 fails nowhere\n"
                    "\n"
                    "> this is version 1.0\n"
                    "\n"
                    "### other: not as expected\n"
                    "\n"
                    "| scenario | what | |\n"
                    "|---|---|---|\n"
                    "| s/error | error | the host did not start |\n"
                    "\n"
                    "<details><summary>demo: known failures</summary>\n"
                    "\n"
                    "| scenario | | reason |\n"
                    "|---|---|---|\n"
                    "| s/fail-too | fail | known |\n"
                    "\n"
                    "</details>\n"
                    "\n");
}

static void lets_no_text_be_markup(void **state)
{
    struct verdict odd = fixture_error;
    const struct fixture_call call = {&odd, NULL};
    const struct report_run run = {.total = 2};

    (void)state;
    odd.scenario = "a|b";
    odd.reason = "<b> & *x* [y](z)\n# `q` @all \\ \xff";
    fixture_compare(&report_markdown, &run, &call, 1,
                    "## reapcheck\n"
                    "\n"
                    "**Interrupted: 1 of 2 verdicts are there.**\n"
                    "\n"
                    "| | pass | fail | known | flaky | NEW PASS | limit | skip | error |\n"
                    "|---|---|---|---|---|---|---|---|---|\n"
                    "| other | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |\n"
                    "\n"
                    "### other: not as expected\n"
                    "\n"
                    "| scenario | what | |\n"
                    "|---|---|---|\n"
                    "| a\\|b | error | &lt;b\\> &amp; \\*x\\* \\[y\\]\\(z\\) \\# \\`q\\` "
                    "&#64;all \\\\ \xef\xbf\xbd |\n"
                    "\n");
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    fixture_full(&report_github);
    fixture_full(&report_markdown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(annotates_what_is_not_as_expected),
        cmocka_unit_test(lets_no_text_be_a_command),
        cmocka_unit_test(sums_up_the_step),
        cmocka_unit_test(lets_no_text_be_markup),
        cmocka_unit_test(tells_of_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
