/* SPDX-License-Identifier: MIT */
/* TAP: every kind of verdict, what is escaped, and what is said of expectations. */
#include "report_fixture.h"

static void prints_every_kind(void **state)
{
    static const struct fixture_call calls[] = {
        {NULL, "this is version 1.0"},   {&fixture_pass, NULL},  {&fixture_fail, NULL},
        {&fixture_fail_too, "known #1"}, {&fixture_limit, NULL}, {&fixture_skip, NULL},
        {&fixture_error, NULL},          {&fixture_pass, ""},    {&fixture_fail_too, ""},
        {NULL, "+FK-36 fails nowhere"}};
    const struct report_run run = {.total = 8};

    (void)state;
    fixture_compare(&report_tap, &run, calls, sizeof calls / sizeof *calls,
                    "TAP version 14\n"
                    "# demo: this is version 1.0\n"
                    "ok 1 - demo: s/pass\n"
                    "not ok 2 - demo: s/fail\n"
                    "  ---\n"
                    "  sentence: \"Foreign children stay\"\n"
                    "  findings:\n"
                    "    - requirement: \"XC-05\"\n"
                    "      oracle: \"no theft\"\n"
                    "      what: \"f1 was reaped by the library\"\n"
                    "      at: \"s/fail.scn:14\"\n"
                    "      step: \"expect f1 waitable\"\n"
                    "      evidence:\n"
                    "        - \"t1 call what=waitpid subject=-1 result=131\"\n"
                    "        - \"-  exited child=f1 status=0x300 \\x1b[31m\\\\ \\\"#\\\"\"\n"
                    "    - requirement: \"XC-01\"\n"
                    "      oracle: \"step\"\n"
                    "      what: \"a1 was reported twice\"\n"
                    "  command: \"reapcheck run --impl demo s/fail.scn\"\n"
                    "  ...\n"
                    "not ok 3 - demo: s/fail-too # TODO known \\#1\n"
                    "  ---\n"
                    "  sentence: \"Others stay, too\"\n"
                    "  findings:\n"
                    "    - requirement: \"XC-05\"\n"
                    "      oracle: \"no theft\"\n"
                    "      what: \"f1 was reaped by the library\"\n"
                    "      at: \"s/fail-too.scn:14\"\n"
                    "      step: \"expect f1 waitable\"\n"
                    "      evidence:\n"
                    "        - \"t1 call what=waitpid subject=-1 result=131\"\n"
                    "        - \"-  exited child=f1 status=0x300 \\x1b[31m\\\\ \\\"#\\\"\"\n"
                    "  command: \"reapcheck run --impl demo s/fail-too.scn\"\n"
                    "  ...\n"
                    "ok 4 - demo: s/limit\n"
                    "  ---\n"
                    "  message: \"what fails is disclaimed by the documentation\"\n"
                    "  sentence: \"A rule is broken\"\n"
                    "  findings:\n"
                    "    - requirement: \"FK-36\"\n"
                    "      oracle: \"limit\"\n"
                    "      what: \"the process ended with SIGABRT\"\n"
                    "      limit: \"manual, section 3\"\n"
                    "  ...\n"
                    "ok 5 - demo: s/skip # SKIP needs fork \\#hook\n"
                    "not ok 6 - other: s/error\n"
                    "  ---\n"
                    "  message: \"the harness could not tell\"\n"
                    "  sentence: \"Nobody knows\"\n"
                    "  reason: \"the host did not start\"\n"
                    "  command: \"reapcheck run --impl other s/error.scn\"\n"
                    "  ...\n"
                    "not ok 7 - demo: s/pass\n"
                    "  ---\n"
                    "  message: \"it was expected to fail, and does not\"\n"
                    "  sentence: \"All is well\"\n"
                    "  new_passes:\n"
                    "    - \"XC-01\"\n"
                    "  command: \"reapcheck run --impl demo s/pass.scn\"\n"
                    "  ...\n"
                    "not ok 8 - demo: s/fail-too\n"
                    "  ---\n"
                    "  message: \"it fails otherwise than expected\"\n"
                    "  sentence: \"Others stay, too\"\n"
                    "  findings:\n"
                    "    - requirement: \"XC-05\"\n"
                    "      oracle: \"no theft\"\n"
                    "      what: \"f1 was reaped by the library\"\n"
                    "      at: \"s/fail-too.scn:14\"\n"
                    "      step: \"expect f1 waitable\"\n"
                    "      evidence:\n"
                    "        - \"t1 call what=waitpid subject=-1 result=131\"\n"
                    "        - \"-  exited child=f1 status=0x300 \\x1b[31m\\\\ \\\"#\\\"\"\n"
                    "  command: \"reapcheck run --impl demo s/fail-too.scn\"\n"
                    "  ...\n"
                    "not ok 9 - demo: NEW PASS: FK-36 fails nowhere\n"
                    "1..9\n");
}

static void says_when_it_was_interrupted(void **state)
{
    static const struct fixture_call calls[] = {{&fixture_pass, NULL}};
    const struct report_run run = {.total = 3};

    (void)state;
    fixture_compare(&report_tap, &run, calls, 1,
                    "TAP version 14\n"
                    "ok 1 - demo: s/pass\n"
                    "Bail out! interrupted after 1 of 3\n");
}

static void has_a_plan_for_nothing(void **state)
{
    const struct report_run run = {0};

    (void)state;
    fixture_compare(&report_tap, &run, NULL, 0, "TAP version 14\n1..0 # SKIP no scenario\n");
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    fixture_full(&report_tap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_every_kind),
        cmocka_unit_test(says_when_it_was_interrupted),
        cmocka_unit_test(has_a_plan_for_nothing),
        cmocka_unit_test(tells_of_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
