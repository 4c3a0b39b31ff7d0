/* SPDX-License-Identifier: MIT */
/* The report for people, compared whole. */
#include "report_fixture.h"

#include <pty.h>
#include <unistd.h>

static void tells_all_of_an_implementation(void **state)
{
    static const struct fixture_call calls[] = {
        {NULL, "this is version 1.0"}, {&fixture_pass, NULL},  {&fixture_fail, NULL},
        {&fixture_fail_too, NULL},     {&fixture_limit, NULL}, {&fixture_skip, NULL},
        {&fixture_error, NULL}};
    const struct report_run run = {.total = 6, .catalogue = &fixture_catalogue, .complete = true};

    (void)state;
    fixture_compare(
        &report_pretty, &run, calls, sizeof calls / sizeof *calls,
        "demo 1.0\n"
        "  this is version 1.0\n"
        "\n"
        "  XC  0 of 5 hold; fails: XC-01 XC-05; not covered: XC-02..04\n"
        "  FK  0 of 1 hold; limit: FK-36\n"
        "\n"
        "  XC-01  fail   1 of 3     Every exit of a child is reported exactly once.\n"
        "  XC-05  fail   2 of 3     In a selective mode a foreign child is left alone:...\n"
        "  FK-36  limit  1 of 1     MUST NOT call either function in any other mode.\n"
        "\n"
        "Failures\n"
        "\n"
        "1. XC-05: In a selective mode a foreign child is left alone: its exit, its stop\n"
        "   and its continue news are still there for whoever waits for them.\n"
        "   scenario  s/fail\n"
        "             Foreign children stay\n"
        "   step      s/fail.scn:14: expect f1 waitable\n"
        "   found     f1 was reaped by the library\n"
        "   oracle    no theft\n"
        "   history   t1 call what=waitpid subject=-1 result=131\n"
        "             -  exited child=f1 status=0x300 \\x1b[31m\\ \"#\"\n"
        "   again     reapcheck run --impl demo s/fail.scn\n"
        "   also      s/fail-too:14: f1 was reaped by the library\n"
        "\n"
        "2. XC-01: Every exit of a child is reported exactly once.\n"
        "   scenario  s/fail\n"
        "             Foreign children stay\n"
        "   found     a1 was reported twice\n"
        "   oracle    step\n"
        "   again     reapcheck run --impl demo s/fail.scn\n"
        "\n"
        "Limits that its documentation states\n"
        "\n"
        "  FK-36  s/limit: manual, section 3\n"
        "\n"
        "Skipped: 1 (needs fork #hook)\n"
        "\n"
        "other\n"
        "\n"
        "Errors: the harness could not tell\n"
        "\n"
        "   scenario  s/error\n"
        "   reason    the host did not start\n"
        "   again     reapcheck run --impl other s/error.scn\n"
        "\n"
        "demo 1.0: 1 pass, 2 fail, 1 limit, 1 skip, 0 error\n"
        "other: 0 pass, 0 fail, 0 limit, 0 skip, 1 error\n");
}

static void keeps_what_is_expected_apart(void **state)
{
    static const struct fixture_call calls[] = {{NULL, "+FK-36 fails in no scenario (demo:4)"},
                                                {&fixture_pass, ""},
                                                {&fixture_fail, "known since 1998"},
                                                {&fixture_fail_too, "known since 1998"}};
    const struct report_run run = {.total = 3, .catalogue = &fixture_catalogue};

    (void)state;
    fixture_compare(
        &report_pretty, &run, calls, sizeof calls / sizeof *calls,
        "demo 1.0\n"
        "\n"
        "  XC  0 of 2 hold; known to fail: XC-01 XC-05\n"
        "\n"
        "  XC-01  known  1 of 3     Every exit of a child is reported exactly once.\n"
        "  XC-05  known  2 of 3     In a selective mode a foreign child is left alone:...\n"
        "\n"
        "NEW PASS: known to fail, but no longer failing; update the expected results\n"
        "\n"
        "  pass   s/pass XC-01\n"
        "  FK-36 fails in no scenario (demo:4)\n"
        "\n"
        "Known failures\n"
        "\n"
        "  XC-01  s/fail: known since 1998\n"
        "         reapcheck run --impl demo s/fail.scn\n"
        "  XC-05  2 scenarios: known since 1998\n"
        "         reapcheck run --impl demo s/fail.scn\n"
        "\n"
        "demo 1.0: 1 pass, 2 fail (2 expected), 0 limit, 0 skip, 0 error; 2 NEW PASS\n");
}

/* Of a verdict that shows a known failure and a new one, only the new one is told in full. */
static void tells_the_new_beside_the_known(void **state)
{
    static const struct fixture_call calls[] = {{&fixture_fail, "XC-05: since 1998"},
                                                {&fixture_fail_too, ""}};
    const struct report_run run = {.total = 2, .catalogue = &fixture_catalogue};

    (void)state;
    fixture_compare(
        &report_pretty, &run, calls, sizeof calls / sizeof *calls,
        "demo 1.0\n"
        "\n"
        "  XC  0 of 2 hold; fails: XC-01 XC-05\n"
        "\n"
        "  XC-01  fail   1 of 2     Every exit of a child is reported exactly once.\n"
        "  XC-05  fail   1 of 2     In a selective mode a foreign child is left alone:...\n"
        "\n"
        "Failures\n"
        "\n"
        "1. XC-01: Every exit of a child is reported exactly once.\n"
        "   scenario  s/fail\n"
        "             Foreign children stay\n"
        "   found     a1 was reported twice\n"
        "   oracle    step\n"
        "   again     reapcheck run --impl demo s/fail.scn\n"
        "\n"
        "2. XC-05: In a selective mode a foreign child is left alone: its exit, its stop\n"
        "   and its continue news are still there for whoever waits for them.\n"
        "   scenario  s/fail-too\n"
        "             Others stay, too\n"
        "   step      s/fail-too.scn:14: expect f1 waitable\n"
        "   found     f1 was reaped by the library\n"
        "   oracle    no theft\n"
        "   history   t1 call what=waitpid subject=-1 result=131\n"
        "             -  exited child=f1 status=0x300 \\x1b[31m\\ \"#\"\n"
        "   expected  other requirements to fail here\n"
        "   again     reapcheck run --impl demo s/fail-too.scn\n"
        "\n"
        "Known failures\n"
        "\n"
        "  XC-05  s/fail: since 1998\n"
        "         reapcheck run --impl demo s/fail.scn\n"
        "\n"
        "demo 1.0: 0 pass, 2 fail, 0 limit, 0 skip, 0 error\n");
}

static void tells_of_each_when_verbose(void **state)
{
    static const struct fixture_call calls[] = {{&fixture_pass, NULL}, {&fixture_skip, NULL}};
    const struct report_run run = {.total = 3, .verbose = true, .colour = true};

    (void)state;
    fixture_compare(&report_pretty, &run, calls, sizeof calls / sizeof *calls,
                    "\033[1mdemo 1.0\033[0m\n"
                    "\n"
                    "  XC  2 of 2 hold\n"
                    "\n"
                    "\033[1mScenarios\033[0m\n"
                    "\n"
                    "  \033[32mpass \033[0m  s/pass  12 ms, 34 events\n"
                    "  \033[33mskip \033[0m  s/skip\n"
                    "         needs fork #hook\n"
                    "\n"
                    "demo 1.0: 1 pass, 0 fail, 0 limit, 1 skip, 0 error\n"
                    "Interrupted: 2 of 3 verdicts are there.\n");
}

static void shows_a_hang_line_by_line(void **state)
{
    static char *evidence[] = {
        "t1 enter op=close ctx=A",
        "- hang lane=t1 text=\"tid 7 (demo) sleeping in futex\\n in mutex_lock of 0x10, which it "
        "holds itself\\n (libc.so.6) < a \\\"b\\\" c\\\\n < a_function_with_a_long_name_of_many_"
        "words\" result=1",
        "- hang lane=t2 text=\"in futex\"",
        "- hang lane=t2 text=\"one\\n\033[1m",
    };
    static struct verdict_finding hang = {"XC-10", "progress", 0, NULL, "it hangs",
                                          NULL,    evidence,   4, NULL, NULL};
    struct verdict verdict = fixture_fail;
    const struct fixture_call call = {&verdict, NULL};
    const struct report_run run = {.total = 1};

    (void)state;
    verdict.covers_count = 0;
    verdict.findings = &hang;
    verdict.findings_count = 1;
    fixture_compare(&report_pretty, &run, &call, 1,
                    "demo 1.0\n"
                    "\n"
                    "  XC  0 of 1 hold; fails: XC-10\n"
                    "\n"
                    "  XC-10  fail   1 of 1   \n"
                    "\n"
                    "Failures\n"
                    "\n"
                    "1. XC-10\n"
                    "   scenario  s/fail\n"
                    "             Foreign children stay\n"
                    "   found     it hangs\n"
                    "   oracle    progress\n"
                    "   history   t1 enter op=close ctx=A\n"
                    "             - hang lane=t1\n"
                    "               tid 7 (demo) sleeping in futex\n"
                    "                in mutex_lock of 0x10, which it holds itself\n"
                    "                (libc.so.6) < a \"b\" c\\n <\n"
                    "                  a_function_with_a_long_name_of_many_words\n"
                    "               result=1\n"
                    "             - hang lane=t2 text=\"in futex\"\n"
                    "             - hang lane=t2\n"
                    "               one\n"
                    "               \\x1b[1m\n"
                    "   again     reapcheck run --impl demo s/fail.scn\n"
                    "\n"
                    "demo 1.0: 0 pass, 1 fail, 0 limit, 0 skip, 0 error\n");
}

static void shows_progress_on_a_terminal(void **state)
{
    static const struct fixture_call calls[] = {{&fixture_pass, NULL}, {&fixture_pass, NULL}};
    const struct report_run run = {.total = 2, .progress = true};

    (void)state;
    fixture_compare(&report_pretty, &run, calls, sizeof calls / sizeof *calls,
                    "\r"
                    "\033[K[1/2] demo: s/pass\r"
                    "\033[K[2/2] demo: s/pass\r"
                    "\033[Kdemo 1.0\n"
                    "\n"
                    "  XC  2 of 2 hold\n"
                    "\n"
                    "demo 1.0: 2 pass, 0 fail, 0 limit, 0 skip, 0 error\n");
}

static void cuts_progress_to_the_terminal(void **state)
{
    static const char wanted[] = "\r\033[K[1/2] demo: s/...";
    const struct winsize narrow = {.ws_row = 24, .ws_col = 18};
    const struct report_run run = {.total = 2, .progress = true};
    char seen[64] = "";
    int master, slave;
    void *report;
    FILE *out;

    (void)state;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &narrow), 0);
    out = fdopen(slave, "w");
    assert_non_null(out);
    report = report_pretty.begin(out, &run);
    report_pretty.verdict(report, &fixture_pass, NULL);
    assert_int_equal(report_flush(out), 0);
    assert_int_equal(read(master, seen, sizeof seen - 1), sizeof wanted - 1);
    assert_string_equal(seen, wanted);
    assert_int_equal(report_pretty.end(report), 0);
    fclose(out);
    close(master);
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    fixture_full(&report_pretty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_all_of_an_implementation),
        cmocka_unit_test(keeps_what_is_expected_apart),
        cmocka_unit_test(tells_the_new_beside_the_known),
        cmocka_unit_test(tells_of_each_when_verbose),
        cmocka_unit_test(shows_a_hang_line_by_line),
        cmocka_unit_test(shows_progress_on_a_terminal),
        cmocka_unit_test(cuts_progress_to_the_terminal),
        cmocka_unit_test(tells_of_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
