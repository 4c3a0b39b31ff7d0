/* SPDX-License-Identifier: MIT */
/* "Late signals": signals to pids that are nobody any more. */
#include "judged.h"

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
        cmocka_unit_test(test_late_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
