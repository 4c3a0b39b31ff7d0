/* SPDX-License-Identifier: MIT */
/* "Handler pure": what a handler does. */
#include "judged.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handler_pure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
