/* SPDX-License-Identifier: MIT */
/*
 * Scripts with rows, and what only scripts about the kernel say: which value stands where, what a
 * row is called, which files are refused, what lint finds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/each.h"
#include "script/script.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char rows[] = "scenario  SIGNAL, not SIGNALS, is sent\n"
                           "each      SIGNAL of SIGHUP SIGRTMIN+1\n"
                           "covers    PL-01\n"
                           "signal    SIGNAL to host   # SIGNAL\n"
                           "expect    SIGNAL pending on main\n";

static struct script *parse(const char *file, const char *text)
{
    struct script_error error = {0};
    struct script *script = script_parse(file, text, strlen(text), &error);

    if (!script)
        fail_msg("%s:%d:%d: %s", file, error.line, error.column, error.what);
    return script;
}

static void test_row(void **state)
{
    struct script *script = parse("a/platform/b.scn@SIGRTMIN+1", rows);

    (void)state;
    assert_string_equal(script->name, "platform/b@SIGRTMIN+1");
    assert_string_equal(script->file, "a/platform/b.scn@SIGRTMIN+1");
    assert_string_equal(script->path, "a/platform/b.scn");
    assert_string_equal(script->row, "SIGRTMIN+1");
    assert_string_equal(script->sentence, "SIGRTMIN+1, not SIGNALS, is sent");
    assert_int_equal(script->steps[0].signal, SIGRTMIN + 1);
    assert_string_equal(script->steps[0].text, "signal    SIGRTMIN+1 to host");
    assert_int_equal(script->steps[1].line, 5);
    assert_true(script->needs & NEED_PLATFORM);
    script_free(script);
}

/* Without a row it is read as the first, so that it can be looked at, and has all rows' names. */
static void test_whole(void **state)
{
    struct script *script = parse("platform/b.scn", rows);

    (void)state;
    assert_string_equal(script->name, "platform/b");
    assert_null(script->row);
    assert_int_equal(script->rows_count, 2);
    assert_string_equal(script->rows[1], "SIGRTMIN+1");
    assert_int_equal(script->steps[0].signal, SIGHUP);
    script_free(script);
}

static void test_row_of_file(void **state)
{
    (void)state;
    assert_string_equal(each_row_of("a/b.scn@C"), "@C");
    assert_null(each_row_of("a/b.scn"));
    assert_null(each_row_of("a@b.scn"));
    assert_null(each_row_of("a.scn@b/c.scn"));
}

static const struct {
    const char *file, *text, *error;
} mistakes[] = {
    {"b.scn@SIGINT", rows, "0:0: has no row 'SIGINT'; its first is 'SIGHUP'"},
    {"b.scn@", rows, "0:0: has no row ''; its first is 'SIGHUP'"},
    {"b.scn@X", "quiet\n", "0:0: has no rows (no line `each`), and so no 'X'"},
    {"b.scn", "each A of\n", "1:10: found the end of the line, expected a sentence"},
    {"b.scn", "each A in x\n", "1:8: found 'in', expected 'of'"},
    {"b.scn", "each A of x y x\n", "1:15: found 'x', expected each value but once"},
    {"b.scn", "each A of x/y\n",
     "1:11: found 'x/y', expected a value that can be part of a scenario's name"},
    {"b.scn", "each A of abcdefghijklmnopqrstuvwx\n",
     "1:11: found 'abcdefghijklmnopqrstuvwx', expected a value of 23 characters at most"},
    {"b.scn", "each A of x\neach B of y\n",
     "2:1: found 'each', expected another line: this one stands but once"},
    {"b.scn", "signal SIGRTMIN+99 to host\n",
     "1:8: found 'SIGRTMIN+99', expected a child or a signal such as SIGTERM: a name is made of "
     "letters, digits, '-' and '.'"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
        struct script_error error = {0};
        char seen[450];

        if (script_parse(mistakes[i].file, mistakes[i].text, strlen(mistakes[i].text), &error))
            fail_msg("no mistake found in %s", mistakes[i].text);
        snprintf(seen, sizeof seen, "%d:%d: %s", error.line, error.column, error.what);
        assert_string_equal(seen, mistakes[i].error);
    }
}

/* Behind two lines of a head. */
static const struct {
    const char *text, *error;
} lints[] = {
    {"forked\n  expect host ended exit 0\nend\n", NULL},
    {"forked\n  lane t1\n  system on t1\nend\nforked\n  lane t1\nend\n", NULL},
    {"expect host ended exit 0\n", "3:1: stands in a forked block only"},
    {"crowd 10\n", "3:1: stands in a forked block only"},
    {"exec on main\n", "3:1: stands in a forked block only"},
    {"forked\n  expect host ended exit 0\n  quiet\nend\n",
     "5:3: the copy of the host has ended: nothing can follow here"},
    {"forked\n  expect host ended exit 0 with core\nend\n",
     "4:3: can never hold: who exits leaves no core"},
    {"forked\n  expect host ended stopped\nend\n",
     "4:3: a process ends by 'exit STATUS' or 'signal SIGNAL'"},
    {"forked\n  lane t1\n  exec on t1\n  system on t1\nend\n", "6:3: the lane 't1' has ended"},
    {"lane t1\nforked\n  lane t1\nend\n", "5:3: 't1' is already the name of the lane of line 3"},
    {"ctx A on main\nexpect host running\n", "3:1: the platform has no library, and so no ctx"},
    {"expect SIGHUP handled 1 times on t9\n", "3:1: no lane is called 't9' here"},
};

static void test_lint(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lints); i++) {
        struct script_error error = {0};
        char text[400], seen[450];
        struct script *script;

        snprintf(text, sizeof text, "scenario s\ncovers PL-01\n%s", lints[i].text);
        script = parse("b.scn", text);
        if (script_lint(script, NULL, &error))
            strcpy(seen, "");
        else
            snprintf(seen, sizeof seen, "%d:%d: %s", error.line, error.column, error.what);
        assert_string_equal(seen, lints[i].error ? lints[i].error : "");
        script_free(script);
    }
}

static void test_signal_names(void **state)
{
    static const struct {
        int signal;
        const char *name;
    } cases[] = {{SIGTERM, "SIGTERM"}, {SIGIO, "SIGPOLL"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(script_signal_name(cases[i].signal), cases[i].name);
    assert_string_equal(script_signal_name(SIGRTMIN), "SIGRTMIN");
    assert_string_equal(script_signal_name(SIGRTMIN + 2), "SIGRTMIN+2");
    assert_string_equal(script_signal_name(SIGRTMAX), "SIGRTMAX");
    assert_null(script_signal_name(0));
    assert_null(script_signal_name(SIGRTMIN - 1));
    assert_null(script_signal_name(SIGRTMAX + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),         cmocka_unit_test(test_whole),
        cmocka_unit_test(test_row_of_file), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_lint),        cmocka_unit_test(test_signal_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
