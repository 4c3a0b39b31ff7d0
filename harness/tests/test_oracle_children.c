/* SPDX-License-Identifier: MIT */
/* What became of children: "exactly once", "true status", "strangers" and "no zombie". */
#include "judged.h"

/* Once, to its owner, and to nobody else. */
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

/* What the history proves about the reason. */
static void test_why_it_was_missed(void **state)
{
    static const struct judged_case cases[] = {
        {"stolen and not reported as lost", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         "FK-61 child a1 of A was reaped by somebody else, and never reported as lost or by a "
         "disaster\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 waited child=a1 result=a1 status=0x300\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"stolen, in any other library", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         "XC-06 child a1 of A was reaped by somebody else, and never reported as lost or by a "
         "disaster\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 waited child=a1 result=a1 status=0x300\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"stolen, and a disaster said", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 disaster ctx=A error=ECHILD\n"
                     "- quiet result=0\n",
         ""},
        {"SIGCHLD ignored", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "- quiet result=0\n",
         "XC-07 child a1 of A exited with status 3 while SIGCHLD was ignored, and was never "
         "reported as lost\n"
         "    - disposition ignored flags=0x0 mask=0x0\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"two ctxs that reap everything", &libxl_like,
         A_OPEN "t1 enter op=open ctx=B\n"
                "t1 leave op=open ctx=B result=0\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=fork ctx=B\n"
                "t1 leave op=fork ctx=B child=b1 result=b1\n"
                "- child a1 ctx=A\n"
                "- exited child=a1 status=0x300\n"
                "t1 stranger ctx=B child=a1 status=0x300\n"
                "- quiet result=0\n",
         "FK-30 child a1 of A exited with status 3 and was never reported, after the application "
         "let two ctxs reap every child at one time\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"another ctx reaps always", &libxl_like,
         A_SELECTIVE "t1 enter op=open ctx=B\n"
                     "t1 leave op=open ctx=B result=0\n"
                     "t1 enter op=owner ctx=B owner=always\n"
                     "t1 leave op=owner ctx=B owner=always result=0\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         "FK-46 child a1 of A exited with status 3 and was never reported, after the application "
         "let another ctx reap every child\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"the application put in a handler of its own", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 action SIGCHLD application\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         "FK-15 child a1 of A exited with status 3 and was never reported, after the application "
         "took the disposition of SIGCHLD for itself\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"every thread blocks SIGCHLD", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- step 7 \"block     SIGCHLD on everywhere\"\n"
                     "- exited child=a1 status=0x300\n"
                     "- mask lane=t1 blocked=0x10000 baseline=1\n"
                     "- quiet result=0\n",
         "FK-19 child a1 of A exited with status 3 and was never reported, after the application "
         "blocked SIGCHLD in every thread\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"the host has started with SIGCHLD blocked", &libxl_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x10000 baseline=1\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "- mask lane=t1 blocked=0x10000\n"
         "- quiet result=0\n",
         "FK-19 child a1 of A exited with status 3 and was never reported, after the application "
         "blocked SIGCHLD in every thread\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"the library itself has left SIGCHLD blocked", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- step 7 \"unblock   SIGCHLD on t1\"\n"
                     "- step 8 \"block     SIGUSR1 on t1\"\n"
                     "- exited child=a1 status=0x300\n"
                     "- mask lane=t1 blocked=0x10000 baseline=1\n"
                     "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"a wait call was interrupted", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 fault waitpid error=EINTR\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"
         "FK-60 child a1 of A was never reported after a wait call had been interrupted (EINTR)\n"
         "    t1 fault waitpid error=EINTR\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"there was no wake-up channel to be had", &libxl_like,
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 fault pipe error=EMFILE\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x300\n"
         "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"
         "FK-63 child a1 of A was started although there was no wake-up channel to be had, and "
         "was never reported\n"
         "    t1 fault pipe error=EMFILE\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"there was none when the ctx was opened, and another ctx begins as a library owner",
         &libxl_like,
         "t1 enter op=open ctx=A\n"
         "t1 fault eventfd error=EMFILE\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x300\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "t1 enter op=fork ctx=B\n"
         "t1 leave op=fork ctx=B child=b1 result=b1\n"
         "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"
         "FK-63 child a1 of A was started although there was no wake-up channel to be had, and "
         "was never reported\n"
         "    t1 fault eventfd error=EMFILE\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"},
        {"there was no channel at first, and the report came", &libxl_like,
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 fault pipe error=EMFILE\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x300\n"
         "t1 report ctx=A child=a1 status=0x300\n"
         "- quiet result=0\n",
         ""},
        {"only one of two ctxs was woken", &libxl_like,
         A_SELECTIVE "t1 enter op=open ctx=B\n"
                     "t1 leave op=open ctx=B result=0\n"
                     "t1 enter op=owner ctx=B owner=selective\n"
                     "t1 leave op=owner ctx=B owner=selective result=0\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=fork ctx=B\n"
                     "t1 leave op=fork ctx=B child=b1 result=b1\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 handler-in SIGCHLD from=b1 depth=1\n"
                     "t1 handler-out SIGCHLD\n"
                     "- exited child=b1 status=0x0\n"
                     "t1 report ctx=B child=b1 status=0x0\n"
                     "- quiet result=0\n",
         "XC-01 child a1 of A exited with status 3 and was never reported\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    - quiet result=0\n"
         "FK-21 child a1 of A was never reported although the handler ran and B heard of an exit\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 handler-in SIGCHLD from=b1 depth=1\n"
         "    t1 report ctx=B child=b1 status=0x0\n"
         "    - quiet result=0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* The status is the true one. */
static void test_true_status(void **state)
{
    static const struct judged_case cases[] = {
        {"a core is a core", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x8b\n"
                     "t1 report ctx=A child=a1 status=0x8b\n"
                     "- quiet result=0\n",
         ""},
        {"another status", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-02 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the core bit is lost", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x8b\n"
                     "t1 report ctx=A child=a1 status=0xb\n",
         "XC-02 child a1 of A died of SIGSEGV and left a core, but was reported as \"died of "
         "SIGSEGV\" (0xb, not 0x8b)\n"
         "    - exited child=a1 status=0x8b\n"
         "    t1 report ctx=A child=a1 status=0xb\n"},
        {"the kernel does not know: the order counts", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x300\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-02 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - order child=a1 status=0x300\n"
         "    - exited child=a1 status=unknown\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the kernel does not know, and a core cannot be foreseen", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0xb\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x8b\n",
         ""},
        {"two orders: either may have come first", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x300\n"
                     "- order child=a1 status=0x9\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x9\n",
         ""},
        {"what the application told counts", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "- exited child=a1 status=0x300\n"
                    "t1 enter op=told-reaped ctx=A child=a1 status=0x700\n"
                    "t1 report ctx=A child=a1 status=0x700\n"
                    "t1 leave op=told-reaped ctx=A child=a1 status=0x700 result=0\n",
         ""},
        {"a stop", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0x137f\n",
         "XC-08 child a1 of A was reported as ended when it was stopped by SIGSTOP\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0x137f\n"},
        {"a continue", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0xffff\n",
         "XC-08 child a1 of A was reported as ended when it was continued\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0xffff\n"},
        {"reported while it lives", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0x0\n"
                     "- quiet result=0\n"
                     "- exited child=a1 status=0x0\n",
         "XC-09 child a1 of A was reported (\"exited with status 0\") while it was alive\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"
         "    - exited child=a1 status=0x0\n"},
        {"reported before the runner saw it end", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x0\n"
                     "t1 report ctx=A child=a1 status=0x0\n"
                     "- exited child=a1 status=0x0\n"
                     "- quiet result=0\n",
         ""},
        {"lost, for it was stolen", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         ""},
        {"lost, though nobody took it", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 call waitpid pid=a1 result=a1 status=0x300\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         "XC-06 child a1 of A was reported as lost although nobody else had waited for it\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 call waitpid pid=a1 result=a1 status=0x300\n"
         "    t1 lost ctx=A child=a1\n"},
        {"lost, for the wait call was made to fail", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 fault waitpid error=ECHILD\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         ""},
        {"lost, for SIGCHLD is ignored", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "t1 lost ctx=A child=a1\n"
         "- quiet result=0\n",
         ""},
        {"a success made up while SIGCHLD is ignored", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "- quiet result=0\n",
         "XC-07 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the same by luck the true one", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_OPEN "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0 reaped=1\n"
         "t1 report ctx=A child=a1 status=0x0\n",
         "XC-07 child a1 of A ended while SIGCHLD was ignored: nobody could see the status "
         "(\"exited with status 0\") that was reported\n"
         "    - disposition ignored flags=0x0 mask=0x0\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x0 reaped=1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"ignored until the library had its handler there: who knows how it saw it", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_OPEN
         "t1 call sigaction signal=SIGCHLD disposition=library\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n",
         ""},
        {"ignored, and the application told of it", &libxl_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_MAINLOOP "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0\n"
         "t1 enter op=told-reaped ctx=A child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "t1 leave op=told-reaped ctx=A child=a1 status=0x0 result=0\n",
         ""},
        {"stolen, and a status made up", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-06 child a1 of A was reaped by the application, yet reported with a status (\"exited "
         "with status 0\") that the library did not see\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 waited child=a1 result=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"stolen, and the right status known nobody knows how: not seen without a probe",
         &no_probe_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* What a ctx that reaps everything owes the application. */
static void test_strangers(void **state)
{
    static const struct judged_case cases[] = {
        {"passed on", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"passed on before the runner heard of it", &libxl_like,
         A_ALWAYS "t2 stranger ctx=A child=f1 status=0x500\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"not passed on", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "- quiet result=0\n",
         "FK-44 foreign child f1 exited with status 5 and was never passed on by A\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x500\n"
         "    - quiet result=0\n"},
        {"not passed on: the application waited for it", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 waited child=f1 result=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"mode library: not passed on while it has a child", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x500\n"
                "- quiet result=0\n"
                "- exited child=a1 status=0x0\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n",
         "FK-31 foreign child f1 exited with status 5 and was never passed on by A\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x500\n"
         "    - quiet result=0\n"},
        {"mode library: its own child may have gone before", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=a1 status=0x0\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "- exited child=f1 status=0x500\n"
                "- quiet result=0\n",
         ""},
        {"twice", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "- quiet result=0\n",
         "FK-44 foreign child f1 was passed on more than once\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"},
        {"with another status", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- quiet result=0\n",
         "FK-56 foreign child f1 exited with status 5, but was passed on as \"exited with status "
         "0\" (0x0, not 0x500)\n"
         "    - exited child=f1 status=0x500\n"
         "    t1 stranger ctx=A child=f1 status=0x0\n"},
        {"in a selective mode", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x500\n"
                     "t1 stranger ctx=A child=f1 status=0x500\n"
                     "- quiet result=0\n",
         "FK-49 foreign child f1 was passed on by A, which is to reap only its own\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"},
        {"not offered", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x500\n"
                     "- quiet result=0\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Nobody is left unreaped. */
static void test_zombies(void **state)
{
    static const struct judged_case cases[] = {
        {"ended before close, never reaped", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         "XC-14 child a1 of A had ended before A was closed, and was left as a zombie\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 leave op=close ctx=A result=0\n"
         "    - zombie child=a1\n"},
        {"outlived its ctx", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "- zombie child=a1\n",
         ""},
        {"dropped by the application", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=forget ctx=A child=a1\n"
                     "t1 leave op=forget ctx=A child=a1 result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         ""},
        {"reported, never reaped", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         "XC-14 child a1 of A was reported, but never reaped: it is a zombie\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x300\n"
         "    - zombie child=a1\n"},
        {"a foreign child belongs to the application", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x0\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=f1\n",
         ""},
        {"a foreign child, in mode always", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x0\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- quiet result=0\n"
                  "t1 enter op=close ctx=A\n"
                  "t1 leave op=close ctx=A result=0\n"
                  "- zombie child=f1\n",
         "FK-44 foreign child f1 was not reaped by A, which reaps every child: it is a zombie\n"
         "    - exited child=f1 status=0x0\n"
         "    - quiet result=0\n"
         "    - zombie child=f1\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exactly_once), cmocka_unit_test(test_why_it_was_missed),
        cmocka_unit_test(test_true_status),  cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_zombies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
