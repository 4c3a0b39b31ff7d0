/* SPDX-License-Identifier: MIT */
/* The kill matrix: what is played, what counts as caught, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "cli/kill_matrix.h"

static char xc_01[][8] = {"XC-01"}, both[][8] = {"XC-24", "XC-01"}, none[][8] = {"XC-02"};
static struct script a1 = {.name = "a/one", .covers = xc_01, .covers_count = 1};
static struct script a2 = {.name = "a/two", .covers = both, .covers_count = 2};
static struct script b1 = {.name = "b/one", .covers = both, .covers_count = 2};
static struct script b2 = {.name = "b/two", .covers = none, .covers_count = 1};
static struct script *const scripts[] = {&a1, &a2, &b1, &b2};

static struct breach first_breaks[] = {{"XC-01", "a/two", 3}, {"XC-24", "b/one", 4}};
static struct breach second_breaks[] = {{"XC-01", "b/one", 3}};
static struct mutant two_mutants[] = {
    {.name = "first", .bug = "b", .happened = "h", .breaks = first_breaks, .breaks_count = 2},
    {.name = "second", .bug = "b", .happened = "h", .breaks = second_breaks, .breaks_count = 1},
};
static const struct mutants mutants = {two_mutants, 2};
static const struct text_list all_names;

static struct kill_plan plan(void)
{
    return (struct kill_plan){.mutants = &mutants,
                              .scripts = scripts,
                              .scripts_count = 4,
                              .names = &all_names,
                              .times = 2};
}

/* "first XC-01 a/two 2, ...": promises with their times, the others in brackets. */
static void assert_rows(const struct kill_plan *what, const char *wanted)
{
    struct kill_matrix matrix;
    char *rows = text_format("%s", "");

    kill_matrix_make(&matrix, what);
    for (size_t i = 0; i < matrix.count; i++) {
        const struct kill *kill = &matrix.list[i];

        text_append(&rows, kill->promised ? "%s%s %s %s*%zu" : "%s(%s %s %s*%zu)", i ? ", " : "",
                    kill->mutant->name, kill->requirement, kill->script->name, kill->times);
    }
    assert_string_equal(rows, wanted);
    free(rows);
    kill_matrix_clear(&matrix);
}

static void plays_promises_and_what_covers_the_same(void **state)
{
    struct text_list only = {0};
    struct kill_plan what = plan();

    (void)state;
    assert_rows(&what, "first XC-01 a/two*2, first XC-24 b/one*2, (first XC-01 a/one*1), "
                       "(first XC-01 b/one*1), (first XC-24 a/two*1), second XC-01 b/one*2, "
                       "(second XC-01 a/one*1), (second XC-01 a/two*1)");
    what.promised = true;
    assert_rows(&what, "first XC-01 a/two*2, first XC-24 b/one*2, second XC-01 b/one*2");
    what.theme = "a";
    assert_rows(&what, "first XC-01 a/two*2");
    what.promised = false;
    assert_rows(&what, "first XC-01 a/two*2, (first XC-01 a/one*1), (first XC-24 a/two*1)");
    what = plan();
    text_list_add(&only, "second");
    what.names = &only;
    what.all = true;
    assert_rows(&what, "second XC-01 b/one*2, (second XC-01 a/one*1), (second XC-01 a/two*1), "
                       "(second XC-01 b/two*1)");
    text_list_clear(&only);
}

/* A verdict with findings "REQUIREMENT[=ALSO] ORACLE; ...", each a limit if it ends in "!". */
static struct verdict verdict_of(enum verdict_kind kind, const char *findings)
{
    static struct verdict_finding list[4];
    static char ids[4][8], alsos[4][8], names[4][32];
    struct verdict verdict = {.kind = kind, .findings = list, .milliseconds = 12};

    for (size_t i = 0; *findings; i++) {
        int used = 0;

        alsos[i][0] = 0;
        if (sscanf(findings, "%7[A-Z0-9-]=%7[A-Z0-9-] %31[a-z!]%n", ids[i], alsos[i], names[i],
                   &used) != 3)
            assert_int_equal(sscanf(findings, "%7[A-Z0-9-] %31[a-z!]%n", ids[i], names[i], &used),
                             2);
        list[i] = (struct verdict_finding){.requirement = ids[i],
                                           .also = *alsos[i] ? alsos[i] : NULL,
                                           .oracle = names[i],
                                           .limit = strchr(names[i], '!') ? "manual" : NULL};
        verdict.findings_count = i + 1;
        findings += used;
        findings += strspn(findings, "; ");
    }
    return verdict;
}

static void counts_what_says_so(void **state)
{
    static const struct {
        enum verdict_kind kind;
        const char *findings;
        bool caught;
        enum kill_cause cause;
        const char *instead;
    } cases[] = {
        {VERDICT_PASS, "", false, KILL_NONE, "pass"},
        {VERDICT_FAIL, "XC-24 restored", true, KILL_ORACLE, NULL},
        {VERDICT_FAIL, "XC-24 step", true, KILL_STEP, NULL},
        {VERDICT_FAIL, "XC-24 progress", true, KILL_PROGRESS, NULL},
        /* Another oracle says in the same play what went wrong. */
        {VERDICT_FAIL, "XC-24 progress; FK-75 locks", true, KILL_ORACLE, NULL},
        /* FK-13 restates it. */
        {VERDICT_FAIL, "FK-13=XC-24 restored", true, KILL_ORACLE, NULL},
        {VERDICT_FAIL, "XC-01 step", false, KILL_NONE, "XC-01"},
        {VERDICT_LIMIT, "XC-24 restored!", false, KILL_NONE, "limit"},
        {VERDICT_FAIL, "XC-24 restored!; XC-01 step", false, KILL_NONE, "XC-24"},
        {VERDICT_ERROR, "XC-24 progress", false, KILL_NONE, "error"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict verdict = verdict_of(cases[i].kind, cases[i].findings);
        struct kill_plan what = plan();
        struct kill_matrix matrix;
        const struct kill *kill;

        what.promised = true;
        what.times = 1;
        kill_matrix_make(&matrix, &what);
        kill = &matrix.list[1];
        kill_matrix_count(&matrix, &two_mutants[0], &b1, &verdict);
        assert_int_equal(kill->plays, 1);
        assert_int_equal(matrix.list[0].plays + matrix.list[2].plays, 0);
        assert_int_equal(kill->caught, cases[i].caught);
        assert_int_equal(kill->cause, cases[i].cause);
        assert_int_equal(kill_is_missed(kill), !cases[i].caught);
        if (cases[i].instead)
            assert_string_equal(kill->others.list[0], cases[i].instead);
        else
            assert_int_equal(kill->others.count, 0);
        kill_matrix_clear(&matrix);
    }
}

/* Once missed is missed, however often it is caught; and all of it is printed. */
static void tells_of_what_is_missed(void **state)
{
    struct verdict caught = verdict_of(VERDICT_FAIL, "XC-01 progress");
    struct verdict passed = {.kind = VERDICT_PASS, .milliseconds = 7};
    struct kill_plan what = plan();
    struct kill_matrix matrix;
    char *text = NULL;
    size_t size, end;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    kill_matrix_make(&matrix, &what);
    kill_matrix_count(&matrix, &two_mutants[1], &b1, &passed);
    kill_matrix_count(&matrix, &two_mutants[1], &b1, &caught);
    kill_matrix_count(&matrix, &two_mutants[1], &a1, &caught);
    kill_matrix_count(&matrix, &two_mutants[1], &a2, &passed);
    assert_int_equal(kill_matrix_next_mutant(&matrix, 0), 5);
    end = kill_matrix_next_mutant(&matrix, 5);
    assert_int_equal(end, matrix.count);
    kill_matrix_print(out, &matrix, 5, end);
    matrix.list += 5;
    matrix.count -= 5;
    kill_matrix_sum_up(out, &matrix, 4, 1.25);
    matrix.list -= 5;
    matrix.count += 5;
    fclose(out);
    assert_string_equal(
        text, "second\n"
              "  MISSED  XC-01  1 of 2       12 ms  b/one\n"
              "          brought instead: pass\n"
              "          only by a crash or a hang: no oracle named a cause\n"
              "  also    XC-01  1 of 2 others: a: one\n"
              "\n"
              "Caught only by a crash or a hang: an oracle may be missing\n"
              "  second: XC-01 in b/one\n"
              "\n"
              "Missed\n"
              "  second: XC-01 in b/one\n"
              "\n"
              "1 mutant, 1 promise: 0 caught as named, 1 missed.\n"
              "4 plays in 1.2 s. Longest: second in b/one 0.0 s; second in a/one 0.0 s; second\n"
              "  in a/two 0.0 s.\n");
    free(text);
    kill_matrix_clear(&matrix);
}

static void is_there_as_json(void **state)
{
    struct verdict caught = verdict_of(VERDICT_FAIL, "XC-01 step");
    struct kill_plan what = plan();
    struct kill_matrix matrix;
    json_t *json = json_object(), *row;

    (void)state;
    what.promised = true;
    kill_matrix_make(&matrix, &what);
    kill_matrix_count(&matrix, &two_mutants[0], &a2, &caught);
    assert_int_equal(kill_matrix_to_json(&matrix, json), 0);
    assert_int_equal(json_array_size(json_object_get(json, "mutants")), 2);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 3);
    row = json_array_get(json_object_get(json, "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "scenario")), "a/two");
    assert_int_equal(json_integer_value(json_object_get(row, "caught")), 1);
    assert_int_equal(json_integer_value(json_object_get(row, "milliseconds")), 12);
    assert_string_equal(json_string_value(json_object_get(row, "cause")), "step");
    row = json_array_get(json_object_get(json, "rows"), 1);
    assert_null(json_object_get(row, "milliseconds"));
    json_decref(json);
    kill_matrix_clear(&matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_promises_and_what_covers_the_same),
        cmocka_unit_test(counts_what_says_so),
        cmocka_unit_test(tells_of_what_is_missed),
        cmocka_unit_test(is_there_as_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
