/* SPDX-License-Identifier: MIT */
/* The script language: what a mistake is answered with. */
#include "script_fixture.h"

static const struct {
    const char *text, *error;
} mistakes[] = {
    {"chidl a of A", "1:1: found 'chidl', expected a header line or a step; did you mean 'child'?"},
    {"quiet\nscenrio x", "2:1: found 'scenrio', expected a step"},
    {"frobnicate", "1:1: found 'frobnicate', expected a header line or a step"},
    {"quiet\nrepeat 2\nedn", "3:1: found 'edn', expected a step or 'end'; did you mean 'end'?"},
    {"quiet\ncovers XC-01",
     "2:1: found 'covers', expected a step: header lines stand before the first one"},
    {"  child a off A", "1:11: found 'off', expected 'of'"},
    {"child a of", "1:11: found the end of the line, expected a ctx"},
    {"child a of A exits 256", "1:20: found '256', expected an exit status from 0 to 255"},
    {"child a of A exits 007", "1:20: found '007', expected an exit status from 0 to 255"},
    {"child a of A exits 1 exits 2",
     "1:22: found 'exits', expected 'on', 'fails', 'may', 'for' or the end of the line"},
    {"children k 0 of A", "1:12: found '0', expected a number from 1 to 100000"},
    {"children k 100001 of A", "1:12: found '100001', expected a number from 1 to 100000"},
    {"children k 4294967297 of A", "1:12: found '4294967297', expected a number from 1 to 100000"},
    {"child host of A", "1:7: found 'host', expected a new name: that word is reserved"},
    {"child SIGHUP of A", "1:7: found 'SIGHUP', expected a new name: a signal's name is no name"},
    {"child 1a of A", "1:7: found '1a', expected a new name: a name starts with a letter"},
    {"child a/b of A",
     "1:7: found 'a/b', expected a new name: a name is made of letters, digits, '-' and '.'"},
    {"child abcdefghijklmnop of A",
     "1:7: found 'abcdefghijklmnop', expected a new name: a name has 15 characters at most"},
    {"ctx A on t1 owner selectiv",
     "1:19: found 'selectiv', expected an owner (library, mainloop, always or selective)"},
    {"kill a SIGFOO", "1:8: found 'SIGFOO', expected a signal such as SIGTERM"},
    {"fail fork EFOO", "1:11: found 'EFOO', expected an error such as EAGAIN"},
    {"fail frok EAGAIN", "1:6: found 'frok', expected a libc call such as write"},
    {"close A fails for ever", "1:19: found 'ever', expected a requirement such as XC-01"},
    {"close A may", "1:12: found the end of the line, expected 'fail'"},
    {"later 8760001h", "1:7: found '8760001h', expected a time such as 2h, 30s, 1500ms or 20us"},
    {"later 9223372036854775807h",
     "1:7: found '9223372036854775807h', expected a time such as 2h, 30s, 1500ms or 20us"},
    {"quiet fails", "1:7: found 'fails', expected 'for' or the end of the line"},
    {"signal a SIGTERM to host", "1:18: found 'to', expected 'by'"},
    {"signal SIGTERM by A", "1:16: found 'by', expected 'to'"},
    {"signal", "1:7: found the end of the line, expected a child or a signal such as SIGTERM"},
    {"expect A frobs",
     "1:10: found 'frobs', expected 'reports', 'passes', 'disaster', 'warns', a "
     "state (waitable, gone, running or stopped), 'gives', 'hears', 'got', 'waits', 'completes', "
     "'goes', 'tells', 'registers', 'polls', 'timeout', 'finds', 'ready' or 'silent'"},
    {"expect disposition restord",
     "1:20: found 'restord', expected a disposition (restored, library, default, ignored or "
     "application)"},
    {"expect fd c1 gone", "1:14: found 'gone', expected 'open' or 'closed'"},
    {"child fd of A", "1:7: found 'fd', expected a new name: that word is reserved"},
    {"empty read", "1:7: found 'read', expected 'waitpid' or 'waitid'"},
    {"covers XC-1", "1:8: found 'XC-1', expected a requirement such as XC-01"},
    {"covers", "1:7: found the end of the line, expected a requirement such as XC-01"},
    {"needs luck", "1:7: found 'luck', expected a need such as selective"},
    {"host ignores SIGHUP", "1:14: found 'SIGHUP', expected 'SIGCHLD'"},
    {"deadline 3601 seconds", "1:10: found '3601', expected 3600 seconds at most"},
    {"scenario a\nscenario b",
     "2:1: found 'scenario', expected another line: this one stands but once"},
    {"scenario # nothing", "1:9: found the end of the line, expected a sentence"},
    {"end", "1:1: found 'end', expected a step: there is no open block"},
    {"quiet\nrepeat 2\n  quiet\n",
     "3:1: found the end of the file, expected 'end' for 'repeat' of line 2"},
    {"repeat 2\nend repeat", "2:5: found 'repeat', expected the end of the line"},
    {"together\n  close A\nend",
     "2:3: found 'close', expected a lane in front, as in 't1: STEP', or 'end'"},
    {"together\n  t1:\nend", "2:6: found the end of the line, expected a step after 't1:'"},
    {"together\n  any: close A\nend", "2:3: found 'any:', expected the name of a lane, or 'host:'"},
    {"together\n  t1: quiet\nend",
     "2:7: found 'quiet', expected a step that can be done together with others"},
    {"together\n  t1: exit a 3\nend",
     "2:7: found 'exit', expected 'host:' before it: no lane does this step"},
    {"together\n  host: close A\nend",
     "2:9: found 'close', expected a lane before it, not 'host:': a lane does this step"},
    {"together\n  t1: close A on t2\nend",
     "2:7: found 'close', expected the same lane in front of the step and within it"},
    {"t1: close A", "1:1: found 't1:', expected a header line or a step"},
    {"when a reported\n  expect a gone\nend",
     "2:3: found 'expect', expected a step that a callback can do, or 'end'"},
    {"quiet\x01", "1:6: found the byte 0x01, expected text in UTF-8"},
    {"scenario caf\xc3", "1:13: found the byte 0xc3, expected text in UTF-8"},
    {"scenario caf\xc3\xa9 \xc2\x9b", "1:15: found the byte 0xc2, expected text in UTF-8"},
    {"scenario \xc0\x80", "1:10: found the byte 0xc0, expected text in UTF-8"},
    {"scenario \xed\xa0\x80", "1:10: found the byte 0xed, expected text in UTF-8"},
    {"scenario \xf4\x90\x80\x80", "1:10: found the byte 0xf4, expected text in UTF-8"},
};

static void assert_mistake(const char *text, size_t size, const char *expected)
{
    struct script_error error = {0};
    char seen[450];
    struct script *script = script_parse("a/b.scn", text, size, &error);
    if (script)
        fail_msg("no mistake found in:\n%.100s", text);
    snprintf(seen, sizeof(seen), "%d:%d: %s", error.line, error.column, error.what);
    assert_string_equal(seen, expected);
}

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
        assert_mistake(mistakes[i].text, strlen(mistakes[i].text), mistakes[i].error);
    assert_mistake("quiet\0", 6, "1:6: found the byte 0x00, expected text in UTF-8");
}

/* Writes text so often. */
static char *many(const char *text, size_t times, const char *last)
{
    size_t length = strlen(text);
    char *whole = malloc(length * times + strlen(last) + 1);
    assert_non_null(whole);
    for (size_t i = 0; i < times; i++)
        memcpy(whole + i * length, text, length);
    strcpy(whole + length * times, last);
    return whole;
}

static void test_bounds(void **state)
{
    static const struct {
        const char *text;
        size_t times;
        const char *last, *error;
    } cases[] = {
        {"x", 1001, "", "1:1001: found a line of 1001 bytes, expected 1000 at most"},
        {"x", 1000, "",
         "1:1: found 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...', expected a header line or a "
         "step"},
        {"x ", 500, "", "1:1: found 'x', expected a header line or a step"},
        {"#\n", (1 << 19) + 1, "", "1:1: found a file of more than 1 MiB, expected a script"},
        {"repeat 1\n", 9, "",
         "9:1: found 'repeat', expected no more blocks: there are 8 around it already"},
        {"repeat 1\n", 100000, "",
         "9:1: found 'repeat', expected no more blocks: there are 8 around it already"},
        {"quiet\n", 10001, "",
         "10001:1: found 'quiet', expected the end of the script: it has 10000 steps already"},
        {"covers XC-01\n", 257, "",
         "257:8: found 'XC-01', expected no more than 256 requirements in all"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = many(cases[i].text, cases[i].times, cases[i].last);
        assert_mistake(text, strlen(text), cases[i].error);
        free(text);
    }
    char *text = many("quiet\n", 10000, "# and no more");
    script_free(parse(text));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
