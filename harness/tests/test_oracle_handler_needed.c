/* SPDX-License-Identifier: MIT */
/* "Handler needed": it is there if and only if somebody needs it. */
#include "judged.h"

static void test_handler_needed(void **state)
{
    static const struct judged_case cases[] = {
        {"an operation runs, and may have a child", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- operation o1 ctx=A kind=lock how=callback\n"
         "t1 enter op=operation ctx=A operation=o1\n"
         "t1 leave op=operation ctx=A operation=o1\n"
         "- disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n",
         ""},
        {"an operation ran, and is over", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- operation o1 ctx=A kind=lock how=callback\n"
         "t1 enter op=operation ctx=A operation=o1\n"
         "t1 leave op=operation ctx=A operation=o1\n"
         "t1 completed ctx=A operation=o1 result=0\n"
         "- disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n",
         "FK-10 the library's SIGCHLD handler was there, though no ctx had a child that was not "
         "reaped\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n"},
        {"an operation ran, and its end was taken out of the queue just now", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- operation o1 ctx=A kind=lock how=event user=7\n"
         "t1 enter op=operation ctx=A operation=o1\n"
         "t1 leave op=operation ctx=A operation=o1\n"
         "t2 lane\n"
         "t2 enter op=check ctx=A types=0x10 user=-1\n"
         "t2 leave op=check ctx=A types=0x10 user=-1\n"
         "t2 got complete by=check ctx=A user=7\n"
         "- disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n",
         ""},
        {"there when the host was asked, and gone when its answer stood there", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x0\n"
         "t1 enter op=run ctx=A\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "t1 leave op=run ctx=A\n"
         "- disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0 meanwhile=2\n",
         ""},
        {"not there when the host was asked, and there when its answer stood there", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- disposition default flags=0x0 mask=0x0 meanwhile=1\n",
         ""},
        {"turns are not on record: the one that reported may not be over", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "- disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n",
         ""},
        {"a whole life in a selective mode", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a whole life in mode library", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "- exited child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"not there right after setmode", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-07 ctx A needs the SIGCHLD handler, but it was not there\n"
         "    t1 leave op=open ctx=A result=0\n"
         "    t1 leave op=owner ctx=A owner=selective result=0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"not there later", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-09 ctx A needs the SIGCHLD handler, but it was not there\n"
         "    t1 leave op=open ctx=A result=0\n"
         "    t1 leave op=owner ctx=A owner=selective result=0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"taken away when another ctx was closed", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-16 ctx A needs the SIGCHLD handler, but it was not there after another ctx was "
         "closed\n"
         "    t1 leave op=open ctx=A result=0\n"
         "    t1 leave op=owner ctx=A owner=selective result=0\n"
         "    t1 leave op=close ctx=B result=0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"mode library: not there with a child alive", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-09 ctx A needs the SIGCHLD handler, but it was not there\n"
         "    t1 leave op=open ctx=A result=0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"mode library: the child has ended, it may have been reaped", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"mode library: a dropped child may be alive", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 enter op=forget ctx=A child=a1\n"
         "t1 leave op=forget ctx=A child=a1 result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"mode library: kept after the last child", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exited child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "- quiet result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-10 the library's SIGCHLD handler was there, though no ctx had a child that was not "
         "reaped\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"main loop", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=mainloop\n"
         "t1 leave op=owner ctx=A owner=mainloop result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-11 the library's SIGCHLD handler was there, while the main loop owns SIGCHLD\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"kept after a change to the main loop", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=owner ctx=A owner=mainloop\n"
         "t1 leave op=owner ctx=A owner=mainloop result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-07 the SIGCHLD handler stayed after the owner mode was changed to one that does not "
         "need it\n"
         "    t1 leave op=owner ctx=A owner=mainloop result=0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"a call is under way", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a setmode that failed changes nothing", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=-16 error=EBUSY\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"the application replaced it", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "- disposition application flags=0x0 mask=0x0\n",
         ""},
        {"not for other libraries", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"flags and mask", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_SIGINFO mask=0x10000\n",
         "FK-17 the library's SIGCHLD handler was installed without SA_RESTART\n"
         "    - disposition library flags=SA_SIGINFO mask=0x10000\n"
         "FK-17 the library's SIGCHLD handler was installed without SA_NOCLDSTOP\n"
         "    - disposition library flags=SA_SIGINFO mask=0x10000\n"
         "FK-17 the library's SIGCHLD handler was installed with SA_SIGINFO\n"
         "    - disposition library flags=SA_SIGINFO mask=0x10000\n"
         "FK-17 the library's SIGCHLD handler was installed with a mask that is not empty "
         "(0x10000)\n"
         "    - disposition library flags=SA_SIGINFO mask=0x10000\n"},
        {"flags, and gone before anybody looks", &libxl_like,
         A_SELECTIVE "t1 call sigaction signal=SIGCHLD disposition=library flags=SA_RESTART\n"
                     "t1 call sigaction signal=SIGCHLD disposition=default\n",
         "FK-17 the library's SIGCHLD handler was installed without SA_NOCLDSTOP\n"
         "    t1 call sigaction signal=SIGCHLD disposition=library flags=SA_RESTART\n"},
        {"flags, seen twice", &libxl_like,
         A_SELECTIVE "t1 call sigaction signal=SIGCHLD disposition=library flags=SA_RESTART\n"
                     "- disposition library flags=SA_RESTART|SA_RESTORER mask=0x0\n"
                     "- disposition library flags=SA_RESTART|SA_RESTORER mask=0x0\n",
         "FK-17 the library's SIGCHLD handler was installed without SA_NOCLDSTOP\n"
         "    t1 call sigaction signal=SIGCHLD disposition=library flags=SA_RESTART\n"},
        {"flags: a call that failed, one of the application's, another signal, a question",
         &libxl_like,
         A_SELECTIVE "t1 call sigaction signal=SIGCHLD disposition=library result=-1 error=EINVAL\n"
                     "t1 call sigaction signal=SIGCHLD disposition=application\n"
                     "t1 call sigaction signal=SIGUSR1 disposition=library\n"
                     "t1 call sigaction signal=SIGCHLD disposition=-1\n",
         ""},
        {"in a forked copy: a ctx of its own needs it", &libxl_like,
         COPY_AFTER_POSTFORK "c enter op=open ctx=B\n"
                             "c leave op=open ctx=B result=0\n"
                             "c enter op=owner ctx=B owner=selective\n"
                             "c leave op=owner ctx=B owner=selective result=0\n"
                             "c disposition default flags=0x0 mask=0x0\n",
         "FK-07 ctx B needs the SIGCHLD handler, but it was not there\n"
         "    c leave op=open ctx=B result=0\n"
         "    c leave op=owner ctx=B owner=selective result=0\n"
         "    c disposition default flags=0x0 mask=0x0\n"},
        {"in a forked copy: one of the host's does not", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition default flags=0x0 mask=0x0\n"
                             "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handler_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
