/* SPDX-License-Identifier: MIT */
/* "Exactly once", of a report that never came: what the history proves about the reason. */
#include "judged.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_why_it_was_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
