/* SPDX-License-Identifier: MIT */
/*
 * The script language: what each statement becomes. Scripts and what they mean stand side by side
 * in tables, as a writer of scenarios sees them.
 */
#include "script_fixture.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static const char *const owners[] = {
    [RC_OWNER_LIBRARY] = "library",
    [RC_OWNER_MAINLOOP] = "mainloop",
    [RC_OWNER_ALWAYS] = "always",
    [RC_OWNER_SELECTIVE] = "selective",
};
static const char *const outcomes[] = {
    [OUTCOME_EXIT] = "exit",           [OUTCOME_SIGNAL] = "signal", [OUTCOME_STOPPED] = "stopped",
    [OUTCOME_CONTINUED] = "continued", [OUTCOME_LOST] = "lost",     [OUTCOME_NOTHING] = "nothing",
};
static const char *const conditions[] = {
    [CONDITION_WAITABLE] = "waitable",       [CONDITION_GONE] = "gone",
    [CONDITION_RUNNING] = "running",         [CONDITION_STOPPED] = "stopped",
    [CONDITION_RESTORED] = "restored",       [CONDITION_LIBRARY] = "library",
    [CONDITION_DEFAULT] = "default",         [CONDITION_IGNORED] = "ignored",
    [CONDITION_APPLICATION] = "application", [CONDITION_NOCLDWAIT] = "nocldwait",
    [CONDITION_BORROWED] = "borrowed",       [CONDITION_RETURNED] = "returned",
    [CONDITION_AT_LEAST] = "at-least",       [CONDITION_AT_MOST] = "at-most",
    [CONDITION_EXACTLY] = "exactly",         [CONDITION_OPEN] = "open",
    [CONDITION_CLOSED] = "closed",           [CONDITION_TELLS] = "tells",
    [CONDITION_NOCLDSTOP] = "nocldstop",     [CONDITION_PENDING] = "pending",
    [CONDITION_BLOCKED] = "blocked",         [CONDITION_UNBLOCKED] = "unblocked",
    [CONDITION_CAUGHT] = "caught",           [CONDITION_ENDED] = "ended",
    [CONDITION_THREAD] = "thread",           [CONDITION_SIGHAND] = "sighand",
};
static const char *const places[] = {[PLACE_HANDLER] = "handler", [PLACE_CALL] = "call"};

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
        fprintf(stream, " owner=%s", owners[step->owner]);
    if (step->outcome.kind)
        fprintf(stream, " outcome=%s", outcomes[step->outcome.kind]);
    if (step->outcome.value || step->outcome.kind == OUTCOME_EXIT)
        fprintf(stream, ":%d", step->outcome.value);
    if (step->signal)
        fprintf(stream, " SIG%s", sigabbrev_np(step->signal));
    if (step->call)
        fprintf(stream, " call=%s", libc_call_word(step->call));
    if (step->error)
        fprintf(stream, " %s", strerrorname_np(step->error));
    fprintf(stream, "%s", failures[step->failure]);
    if (step->condition)
        fprintf(stream, " condition=%s", conditions[step->condition]);
    if (step->place)
        fprintf(stream, " place=%s", places[step->place]);
    if (step->skip)
        fprintf(stream, " skip=%d", step->skip);
    fprintf(stream, "%s%s%s%s%s%s%s", step->after ? " after" : "", step->always ? " always" : "",
            step->execs ? " execs" : "", step->forkhook ? " forkhook" : "",
            step->strangers_unknown ? " strangers-unknown" : "",
            step->strangers_odd ? " strangers-odd" : "", step->per_exit ? " per-exit" : "");
    fprintf(stream, "%s%s%s", step->forkhook_raw ? " raw" : "",
            step->strangers_wanted ? " strangers-wanted" : "",
            step->owner_invalid ? " invalid" : "");
    fprintf(stream, "%s%s%s", step->core ? " core" : "", step->no_core ? " no-core" : "",
            step->vm ? " vm" : "");
    if (*step->requirement)
        fprintf(stream, " for=%s", step->requirement);
    fclose(stream);
}

static const struct {
    const char *line, *step;
} steps[] = {
    {"lane t1", "lane lane=t1"},
    {"unlane t1", "unlane lane=t1"},
    {"ctx A on t1", "ctx lane=t1 ctx=A"},
    {"ctx A on t1 owner selective forkhook strangers unknown",
     "ctx lane=t1 ctx=A owner=selective forkhook strangers-unknown"},
    {"ctx A on t1 strangers unknown owner library fails EMFILE",
     "ctx lane=t1 ctx=A owner=library EMFILE must-fail strangers-unknown"},
    {"ctx A on t1 owner always strangers odd", "ctx lane=t1 ctx=A owner=always strangers-odd"},
    {"ctx A on t1 forkhook raw strangers wanted",
     "ctx lane=t1 ctx=A forkhook raw strangers-wanted"},
    {"close A", "close ctx=A"},
    {"close A on t2 fails for FK-79", "close lane=t2 ctx=A must-fail for=FK-79"},
    {"close A for FK-79 may fail", "close ctx=A may-fail for=FK-79"},
    {"owner A mainloop fails EBUSY", "owner ctx=A owner=mainloop EBUSY must-fail"},
    {"owner A invalid fails EINVAL", "owner ctx=A EINVAL must-fail invalid"},
    {"child a of A", "child ctx=A child=a"},
    {"child a of A on t2 exits 255", "child lane=t2 ctx=A child=a outcome=exit:255"},
    {"child a of A exits 0 on t2", "child lane=t2 ctx=A child=a outcome=exit:0"},
    {"child a of A dies SIGSEGV", "child ctx=A child=a outcome=signal:11"},
    {"child a of A execs", "child ctx=A child=a execs"},
    {"children kids 100000 of A exits 1", "children ctx=A child=kids count=100000 outcome=exit:1"},
    {"spawn s of A may fail", "spawn ctx=A child=s may-fail"},
    {"foreign f", "foreign child=f"},
    {"foreign f execs", "foreign child=f execs"},
    {"foreign f on t1 postforks A and execs", "foreign lane=t1 ctx=A child=f execs"},
    {"expect A warns of f", "expect warns ctx=A child=f"},
    {"expect no warning of f", "expect no warning child=f"},
    {"foreigns f 3 dies SIGKILL on t1", "foreign lane=t1 child=f count=3 outcome=signal:9"},
    {"adopt f by A", "adopt ctx=A child=f"},
    {"forget f of A fails ESRCH", "forget ctx=A child=f ESRCH must-fail"},
    {"signal kids.3 SIGTERM by A", "signal ctx=A child=kids.3 SIGTERM"},
    {"exit kids.3 7", "exit child=kids.3 outcome=exit:7"},
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
    {"waitpid f exit 3", "waitpid child=f outcome=exit:3"},
    {"waitpid f stopped on t1", "waitpid lane=t1 child=f outcome=stopped"},
    {"waitpid f continued", "waitpid child=f outcome=continued"},
    {"waitpid any nothing", "waitpid child=any outcome=nothing"},
    {"steal any on t1", "steal lane=t1 child=any"},
    {"tell A reaped f fails", "tell reaped ctx=A child=f must-fail"},
    {"tell A sigchld on t2", "tell sigchld lane=t2 ctx=A"},
    {"application default SIGCHLD", "application SIGCHLD condition=default"},
    {"application ignores SIGCHLD", "application SIGCHLD condition=ignored"},
    {"application handles SIGPIPE", "application SIGPIPE condition=application"},
    {"application nocldwait SIGCHLD", "application SIGCHLD condition=nocldwait"},
    {"application borrows SIGCHLD", "application SIGCHLD condition=borrowed"},
    {"application returns SIGCHLD", "application SIGCHLD condition=returned"},
    {"application tells A on SIGCHLD", "application ctx=A SIGCHLD condition=tells"},
    {"hold t1 before write", "hold lane=t1 call=write"},
    {"hold any after waitpid in handler skip 2",
     "hold lane=any call=waitpid place=handler skip=2 after"},
    {"reach t1", "reach lane=t1"},
    {"go any", "go lane=any"},
    {"go t1 when t2 waits", "go lane=t1 other=t2"},
    {"fail fork EAGAIN", "fail count=1 call=fork EAGAIN"},
    {"fail fork EAGAIN once", "fail count=1 call=fork EAGAIN"},
    {"fail read EINTR always in call", "fail call=read EINTR place=call always"},
    {"fail read EINTR skip 3 times 2 on t1", "fail lane=t1 count=2 call=read EINTR skip=3"},
    {"short write on t1", "short lane=t1 call=write"},
    {"short read", "short call=read"},
    {"raise SIGCHLD before mutex_lock in call on t1",
     "raise lane=t1 SIGCHLD call=mutex_lock place=call"},
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
    {"expect fd c1 open", "expect fd fd=c1 condition=open"},
    {"expect fd c1 closed", "expect fd fd=c1 condition=closed"},
    {"expect A reports kids signal SIGTERM", "expect reports ctx=A child=kids outcome=signal:15"},
    {"expect A reports a lost for XC-06", "expect reports ctx=A child=a outcome=lost for=XC-06"},
    {"expect A reports a", "expect reports ctx=A child=a"},
    {"expect no report of a", "expect no report child=a"},
    {"expect A passes on f exit 0", "expect passes on ctx=A child=f outcome=exit:0"},
    {"expect A disaster", "expect disaster ctx=A"},
    {"expect a waitable", "expect child child=a condition=waitable"},
    {"expect a stopped", "expect child child=a condition=stopped"},
    {"expect disposition restored", "expect disposition condition=restored"},
    {"expect disposition application", "expect disposition condition=application"},
    {"expect handler ran 0", "expect handler condition=exactly"},
    {"expect handler ran at least 2 times", "expect handler count=2 condition=at-least"},
    {"expect handler ran at most 2", "expect handler count=2 condition=at-most"},
    {"expect waits at most 3 per exit", "expect waits count=3 condition=at-most per-exit"},
    {"expect waits at most 30", "expect waits count=30 condition=at-most"},
    {"expect reports at most 9 per turn", "expect reports count=9 condition=at-most per-exit"},
    {"expect forkhook ran 1 times", "expect forkhook count=1 condition=exactly"},
    {"expect mask of main unchanged", "expect mask lane=main"},
    {"expect mask of a unchanged", "expect mask child=a"},
    {"application nocldstop SIGCHLD", "application SIGCHLD condition=nocldstop"},
    {"application handles SIGKILL fails EINVAL",
     "application SIGKILL EINVAL must-fail condition=application"},
    {"application leads a group", "application leads"},
    {"application allows cores on t1", "application allows cores lane=t1"},
    {"provoke SIGSEGV on t1", "provoke lane=t1 SIGSEGV"},
    {"clone thread vm fails EINVAL", "clone EINVAL must-fail condition=thread vm"},
    {"clone sighand on t1", "clone lane=t1 condition=sighand"},
    {"crowd 4000", "crowd count=4000"},
    {"exec on t1", "exec lane=t1"},
    {"expect SIGHUP handled 2 times on t1",
     "expect handled lane=t1 count=2 SIGHUP condition=exactly"},
    {"expect SIGHUP handled at least 1", "expect handled count=1 SIGHUP condition=at-least"},
    {"expect SIGHUP pending on host", "expect pending lane=host SIGHUP condition=pending"},
    {"expect SIGHUP pending nowhere", "expect pending SIGHUP condition=pending"},
    {"expect SIGHUP unblocked on t1", "expect blocked lane=t1 SIGHUP condition=unblocked"},
    {"expect SIGHUP caught", "expect action SIGHUP condition=caught"},
    {"expect host stopped", "expect host condition=stopped"},
    {"expect host ended signal SIGQUIT with core",
     "expect host outcome=signal:3 condition=ended core"},
    {"expect host ended exit 3", "expect host outcome=exit:3 condition=ended"},
    {"expect host has 2 threads", "expect threads count=2"},
};

static void test_every_statement(void **state)
{
    /* blocks have a test of their own */
    bool tried[VERB_COUNT] = {
        [VERB_TOGETHER] = true, [VERB_REPEAT] = true, [VERB_WHEN] = true, [VERB_FORKED] = true};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        char seen[256];
        struct script *script = parse(steps[i].line);
        assert_int_equal(script->steps_count, 1);
        describe(&script->steps[0], seen, sizeof(seen));
        assert_string_equal(seen, steps[i].step);
        assert_string_equal(script->steps[0].text, steps[i].line);
        tried[script->steps[0].verb] = true;
        script_free(script);
    }
    /* Of events and their like: test_script_events.c. */
    for (int verb = VERB_SUBJECT; verb <= VERB_HANG_UP; verb++)
        tried[verb] = true;
    for (int verb = VERB_EXPECT_GIVES; verb <= VERB_EXPECT_SILENT; verb++)
        tried[verb] = true;
    for (int verb = VERB_NONE + 1; verb < VERB_COUNT; verb++)
        if (!tried[verb])
            fail_msg("no row for '%s'", script_verb_word((enum verb)verb));
}

static void test_every_verb_has_a_word(void **state)
{
    (void)state;
    for (int verb = VERB_NONE + 1; verb < VERB_COUNT; verb++)
        assert_true(strlen(script_verb_word((enum verb)verb)) > 0);
    for (int bit = 0; bit < NEED_COUNT; bit++) {
        const char *word = script_need_word(UINT64_C(1) << bit);
        assert_non_null(word);
        assert_true(script_need_from_word(word) == UINT64_C(1) << bit);
        assert_non_null(script_need_text(UINT64_C(1) << bit));
        assert_null(strchr(script_need_text(UINT64_C(1) << bit), ',')); /* they stand in lists */
    }
    assert_int_equal(script_need_from_word("luck"), 0);
    assert_null(script_need_word(UINT64_C(1) << NEED_COUNT));
    assert_null(script_need_text(UINT64_C(1) << NEED_COUNT));
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
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_grammar_is_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
