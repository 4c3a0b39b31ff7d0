/* SPDX-License-Identifier: MIT */
/* The signal SIGCHLD: "handler needed", "restored", "handler pure", "masks" and "late signals". */
#include "judged.h"

/* A forked copy of the host, `c`, in which a ctx was open at the fork. */
#define COPY_BEFORE_POSTFORK                                                                       \
    "t1 lane\n"                                                                                    \
    "- disposition default flags=0x0 mask=0x0\n"                                                   \
    "t1 enter op=open ctx=A\n"                                                                     \
    "t1 leave op=open ctx=A result=0\n"                                                            \
    "t1 enter op=owner ctx=A owner=selective\n"                                                    \
    "t1 leave op=owner ctx=A owner=selective result=0\n"                                           \
    "t1 forked child=200\n"                                                                        \
    "c lane pid=200 tid=200\n"
#define COPY_AFTER_POSTFORK                                                                        \
    COPY_BEFORE_POSTFORK                                                                           \
    "c enter op=postfork ctx=A\n"                                                                  \
    "c leave op=postfork ctx=A result=0\n"

/* There if and only if somebody needs it. */
static void test_handler_needed(void **state)
{
    static const struct judged_case cases[] = {
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

/* As it was, once nobody is left. */
static void test_restored(void **state)
{
    static const struct judged_case cases[] = {
        {"ignored before, ignored after", &plain_like,
         "t1 lane\n"
         "- disposition ignored flags=SA_RESTART mask=0x2\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition ignored flags=SA_RESTART mask=0x2\n",
         ""},
        {"the handler stays", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"the handler stays, in any other library", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "XC-24 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"other flags", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=SA_RESTART mask=0x0\n",
         "FK-13 the flags of SIGCHLD's disposition were left as 0x10000000 with all ctxs closed; "
         "they had been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition default flags=SA_RESTART mask=0x0\n"},
        {"another mask", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x2\n",
         "XC-24 the mask of SIGCHLD's disposition was left as 0x2 with all ctxs closed; it had "
         "been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition default flags=0x0 mask=0x2\n"},
        {"a ctx is still open", &libxl_like,
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
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         ""},
        {"a close that failed", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=-16 error=EBUSY\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         ""},
        {"an open that failed has to leave no trace", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=-24 error=EMFILE\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"the application set another in between", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD ignored\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition ignored flags=0x0 mask=0x0\n",
         ""},
        {"the application set another, and it is not put back", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD ignored\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as default with all ctxs closed; it had been "
         "ignored\n"
         "    - disposition ignored flags=0x0 mask=0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"the application set one while a ctx was open: not known what is right", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a borrower returns the library's after it has gone: not known what is right", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n" A_SELECTIVE
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition application flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD library\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a forked copy: back after postfork", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition default flags=0x0 mask=0x0\n", ""},
        {"a forked copy: the handler stays after postfork", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
                             "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         "FK-73 the disposition of SIGCHLD was left as the library's handler in a forked copy "
         "after postfork; it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n"},
        {"a forked copy: other flags", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition default flags=SA_RESTART mask=0x0\n",
         "FK-73 the flags of SIGCHLD's disposition were left as 0x10000000 in a forked copy after "
         "postfork; they had been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition default flags=SA_RESTART mask=0x0\n"},
        {"a forked copy: postfork has not been called, or failed", &libxl_like,
         COPY_BEFORE_POSTFORK "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
                              "c enter op=postfork ctx=A\n"
                              "c leave op=postfork ctx=A result=-5 error=EIO\n"
                              "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         ""},
        {"a forked copy: the application set another there", &libxl_like,
         COPY_AFTER_POSTFORK "c action SIGCHLD ignored\n"
                             "c disposition ignored flags=0x0 mask=0x0\n",
         ""},
        {"a forked copy: what the application set before it forked", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 forked child=200\n"
         "c lane pid=200 tid=200\n"
         "c enter op=postfork ctx=A\n"
         "c leave op=postfork ctx=A result=0\n"
         "c disposition default flags=0x0 mask=0x0\n",
         "FK-73 the disposition of SIGCHLD was left as default in a forked copy after postfork; "
         "it had been the application's handler\n"
         "    t1 action SIGCHLD application\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition default flags=0x0 mask=0x0\n"},
        {"a forked copy: its own ctx leaves the handler", &libxl_like,
         COPY_AFTER_POSTFORK "c enter op=open ctx=B\n"
                             "c leave op=open ctx=B result=0\n"
                             "c enter op=close ctx=B\n"
                             "c leave op=close ctx=B result=0\n"
                             "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs "
         "closed; it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* An fd of B's on another lane; it goes with B, and its number to C. */
#define B_WITH_FD                                                                                  \
    "t1 lane\n"                                                                                    \
    "t2 lane\n"                                                                                    \
    "t2 enter op=open ctx=B\n"                                                                     \
    "t2 call eventfd result=4\n"                                                                   \
    "t2 leave op=open ctx=B result=0\n"
#define B_CLOSED                                                                                   \
    "t2 enter op=close ctx=B\n"                                                                    \
    "t2 call close fd=4\n"                                                                         \
    "t2 leave op=close ctx=B result=0\n"
#define C_WITH_FD                                                                                  \
    "t2 enter op=open ctx=C\n"                                                                     \
    "t2 call eventfd result=4\n"                                                                   \
    "t2 leave op=open ctx=C result=0\n"

/* What a handler does. */
static void test_handler_pure(void **state)
{
    static const struct judged_case cases[] = {
        {"as it should be", &libxl_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 call write fd=5 size=1 result=1 zone=handler\n"
         "t1 call waitpid pid=-1 result=0 options=0x1 zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
        {"errno lost", &libxl_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 handler-out SIGCHLD errno-before=EINTR errno-after=EAGAIN\n",
         "FK-20 lane t1 came out of the signal handler with errno EAGAIN; it had been EINTR\n"
         "    t1 handler-out SIGCHLD errno-before=EINTR errno-after=EAGAIN\n"},
        {"errno lost, in any other library", &plain_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 handler-out SIGCHLD errno-before=EINTR\n",
         "XC-29 lane t1 came out of the signal handler with errno 0; it had been EINTR\n"
         "    t1 handler-out SIGCHLD errno-before=EINTR\n"},
        {"malloc, free, stdio and a mutex", &libxl_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 call malloc zone=handler\n"
         "t1 call free zone=handler\n"
         "t1 call stdio zone=handler\n"
         "t1 lock 0x10 zone=handler\n"
         "t1 unlock 0x10 zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         "FK-23 lane t1 called malloc in a signal handler, which is not async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 call malloc zone=handler\n"
         "FK-23 lane t1 called free in a signal handler, which is not async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 call free zone=handler\n"
         "FK-23 lane t1 called a function of stdio in a signal handler, which is not "
         "async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 call stdio zone=handler\n"
         "FK-23 lane t1 took a mutex (0x10) in a signal handler, which is not async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 lock 0x10 zone=handler\n"},
        {"the same outside of it", &libxl_like,
         "t1 lane\n"
         "t1 call malloc\n"
         "t1 lock 0x10\n"
         "t1 unlock 0x10\n"
         "t1 call write fd=5 size=1 blocking=1 result=1\n",
         ""},
        {"a blocking write", &plain_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 call write fd=5 size=1 blocking=1 result=1 zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         "XC-29 lane t1 called write in a signal handler on fd 5, which is blocking\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 call write fd=5 size=1 blocking=1 result=1 zone=handler\n"},
        {"a callback in a handler", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n"
         "- exited child=a1 status=0x0\n",
         "FK-25 lane t1 called the application back from within a signal handler\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"a callback on another thread meanwhile", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t2 report ctx=A child=a1 status=0x0\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n"
         "- exited child=a1 status=0x0\n",
         ""},
        {"an fd that is not open", &libxl_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 call write fd=5 size=1 result=-1 error=EBADF zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         "FK-28 lane t1 called write in a signal handler on fd 5, which was not open\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 call write fd=5 size=1 result=-1 error=EBADF zone=handler\n"},
        {"made to fail so, or no fd at all", &libxl_like,
         "t1 lane\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 fault write error=EBADF zone=handler\n"
         "t1 call write fd=5 size=1 result=-1 error=EBADF zone=handler\n"
         "t1 call write fd=-1 size=1 result=-1 error=EBADF zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
        {"an fd of a ctx that has gone", &plain_like,
         B_WITH_FD "t1 handler-in SIGCHLD depth=1\n" B_CLOSED "t1 call fcntl fd=3 zone=handler\n"
                   "t2 call close fd=9\n"
                   "t1 call write fd=4 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         "XC-29 lane t1 called write in a signal handler on fd 4, which had been closed with ctx "
         "B\n"
         "    t2 call eventfd result=4\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t2 call close fd=4\n"
         "    t2 leave op=close ctx=B result=0\n"
         "    t1 call write fd=4 size=8 result=8 zone=handler\n"},
        {"the write may have come before the close, and be recorded after it", &libxl_like,
         B_WITH_FD "t1 handler-in SIGCHLD depth=1\n" B_CLOSED
                   "t1 call write fd=4 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
        {"held before the call, and the number is another ctx's when it is done", &libxl_like,
         B_WITH_FD "t1 handler-in SIGCHLD depth=1\n"
                   "t1 held write gate=1 zone=handler\n" B_CLOSED C_WITH_FD
                   "t1 freed gate=1 zone=handler\n"
                   "t1 call write fd=4 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         "FK-28 lane t1 called write in a signal handler on fd 4, which had been closed with ctx "
         "B\n"
         "    t2 call eventfd result=4\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t2 call close fd=4\n"
         "    t2 leave op=close ctx=B result=0\n"
         "    t1 call write fd=4 size=8 result=8 zone=handler\n"},
        {"held after an earlier call: it may have chosen anew", &libxl_like,
         B_WITH_FD "t1 handler-in SIGCHLD depth=1\n"
                   "t1 call write fd=3 size=8 result=8 zone=handler\n"
                   "t1 held write gate=1 zone=handler\n" B_CLOSED C_WITH_FD
                   "t1 freed gate=1 zone=handler\n"
                   "t1 call write fd=4 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
        {"the number is another ctx's when the handler chooses", &libxl_like,
         B_WITH_FD B_CLOSED C_WITH_FD
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 held write gate=1 zone=handler\n"
         "t1 freed gate=1 zone=handler\n"
         "t1 call write fd=4 size=8 result=8 zone=handler\n"
         "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
        {"made again before the close is recorded, and kept", &libxl_like,
         B_WITH_FD "t2 enter op=close ctx=B\n"
                   "t1 enter op=open ctx=C\n"
                   "t1 call eventfd result=4\n"
                   "t2 call close fd=4\n"
                   "t2 leave op=close ctx=B result=0\n"
                   "t1 leave op=open ctx=C result=0\n"
                   "t1 enter op=close ctx=C\n"
                   "t1 leave op=close ctx=C result=0\n"
                   "t1 handler-in SIGCHLD depth=1\n"
                   "t1 call write fd=4 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD errno-before=EAGAIN errno-after=EAGAIN\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Signal masks. */
static void test_masks(void **state)
{
    static const struct judged_case cases[] = {
        {"unchanged", &libxl_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x10000 baseline=1\n"
         "- quiet result=0\n"
         "- mask lane=t1 blocked=0x10000\n",
         ""},
        {"SIGCHLD blocked", &libxl_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x0 baseline=1\n"
         "- mask lane=t1 blocked=0x10000\n",
         "FK-18 lane t1 has its signal mask changed by the library: 0x10000, not 0x0\n"
         "    - mask lane=t1 blocked=0x0 baseline=1\n"
         "    - mask lane=t1 blocked=0x10000\n"},
        {"another signal, another library", &plain_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x2 baseline=1\n"
         "- mask lane=t1 blocked=0x0\n",
         "XC-17 lane t1 has its signal mask changed by the library: 0x0, not 0x2\n"
         "    - mask lane=t1 blocked=0x2 baseline=1\n"
         "    - mask lane=t1 blocked=0x0\n"},
        {"the application did it", &plain_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x0 baseline=1\n"
         "- step 4 \"block SIGCHLD on t1\"\n"
         "- mask lane=t1 blocked=0x10000\n"
         "- mask lane=t1 blocked=0x10000\n",
         ""},
        {"a new baseline", &plain_like,
         "t1 lane\n"
         "- mask lane=t1 blocked=0x0 baseline=1\n"
         "- mask lane=t1 blocked=0x10000 baseline=1\n",
         ""},
        {"after a fork that failed", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- mask lane=t1 blocked=0x0 baseline=1\n"
         "t1 enter op=fork ctx=A\n"
         "t1 fault fork error=EAGAIN\n"
         "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
         "- mask lane=t1 blocked=0xffff\n",
         "XC-19 lane t1 has its signal mask changed by the library, after a fork that failed: "
         "0xffff, not 0x0\n"
         "    - mask lane=t1 blocked=0x0 baseline=1\n"
         "    t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
         "    - mask lane=t1 blocked=0xffff\n"},
        {"a program starts with the mask of its lane", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- mask lane=t1 blocked=0x10000 baseline=1\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x10000 ignored=0x1000\n",
         ""},
        {"a program starts with less", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- mask lane=t1 blocked=0x10000 baseline=1\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x0 ignored=0x0\n",
         ""},
        {"a program starts with more", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- mask lane=t1 blocked=0x0 baseline=1\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- quiet result=0\n"
         "- mask lane=t1 blocked=0x0\n"
         "- exec-mask child=a1 blocked=0x10000 ignored=0x0\n",
         "XC-17 child a1 of A was started with signals blocked that its lane does not block: "
         "0x10000\n"
         "    - mask lane=t1 blocked=0x0 baseline=1\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-mask child=a1 blocked=0x10000 ignored=0x0\n"},
        {"a program starts with SIGCHLD ignored", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x10000 ignored=0x10000\n",
         "XC-17 child a1 of A was started with SIGCHLD ignored, which the application does not\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-mask child=a1 blocked=0x10000 ignored=0x10000\n"},
        {"a program starts with SIGCHLD ignored, as the application has it", &plain_like,
         "t1 lane\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x0 ignored=0x10000\n",
         ""},
        {"a program starts with SIGPIPE ignored", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=spawn ctx=A\n"
         "t1 call fork result=a1\n"
         "t1 leave op=spawn ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x0 ignored=0x1000\n",
         "FK-69 child a1 of A was started with SIGPIPE ignored\n"
         "    t1 leave op=spawn ctx=A child=a1 result=a1\n"
         "    - exec-mask child=a1 blocked=0x0 ignored=0x1000\n"},
        {"a forked child becomes a program, with SIGPIPE as the application has it", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 call fork result=a1\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- exec-mask child=a1 blocked=0x0 ignored=0x1000\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Signals to pids that are nobody any more. */
static void test_late_signals(void **state)
{
    static const struct judged_case cases[] = {
        {"in time", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 call kill pid=a1 signal=SIGTERM\n"
         "t1 call waitpid pid=a1 result=a1 status=0xf\n",
         ""},
        {"too late", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 call waitpid pid=a1 result=a1 status=0xf\n"
         "t1 call kill pid=a1 signal=SIGTERM result=-1 error=ESRCH\n",
         "FK-59 child a1 of A was sent SIGTERM by the library after it had been reaped\n"
         "    t1 call waitpid pid=a1 result=a1 status=0xf\n"
         "    t1 call kill pid=a1 signal=SIGTERM result=-1 error=ESRCH\n"},
        {"after the application told", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 enter op=told-reaped ctx=A child=a1 status=0x0\n"
         "t1 leave op=told-reaped ctx=A child=a1 status=0x0 result=0\n"
         "t1 call kill pid=a1 signal=SIGTERM\n",
         "XC-10 child a1 of A was sent SIGTERM by the library after it had been reaped\n"
         "    t1 enter op=told-reaped ctx=A child=a1 status=0x0\n"
         "    t1 call kill pid=a1 signal=SIGTERM\n"},
        {"at the same time on two threads: no order", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t2 enter op=kill ctx=A child=a1 signal=SIGTERM\n"
         "t1 call waitpid pid=a1 result=a1 status=0xf\n"
         "t2 call kill pid=a1 signal=SIGTERM\n",
         ""},
        {"a question, not a signal", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 call waitpid pid=a1 result=a1 status=0xf\n"
         "t1 call kill pid=a1 signal=0\n",
         ""},
        {"the stop was waited for, not the end", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "t1 call waitpid pid=a1 result=a1 status=0x137f\n"
         "t1 call kill pid=a1 signal=SIGCONT\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handler_needed), cmocka_unit_test(test_restored),
        cmocka_unit_test(test_handler_pure),   cmocka_unit_test(test_masks),
        cmocka_unit_test(test_late_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
