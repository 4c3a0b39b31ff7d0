/* SPDX-License-Identifier: MIT */
/* The script language: what lint finds in scripts that can be parsed. */
#include "script_fixture.h"

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
    {"lane t1\nforked on t1\n  system on t1\nend\n",
     "5:3: a forked copy has no lane but main and those made in it"},
    {"forked\n  lane t1\nend\nsystem on t1\n", "6:1: the lane 't1' is in a forked copy, not here"},
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
    {"ctx A on main\noperation o of A program by event 9\nexpect o goes on\n",
     "5:1: 'o' ends by event: say 'expect CTX gives complete', or 'nothing'"},
    {"ctx A on main\noperation o of A program\nexpect o goes on\nexpect o completes\n", NULL},
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
        char text[1000], seen[450];
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lint),
        cmocka_unit_test(test_lint_knows_the_inherited_child),
        cmocka_unit_test(test_lint_of_the_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
