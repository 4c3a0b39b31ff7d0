/* SPDX-License-Identifier: MIT */
/*
 * The script language: what each statement becomes, what a mistake is answered with, what lint
 * finds. Scripts and answers stand side by side in tables, as a writer of scenarios sees them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "script/script.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD              "scenario A sentence\ncovers XC-01 FK-47\n"

static struct script *parse(const char *text)
{
    struct script_error error = {0};
    struct script *script = script_parse("sharing/some.scn", text, strlen(text), &error);
    if (!script)
        fail_msg("%d:%d: %s, in:\n%s", error.line, error.column, error.what, text);
    return script;
}

/* -- steps -- */

/* What a step holds, written out: only what is not zero. */
static void describe(const struct step *step, char *out, size_t size)
{
    static const char *const failures[] = {"", " must-fail", " may-fail"};
    FILE *stream = fmemopen(out, size, "w");
    assert_non_null(stream);
    fprintf(stream, "%s", script_verb_word(step->verb));
    if (*step->lane)
        fprintf(stream, " lane=%s", step->lane);
    if (*step->other)
        fprintf(stream, " other=%s", step->other);
    if (*step->ctx)
        fprintf(stream, " ctx=%s", step->ctx);
    if (*step->child)
        fprintf(stream, " child=%s", step->child);
    if (*step->fd)
        fprintf(stream, " fd=%s", step->fd);
    if (step->count)
        fprintf(stream, " count=%d", step->count);
    if (step->owner_given)
        fprintf(stream, " owner=%d", (int)step->owner);
    if (step->outcome.kind)
        fprintf(stream, " outcome=%d:%d", (int)step->outcome.kind, step->outcome.value);
    if (step->signal)
        fprintf(stream, " SIG%s", sigabbrev_np(step->signal));
    if (step->call)
        fprintf(stream, " call=%s", libc_call_word(step->call));
    if (step->error)
        fprintf(stream, " %s", strerrorname_np(step->error));
    fprintf(stream, "%s", failures[step->failure]);
    if (step->condition)
        fprintf(stream, " condition=%d", (int)step->condition);
    if (step->place)
        fprintf(stream, " place=%d", (int)step->place);
    if (step->skip)
        fprintf(stream, " skip=%d", step->skip);
    fprintf(stream, "%s%s%s%s%s%s%s", step->after ? " after" : "", step->always ? " always" : "",
            step->execs ? " execs" : "", step->forkhook ? " forkhook" : "",
            step->strangers_unknown ? " strangers-unknown" : "",
            step->strangers_odd ? " strangers-odd" : "", step->per_exit ? " per-exit" : "");
    fprintf(stream, "%s%s%s", step->forkhook_raw ? " raw" : "",
            step->strangers_wanted ? " strangers-wanted" : "",
            step->owner_invalid ? " invalid" : "");
    if (*step->requirement)
        fprintf(stream, " for=%s", step->requirement);
    fclose(stream);
}

/* Outcomes: 1 exit, 2 signal, 3 stopped, 4 continued, 5 lost, 6 nothing. Conditions and places are
 * numbers in the order of script.h, too. */
static const struct {
    const char *line, *step;
} steps[] = {
    {"lane t1", "lane lane=t1"},
    {"unlane t1", "unlane lane=t1"},
    {"ctx A on t1", "ctx lane=t1 ctx=A"},
    {"ctx A on t1 owner selective forkhook strangers unknown",
     "ctx lane=t1 ctx=A owner=3 forkhook strangers-unknown"},
    {"ctx A on t1 strangers unknown owner library fails EMFILE",
     "ctx lane=t1 ctx=A owner=0 EMFILE must-fail strangers-unknown"},
    {"ctx A on t1 owner always strangers odd", "ctx lane=t1 ctx=A owner=2 strangers-odd"},
    {"ctx A on t1 forkhook raw strangers wanted",
     "ctx lane=t1 ctx=A forkhook raw strangers-wanted"},
    {"close A", "close ctx=A"},
    {"close A on t2 fails for FK-79", "close lane=t2 ctx=A must-fail for=FK-79"},
    {"close A for FK-79 may fail", "close ctx=A may-fail for=FK-79"},
    {"owner A mainloop fails EBUSY", "owner ctx=A owner=1 EBUSY must-fail"},
    {"owner A invalid fails EINVAL", "owner ctx=A EINVAL must-fail invalid"},
    {"child a of A", "child ctx=A child=a"},
    {"child a of A on t2 exits 255", "child lane=t2 ctx=A child=a outcome=1:255"},
    {"child a of A exits 0 on t2", "child lane=t2 ctx=A child=a outcome=1:0"},
    {"child a of A dies SIGSEGV", "child ctx=A child=a outcome=2:11"},
    {"child a of A execs", "child ctx=A child=a execs"},
    {"children kids 100000 of A exits 1", "children ctx=A child=kids count=100000 outcome=1:1"},
    {"spawn s of A may fail", "spawn ctx=A child=s may-fail"},
    {"foreign f", "foreign child=f"},
    {"foreign f execs", "foreign child=f execs"},
    {"foreign f on t1 postforks A and execs", "foreign lane=t1 ctx=A child=f execs"},
    {"expect A warns of f", "expect warns ctx=A child=f"},
    {"expect no warning of f", "expect no warning child=f"},
    {"foreigns f 3 dies SIGKILL on t1", "foreign lane=t1 child=f count=3 outcome=2:9"},
    {"adopt f by A", "adopt ctx=A child=f"},
    {"forget f of A fails ESRCH", "forget ctx=A child=f ESRCH must-fail"},
    {"signal kids.3 SIGTERM by A", "signal ctx=A child=kids.3 SIGTERM"},
    {"exit kids.3 7", "exit child=kids.3 outcome=1:7"},
    {"kill a SIGSTOP", "kill child=a SIGSTOP"},
    {"stop a", "stop child=a"},
    {"cont a", "cont child=a"},
    {"grandchild a", "grandchild child=a"},
    {"signal SIGCHLD to t1", "signal lane=t1 SIGCHLD"},
    {"signal SIGCHLD to host times 9", "signal lane=host count=9 SIGCHLD"},
    {"block SIGCHLD on everywhere", "block lane=everywhere SIGCHLD"},
    {"unblock SIGUSR1 on t1", "unblock lane=t1 SIGUSR1"},
    {"pause A", "pause ctx=A"},
    {"resume A", "resume ctx=A"},
    {"quiet", "quiet"},
    {"waitpid f exit 3", "waitpid child=f outcome=1:3"},
    {"waitpid f stopped on t1", "waitpid lane=t1 child=f outcome=3:0"},
    {"waitpid f continued", "waitpid child=f outcome=4:0"},
    {"waitpid any nothing", "waitpid child=any outcome=6:0"},
    {"steal any on t1", "steal lane=t1 child=any"},
    {"tell A reaped f fails", "tell reaped ctx=A child=f must-fail"},
    {"tell A sigchld on t2", "tell sigchld lane=t2 ctx=A"},
    {"application default SIGCHLD", "application SIGCHLD condition=7"},
    {"application ignores SIGCHLD", "application SIGCHLD condition=8"},
    {"application handles SIGPIPE", "application SIGPIPE condition=9"},
    {"application nocldwait SIGCHLD", "application SIGCHLD condition=10"},
    {"application borrows SIGCHLD", "application SIGCHLD condition=11"},
    {"application returns SIGCHLD", "application SIGCHLD condition=12"},
    {"application tells A on SIGCHLD", "application ctx=A SIGCHLD condition=18"},
    {"hold t1 before write", "hold lane=t1 call=write"},
    {"hold any after waitpid in handler skip 2", "hold lane=any call=waitpid place=1 skip=2 after"},
    {"reach t1", "reach lane=t1"},
    {"go any", "go lane=any"},
    {"go t1 when t2 waits", "go lane=t1 other=t2"},
    {"fail fork EAGAIN", "fail count=1 call=fork EAGAIN"},
    {"fail fork EAGAIN once", "fail count=1 call=fork EAGAIN"},
    {"fail read EINTR always in call", "fail call=read EINTR place=2 always"},
    {"fail read EINTR skip 3 times 2 on t1", "fail lane=t1 count=2 call=read EINTR skip=3"},
    {"short write on t1", "short lane=t1 call=write"},
    {"short read", "short call=read"},
    {"raise SIGCHLD before mutex_lock in call on t1",
     "raise lane=t1 SIGCHLD call=mutex_lock place=2"},
    {"unfail", "unfail"},
    {"system", "system"},
    {"popen on t1", "popen lane=t1"},
    {"reuse a", "reuse child=a"},
    {"postfork A", "postfork ctx=A"},
    {"trace kids.3", "trace child=kids.3"},
    {"untrace a", "untrace child=a"},
    {"carefd c1 of A on t1 fails EMFILE", "carefd lane=t1 ctx=A fd=c1 EMFILE must-fail"},
    {"file f1 on t1", "file lane=t1 fd=f1"},
    {"shut c1 may fail", "shut fd=c1 may-fail"},
    {"empty waitpid", "empty count=1 call=waitpid"},
    {"empty waitid skip 2 always on t1", "empty lane=t1 call=waitid skip=2 always"},
    {"expect fd c1 open", "expect fd fd=c1 condition=16"},
    {"expect fd c1 closed", "expect fd fd=c1 condition=17"},
    {"expect A reports kids signal SIGTERM", "expect reports ctx=A child=kids outcome=2:15"},
    {"expect A reports a lost for XC-06", "expect reports ctx=A child=a outcome=5:0 for=XC-06"},
    {"expect A reports a", "expect reports ctx=A child=a"},
    {"expect no report of a", "expect no report child=a"},
    {"expect A passes on f exit 0", "expect passes on ctx=A child=f outcome=1:0"},
    {"expect A disaster", "expect disaster ctx=A"},
    {"expect a waitable", "expect child child=a condition=1"},
    {"expect a stopped", "expect child child=a condition=4"},
    {"expect disposition restored", "expect disposition condition=5"},
    {"expect disposition application", "expect disposition condition=9"},
    {"expect handler ran 0", "expect handler condition=15"},
    {"expect handler ran at least 2 times", "expect handler count=2 condition=13"},
    {"expect handler ran at most 2", "expect handler count=2 condition=14"},
    {"expect waits at most 3 per exit", "expect waits count=3 condition=14 per-exit"},
    {"expect waits at most 30", "expect waits count=30 condition=14"},
    {"expect reports at most 9 per turn", "expect reports count=9 condition=14 per-exit"},
    {"expect forkhook ran 1 times", "expect forkhook count=1 condition=15"},
    {"expect mask of main unchanged", "expect mask lane=main"},
    {"expect mask of a unchanged", "expect mask child=a"},
};

static void test_every_statement(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        char seen[256];
        struct script *script = parse(steps[i].line);
        assert_int_equal(script->steps_count, 1);
        describe(&script->steps[0], seen, sizeof(seen));
        assert_string_equal(seen, steps[i].step);
        assert_string_equal(script->steps[0].text, steps[i].line);
        script_free(script);
    }
}

static void test_every_verb_has_a_word(void **state)
{
    (void)state;
    for (int verb = VERB_NONE + 1; verb < VERB_COUNT; verb++)
        assert_true(strlen(script_verb_word((enum verb)verb)) > 0);
    for (int bit = 0; bit < 23; bit++) {
        const char *word = script_need_word((enum need)(1 << bit));
        assert_non_null(word);
        assert_int_equal(script_need_from_word(word), 1 << bit);
        assert_non_null(script_need_text((enum need)(1 << bit)));
        assert_null(strchr(script_need_text((enum need)(1 << bit)), ',')); /* they stand in lists */
    }
    assert_int_equal(script_need_from_word("luck"), 0);
    assert_null(script_need_word((enum need)(1 << 23)));
    assert_null(script_need_text((enum need)(1 << 23)));
}

static void test_header(void **state)
{
    (void)state;
    struct script *script = parse("# first\n\nscenario  A  sentence, caf\xc3\xa9  # not this\r\n"
                                  "covers XC-05 FK-47\ncovers EV-01\nneeds told-sigchld forget\n"
                                  "host ignores SIGCHLD\nhost inherits a child\n"
                                  "deadline 60 seconds\n");
    assert_string_equal(script->sentence, "A  sentence, caf\xc3\xa9");
    assert_string_equal(script->name, "sharing/some");
    assert_string_equal(script->file, "sharing/some.scn");
    assert_int_equal(script->covers_count, 3);
    assert_string_equal(script->covers[2], "EV-01");
    assert_int_equal(script->needs, NEED_TOLD_SIGCHLD | NEED_FORGET);
    assert_int_equal(script->settings, SETTING_IGNORES_SIGCHLD | SETTING_HAS_CHILD);
    assert_int_equal(script->deadline, 60);
    assert_int_equal(script->steps_count, 0);
    script_free(script);
}

static void test_names_of_scripts(void **state)
{
    static const struct {
        const char *file, *name;
    } cases[] = {
        {"scenarios/sharing/close-first.scn", "sharing/close-first"},
        {"sharing//a.scn", "sharing/a"},
        {"./a.scn", "a"},
        {"../a.scn", "a"},
        {"/a.scn", "a"},
        {"a", "a"},
        {"x/.scn", "x/.scn"},
        {"", ""},
    };
    struct script_error error;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script *script = script_parse(cases[i].file, NULL, 0, &error);
        assert_non_null(script);
        assert_string_equal(script->name, cases[i].name);
        assert_string_equal(script->sentence, "");
        script_free(script);
    }
}

static void test_blocks(void **state)
{
    (void)state;
    struct script *script = parse("lane t1 t2\n"
                                  "together\n"
                                  "  t1: child a of A on t1   # a remark\n"
                                  "  host: signal SIGCHLD to t2\n"
                                  "  host: exit b 3\n"
                                  "end\n"
                                  "repeat 5\n"
                                  "  when a reported\n"
                                  "\tclose A\n"
                                  "  end\n"
                                  "  quiet\n"
                                  "end\n"
                                  "forked on t1\n"
                                  "end\n");
    const struct step *step = script->steps;
    assert_int_equal(script->steps_count, 5);
    assert_string_equal(step[0].lane, "t1");
    assert_string_equal(step[1].lane, "t2");
    assert_string_equal(step[1].text, "lane t1 t2");

    assert_int_equal(step[2].verb, VERB_TOGETHER);
    assert_int_equal(step[2].block_count, 3);
    assert_int_equal(step[2].block[0].verb, VERB_CHILD);
    assert_string_equal(step[2].block[0].lane, "t1");
    assert_string_equal(step[2].block[0].text, "t1: child a of A on t1");
    assert_string_equal(step[2].block[1].lane, "t2");
    assert_string_equal(step[2].block[2].lane, "");

    assert_int_equal(step[3].verb, VERB_REPEAT);
    assert_int_equal(step[3].count, 5);
    assert_int_equal(step[3].block_count, 2);
    assert_int_equal(step[3].block[0].verb, VERB_WHEN);
    assert_string_equal(step[3].block[0].child, "a");
    assert_int_equal(step[3].block[0].indent, 2);
    assert_int_equal(step[3].block[0].block[0].line, 9);
    assert_int_equal(step[3].block[0].block[0].indent, -1);

    assert_int_equal(step[4].verb, VERB_FORKED);
    assert_string_equal(step[4].lane, "t1");
    assert_int_equal(step[4].block_count, 0);
    script_free(script);
}

/* -- mistakes -- */

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
    {"quiet fails", "1:7: found 'fails', expected 'for' or the end of the line"},
    {"signal a SIGTERM to host", "1:18: found 'to', expected 'by'"},
    {"signal SIGTERM by A", "1:16: found 'by', expected 'to'"},
    {"signal", "1:7: found the end of the line, expected a child or a signal such as SIGTERM"},
    {"expect A frobs",
     "1:10: found 'frobs', expected 'reports', 'passes', 'disaster', 'warns' or a "
     "state (waitable, gone, running or stopped)"},
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
    char seen[300];
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

/* -- needs -- */

static void test_needs(void **state)
{
    static const struct {
        const char *text;
        unsigned needs;
    } cases[] = {
        {"ctx A on main", 0},
        {"ctx A on main owner always", NEED_ALWAYS},
        {"ctx A on main owner library\nowner A mainloop",
         NEED_LIBRARY | NEED_MAINLOOP | NEED_OWNER},
        {"child a of A", NEED_FORK},
        {"children a 2 of A", NEED_FORK},
        {"spawn a of A", NEED_SPAWN},
        {"foreign f\nadopt f by A", NEED_WATCH},
        {"forget a of A", NEED_FORGET},
        {"signal a SIGTERM by A", NEED_KILL},
        {"signal SIGTERM to host", 0},
        {"tell A reaped a", NEED_TOLD_REAPED},
        {"tell A sigchld", NEED_TOLD_SIGCHLD},
        {"forked\n  postfork A\nend", NEED_POSTFORK},
        {"carefd c of A", NEED_CAREFD},
        {"file f\nexpect fd f open\nshut f", 0},
        {"foreign f\ntrace f\nuntrace f", 0},
        {"empty waitid", NEED_PROBE},
        {"ctx A on main forkhook", NEED_FORKHOOK},
        {"expect forkhook ran 1", NEED_FORKHOOK | NEED_PROBE},
        {"ctx A on main forkhook raw", NEED_FORKHOOK},
        {"ctx A on main strangers wanted", NEED_FOREIGN_ALWAYS},
        {"owner A invalid fails", NEED_OWNER},
        {"application tells A on SIGCHLD", NEED_TOLD_SIGCHLD},
        {"application handles SIGCHLD", 0},
        {"expect A passes on f lost", NEED_FOREIGN},
        {"ctx A on main\nctx B on main", NEED_CONTEXTS},
        {"ctx A on main\nclose A\nctx B on main", 0},
        {"ctx A on main\nclose A fails\nctx B on main", NEED_CONTEXTS},
        {"ctx A on main\nwhen a reported\n  close A\nend\nctx B on main", NEED_CONTEXTS},
        {"lane t1\nctx A on main\ntogether\n  t1: system\n  main: close A\nend\nctx B on main",
         NEED_CONTEXTS},
        {"ctx A on t1\nctx B on t2", NEED_CONTEXTS | NEED_THREADS},
        {"ctx A on t1\nclose A on t1", 0},
        {"ctx A on t1\nclose A on t2", NEED_THREADS},
        {"ctx A on t1\ntogether\n  t2: child a of A\nend", NEED_THREADS | NEED_FORK},
        {"ctx A on t1\nunlane t2", 0},
        {"ctx A on t1\nunlane t1", NEED_THREADS},
        {"ctx A on t1\nforked on t1\n  ctx B on main\nend", NEED_CONTEXTS},
        {"hold t1 before write", NEED_PROBE},
        {"fail fork EAGAIN", NEED_PROBE},
        {"short read", NEED_PROBE},
        {"raise SIGCHLD before write", NEED_PROBE},
        {"expect handler ran 1", NEED_PROBE | NEED_LIBXL_SHAPED},
        {"expect handler ran 0", NEED_PROBE},
        {"expect handler ran at most 3", NEED_PROBE},
        {"hold t1 before write in handler", NEED_PROBE | NEED_LIBXL_SHAPED},
        {"hold t1 before write in call", NEED_PROBE},
        {"expect disposition library", NEED_LIBXL_SHAPED},
        {"covers FK-01\nquiet", NEED_LIBXL_SHAPED},
        {"covers FK-01 XC-01\nquiet", 0},
        {"expect waits at most 1", NEED_PROBE},
        {"expect reports at most 1 per turn", NEED_PROBE},
        {"expect disposition restored", 0},
        {"ctx A on main\nforeign f execs", 0},
        {"ctx A on main\nforeign f postforks A and execs", NEED_POSTFORK},
        {"expect a gone", 0},
        {"needs libxl-shaped\nquiet", NEED_LIBXL_SHAPED},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script *script = parse(cases[i].text);
        if (script->needs != cases[i].needs)
            fail_msg("needs 0x%x, not 0x%x, in:\n%s", script->needs, cases[i].needs, cases[i].text);
        script_free(script);
    }
}

/* -- lint -- */

static bool known(const char *requirement)
{
    return strcmp(requirement, "XC-99") != 0;
}

/* Scripts behind HEAD, whose two lines count; NULL where there is nothing to find. */
static const struct {
    const char *steps, *error;
} lints[] = {
    {"quiet\n", NULL},
    {"close A\n", "3:1: no ctx is called 'A' here"},
    {"ctx A on t1\n", "3:1: no lane is called 't1' here"},
    {"ctx A on main\nclose main\n", "4:1: 'main' is a lane, expected a ctx"},
    {"exit a 1\n", "3:1: no child is called 'a' here"},
    {"lane t1\nunlane t1\nctx A on t1\n", "5:1: the lane 't1' has ended"},
    {"lane t1\nunlane t1\nlane t1\nsystem on t1\n", NULL},
    {"unlane main\n", "3:1: the lane 'main' cannot end before the host does"},
    {"lane main\n", "3:1: the lane 'main' is there from the start"},
    {"lane t1 t1\n", "3:1: 't1' is already the name of the lane of line 3"},
    {"lane A\nctx A on A\n", "4:1: 'A' is already the name of the lane of line 3"},
    /* ctxs that come and go */
    {"ctx A on main\nclose A\nchild a of A\n", "5:1: the ctx 'A' is closed"},
    {"ctx A on main\nclose A\nctx A on main\n", NULL},
    {"ctx A on main\nctx A on main\n", "4:1: 'A' is already the name of the ctx of line 3"},
    {"ctx A on main\nclose A fails\nchild a of A\n", NULL},
    {"ctx A on main\nclose A may fail\nchild a of A\n", NULL},
    {"ctx A on main fails\nclose A\n", "4:1: no ctx is called 'A' here"},
    {"ctx A on main\nchild a of A\nwhen a reported\n  close A\nend\nchild b of A\n", NULL},
    {"ctx A on main\nchild a of A\nexit a 0\nquiet\nclose A\nexpect A reports a exit 0\n", NULL},
    {"lane t1\nctx A on main\ntogether\n  t1: close A\n  main: child a of A may fail\nend\n"
     "child b of A\n",
     "9:1: the ctx 'A' is closed"},
    {"ctx A on main\nforked\n  close A fails\n  ctx B on main\n  child b of B\nend\nclose A\n",
     NULL},
    {"ctx A on main\nforked\n  close A\nend\nchild a of A\n", NULL},
    {"forked\n  ctx B on main\nend\nclose B\n", "6:1: the ctx 'B' is in a forked copy, not here"},
    {"forked\n  foreign f\nend\nwaitpid f exit 0\n",
     "6:1: the child 'f' is one of a forked copy, not of this process"},
    {"lane t1\nforked on t1\n  system on t1\nend\n", "5:3: a forked copy has no lane but main"},
    {"forked\n  lane t1\nend\n", "4:3: a forked copy has no lane but main"},
    {"ctx A on main\npostfork A\n", "4:1: stands in a forked block only"},
    {"lane t1\nctx A on main\nchild a of A\nwhen a reported\n  child b of A on t1\nend\n",
     "7:3: a callback's steps are done where it runs, not on 't1'"},
    /* repeat */
    {"ctx A on main\nrepeat 2\n  child a of A exits 0\nend\n", NULL},
    {"ctx A on main\nchild a of A\nchild a of A\n",
     "5:1: 'a' is already the name of the child of line 4"},
    {"repeat 2\n  ctx A on main\n  close A\nend\n", NULL},
    {"repeat 2\n  ctx A on main\nend\n", "4:3: 'A' is already the name of the ctx of line 4"},
    {"repeat 1\n  ctx A on main\nend\n", NULL},
    {"ctx A on main\nrepeat 2\n  close A\nend\n", "5:3: the ctx 'A' is closed"},
    {"repeat 2\n  forked\n    ctx B on main\n  end\nend\n", NULL},
    {"lane t1\nrepeat 2\n  together\n    t1: system\n    main: system\n  end\nend\n", NULL},
    {"repeat 1000\n  repeat 101\n    quiet\n  end\nend\n",
     "4:3: its steps would be done more than 100000 times"},
    {"repeat 2\nend\n", "3:1: a block without steps"},
    {"lane t1\ntogether\n  t1: system\n  t1: system\nend\n",
     "6:3: the lane 't1' has a step of this block already"},
    /* groups */
    {"foreigns kids 12\nexit kids 0\nwaitpid kids.12 exit 0\n", NULL},
    {"foreigns kids 12\nexit kids.13 0\n", "4:1: the group 'kids' has no more than 12 members"},
    {"foreign kid\nexit kid.1 0\n", "4:1: no child is called 'kid.1' here"},
    {"foreign kid.1\n", "3:1: 'kid.1' is what a member of a group 'kid' would be called"},
    {"foreigns abcdefghijklm 10\n", "3:1: 'abcdefghijklm.10' would be longer than 15 characters"},
    {"foreigns abcdefghijkl 10\n", NULL},
    /* orders */
    {"foreign f exits 1\nexit f 1\n", "4:1: 'f' ends by itself (line 3) and awaits no orders"},
    {"foreign f exits 1\nkill f SIGKILL\n", NULL},
    /* gates */
    {"lane t1\ngo t1\n", "4:1: no 'hold t1' comes before it"},
    {"lane t1\nhold t1 before write\nreach t1\ngo t1\n", NULL},
    {"lane t1\nhold t1 before write\ngo t1\ngo t1\n", "6:1: no 'hold t1' comes before it"},
    {"lane t1\nhold any before write\ngo t1\n", NULL},
    {"lane t1\nhold t1 before write\ngo any\n", "5:1: no 'hold any' comes before it"},
    {"lane t1 t2\nhold t1 before write\ngo t1 when t2 waits\ngo t1\n", NULL},
    {"lane t1\nhold t1 before write\ngo t1 when t2 waits\n", "5:1: no lane is called 't2' here"},
    /* expectations */
    {"ctx A on main\nforeign f\nexpect A reports f exit 0\n",
     "5:1: can never hold: 'f' is no child of 'A'"},
    {"ctx A on main\nforeign f\nadopt f by A\nexpect A reports f exit 0\n", NULL},
    {"ctx A on main\nforeign f\nadopt f by A fails\nexpect A reports f exit 0\n",
     "6:1: can never hold: 'f' is no child of 'A'"},
    {"ctx A on main\nctx B on main\nchild a of A\nexpect B reports a exit 0\n",
     "6:1: can never hold: 'a' is no child of 'B'"},
    {"ctx A on main\nchild a of A\nexpect A passes on a exit 0\n",
     "5:1: can never hold: 'a' is a child of 'A' itself"},
    {"ctx A on main\nchild a of A\nforget a of A\nexpect A passes on a exit 0\n", NULL},
    {"ctx A on main owner selective\nforeign f\nexpect A passes on f exit 0\n",
     "5:1: can never hold: with its owner 'A' reaps no strangers"},
    {"ctx A on main owner selective\nowner A always\nforeign f\nexpect A passes on f exit 0\n",
     NULL},
    {"ctx A on main\nchild a of A\nexpect A reports a stopped\n",
     "5:1: can never hold: a ctx tells of ends, not of 'stopped'"},
    {"ctx A on main\nchild a of A\nexpect A reports a nothing\n",
     "5:1: for nothing, say 'expect no report of a'"},
    {"ctx A on main\nchild a of A exits 3\nexpect A reports a exit 4\n",
     "5:1: can never hold: line 4 has 'a' end otherwise"},
    {"ctx A on main\nchild a of A exits 3\nexpect A reports a lost\n", NULL},
    {"ctx A on main\nchild a of A exits 3\nkill a SIGKILL\nexpect A reports a signal SIGKILL\n",
     NULL},
    {"ctx A on main\nexpect forkhook ran 1\n", "4:1: can never hold: no ctx has a forkhook"},
    {"ctx A on main\nowner A invalid\n", "4:1: an invalid owner is refused: say 'fails'"},
    {"ctx A on main\nowner A invalid fails\n", NULL},
    {"application tells A on SIGCHLD\n", "3:1: no ctx is called 'A' here"},
    {"ctx A on main forkhook\nexpect forkhook ran 1\n", NULL},
    /* fds */
    {"ctx A on main\ncarefd c of A\nforked\n  postfork A\n  expect fd c closed\nend\nshut c\n"
     "expect fd c closed\nfile c\n",
     NULL},
    {"expect fd c open\n", "3:1: no fd is called 'c' here"},
    {"ctx A on main\nexpect fd A open\n", "4:1: 'A' is a ctx, expected an fd"},
    {"file f\nfile f\n", "4:1: 'f' is already the name of the fd of line 3"},
    {"file f\nshut f\nshut f\n", "5:1: the fd 'f' is closed"},
    {"file f\nforked\n  shut f\nend\nshut f\n", NULL},
    {"forked\n  file f\nend\nexpect fd f open\n", "6:1: the fd 'f' is in a forked copy, not here"},
    /* tracing */
    {"foreign f\ntrace f\nuntrace f\ntrace f\n", NULL},
    {"foreign f\ntrace f\ntrace f\n", "5:1: 'f' is already traced"},
    {"foreign f\nuntrace f\n", "4:1: 'f' is not traced"},
    /* the head, and manners */
    {"system for XC-01\n", NULL},
    {"system for XC-02\n", "3:1: XC-02 is not among the requirements that the script covers"},
    {"repeat 2\n   quiet\nend\n", "4:4: found an indent of 3, expected 2 spaces"},
    {"repeat 2\n\tquiet\nend\n", "4:1: found a tab in the indent, expected 2 spaces"},
    {" quiet\n", "3:2: found an indent of 1, expected 0 spaces"},
    {"", "1:1: a script without steps"},
};

static void test_lint(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lints); i++) {
        struct script_error error = {0};
        char text[1000], seen[300];
        snprintf(text, sizeof(text), HEAD "%s", lints[i].steps);
        struct script *script = parse(text);
        bool ok = script_lint(script, known, &error);
        snprintf(seen, sizeof(seen), "%d:%d: %s", error.line, error.column, error.what);
        if (ok != !lints[i].error)
            fail_msg("%s, for:\n%s", ok ? "nothing found" : seen, text);
        if (!ok)
            assert_string_equal(seen, lints[i].error);
        script_free(script);
    }
}

static void test_lint_knows_the_inherited_child(void **state)
{
    struct script_error error = {0};
    (void)state;
    struct script *script = parse(HEAD "host inherits a child\nexpect inherited running\n");
    assert_true(script_lint(script, known, &error));
    script_free(script);
    script = parse(HEAD "host inherits a child\nforeign inherited\n");
    assert_false(script_lint(script, known, &error));
    assert_string_equal(error.what, "the child 'inherited' is there from the start");
    script_free(script);
    script = parse(HEAD "exit inherited 5\n");
    assert_false(script_lint(script, known, &error));
    script_free(script);
}

static void test_lint_of_the_head(void **state)
{
    static const struct {
        const char *text, *error;
        int line;
    } cases[] = {
        {"covers XC-01\nquiet\n", "no 'scenario SENTENCE' says what the script is about", 1},
        {"scenario A\nquiet\n", "no 'covers ID...' says for which requirements it is there", 1},
        {"scenario A\ncovers XC-99\nquiet\n", "covers XC-99, which is not in the catalogue", 2},
        {"scenario A\n\ncovers XC-01 XC-02\ncovers XC-01\nquiet\n", "covers XC-01 twice", 3},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script_error error = {0};
        struct script *script = parse(cases[i].text);
        assert_false(script_lint(script, known, &error));
        assert_string_equal(error.what, cases[i].error);
        assert_int_equal(error.line, cases[i].line);
        script_free(script);
    }
    struct script_error error;
    struct script *script = parse(cases[2].text);
    assert_true(script_lint(script, NULL, &error)); /* no catalogue: every id is known */
    script_free(script);
}

/* -- files -- */

static void test_files(void **state)
{
    char path[] = "/tmp/reapcheck-script-XXXXXX";
    const char text[] = HEAD "quiet\n";
    struct script_error error = {0};
    (void)state;

    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct script *script = script_load(path, &error);
    unlink(path);
    assert_non_null(script);
    assert_string_equal(script->sentence, "A sentence");
    script_free(script);

    assert_null(script_load(path, &error));
    assert_int_equal(error.line, 0);
    assert_string_equal(error.what, "cannot be opened: No such file or directory");
    assert_null(script_load("/", &error));
    assert_int_equal(error.line, 0);
    assert_string_equal(error.what, "cannot be read: Is a directory");
    script_free(NULL);
}

static void test_grammar_is_printed(void **state)
{
    char *text = NULL;
    size_t size = 0;
    (void)state;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    script_print_grammar(stream);
    fclose(stream);
    assert_non_null(strstr(text, "  expect CTX reports CHILD [OUTCOME]\n"));
    assert_non_null(strstr(text, "libxl-shaped"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 0, 80);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement),
        cmocka_unit_test(test_every_verb_has_a_word),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_names_of_scripts),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_lint),
        cmocka_unit_test(test_lint_knows_the_inherited_child),
        cmocka_unit_test(test_lint_of_the_head),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_grammar_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
