/* SPDX-License-Identifier: MIT */
/* "Exactly once": each child that ended is reported once, to its owner, and to nobody else. */
#include "judged.h"

static void test_exactly_once(void **state)
{
    static const struct judged_case cases[] = {
        {"reported once", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n",
         ""},
        {"reported before fork returned, and before the kernel was asked", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t2 report ctx=A child=a1 status=0x0\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x0\n"
                     "- quiet result=0\n",
         ""},
        {"never reported", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"three were never reported", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a2 result=a2\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a3 result=a3\n"
                     "- exited child=a1 status=0x300\n"
                     "- exited child=a2 status=0x300\n"
                     "- exited child=a3 status=0x300\n"
                     "- quiet result=0\n",
         "XC-01 child a1 of A (and 2 others) exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 leave op=fork ctx=A child=a2 result=a2\n"
         "    t1 leave op=fork ctx=A child=a3 result=a3\n"
         "    - exited child=a1 status=0x300\n"
         "    - exited child=a2 status=0x300\n"
         "    - exited child=a3 status=0x300\n"
         "    - quiet result=0\n"},
        {"not reported yet: no rest was reached", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=1\n",
         ""},
        {"not reported yet: it ended after the rest", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- quiet result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n",
         ""},
        {"not reported: the ctx was closed at once", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- quiet result=0\n",
         ""},
        {"not reported: the ctx is paused", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- step 5 \"pause     A\"\n"
                     "- exited child=a1 status=0x300\n"
                     "- step 6 \"quiet\"\n"
                     "- quiet result=0\n"
                     "- step 7 \"expect a1 waitable\"\n"
                     "- step 8 \"close A\"\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n",
         ""},
        {"paused, resumed when winding up, and still not reported", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- step 5 \"pause     A\"\n"
                     "- exited child=a1 status=0x300\n"
                     "- step 6 \"quiet\"\n"
                     "- quiet result=0\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"not reported: a thread is held at a gate", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t2 held write gate=0 zone=handler\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         ""},
        {"not reported: the application dropped it", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=forget ctx=A child=a1\n"
                     "t1 leave op=forget ctx=A child=a1 result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         ""},
        {"reported after the application dropped it", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=forget ctx=A child=a1\n"
                     "t1 leave op=forget ctx=A child=a1 result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         "XC-01 child a1 of A was reported although the application had dropped its watch\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 leave op=forget ctx=A child=a1 result=0\n"
         "    t1 report ctx=A child=a1 status=0x300\n"},
        {"a callback cannot drop what comes next", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a2 result=a2\n"
                "- child a1 ctx=A\n"
                "- child a2 ctx=A\n"
                "t1 call waitpid pid=a1 result=a1 status=0x0 options=0x1\n"
                "- exited child=a1 status=0x0\n"
                "t1 call waitpid pid=a2 result=a2 status=0x0 options=0x1\n"
                "- exited child=a2 status=0x0\n"
                "t1 enter op=run ctx=A\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "t1 enter op=forget ctx=A child=a2\n"
                "t1 leave op=forget ctx=A child=a2 result=-3 error=ESRCH\n"
                "t1 report ctx=A child=a2 status=0x0\n"
                "t1 leave op=run ctx=A result=0\n",
         "XC-12 child a2 of A was reported after a callback that dropped its watch had been told "
         "that there is none\n"
         "    t1 leave op=fork ctx=A child=a2 result=a2\n"
         "    - exited child=a2 status=0x0\n"
         "    t1 leave op=forget ctx=A child=a2 result=-3 error=ESRCH\n"
         "    t1 report ctx=A child=a2 status=0x0\n"},
        {"it had come before", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 call waitpid pid=a1 result=a1 status=0x0 options=0x1\n"
                "- exited child=a1 status=0x0\n"
                "t1 enter op=run ctx=A\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "t1 enter op=forget ctx=A child=a1\n"
                "t1 leave op=forget ctx=A child=a1 result=-3 error=ESRCH\n"
                "t1 leave op=run ctx=A result=0\n",
         ""},
        {"not in a callback: the report was on its way on another thread", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 call waitpid pid=a1 result=a1 status=0x0 options=0x1\n"
                "- exited child=a1 status=0x0\n"
                "t2 enter op=forget ctx=A child=a1\n"
                "t2 leave op=forget ctx=A child=a1 result=-3 error=ESRCH\n"
                "t1 enter op=run ctx=A\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "t1 leave op=run ctx=A result=0\n",
         ""},
        {"reported while another thread drops it", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t2 enter op=forget ctx=A child=a1\n"
                     "t2 leave op=forget ctx=A child=a1 result=0\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         ""},
        {"the host crashed before it could report", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "- host-exit status=0x9\n",
         ""},
        {"twice", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         "FK-57 child a1 of A was reported more than once\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x300\n"},
        {"before it was reaped", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 call waitid id=a1 result=0 found=a1 options=0x1000005 zone=library\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 call waitpid pid=a1 result=a1 status=0x300 options=0x1 zone=library\n",
         "FK-58 child a1 of A was reported before the library had reaped it\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x300\n"
         "    t1 call waitpid pid=a1 result=a1 status=0x300 options=0x1\n"},
        {"before it was reaped, as far as two threads can tell", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t2 call waitpid pid=a1 result=a1 status=0x300 options=0x1 zone=library\n",
         ""},
        {"before it was reaped, by who owes no more than a report", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "- exited child=a1 status=0x300\n"
                "t1 report ctx=A child=a1 status=0x300\n"
                "t1 call waitpid pid=a1 result=a1 status=0x300 options=0x1 zone=library\n",
         ""},
        {"a mainloop owner that refused to be told, and then was told", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "t1 action SIGCHLD application flags=0x0\n"
                    "- exited child=a1 status=0x300\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 leave op=told-sigchld ctx=A result=-35 error=EDEADLK\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 leave op=told-sigchld ctx=A result=0\n"
                    "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"reported and lost", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 lost ctx=A child=a1\n"
                     "t1 lost ctx=A child=a1\n",
         "XC-01 child a1 of A was reported more than once\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 lost ctx=A child=a1\n"
         "    t1 lost ctx=A child=a1\n"},
        {"to another ctx", &libxl_like,
         A_SELECTIVE "t1 enter op=open ctx=B\n"
                     "t1 leave op=open ctx=B result=0\n"
                     "t1 enter op=owner ctx=B owner=selective\n"
                     "t1 leave op=owner ctx=B owner=selective result=0\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 report ctx=B child=a1 status=0x300\n",
         "XC-01 child a1 of A was reported to B, which has nothing to do with it\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=B child=a1 status=0x300\n"},
        {"watched by two ctxs: each is told", &libxl_like,
         A_SELECTIVE "t1 enter op=open ctx=B\n"
                     "t1 leave op=open ctx=B result=0\n"
                     "t1 enter op=owner ctx=B owner=selective\n"
                     "t1 leave op=owner ctx=B owner=selective result=0\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=watch ctx=B child=a1\n"
                     "t1 leave op=watch ctx=B child=a1 result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 report ctx=B child=a1 status=0x300\n"
                     "- quiet result=0\n",
         ""},
        {"to a ctx that was closed", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         "XC-14 child a1 of A was reported after A was closed\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 leave op=close ctx=A result=0\n"
         "    t1 report ctx=A child=a1 status=0x300\n"},
        {"a pid used twice is two children", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 enter op=fork ctx=A\n"
                     "101:101 born parent=1\n"
                     "t1 leave op=fork ctx=A child=101 result=101\n"
                     "t1 report ctx=A child=a1 status=0x100\n"
                     "- exited child=a1 status=0x100\n"
                     "- quiet result=0\n",
         ""},
        {"a pid used twice, the second one missed", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "t1 enter op=fork ctx=A\n"
                     "101:101 born parent=1\n"
                     "t1 leave op=fork ctx=A child=101 result=101\n"
                     "- exited child=a1 status=0x100\n"
                     "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 1 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x100\n"
         "    - quiet result=0\n"},
        {"main loop: nobody told the ctx", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "- exited child=a1 status=0x300\n"
                    "- quiet result=0\n",
         ""},
        {"main loop: told too early", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 leave op=told-sigchld ctx=A result=0\n"
                    "- exited child=a1 status=0x300\n"
                    "- quiet result=0\n",
         ""},
        {"main loop: told, and not reported", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "- exited child=a1 status=0x300\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 leave op=told-sigchld ctx=A result=0\n"
                    "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"main loop: told the status, and not reported", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "- exited child=a1 status=0x300\n"
                    "t1 waited child=a1 result=a1 status=0x300\n"
                    "t1 enter op=told-reaped ctx=A child=a1 status=0x300\n"
                    "t1 leave op=told-reaped ctx=A child=a1 status=0x300 result=0\n"
                    "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exactly_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
