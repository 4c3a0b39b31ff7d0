/* SPDX-License-Identifier: MIT */
/* "Progress": everything comes back. */
#include "judged.h"

static void test_progress(void **state)
{
    static const struct judged_case cases[] = {
        {"a call hangs", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "- hang lane=t1 text=\"in futex, waits for mutex 0x10\\n#0 futex\"\n",
         "XC-14 lane t1 does not come back from close: in futex, waits for mutex 0x10\n"
         "    t1 enter op=close ctx=A\n"
         "    - hang lane=t1 text=\"in futex, waits for mutex 0x10\\n#0 futex\"\n"},
        {"postfork hangs", &libxl_like,
         A_SELECTIVE "t1 enter op=postfork ctx=A\n"
                     "- hang lane=t1 text=\"in futex\"\n",
         "FK-75 lane t1 does not come back from postfork: in futex\n"
         "    t1 enter op=postfork ctx=A\n"
         "    - hang lane=t1 text=\"in futex\"\n"},
        {"the handler hangs in write", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 handler-in SIGCHLD depth=1\n"
                     "- hang lane=t1 text=\"in write on fd 5\"\n",
         "FK-22 lane t1 does not come out of the signal handler: in write on fd 5\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    - hang lane=t1 text=\"in write on fd 5\"\n"},
        {"the handler hangs in a lock", &libxl_like,
         A_SELECTIVE "t1 handler-in SIGCHLD depth=1\n"
                     "t1 lock-wait 0x10 zone=handler\n"
                     "- hang lane=t1 text=\"in futex\"\n",
         "FK-23 lane t1 took a mutex (0x10) in a signal handler, which is not async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 lock-wait 0x10 zone=handler\n"
         "FK-24 lane t1 does not come out of the signal handler: in futex\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 lock-wait 0x10 zone=handler\n"
         "    - hang lane=t1 text=\"in futex\"\n"},
        {"the loop hangs for a child that was stolen", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "t1 waited child=a1 result=a1 status=0x0\n"
                     "t1 enter op=run ctx=A\n"
                     "- hang lane=t1 text=\"in wait4\"\n",
         "FK-61 lane t1 does not come back from run, with a child unreported that the application "
         "reaped: in wait4\n"
         "    t1 waited child=a1 result=a1\n"
         "    t1 enter op=run ctx=A\n"
         "    - hang lane=t1 text=\"in wait4\"\n"},
        {"a thread that is in no call is not to blame", &plain_like,
         A_OPEN "t2 enter op=wake ctx=A\n"
                "t2 leave op=wake ctx=A result=0\n"
                "t1 enter op=close ctx=A\n"
                "- hang lane=t2 text=\"in poll\"\n"
                "- hang lane=t1 text=\"in futex\"\n",
         "XC-14 lane t1 does not come back from close: in futex\n"
         "    t1 enter op=close ctx=A\n"
         "    - hang lane=t1 text=\"in futex\"\n"},
        {"no thread is in a call: the loop", &plain_like,
         A_OPEN "- step 5 \"quiet\"\n"
                "- hang lane=t1 text=\"in read on fd 5\"\n",
         "XC-16 the host does not come out of its event loops: in read on fd 5\n"
         "    - hang lane=t1 text=\"in read on fd 5\"\n"},
        {"no thread is in a call: the application waits", &plain_like,
         A_OPEN "- step 5 \"waitpid f1 exit 0\"\n"
                "- hang lane=t1 text=\"in wait4\"\n",
         "XC-22 the host does not come out of a wait of the application's own: in wait4\n"
         "    - hang lane=t1 text=\"in wait4\"\n"},
        {"the loop waits for a child, after a SIGCHLD of nobody", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- step 5 \"expect no report of a1\"\n"
                "t1 handler-in SIGCHLD from=900 depth=1\n"
                "t1 handler-out SIGCHLD\n"
                "- hang lane=t1 text=\"tid 3 (x) sleeping in wait4\\nwait4 < scan\"\n",
         "XC-09 the host does not come out of a wait call made upon a SIGCHLD that was no "
         "child's: tid 3 (x) sleeping in wait4\n"
         "    t1 handler-in SIGCHLD from=900 depth=1\n"
         "    - hang lane=t1 text=\"tid 3 (x) sleeping in wait4\\nwait4 < scan\"\n"},
        {"the loop waits for a child, after the SIGCHLD of another", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- step 5 \"expect no report of a1\"\n"
                "t1 handler-in SIGCHLD from=a1 depth=1\n"
                "t1 handler-out SIGCHLD\n"
                "- hang lane=t1 text=\"tid 3 (x) sleeping in wait4\"\n",
         "XC-16 the host does not come out of its event loops: tid 3 (x) sleeping in wait4\n"
         "    - hang lane=t1 text=\"tid 3 (x) sleeping in wait4\"\n"},
        {"nor is any while one is held at a gate", &plain_like,
         A_OPEN "t2 enter op=fork ctx=A\n"
                "t2 held fork gate=0\n"
                "t1 enter op=close ctx=A\n"
                "- hang lane=t1 text=\"in futex\"\n",
         ""},
        {"looked at, not hung", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "- hang lane=t1 text=\"in futex\" result=1\n",
         ""},
        {"the library calls exit", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "- host-exit status=0x0\n",
         "XC-14 the host exited with status 0 while lane t1 was inside close\n"
         "    t1 enter op=close ctx=A\n"
         "    - host-exit status=0x0\n"},
        {"ended as it was told", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- host-exit status=0x0\n",
         ""},
        {"ended by the runner", &plain_like, A_OPEN "- host-exit status=0x9\n", ""},
        {"crashed in a call", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 call pipe result=0\n"
                "- host-exit status=0x8b text=\"Segmentation fault\"\n",
         "XC-28 the host died of SIGSEGV and left a core while lane t1 was inside fork: "
         "Segmentation fault\n"
         "    t1 enter op=fork ctx=A\n"
         "    t1 call pipe\n"
         "    - host-exit status=0x8b text=\"Segmentation fault\"\n"},
        {"aborted, told of a child in a wrong mode", &libxl_like,
         A_SELECTIVE "t1 enter op=told-sigchld ctx=A\n"
                     "- host-exit status=0x6 text=\"assertion failed: mainloop\"\n",
         "FK-36 the host died of SIGABRT while lane t1 was inside told-sigchld: assertion failed: "
         "mainloop\n"
         "    t1 enter op=told-sigchld ctx=A\n"
         "    - host-exit status=0x6 text=\"assertion failed: mainloop\"\n"},
        {"aborted, the mode changed with a child alive", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "t1 enter op=owner ctx=A owner=always\n"
                     "- host-exit status=0x6\n",
         "FK-04 the host died of SIGABRT while lane t1 was inside owner\n"
         "    t1 enter op=owner ctx=A owner=always\n"
         "    - host-exit status=0x6\n"},
        {"crashed in the handler", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "t1 handler-in SIGCHLD depth=1\n"
                     "- host-exit status=0xb\n",
         "FK-28 the host died of SIGSEGV\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    - host-exit status=0xb\n"},
        {"aborted, with its own handler put there by the application", &libxl_like,
         A_OPEN "t1 action SIGCHLD library\n"
                "t1 enter op=owner ctx=A owner=selective\n"
                "- host-exit status=0x6\n",
         "FK-14 the host died of SIGABRT while lane t1 was inside owner\n"
         "    t1 enter op=owner ctx=A owner=selective\n"
         "    - host-exit status=0x6\n"},
        {"aborted, with a handler of the application there", &libxl_like,
         A_OPEN "t1 action SIGCHLD application\n"
                "t1 enter op=owner ctx=A owner=selective\n"
                "- host-exit status=0x6\n",
         "FK-14 the host died of SIGABRT while lane t1 was inside owner\n"
         "    t1 enter op=owner ctx=A owner=selective\n"
         "    - host-exit status=0x6\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
