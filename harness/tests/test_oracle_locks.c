/* SPDX-License-Identifier: MIT */
/* "Locks": nobody waits for ever. */
#include "judged.h"

static void test_locks(void **state)
{
    static const struct judged_case cases[] = {
        {"lock, unlock, lock", &libxl_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n",
         ""},
        {"waits for its own", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "t1 lock 0x10\n"
                "t1 lock-wait 0x10\n",
         "XC-28 lane t1 waits for mutex 0x10, which it holds itself\n"
         "    t1 enter op=close ctx=A\n"
         "    t1 lock 0x10\n"
         "    t1 lock-wait 0x10\n"},
        {"waits for its own, in vain but for an error", &plain_like,
         A_OPEN "t1 enter op=close ctx=A\n"
                "t1 lock 0x10\n"
                "t1 lock-wait 0x10\n"
                "t1 unlock 0x10\n"
                "t1 leave op=close ctx=A result=0\n",
         ""},
        {"waits for its own, which is recursive", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10 recursive=1\n"
         "t1 lock-wait 0x10 recursive=1\n",
         ""},
        {"waits for that of another", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t2 lock-wait 0x10\n"
         "t1 unlock 0x10\n"
         "t2 lock 0x10\n",
         ""},
        {"in the handler, for what the thread holds", &libxl_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 handler-in SIGCHLD depth=1\n"
         "t1 lock-wait 0x10 zone=handler\n",
         "FK-24 lane t1 waits for mutex 0x10, which it holds itself: the signal handler "
         "interrupted it\n"
         "    t1 lock 0x10\n"
         "    t1 lock-wait 0x10 zone=handler\n"
         "FK-23 lane t1 took a mutex (0x10) in a signal handler, which is not async-signal-safe\n"
         "    t1 handler-in SIGCHLD depth=1\n"
         "    t1 lock-wait 0x10 zone=handler\n"},
        {"in postfork, for what was held at the fork", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 lock 0x10\n"
                     "200:200 born parent=1\n"
                     "t1 unlock 0x10\n"
                     "t1 foreign child=200\n"
                     "200:200 enter op=postfork ctx=A\n"
                     "200:200 lock-wait 0x10\n",
         "FK-75 thread 200:200 waits for mutex 0x10, which it holds itself\n"
         "    t1 lock 0x10\n"
         "    200:200 enter op=postfork ctx=A\n"
         "    200:200 lock-wait 0x10\n"},
        {"in postfork, twice", &libxl_like,
         A_SELECTIVE "200:200 born parent=1\n"
                     "t1 forked child=200\n"
                     "200:200 enter op=postfork ctx=A\n"
                     "200:200 lock 0x10\n"
                     "200:200 lock-wait 0x10\n",
         "FK-75 thread 200:200 waits for mutex 0x10, which it holds itself\n"
         "    200:200 enter op=postfork ctx=A\n"
         "    200:200 lock 0x10\n"
         "    200:200 lock-wait 0x10\n"},
        {"in postfork, once it was unlocked", &libxl_like,
         A_SELECTIVE "t1 lock 0x10\n"
                     "200:200 born parent=1\n"
                     "t1 unlock 0x10\n"
                     "t1 forked child=200\n"
                     "200:200 unlock 0x10\n"
                     "200:200 enter op=postfork ctx=A\n"
                     "200:200 lock 0x10\n"
                     "200:200 unlock 0x10\n"
                     "200:200 leave op=postfork ctx=A result=0\n",
         ""},
        {"in the child, for what another thread held", &libxl_like,
         A_SELECTIVE "t2 lock 0x10\n"
                     "200:200 born parent=1\n"
                     "t1 forked child=200\n"
                     "t2 unlock 0x10\n"
                     "200:200 enter op=postfork ctx=A\n"
                     "200:200 lock-wait 0x10\n",
         "FK-75 thread 200:200 waits for mutex 0x10, which a thread of its parent held when it was "
         "forked\n"
         "    t2 lock 0x10\n"
         "    200:200 enter op=postfork ctx=A\n"
         "    200:200 lock-wait 0x10\n"},
        {"told by a handler on top of its own call", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 lock 0x10 zone=library\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock-wait 0x10 zone=library\n",
         "FK-35 lane t1 waits for mutex 0x10, which it holds itself\n"
         "    t1 lock 0x10\n"
         "    t1 enter op=told-sigchld ctx=A\n"
         "    t1 lock-wait 0x10\n"},
        {"told by a handler on top of a turn of the loop", &libxl_like,
         A_MAINLOOP "t1 lock 0x10 zone=library\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock-wait 0x10 zone=library\n",
         "FK-35 lane t1 waits for mutex 0x10, which it holds itself\n"
         "    t1 lock 0x10\n"
         "    t1 enter op=told-sigchld ctx=A\n"
         "    t1 lock-wait 0x10\n"},
        {"told in the callback for disasters", &libxl_like,
         A_MAINLOOP "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock 0x10 zone=library\n"
                    "t1 disaster ctx=A\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock-wait 0x10 zone=library\n",
         "EV-15 lane t1 waits for mutex 0x10, which it holds itself\n"
         "    t1 lock 0x10\n"
         "    t1 enter op=told-sigchld ctx=A\n"
         "    t1 lock-wait 0x10\n"},
        {"in a child that no pthread_atfork handler has seen", &libxl_like,
         A_SELECTIVE "t2 lock 0x10 zone=library\n"
                     "t1 enter op=fork ctx=A\n"
                     "t1 call fork result=200 zone=library\n"
                     "t1 forkhook ctx=A child=200 raw=1\n"
                     "t2 unlock 0x10 zone=library\n" /* before the child has come that far */
                     "200:200 born parent=1 zone=library\n"
                     "200:200 forkhook ctx=A child=0 raw=1\n"
                     "200:200 lock-wait 0x10 zone=library\n"
                     "t1 leave op=fork ctx=A child=200 result=200\n"
                     "- hang lane=200 text=\"in mutex_lock\"\n",
         "FK-51 thread 200:200 waits for mutex 0x10, which a thread of its parent held when it was "
         "forked\n"
         "    t2 lock 0x10\n"
         "    200:200 lock-wait 0x10\n"},
        {"two orders", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t2 lock 0x20\n"
         "t2 lock 0x10\n"
         "t2 unlock 0x10\n"
         "t2 unlock 0x20\n",
         "XC-28 lane t2 took mutex 0x10 while it held 0x20, which t1 took the other way round\n"
         "    t1 lock 0x10\n"
         "    t1 lock 0x20\n"
         "    t2 lock 0x20\n"
         "    t2 lock 0x10\n"},
        {"two orders on one thread", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t1 lock 0x20\n"
         "t1 lock 0x10\n"
         "t1 unlock 0x10\n"
         "t1 unlock 0x20\n",
         ""},
        {"two orders behind one gate", &plain_like,
         "t1 lane\n"
         "t1 lock 0x1\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t1 unlock 0x1\n"
         "t2 lock 0x1\n"
         "t2 lock 0x20\n"
         "t2 lock 0x10\n"
         "t2 unlock 0x10\n"
         "t2 unlock 0x20\n"
         "t2 unlock 0x1\n",
         ""},
        {"two orders, but of other mutexes at the same address", &plain_like,
         A_OPEN "t1 lock 0x10\n"
                "t1 lock 0x20\n"
                "t1 unlock 0x20\n"
                "t1 unlock 0x10\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "t2 lock 0x20\n"
                "t2 lock 0x10\n"
                "t2 unlock 0x10\n"
                "t2 unlock 0x20\n",
         ""},
        {"two orders, one of them only tried", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t2 lock 0x20\n"
         "t2 lock 0x10 extra=2\n"
         "t2 unlock 0x10\n"
         "t2 unlock 0x20\n",
         ""},
        {"two orders, in two processes", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "9:9 lock 0x20\n"
         "9:9 lock 0x10\n"
         "9:9 unlock 0x10\n"
         "9:9 unlock 0x20\n",
         ""},
        {"a circle of three", &plain_like,
         "t1 lane\n"
         "t1 lock 0x10\n"
         "t1 lock 0x20\n"
         "t1 unlock 0x20\n"
         "t1 unlock 0x10\n"
         "t2 lock 0x20\n"
         "t2 lock 0x30\n"
         "t2 unlock 0x30\n"
         "t2 unlock 0x20\n"
         "t3 lock 0x30\n"
         "t3 lock 0x10\n"
         "t3 unlock 0x10\n"
         "t3 unlock 0x30\n",
         "XC-28 lane t3 took mutex 0x10 while it held 0x30, which others took the other way round\n"
         "    t1 lock 0x10\n"
         "    t1 lock 0x20\n"
         "    t2 lock 0x20\n"
         "    t2 lock 0x30\n"
         "    t3 lock 0x30\n"
         "    t3 lock 0x10\n"},
        {"a report under a lock", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 lock 0x10\n"
                "t1 left-locked held=1 calling=1\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "- exited child=a1 status=0x0\n",
         "XC-12 lane t1 called the application back with 1 mutex held\n"
         "    t1 lock 0x10\n"
         "    t1 left-locked held=1 calling=1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"a report under a recursive lock", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "t1 lock 0x10 recursive=1\n"
                     "t1 left-locked held=1 calling=1\n"
                     "t1 report ctx=A child=a1 status=0x0\n"
                     "- exited child=a1 status=0x0\n",
         ""},
        {"a stranger passed on under a recursive lock", &libxl_like,
         A_ALWAYS "t1 foreign child=f1\n"
                  "- child f1\n"
                  "t1 lock 0x10 recursive=1\n"
                  "t1 left-locked held=1 calling=1\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n",
         "FK-55 lane t1 called the application back with 1 mutex held\n"
         "    t1 lock 0x10 recursive=1\n"
         "    t1 left-locked held=1 calling=1\n"
         "    t1 stranger ctx=A child=f1 status=0x0\n"},
        {"an event under a recursive lock", &libxl_like,
         A_SELECTIVE "- subject s1 number=1 id=77 kind=process\n"
                     "- evgen g1 ctx=A of=s1 user=7\n"
                     "t1 enter op=callbacks ctx=A types=ended\n"
                     "t1 leave op=callbacks ctx=A types=ended\n"
                     "t1 enter op=enable ctx=A evgen=g1\n"
                     "t1 leave op=enable ctx=A evgen=g1\n"
                     "t1 lock 0x10 recursive=1\n"
                     "t1 left-locked held=1 calling=1\n"
                     "t1 got ended by=callback ctx=A of=s1 user=7\n"
                     "- changed of=s1 it=ends\n",
         "EV-14 lane t1 called the application back with 1 mutex held\n"
         "    t1 lock 0x10 recursive=1\n"
         "    t1 left-locked held=1 calling=1\n"
         "    t1 got ended by=callback ctx=A of=s1 user=7\n"},
        {"the end of an operation under a lock, and its progress", &libxl_like,
         A_SELECTIVE "- operation o1 ctx=A kind=helper how=callback progress=1\n"
                     "t1 enter op=operation ctx=A operation=o1\n"
                     "t1 leave op=operation ctx=A operation=o1\n"
                     "t1 lock 0x10\n"
                     "t1 left-locked held=1 calling=1\n"
                     "t1 got progress by=progress ctx=A operation=o1 user=0\n"
                     "t1 returned progress ctx=A subject=1\n"
                     "t1 left-locked held=1 calling=1\n"
                     "t1 completed ctx=A operation=o1 result=0\n",
         "AO-06 lane t1 (and 1 other) called the application back with 1 mutex held\n"
         "    t1 lock 0x10\n"
         "    t1 left-locked held=1 calling=1\n"
         "    t1 got progress by=progress ctx=A operation=o1 user=0\n"
         "    t1 left-locked held=1 calling=1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
        {"the fork hook is called under a lock", &libxl_like,
         A_SELECTIVE "t1 lock 0x10\n"
                     "t1 left-locked held=1 calling=1\n"
                     "t1 forkhook ctx=A child=200\n",
         ""},
        {"comes back with a lock", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 lock 0x10\n"
                     "t1 fault pipe error=EMFILE\n"
                     "t1 leave op=fork ctx=A result=-24 error=EMFILE\n"
                     "t1 left-locked held=1\n",
         "XC-28 lane t1 came back from the library with 1 mutex still held\n"
         "    t1 lock 0x10\n"
         "    t1 left-locked held=1\n"},
        {"comes back with the lock against forks", &libxl_like,
         A_SELECTIVE "t1 enter op=carefd ctx=A\n"
                     "t1 lock 0x10\n"
                     "t1 fault open error=EMFILE\n"
                     "t1 left-locked held=1\n"
                     "t1 leave op=carefd ctx=A result=-24 error=EMFILE\n",
         "XC-28 lane t1 came back from the library with 1 mutex still held\n"
         "    t1 lock 0x10\n"
         "    t1 left-locked held=1\n"
         "FK-67 lane t1 came back from the opening of a carefd with a mutex still held, so that "
         "nobody can fork\n"
         "    t1 lock 0x10\n"
         "    t1 left-locked held=1\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
