/* SPDX-License-Identifier: MIT */
/* JUnit's XML, compared whole: every kind of verdict, and what XML cannot hold. That it is valid
 * against junit.xsd is checked in reports.bats. */
#include "report_fixture.h"

#define DETAILS(sentence)                                                                          \
    sentence "\n\nXC-05: f1 was reaped by the library\n"                                           \
             "  at s/fail-too.scn:14: expect f1 waitable\n"                                        \
             "  oracle: no theft\n"

#define EVIDENCE                                                                                   \
    "  | t1 call what=waitpid subject=-1 result=131\n"                                             \
    "  | -  exited child=f1 status=0x300 \\x1b[31m\\ &quot;#&quot;\n"

static void prints_every_kind(void **state)
{
    static const struct fixture_call calls[] = {{NULL, "this is <version> 1.0"},
                                                {&fixture_pass, NULL},
                                                {&fixture_fail_too, NULL},
                                                {&fixture_fail_too, "known #1"},
                                                {&fixture_limit, NULL},
                                                {&fixture_skip, NULL},
                                                {&fixture_pass, ""},
                                                {NULL, "+FK-36 fails nowhere"},
                                                {&fixture_error, NULL}};
    const struct report_run run = {.total = 7};

    (void)state;
    fixture_compare(
        &report_junit, &run, calls, sizeof calls / sizeof *calls,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"reapcheck\" tests=\"8\" failures=\"3\" errors=\"1\" skipped=\"2\" "
        "time=\"0.024\">\n"
        " <testsuite name=\"demo\" tests=\"7\" failures=\"3\" errors=\"0\" skipped=\"2\" "
        "time=\"0.024\">\n"
        "  <properties>\n"
        "   <property name=\"implementation\" value=\"demo\"/>\n"
        "   <property name=\"version\" value=\"1.0\"/>\n"
        "  </properties>\n"
        "  <testcase classname=\"demo.s\" name=\"pass\" file=\"s/pass.scn\" time=\"0.012\"/>\n"
        "  <testcase classname=\"demo.s\" name=\"fail-too\" file=\"s/fail-too.scn\" "
        "time=\"0.000\">\n"
        "   <failure message=\"XC-05: f1 was reaped by the library\" type=\"XC-05\">" DETAILS(
            "Others stay, too") EVIDENCE
        "\nreapcheck run --impl demo s/fail-too.scn\n</failure>\n"
        "  </testcase>\n"
        "  <testcase classname=\"demo.s\" name=\"fail-too (play 2)\" file=\"s/fail-too.scn\" "
        "time=\"0.000\">\n"
        "   <skipped message=\"known: known #1\"/>\n"
        "   <system-out>" DETAILS(
            "Others stay, too") "  known: known #1\n" EVIDENCE
                                "\nreapcheck run --impl demo s/fail-too.scn\n</system-out>\n"
                                "  </testcase>\n"
                                "  <testcase classname=\"demo.s\" name=\"limit\" "
                                "file=\"s/limit.scn\" time=\"0.000\">\n"
                                "   <system-out>A rule is broken\n"
                                "\n"
                                "FK-36: the process ended with SIGABRT\n"
                                "  oracle: limit\n"
                                "  limit: manual, section 3\n"
                                "</system-out>\n"
                                "  </testcase>\n"
                                "  <testcase classname=\"demo.s\" name=\"skip\" "
                                "file=\"s/skip.scn\" time=\"0.000\">\n"
                                "   <skipped message=\"needs fork #hook\"/>\n"
                                "  </testcase>\n"
                                "  <testcase classname=\"demo.s\" name=\"pass\" "
                                "file=\"s/pass.scn\" time=\"0.012\">\n"
                                "   <failure message=\"NEW PASS: XC-01 was expected to fail here; "
                                "update the expected "
                                "results\" type=\"new pass\">All is well\n"
                                "\n"
                                "NEW PASS: XC-01 was expected to fail here each time, and does "
                                "not\n"
                                "\n"
                                "reapcheck run --impl demo s/pass.scn\n"
                                "</failure>\n"
                                "  </testcase>\n"
                                "  <testcase classname=\"demo\" name=\"expected results 1\" "
                                "time=\"0.000\">\n"
                                "   <failure message=\"FK-36 fails nowhere\" type=\"new pass\"/>\n"
                                "  </testcase>\n"
                                "  <system-out>this is &lt;version&gt; 1.0\n"
                                "</system-out>\n"
                                " </testsuite>\n"
                                " <testsuite name=\"other\" tests=\"1\" failures=\"0\" "
                                "errors=\"1\" skipped=\"0\" "
                                "time=\"0.000\">\n"
                                "  <properties>\n"
                                "   <property name=\"implementation\" value=\"other\"/>\n"
                                "   <property name=\"version\" value=\"\"/>\n"
                                "  </properties>\n"
                                "  <testcase classname=\"other.s\" name=\"error\" "
                                "file=\"s/error.scn\" time=\"0.000\">\n"
                                "   <error message=\"the harness could not tell: the host did not "
                                "start\" type=\"error\">"
                                "Nobody knows\n"
                                "the host did not start\n"
                                "\n"
                                "reapcheck run --impl other s/error.scn\n"
                                "</error>\n"
                                "  </testcase>\n"
                                " </testsuite>\n"
                                "</testsuites>\n");
}

static void makes_legible_what_xml_cannot_hold(void **state)
{
    struct verdict odd = fixture_skip;
    const struct fixture_call call = {&odd, NULL};
    const struct report_run run = {.total = 1};

    (void)state;
    odd.scenario = "no theme <\"&'>";
    odd.file = "";
    odd.milliseconds = 1234567;
    /* control, C1 control, no UTF-8, no character, markup, what ends a CDATA section */
    odd.reason =
        "\x01\x1b[2J\x7f\r \xc2\x85 \xff\xc3 \xef\xbf\xbe\xef\xbf\xbf ]]></skipped> \xc3\xa4";
    fixture_compare(&report_junit, &run, &call, 1,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<testsuites name=\"reapcheck\" tests=\"1\" failures=\"0\" errors=\"0\" "
                    "skipped=\"1\" time=\"1234.567\">\n"
                    " <testsuite name=\"demo\" tests=\"1\" failures=\"0\" errors=\"0\" "
                    "skipped=\"1\" time=\"1234.567\">\n"
                    "  <properties>\n"
                    "   <property name=\"implementation\" value=\"demo\"/>\n"
                    "   <property name=\"version\" value=\"1.0\"/>\n"
                    "  </properties>\n"
                    "  <testcase classname=\"demo\" name=\"no theme &lt;&quot;&amp;'&gt;\" "
                    "time=\"1234.567\">\n"
                    "   <skipped message=\"\\x01\\x1b[2J\\x7f\\x0d \\x85 \xef\xbf\xbd\xef\xbf\xbd "
                    "\xef\xbf\xbd\xef\xbf\xbd ]]&gt;&lt;/skipped&gt; \xc3\xa4\"/>\n"
                    "  </testcase>\n"
                    " </testsuite>\n"
                    "</testsuites>\n");
}

static void is_red_where_it_was_interrupted(void **state)
{
    const struct report_run run = {.total = 3};

    (void)state;
    fixture_compare(&report_junit, &run, NULL, 0,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<testsuites name=\"reapcheck\" tests=\"1\" failures=\"0\" errors=\"1\" "
                    "skipped=\"0\" time=\"0.000\">\n"
                    " <testsuite name=\"reapcheck\" tests=\"1\" failures=\"0\" errors=\"1\" "
                    "skipped=\"0\" time=\"0.000\">\n"
                    "  <testcase classname=\"reapcheck\" name=\"the run\" time=\"0.000\">\n"
                    "   <error message=\"interrupted: 0 of 3 verdicts are there\" "
                    "type=\"interrupted\"/>\n"
                    "  </testcase>\n"
                    " </testsuite>\n"
                    "</testsuites>\n");
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    fixture_full(&report_junit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_every_kind),
        cmocka_unit_test(makes_legible_what_xml_cannot_hold),
        cmocka_unit_test(is_red_where_it_was_interrupted),
        cmocka_unit_test(tells_of_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
