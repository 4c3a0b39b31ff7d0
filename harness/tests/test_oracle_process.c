/* SPDX-License-Identifier: MIT */
/* The rest of the process: "no theft", "locks", "fds", "newborns" and "progress". */
#include "judged.h"

/* What is not its own is left alone. */
static void test_theft(void **state)
{
    static const struct judged_case cases[] = {
        {"waits by pid", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "t1 call waitpid pid=a1 result=a1 status=0x0 options=0x1\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x0\n"
                     "t1 waited child=f1 result=f1 status=0x0\n",
         ""},
        {"waits for any and takes a foreign child", &libxl_like,
         A_SELECTIVE "t1 foreign child=f1\n"
                     "- child f1\n"
                     "t1 call waitpid pid=any result=f1 status=0x0\n"
                     "- exited child=f1 status=0x0\n"
                     "t1 waited child=f1 result=-1 error=ECHILD\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"
         "FK-47 lane t1 waited for any child in the library, while all is selective\n"
         "    t1 call waitpid pid=any result=f1\n"
         "XC-05 foreign child f1 was gone when the application waited for it\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"
         "    - exited child=f1 status=0x0\n"
         "    t1 waited child=f1 result=-1 error=ECHILD\n"},
        {"the same in any other library", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitpid pid=any result=f1 status=0x0\n"
                "- exited child=f1 status=0x0\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"},
        {"takes the news of a stop", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitpid pid=any result=f1 status=0x137f options=0x2\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1 status=0x137f options=0x2\n"},
        {"only looks", &libxl_like,
         A_SELECTIVE "t1 foreign child=f1\n"
                     "- child f1\n"
                     "t1 call waitid id=0 result=0 found=f1 options=0x1000004\n",
         ""},
        {"takes a foreign child by waitid", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitid id=0 result=0 found=f1 options=0x4\n"
                "- exited child=f1 status=0x0\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitid id=0 result=0 found=f1 options=0x4\n"},
        {"waits for its group", &libxl_like,
         A_SELECTIVE "t1 call waitid id=0 result=0 value=0x200000000 options=0x4\n",
         "FK-47 lane t1 waited for any child in the library, while all is selective\n"
         "    t1 call waitid id=0 result=0 value=0x200000000 options=0x4\n"},
        {"waits for any, in the main loop mode", &libxl_like,
         A_MAINLOOP "t1 call waitpid pid=any result=0 options=0x1\n",
         "FK-38 lane t1 waited for any child in the library, while the main loop owns SIGCHLD\n"
         "    t1 call waitpid pid=any result=0 options=0x1\n"},
        {"in mode always it may", &libxl_like,
         A_ALWAYS "t1 foreign child=f1\n"
                  "- child f1\n"
                  "t1 call waitpid pid=any result=f1 status=0x0\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- exited child=f1 status=0x0\n",
         ""},
        {"while the mode is being changed it may", &libxl_like,
         A_OPEN "t1 enter op=owner ctx=A owner=selective\n"
                "t1 call waitpid pid=any result=-1 error=ECHILD\n"
                "t1 leave op=owner ctx=A owner=selective result=0\n",
         ""},
        {"a child of the library waits for its own", &libxl_like,
         A_SELECTIVE "200:200 call waitpid pid=any result=201 status=0x0\n", ""},
        {"gone when the application waits for it: seen without a probe", &no_probe_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         "XC-05 foreign child f1 was gone when the application waited for it\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x0\n"
         "    t1 waited child=f1 result=-1 error=ECHILD\n"},
        {"gone, for it was waited for before", &no_probe_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"gone, for SIGCHLD is ignored", &no_probe_like,
         "t1 lane\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 foreign child=f1\n"
         "- child f1\n"
         "- exited child=f1 status=0x0\n"
         "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"gone, but a ctx was in mode library at first", &libxl_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 enter op=owner ctx=A owner=selective\n"
                "t1 leave op=owner ctx=A owner=selective result=0\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"sets the disposition in the main loop mode", &libxl_like,
         A_MAINLOOP
         "t1 call sigaction signal=SIGCHLD disposition=library flags=SA_NOCLDSTOP|SA_RESTART\n",
         "FK-11 lane t1 changed the disposition of SIGCHLD in the library, while the main loop "
         "owns it\n"
         "    t1 call sigaction signal=SIGCHLD disposition=library "
         "flags=SA_NOCLDSTOP|SA_RESTART\n"},
        {"asks for the disposition in the main loop mode", &libxl_like,
         A_MAINLOOP "t1 call sigaction signal=SIGCHLD disposition=-1\n", ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Nobody waits for ever. */
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
        {"told in a callback", &libxl_like,
         A_MAINLOOP "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock 0x10 zone=library\n"
                    "t1 disaster ctx=A\n"
                    "t1 enter op=told-sigchld ctx=A\n"
                    "t1 lock-wait 0x10 zone=library\n",
         "XC-28 lane t1 waits for mutex 0x10, which it holds itself\n"
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

/* Forked children, and what they share with their parent. Fd 5 is older than the fork. */
#define WITH_FD_5   A_OPEN "t1 call eventfd result=5\n"
#define FORK_BEGINS "t1 enter op=fork ctx=A\n"
#define A1_IS_BORN                                                                                 \
    "- child a1 pid=200 ctx=A\n"                                                                   \
    "200:200 born parent=1\n"
#define FORK_ENDS                                                                                  \
    "t1 call fork result=200\n"                                                                    \
    "t1 leave op=fork ctx=A child=a1 result=a1\n"
static void test_newborns(void **state)
{
    static const struct judged_case cases[] = {
        {"a call on its parent's fd", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         "FK-64 child a1 called write, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call write fd=5 size=8 result=8\n"},
        {"the same, heard of late", &libxl_like,
         WITH_FD_5 FORK_BEGINS FORK_ENDS A1_IS_BORN "200:200 call read fd=5 size=8 result=8\n",
         "FK-64 child a1 called read, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call read fd=5 size=8 result=8\n"},
        {"any library, on what wakes the parent", &plain_like,
         WITH_FD_5 "t1 handler-in SIGCHLD depth=1\n"
                   "t1 call write fd=5 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         "XC-21 child a1 called write, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call write fd=5 size=8 result=8\n"},
        {"any library, on what may be for children", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"an fd made for the child", &libxl_like,
         A_OPEN FORK_BEGINS "t1 call pipe value=5 extra=6\n" A1_IS_BORN
                            "200:200 call write fd=6 size=4 result=4\n" FORK_ENDS,
         ""},
        {"a number that it has given up", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call close fd=5\n"
                                          "200:200 call eventfd result=5\n"
                                          "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"a number that its parent had given up", &libxl_like,
         WITH_FD_5 "t1 call close fd=5\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"a call that failed", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN
         "200:200 call write fd=5 size=8 result=-1 error=EBADF\n" FORK_ENDS,
         ""},
        {"the handler, for its own child", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN FORK_ENDS
         "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "200:200 call write fd=5 size=8 result=8 zone=handler\n"
         "200:200 handler-out SIGCHLD\n",
         "XC-21 child a1 called write in a signal handler, after it was forked, on fd 5, which is "
         "its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "    200:200 call write fd=5 size=8 result=8 zone=handler\n"},
        {"the handler, for what somebody sent", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN FORK_ENDS
         "200:200 handler-in SIGCHLD from=300 depth=1\n"
         "200:200 call write fd=5 size=8 result=8 zone=handler\n"
         "200:200 handler-out SIGCHLD\n",
         ""},
        {"the handler in a copy that was not told of yet", &plain_like,
         WITH_FD_5 A1_IS_BORN "t1 forked child=a1\n"
                              "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
                              "200:200 call write fd=5 size=8 result=8 zone=handler\n"
                              "200:200 handler-out SIGCHLD\n",
         ""},
        {"the handler in a copy that was", &plain_like,
         WITH_FD_5 A1_IS_BORN "t1 forked child=a1\n"
                              "200:200 enter op=postfork ctx=A\n"
                              "200:200 leave op=postfork ctx=A result=0\n"
                              "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
                              "200:200 call write fd=5 size=8 result=8 zone=handler\n"
                              "200:200 handler-out SIGCHLD\n",
         "XC-21 child a1 called write in a signal handler, after it was forked, on fd 5, which is "
         "its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "    200:200 call write fd=5 size=8 result=8 zone=handler\n"},
        {"events are missing", &libxl_like,
         WITH_FD_5 "- lost-events count=1\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* File descriptors. */
static void test_fds(void **state)
{
    static const struct judged_case cases[] = {
        {"left open", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         "FK-81 fd 5 (pipe:[12]) was left open with all ctxs closed\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"},
        {"closed, and the application's", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 call close fd=0 result=0\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd-gone fd=0 process=1\n",
         "FK-82 fd 0 was closed by the library, and was the application's\n"
         "    t1 call close fd=0\n"
         "    - fd-gone fd=0 process=1\n"},
        {"closed, nobody knows by whom", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd-gone fd=0 process=1\n",
         ""},
        {"closed, and there all the same", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 call close fd=0 result=0\n"
                     "t1 leave op=close ctx=A result=0\n",
         ""},
        {"left open after a fault", &plain_like,
         A_OPEN "t1 fault fcntl error=EMFILE\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n"
                "- fd fd=6 process=1 text=\"pipe:[12]\"\n",
         "XC-20 fd 5 (and 1 other) (pipe:[12]) was left open with all ctxs closed, after a call "
         "that was made to fail\n"
         "    t1 fault fcntl error=EMFILE\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"
         "    - fd fd=6 process=1 text=\"pipe:[12]\"\n"},
        {"left open after a fork that failed", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 fault fork error=EAGAIN\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         "XC-19 fd 5 (pipe:[12]) was left open with all ctxs closed, after a fork that failed\n"
         "    t1 fault fork error=EAGAIN\n"
         "    t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"},
        {"one kept for the whole process", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         ""},
        {"one kept for each child", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a2 result=a2\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a3 result=a3\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a4 result=a4\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 text=pidfd\n"
                "- fd fd=6 text=pidfd\n"
                "- fd fd=7 text=pidfd\n"
                "- fd fd=8 text=pidfd\n",
         "XC-30 fd 5 (and 3 others) (pidfd) was left open with all ctxs closed\n"
         "    - fd fd=5 text=pidfd\n"
         "    - fd fd=6 text=pidfd\n"
         "    - fd fd=7 text=pidfd\n"},
        {"a ctx is still open", &libxl_like, A_SELECTIVE "- fd fd=5 process=1\n", ""},
        {"passed on", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n",
         "FK-65 child a1 of A was started with fd 5 open (pipe:[12])\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n"},
        {"passed on, by any other library", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n",
         "XC-18 child a1 of A was started with fd 5 open (pipe:[12])\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n"},
        {"what every program is given", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- exec-fd child=a1 fd=2\n"
                "- exec-fd child=a1 fd=499\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Everything comes back. */
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
        cmocka_unit_test(test_theft),    cmocka_unit_test(test_locks),
        cmocka_unit_test(test_fds),      cmocka_unit_test(test_newborns),
        cmocka_unit_test(test_progress),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
