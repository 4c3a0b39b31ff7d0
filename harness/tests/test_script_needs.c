/* SPDX-License-Identifier: MIT */
/* The script language: what a script needs of an implementation. */
#include "script_fixture.h"

static void test_needs(void **state)
{
    static const struct {
        const char *text;
        uint64_t needs;
    } cases[] = {
        {"ctx A on main", 0},
        {"ctx A on main owner always", NEED_OWN_SIGCHLD},
        {"ctx A on main owner mainloop", NEED_MAINLOOP},
        {"ctx A on main owner always\nforeign f", NEED_ALWAYS},
        {"ctx A on main owner selective\nsystem", NEED_SELECTIVE},
        {"ctx A on main owner selective\nsteal any", NEED_SELECTIVE | NEED_LOOP_REAPS},
        {"ctx A on main owner always\nunblock SIGCHLD on main",
         NEED_OWN_SIGCHLD | NEED_OPEN_SIGCHLD},
        {"ctx A on main owner always\nunblock SIGUSR1 on main", NEED_OWN_SIGCHLD},
        {"ctx A on main owner library\nexpect disposition restored", NEED_LIBRARY},
        {"ctx A on main owner library\nclose A\nexpect disposition restored", NEED_OWN_SIGCHLD},
        {"ctx A on main owner selective\nclose A\nctx A on main owner always",
         NEED_SELECTIVE | NEED_ALWAYS},
        {"ctx A on main owner library\nowner A mainloop",
         NEED_LIBRARY | NEED_MAINLOOP | NEED_OWNER},
        {"child a of A", NEED_CHILD},
        {"children a 2 of A", NEED_CHILD},
        {"fail fork EAGAIN", NEED_PROBE | NEED_FORK},
        {"hold t1 after fork", NEED_PROBE | NEED_FORK},
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
        {"ctx A on t1 of one\nctx B on t2 of two", NEED_PAIR},
        {"ctx A on main of one owner always", NEED_PAIR},
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
        {"ctx A on t1\nclose A on t2", NEED_ANY_THREAD},
        {"ctx A on t1\ntogether\n  t2: child a of A\nend", NEED_ANY_THREAD | NEED_CHILD},
        {"ctx A on t1\nunlane t2", 0},
        {"ctx A on t1\nunlane t1", NEED_ANY_THREAD},
        {"ctx A on t1\nforked on t1\n  ctx B on main\nend", NEED_CONTEXTS},
        {"hold t1 before write", NEED_PROBE},
        {"fail pipe EMFILE", NEED_PROBE},
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
            fail_msg("needs 0x%llx, not 0x%llx, in:\n%s", (unsigned long long)script->needs,
                     (unsigned long long)cases[i].needs, cases[i].text);
        script_free(script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
