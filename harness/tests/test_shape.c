/* SPDX-License-Identifier: MIT */
/* Requirements of the libxl shape and those of any implementation: which goes with which, and that
 * findings, judgements and tallies keep to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "catalogue/shape.h"
#include "oracle/oracle.h"
#include "report/expected.h"
#include "report/tally.h"

static const struct subject libxl_like = {
    .owners = 15, .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_FOREIGN, .has_probe = 1};
static const struct subject plain_like = {.owners = RC_OWNS(RC_OWNER_SELECTIVE), .has_probe = 1};

static void knows_which_restates_which(void **state)
{
    (void)state;
    assert_string_equal(shape_restates("FK-13"), "XC-24");
    assert_string_equal(shape_elsewhere("FK-13"), "XC-24");
    /* An exit that is lost where owners clash is lost; a refusal that did not come is none. */
    assert_null(shape_restates("FK-46"));
    assert_string_equal(shape_elsewhere("FK-46"), "XC-01");
    /* Owed by the libxl shape alone. */
    assert_null(shape_restates("FK-11"));
    assert_null(shape_elsewhere("FK-11"));
    assert_null(shape_restates("XC-24"));
    assert_null(shape_elsewhere("XC-24"));
}

/* The same history breaks the same requirement of any implementation, whatever the shape. */
static void findings_name_both(void **state)
{
    static const char left[] = "t1 lane\n"
                               "- disposition default flags=0x0 mask=0x0\n"
                               "t1 enter op=open ctx=A\n"
                               "t1 leave op=open ctx=A result=0\n"
                               "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
                               "t1 enter op=close ctx=A\n"
                               "t1 leave op=close ctx=A result=0\n"
                               "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n";
    static const struct {
        const struct subject *subject;
        const char *requirement, *also;
    } cases[] = {{&libxl_like, "FK-13", "XC-24"}, {&plain_like, "XC-24", NULL}};
    char error[200];
    struct history *history = history_from_text(left, error, sizeof error);

    (void)state;
    assert_non_null(history);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct findings findings = {0};
        const struct finding *last;

        assert_int_equal(oracle_judge(history, cases[i].subject, &findings), 0);
        assert_true(findings.count > 0);
        last = &findings.list[findings.count - 1];
        assert_string_equal(last->requirement, cases[i].requirement);
        if (cases[i].also)
            assert_string_equal(last->also, cases[i].also);
        else
            assert_null(last->also);
        findings_free(&findings);
    }
    history_free(history);
}

static const struct tally_row *row(const struct tally *tally, const char *id)
{
    for (size_t i = 0; i < tally->count; i++)
        if (!strcmp(tally->rows[i].id, id))
            return &tally->rows[i];
    fail_msg("there is no row %s", id);
    return NULL;
}

/* What is known, or disclaimed, of the one is so of the other. */
static void tallies_count_both(void **state)
{
    static char *covers[] = {"XC-24", "XC-01"};
    struct verdict_finding finding = {
        .requirement = "FK-13", .also = "XC-24", .oracle = "o", .what = "w"};
    const struct verdict verdict = {.kind = VERDICT_FAIL,
                                    .scenario = "s",
                                    .covers = covers,
                                    .covers_count = 2,
                                    .findings = &finding,
                                    .findings_count = 1};
    struct expected_line line = {.scenario = "s", .requirement = "FK-13", .reason = "r"};
    struct expected expected = {.list = &line, .count = 1};
    static const enum tally_state states[] = {TALLY_FAILS, TALLY_KNOWN, TALLY_LIMIT};

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct tally tally;
        struct judgement judgement = {0};

        finding.limit = states[i] == TALLY_LIMIT ? "the manual" : NULL;
        if (states[i] == TALLY_KNOWN)
            expected_judge(&expected, &verdict, &judgement);
        tally_begin(&tally, NULL);
        tally_add(&tally, &verdict, &judgement);
        assert_int_equal(tally.count, 3);
        assert_int_equal(tally_state(row(&tally, "FK-13")), states[i]);
        assert_int_equal(tally_state(row(&tally, "XC-24")), states[i]);
        assert_int_equal(row(&tally, "XC-24")->scenarios, 1);
        assert_int_equal(tally_state(row(&tally, "XC-01")), TALLY_HOLDS);
        tally_clear(&tally);
        judgement_clear(&judgement);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_which_restates_which),
        cmocka_unit_test(findings_name_both),
        cmocka_unit_test(tallies_count_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
