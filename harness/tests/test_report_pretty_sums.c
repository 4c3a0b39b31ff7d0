/* SPDX-License-Identifier: MIT */
/* The report for people: what many verdicts have in common is told once, cut, or counted. */
#include "report_fixture.h"

enum { MANY = 12 };

/* The end of the report on one failure that many scenarios have in common. */
static void many_alike(bool verbose, const char *reason, const char *wanted)
{
    const struct report_run run = {.total = MANY, .verbose = verbose};
    struct verdict_finding findings[MANY];
    struct verdict verdicts[MANY];
    char names[MANY][16], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    void *report;

    assert_non_null(out);
    report = report_pretty.begin(out, &run);
    for (int i = 0; i < MANY; i++) {
        const struct fixture_call call = {&verdicts[i], reason};
        struct judgement judgement;

        snprintf(names[i], sizeof names[i], "s/%02d", i);
        findings[i] = (struct verdict_finding){.requirement = "XC-01", .oracle = "o", .what = "w"};
        verdicts[i] = (struct verdict){.kind = VERDICT_FAIL,
                                       .scenario = names[i],
                                       .file = "f",
                                       .sentence = "",
                                       .implementation = "demo",
                                       .version = "1",
                                       .command = "again",
                                       .findings = &findings[i],
                                       .findings_count = 1};
        fixture_judge(&call, &judgement);
        report_pretty.verdict(report, &verdicts[i], &judgement);
        judgement_clear(&judgement);
    }
    assert_int_equal(report_pretty.end(report), 0);
    fclose(out);
    assert_true(size > strlen(wanted));
    assert_string_equal(text + size - strlen(wanted), wanted);
    free(text);
}

static void cuts_a_long_list_of_scenarios(void **state)
{
    (void)state;
    many_alike(false, NULL,
               "   again     again\n"
               "   also      s/01: w\n"
               "             s/02: w\n"
               "             s/03: w\n"
               "             s/04: w\n"
               "             s/05: w\n"
               "             s/06: w\n"
               "             s/07: w\n"
               "             s/08: w\n"
               "             ... and 3 more (--verbose shows all)\n"
               "\n"
               "demo 1: 0 pass, 12 fail, 0 limit, 0 skip, 0 error\n");
    many_alike(true, NULL,
               "             s/10: w\n"
               "             s/11: w\n"
               "\n"
               "demo 1: 0 pass, 12 fail, 0 limit, 0 skip, 0 error\n");
    many_alike(false, "why",
               "  XC  0 of 1 hold; known to fail: XC-01\n"
               "\n"
               "  XC-01  known  12 of 12 \n"
               "\n"
               "Known failures\n"
               "\n"
               "  XC-01  12 scenarios: why\n"
               "         again\n"
               "\n"
               "demo 1: 0 pass, 12 fail (12 expected), 0 limit, 0 skip, 0 error\n");
    many_alike(true, "why",
               "1. XC-01\n"
               "   scenario  s/00\n"
               "   found     w\n"
               "   oracle    o\n"
               "   known     why\n"
               "   again     again\n"
               "   also      s/01: w\n"
               "             s/02: w\n"
               "             s/03: w\n"
               "             s/04: w\n"
               "             s/05: w\n"
               "             s/06: w\n"
               "             s/07: w\n"
               "             s/08: w\n"
               "             s/09: w\n"
               "             s/10: w\n"
               "             s/11: w\n"
               "\n"
               "demo 1: 0 pass, 12 fail (12 expected), 0 limit, 0 skip, 0 error\n");
}

/* A report on scenarios that were skipped for these reasons. */
static void skipped(const char *const *reasons, size_t count, const char *wanted)
{
    const struct report_run run = {.total = count};
    struct verdict verdicts[8];
    struct fixture_call calls[8];

    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        verdicts[i] = fixture_skip;
        verdicts[i].reason = (char *)reasons[i];
        calls[i] = (struct fixture_call){&verdicts[i], NULL};
    }
    fixture_compare(&report_pretty, &run, calls, count, wanted);
}

static void sums_up_what_is_not_offered(void **state)
{
    static const char *const alike[] = {"demo does not offer watch", "demo does not offer watch"};
    static const char *const single[] = {"demo does not offer watch",
                                         "demo does not offer several threads",
                                         "demo does not offer several threads"};
    static const char *const all[] = {
        "demo does not offer mode library, being told of an exit, mode mainloop",
        "demo does not offer libxl's shape, several threads",
        "other does not offer several threads",
        "demo does not offer several threads",
        NULL,
        "demo does not offer libxl's shape, being told of SIGCHLD",
        "other does not offer several threads",
        "demo does not offer several threads"};

    (void)state;
    skipped(alike, 2,
            "demo 1.0\n"
            "\n"
            "Skipped: 2 (demo does not offer watch)\n"
            "\n"
            "demo 1.0: 0 pass, 0 fail, 0 limit, 2 skip, 0 error\n");
    skipped(single, 3,
            "demo 1.0\n"
            "\n"
            "Skipped: 3, which need what demo does not offer: several threads 2, watch 1\n"
            "\n"
            "demo 1.0: 0 pass, 0 fail, 0 limit, 3 skip, 0 error\n");
    skipped(all, 8,
            "demo 1.0\n"
            "\n"
            "Skipped: 5, which need what demo does not offer: several threads 3, libxl's\n"
            "  shape 2, mode library 1, being told of an exit 1, mode mainloop 1, being told\n"
            "  of SIGCHLD 1 (each may count for several); 2 (other does not offer several\n"
            "  threads); 1 (no reason given)\n"
            "\n"
            "demo 1.0: 0 pass, 0 fail, 0 limit, 8 skip, 0 error\n");
}

/* A family of which most is skipped, or much not covered, is summed up; in full when verbose. */
static void counts_what_is_no_trouble(void **state)
{
    static struct requirement requirements[] = {
        {"XC-01", 'L', "H", "a", "XC", 1, LEVEL_MUST, NULL},
        {"XC-03", 'L', "H", "b", "XC", 2, LEVEL_MUST, NULL},
        {"FK-01", 'L', "H", "c", "FK", 3, LEVEL_MUST, NULL},
        {"FK-02", 'L', "H", "d", "FK", 4, LEVEL_MUST, NULL},
        {"FK-03", 'L', "H", "e", "FK", 5, LEVEL_MUST, NULL},
        {"FK-04", 'L', "H", "f", "FK", 6, LEVEL_MUST, NULL},
        {"AB-01", 'L', "H", "g", "AB", 7, LEVEL_MUST, NULL},
        {"AB-02", 'L', "H", "h", "AB", 8, LEVEL_MUST, NULL},
    };
    static const struct catalogue catalogue = {requirements,
                                               sizeof requirements / sizeof *requirements};
    static char *passed[] = {"XC-01", "FK-01"}, *skipped[] = {"XC-03", "FK-02", "FK-04", "AB-01"};
    struct verdict pass = fixture_pass, skip = fixture_skip;
    const struct fixture_call calls[] = {{&pass, NULL}, {&skip, NULL}};
    struct report_run run = {.total = 2, .catalogue = &catalogue, .complete = true};

    (void)state;
    pass.covers = passed;
    pass.covers_count = 2;
    skip.covers = skipped;
    skip.covers_count = 4;
    fixture_compare(&report_pretty, &run, calls, 2,
                    "demo 1.0\n"
                    "\n"
                    "  XC  1 of 2 hold; skipped: XC-03\n"
                    "  FK  1 of 4 hold; 2 skipped; not covered: FK-03\n"
                    "  AB  1 skipped; not covered: AB-02\n"
                    "\n"
                    "Skipped: 1 (needs fork #hook)\n"
                    "\n"
                    "demo 1.0: 1 pass, 0 fail, 0 limit, 1 skip, 0 error\n");
    run.complete = false;
    fixture_compare(&report_pretty, &run, calls, 2,
                    "demo 1.0\n"
                    "\n"
                    "  XC  1 of 2 hold; skipped: XC-03\n"
                    "  FK  1 of 3 hold; 2 skipped\n"
                    "  AB  1 skipped\n"
                    "\n"
                    "Skipped: 1 (needs fork #hook)\n"
                    "\n"
                    "demo 1.0: 1 pass, 0 fail, 0 limit, 1 skip, 0 error\n");
    run.complete = run.verbose = true;
    run.total = 3; /* interrupted: nobody knows what would have been covered */
    fixture_compare(&report_pretty, &run, calls, 2,
                    "demo 1.0\n"
                    "\n"
                    "  XC  1 of 2 hold; skipped: XC-03\n"
                    "  FK  1 of 3 hold; skipped: FK-02 FK-04\n"
                    "  AB  skipped: AB-01\n"
                    "\n"
                    "Scenarios\n"
                    "\n"
                    "  pass   s/pass  12 ms, 34 events\n"
                    "  skip   s/skip\n"
                    "         needs fork #hook\n"
                    "\n"
                    "demo 1.0: 1 pass, 0 fail, 0 limit, 1 skip, 0 error\n"
                    "Interrupted: 2 of 3 verdicts are there.\n");
}

/* A place of the documentation stands once for each requirement that it disclaims. */
static void quotes_a_limit_once(void **state)
{
    static struct verdict_finding findings[] = {
        {"XC-05", "o", 0, NULL, "it was lost", "manual, section 3", NULL, 0, NULL, NULL},
        {"XC-05", "o", 0, NULL, "it came late", "manual, section 3", NULL, 0, NULL, NULL},
        {"XC-05", "o", 0, NULL, "it was another's", "manual, section 4", NULL, 0, NULL, NULL},
    };
    struct verdict first = fixture_limit, second = fixture_limit, third = fixture_limit;
    const struct fixture_call calls[] = {
        {&fixture_limit, NULL}, {&first, NULL}, {&second, NULL}, {&third, NULL}};
    struct report_run run = {.total = 4, .catalogue = &fixture_catalogue};

    (void)state;
    first.scenario = "s/first";
    second.scenario = "s/second";
    third.scenario = "s/third";
    first.covers_count = second.covers_count = third.covers_count = 0;
    first.findings = second.findings = findings;
    first.findings_count = 2; /* both of one scenario */
    second.findings_count = 1;
    third.findings = &findings[2];
    fixture_compare(
        &report_pretty, &run, calls, 4,
        "demo 1.0\n"
        "\n"
        "  XC  0 of 1 hold; limit: XC-05\n"
        "  FK  0 of 1 hold; limit: FK-36\n"
        "\n"
        "  XC-05  limit  3 of 3     In a selective mode a foreign child is left alone:...\n"
        "  FK-36  limit  1 of 1     MUST NOT call either function in any other mode.\n"
        "\n"
        "Limits that its documentation states\n"
        "\n"
        "  XC-05  2 scenarios: manual, section 3\n"
        "  XC-05  s/third: manual, section 4\n"
        "  FK-36  s/limit: manual, section 3\n"
        "\n"
        "demo 1.0: 0 pass, 0 fail, 4 limit, 0 skip, 0 error\n");
    run.verbose = true;
    fixture_compare(
        &report_pretty, &run, calls, 4,
        "demo 1.0\n"
        "\n"
        "  XC  0 of 1 hold; limit: XC-05\n"
        "  FK  0 of 1 hold; limit: FK-36\n"
        "\n"
        "  XC-05  limit  3 of 3     In a selective mode a foreign child is left alone:...\n"
        "  FK-36  limit  1 of 1     MUST NOT call either function in any other mode.\n"
        "\n"
        "Scenarios\n"
        "\n"
        "  limit  s/limit  0 ms, 0 events\n"
        "  limit  s/first  0 ms, 0 events\n"
        "  limit  s/second  0 ms, 0 events\n"
        "  limit  s/third  0 ms, 0 events\n"
        "\n"
        "Limits that its documentation states\n"
        "\n"
        "  XC-05  2 scenarios: manual, section 3\n"
        "         s/first: it was lost\n"
        "         s/first: it came late\n"
        "         s/second: it was lost\n"
        "  XC-05  s/third: manual, section 4\n"
        "         s/third: it was another's\n"
        "  FK-36  s/limit: manual, section 3\n"
        "         s/limit: the process ended with SIGABRT\n"
        "\n"
        "demo 1.0: 0 pass, 0 fail, 4 limit, 0 skip, 0 error\n");
}

/* A requirement of the libxl shape that restates another: both fail, and one failure is told. */
static void tells_once_what_breaks_two(void **state)
{
    static struct verdict_finding finding = {"FK-36", "restored", 0, NULL,    "the handler stayed",
                                             NULL,    NULL,       0, "XC-02", NULL};
    struct verdict verdict = fixture_fail;
    const struct fixture_call call = {&verdict, NULL};
    const struct report_run run = {.total = 1, .catalogue = &fixture_catalogue};

    (void)state;
    verdict.findings = &finding;
    verdict.findings_count = 1;
    fixture_compare(&report_pretty, &run, &call, 1,
                    "demo 1.0\n"
                    "\n"
                    "  XC  2 of 3 hold; fails: XC-02\n"
                    "  FK  0 of 1 hold; fails: FK-36\n"
                    "\n"
                    "  XC-02  fail   1 of 1     The raw wait status arrives whole.\n"
                    "  FK-36  fail   1 of 1     MUST NOT call either function in any other mode.\n"
                    "\n"
                    "Failures\n"
                    "\n"
                    "1. FK-36, and so XC-02: MUST NOT call either function in any other mode.\n"
                    "   scenario  s/fail\n"
                    "             Foreign children stay\n"
                    "   found     the handler stayed\n"
                    "   oracle    restored\n"
                    "   again     reapcheck run --impl demo s/fail.scn\n"
                    "\n"
                    "demo 1.0: 0 pass, 1 fail, 0 limit, 0 skip, 0 error\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_a_long_list_of_scenarios),
        cmocka_unit_test(sums_up_what_is_not_offered),
        cmocka_unit_test(counts_what_is_no_trouble),
        cmocka_unit_test(quotes_a_limit_once),
        cmocka_unit_test(tells_once_what_breaks_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
