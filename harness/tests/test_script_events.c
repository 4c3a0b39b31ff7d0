/* SPDX-License-Identifier: MIT */
/* The script language: what is said of events, operations and event loops. */
#include "script_fixture.h"

#include <inttypes.h>

/* What a step holds of these, written out: only what is not zero. */
static void describe(const struct step *step, char *out, size_t size)
{
    FILE *stream = fmemopen(out, size, "w");
    assert_non_null(stream);
    fprintf(stream, "%s", script_verb_word(step->verb));
    if (*step->lane)
        fprintf(stream, " lane=%s", step->lane);
    if (*step->ctx)
        fprintf(stream, " ctx=%s", step->ctx);
    if (*step->subject)
        fprintf(stream, " subject=%s", step->subject);
    if (*step->evgen)
        fprintf(stream, " evgen=%s", step->evgen);
    if (*step->operation)
        fprintf(stream, " operation=%s", step->operation);
    if (*step->watch)
        fprintf(stream, " watch=%s", step->watch);
    if (*step->like)
        fprintf(stream, " like=%s", step->like);
    if (step->types)
        fprintf(stream, " types=%" PRIx64, step->types);
    if (step->user_given)
        fprintf(stream, " user=%" PRId64, step->user);
    if (step->verb == VERB_OPERATION)
        fprintf(stream, " kind=%d", step->kind);
    if (step->progress_given)
        fprintf(stream, " progress-user=%" PRId64, step->progress_user);
    if (step->span_us)
        fprintf(stream, " span=%" PRId64, step->span_us);
    if (step->hook)
        fprintf(stream, " hook=%d", step->hook);
    if (step->result)
        fprintf(stream, " result=%d", step->result);
    if (step->condition)
        fprintf(stream, " condition=%d", step->condition);
    if (step->count)
        fprintf(stream, " count=%d", step->count);
    if (step->error)
        fprintf(stream, " error=%d", step->error);
    if (step->skip)
        fprintf(stream, " skip=%d", step->skip);
    if (step->outcome.kind)
        fprintf(stream, " outcome=%d", step->outcome.value);
    fprintf(stream, "%s%s%s%s%s%s%s%s%s%s%s%s", step->synchronous ? " synchronous" : "",
            step->wants_progress ? " progress" : "", step->hooks ? " hooks" : "",
            step->both ? " both" : "", step->none ? " none" : "", step->all ? " all" : "",
            step->no_disaster ? " no-disaster" : "", step->room ? " room" : "",
            step->nothing ? " nothing" : "", step->timeouts ? " timeouts" : "",
            step->always ? " always" : "", step->at_once ? " at-once" : "");
    if (step->said)
        fprintf(stream, " said='%s'", step->said);
    fclose(stream);
}

#define C(name) CONDITION_##name

static void test_every_statement(void **state)
{
    static const struct {
        const char *line, *step;
        int condition; /* added to it, as its number may change */
    } rows[] = {
        {"ctx A on main hooks", "ctx lane=main ctx=A hooks", 0},
        {"ctx A on main both", "ctx lane=main ctx=A both", 0},
        {"subject s1", "subject subject=s1", 0},
        {"subject s1 that vanishes", "subject subject=s1", C(VANISHES)},
        {"do s1 ends", "do subject=s1", C(ENDS)},
        {"do s1 stops", "do subject=s1", C(STOPS)},
        {"enable g1 of s1 by A user 18446744073709551615 on t1",
         "enable lane=t1 ctx=A subject=s1 evgen=g1 user=-1", 0},
        {"disable g1", "disable evgen=g1", 0},
        {"callbacks A none", "callbacks ctx=A none", 0},
        {"callbacks A all without disaster", "callbacks ctx=A all no-disaster", 0},
        {"callbacks A ended complete", "callbacks ctx=A types=14", 0},
        {"check A", "check ctx=A", 0},
        {"check A ended stopped user 7 fails EAGAIN", "check ctx=A types=6 user=7 error=11", 0},
        {"wait A complete on t2", "wait lane=t2 ctx=A types=10", 0},
        {"operation o1 of A program", "operation ctx=A operation=o1 kind=0", 0},
        {"operation o1 of A helper by event 9 progress by event 3 limit 2h on t1",
         "operation lane=t1 ctx=A operation=o1 user=9 kind=1 progress-user=3 span=7200000000 "
         "progress",
         0},
        {"operation o1 of A lock synchronous fails 77",
         "operation ctx=A operation=o1 kind=2 error=-77 synchronous", 0},
        {"operation o1 of A end s1", "operation ctx=A subject=s1 operation=o1 kind=3", 0},
        {"finish o1 exits 3", "finish operation=o1 outcome=3", 0},
        {"say o1 half way # there", "say operation=o1 said='half way'", 0},
        {"unlock o1", "unlock operation=o1", 0},
        {"abort o1 fails ENOENT", "abort operation=o1 error=2", 0},
        {"later 1500ms", "later span=1500000", 0},
        {"application late with A", "application with ctx=A", C(LATE)},
        {"application other-fd with A", "application with ctx=A", C(OTHER_FD)},
        {"application again with A", "application with ctx=A", C(AGAIN)},
        {"application reentrant with A", "application with ctx=A", C(REENTRANT)},
        {"application valueless with A", "application with ctx=A", C(VALUELESS)},
        {"application patient with A", "application with ctx=A", C(PATIENT)},
        {"application guarded with A", "application with ctx=A", C(GUARDED)},
        {"hooks A fails EBUSY", "hooks ctx=A error=16", 0},
        {"refuse fd-register of A", "refuse ctx=A hook=1 count=1", 0},
        {"refuse timeout-modify of A with 77 times 3", "refuse ctx=A user=77 hook=5 count=3", 0},
        {"refuse fd-modify of A always skip 2", "refuse ctx=A hook=2 skip=2 always", 0},
        {"accept fd-modify of A", "accept ctx=A hook=2", 0},
        {"beforepoll A room 0 timeout 1s fails ENOBUFS",
         "beforepoll ctx=A span=1000000 error=105 room", 0},
        {"poll A at once", "poll ctx=A at-once", 0},
        {"afterpoll A", "afterpoll ctx=A", 0},
        {"watch w of A in", "watch ctx=A watch=w", C(IN)},
        {"watch v of A none like w", "watch ctx=A watch=v like=w", C(NONE_OF_IT)},
        {"timer T of A after 20us", "timer ctx=A watch=T span=20", 0},
        {"rewatch w both", "rewatch watch=w", C(BOTH)},
        {"unwatch w", "unwatch watch=w", 0},
        {"feed w", "feed watch=w", 0},
        {"drain w", "drain watch=w", 0},
        {"hang-up w", "hang-up watch=w", 0},
        {"expect A gives nothing", "expect gives ctx=A nothing", 0},
        {"expect A gives ended of s1 user 7", "expect gives ctx=A subject=s1 types=4 user=7", 0},
        {"expect A hears complete user 3 aborted", "expect hears ctx=A types=10 user=3 result=3",
         C(HEARS)},
        {"expect t2 got vanished of s1", "expect got lane=t2 subject=s1 types=8", 0},
        {"expect t2 waits", "expect waits lane=t2", 0},
        {"expect o1 completes timed-out", "expect completes operation=o1 result=4", C(COMPLETES)},
        {"expect o1 goes on", "expect goes on operation=o1", 0},
        {"expect o1 tells half way", "expect tells operation=o1 said='half way'", C(TELLS)},
        {"expect A registers nothing", "expect registers ctx=A nothing", C(EXACTLY)},
        {"expect A registers at most 2 timeouts", "expect registers ctx=A count=2 timeouts",
         C(AT_MOST)},
        {"expect A polls 1 fds", "expect polls ctx=A count=1", C(EXACTLY)},
        {"expect A timeout none", "expect timeout ctx=A none", 0},
        {"expect A timeout 2ms", "expect timeout ctx=A span=2000", 0},
        {"expect A finds nothing", "expect finds ctx=A nothing", 0},
        {"expect w ready hup", "expect ready watch=w", C(HUP)},
        {"expect w silent", "expect silent watch=w", 0},
    };

    bool tried[VERB_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script *script = parse(rows[i].line);
        char seen[300], wanted[300];
        struct step step = script->steps[0];

        if (step.condition != (enum condition)rows[i].condition)
            fail_msg("%s: condition %d, not %d", rows[i].line, step.condition, rows[i].condition);
        step.condition = CONDITION_NONE;
        describe(&step, seen, sizeof(seen));
        snprintf(wanted, sizeof(wanted), "%s", rows[i].step);
        assert_string_equal(seen, wanted);
        tried[step.verb] = true;
        script_free(script);
    }
    for (int verb = VERB_SUBJECT; verb <= VERB_EXPECT_SILENT; verb++) {
        if (verb > VERB_HANG_UP && verb < VERB_EXPECT_GIVES)
            continue; /* of test_script.c */
        if (!tried[verb])
            fail_msg("no row for '%s'", script_verb_word((enum verb)verb));
    }
}

/* What has to be there is seen from the steps. */
static void test_needs(void **state)
{
    static const struct {
        const char *text;
        uint64_t needs;
    } cases[] = {
        {"ctx A on main hooks", NEED_HOOKS},
        {"ctx A on main both", NEED_HOOKS},
        {"subject s1\nctx A on main\nenable g of s1 by A", NEED_ENDED},
        {"subject s1 that vanishes\nctx A on main\nenable g of s1 by A", NEED_VANISHED},
        {"subject s1\ndo s1 stops", NEED_STOPPED},
        {"ctx A on main\ncallbacks A none without disaster", NEED_CALLBACKS | NEED_DISASTER_EXITS},
        {"ctx A on main\noperation o of A helper progress by event 3",
         NEED_HELPER | NEED_EVENTS | NEED_PROGRESS},
        {"ctx A on main\noperation o of A program limit 2h\nabort o",
         NEED_PROGRAM | NEED_LIMITS | NEED_ABORT},
        {"ctx A on main hooks\nwhen A hooked\n  check A\nend", NEED_HOOKS | NEED_EVENTS},
        {"ctx A on main\nlane t2\nwait A on t2", NEED_EVENT_WAIT | NEED_ANY_THREAD},
        {"ctx A on main\ntimer T of A after 1s\nlater 2s", NEED_TIMERS | NEED_PROBE},
        {"ctx A on main\nwatch w of A in\nbeforepoll A", NEED_WATCHES | NEED_POLL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct script *script = parse(cases[i].text);
        if (script->needs != cases[i].needs)
            fail_msg("needs 0x%" PRIx64 ", not 0x%" PRIx64 ", in:\n%s", script->needs,
                     cases[i].needs, cases[i].text);
        script_free(script);
    }
}

/* Each of these is no script, for the reason given. */
static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"later 2 h", "1:7: found '2', expected a time such as 2h, 30s, 1500ms or 20us"},
        {"later 2d", "1:7: found '2d', expected a time such as 2h, 30s, 1500ms or 20us"},
        {"callbacks A deaths", "1:13: found 'deaths', expected 'none', 'all' or a type of event "
                               "(stopped, ended, vanished, complete or progress)"},
        {"application lazy with A",
         "1:13: found 'lazy', expected an action (default, ignores, handles, nocldwait, nocldstop, "
         "borrows or returns), 'tells', 'leads', 'allows' or a habit (prompt, late, twice, stale, "
         "other-fd, spurious, sparing, again, reentrant, valueless, patient or guarded)"},
        {"refuse fd-deregister of A",
         "1:8: found 'fd-deregister', expected a hook (fd-register, fd-modify, timeout-register or "
         "timeout-modify)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct script_error error;
        char seen[500];
        struct script *script =
            script_parse("test.scn", cases[i].text, strlen(cases[i].text), &error);
        assert_null(script);
        snprintf(seen, sizeof(seen), "%d:%d: %s", error.line, error.column, error.what);
        assert_string_equal(seen, cases[i].why);
    }
}

/* Each of these can be read, and makes no sense. */
static void test_lint(void **state)
{
#define BEGIN "scenario  Of events\ncovers    EV-01\nctx       A on main\n"
    static const struct {
        const char *text, *why;
    } cases[] = {
        {BEGIN "do s1 ends", "no subject is called 's1' here"},
        {BEGIN "subject s1\ndo s1 vanishes", "'s1' is a process: it stops or ends"},
        {BEGIN "subject s1 that vanishes\ndo s1 ends", "'s1' can vanish, and nothing else"},
        {BEGIN "subject s1\nenable g of s1 by A\ndisable g\ndisable g", "the evgen 'g' is gone"},
        {BEGIN "subject s1\nabort s1", "'s1' is a subject, expected an operation"},
        {BEGIN "watch v of A in like w", "no watch is called 'w' here"},
        {BEGIN "fail pipe 77", "a call fails with an error such as EAGAIN"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct script_error error;
        struct script *script = parse(cases[i].text);
        assert_false(script_lint(script, NULL, &error));
        assert_string_equal(error.what, cases[i].why);
        script_free(script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_lint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
