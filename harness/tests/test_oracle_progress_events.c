/* SPDX-License-Identifier: MIT */
/* "Progress", of calls that may wait for ever, and of those in which hooks fail. */
#include "judged.h"

#define HANG "- hang lane=t1 text=\"in poll\"\n"
#define ENABLED                                                                                    \
    A_OPEN "- subject s1 number=1 id=77 kind=process\n"                                            \
           "- evgen g1 ctx=A of=s1 user=7\n"                                                       \
           "t1 enter op=enable ctx=A evgen=g1\n"                                                   \
           "t1 leave op=enable ctx=A evgen=g1\n"
#define WAITS "t1 enter op=wait ctx=A types=ended user=-1\n"
#define ENDS                                                                                       \
    "- step 6 \"do s1 ends\"\n"                                                                    \
    "- changed of=s1 it=ends\n"
#define SYNCHRONOUS                                                                                \
    A_OPEN "- operation o1 ctx=A kind=program how=synchronous\n"                                   \
           "t1 enter op=operation ctx=A operation=o1\n"                                            \
           "t1 call fork result=300\n"

static void test_hangs(void **state)
{
    static const struct judged_case cases[] = {
        {"a check", &libxl_like, A_OPEN "t1 enter op=check ctx=A types=ended user=-1\n" HANG,
         "EV-01 lane t1 does not come back from check: in poll\n"
         "    t1 enter op=check ctx=A types=ended user=-1\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"a wait for what has not happened", &libxl_like, ENABLED WAITS HANG, ""},
        {"a wait for what has happened", &libxl_like, ENABLED WAITS ENDS HANG,
         "EV-04 lane t1 does not come back from wait: in poll\n"
         "    t1 enter op=wait ctx=A types=ended user=-1\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"the same in a guarded application", &libxl_like,
         ENABLED "- step 5 \"application guarded with A\"\n" WAITS ENDS HANG,
         "OE-37 lane t1 does not come back from wait: in poll\n"
         "    t1 enter op=wait ctx=A types=ended user=-1\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"the same in one that was", &libxl_like,
         ENABLED "- step 4 \"application guarded with A\"\n"
                 "- step 5 \"application prompt with A\"\n" WAITS ENDS HANG,
         "EV-04 lane t1 does not come back from wait: in poll\n"
         "    t1 enter op=wait ctx=A types=ended user=-1\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"a wait for something else", &libxl_like,
         ENABLED "t1 enter op=wait ctx=A types=ended user=8\n" ENDS HANG, ""},
        {"a wait for what another has been given", &libxl_like,
         ENABLED WAITS ENDS "t2 enter op=check ctx=A types=ended user=-1\n"
                            "t2 leave op=check ctx=A types=ended user=-1\n"
                            "t2 got ended by=check ctx=A of=s1 user=7\n" HANG,
         ""},
        {"an operation whose child lives", &libxl_like, SYNCHRONOUS HANG, ""},
        {"an operation whose child was reaped", &libxl_like,
         SYNCHRONOUS "t2 call waitpid pid=300 result=300\n" HANG,
         "AO-10 lane t1 does not come back from operation: in poll\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"while another waits, and may", &libxl_like,
         SYNCHRONOUS "t2 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
                     "- hang lane=t2 text=\"in futex\"\n" HANG,
         "AO-11 lane t2 does not come back from occurred-fd: in futex\n"
         "    t2 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
         "    - hang lane=t2 text=\"in futex\"\n"},
        {"the start of an operation", &libxl_like,
         A_OPEN "- operation o1 ctx=A kind=program how=callback\n"
                "t1 enter op=operation ctx=A operation=o1\n" HANG,
         "XC-28 lane t1 does not come back from operation: in poll\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"a round of the loop", &libxl_like, A_OPEN "t1 enter op=afterpoll ctx=A nfds=0\n" HANG,
         "XC-16 lane t1 does not come back from afterpoll: in poll\n"
         "    t1 enter op=afterpoll ctx=A nfds=0\n"
         "    - hang lane=t1 text=\"in poll\"\n"},
        {"after a hook failed", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
                "- hang lane=t1 text=\"in futex\"\n",
         "OE-43 lane t1 does not come back from fork: in futex\n"
         "    t1 enter op=fork ctx=A\n"
         "    t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
         "    - hang lane=t1 text=\"in futex\"\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define CRASH      "- host-exit status=0xb\n"
#define DIED(call) "the host died of SIGSEGV while lane t1 was inside " call "\n"

static void test_crashes(void **state)
{
    static const struct judged_case cases[] = {
        {"told of an fd that was deregistered", &libxl_like,
         A_OPEN "t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
                "t1 hook fd-deregister ctx=A fd=5 registration=1 for=0\n"
                "t1 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n" CRASH,
         "OE-29 " DIED("occurred-fd") "    t1 enter op=occurred-fd ctx=A fd=5 registration=1 "
                                      "events=in revents=in\n"
                                      "    - host-exit status=0xb\n"},
        {"told of another fd", &libxl_like,
         A_OPEN "t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
                "t1 enter op=occurred-fd ctx=A fd=6 registration=1 events=in revents=in\n" CRASH,
         "OE-30 " DIED("occurred-fd") "    t1 enter op=occurred-fd ctx=A fd=6 registration=1 "
                                      "events=in revents=in\n"
                                      "    - host-exit status=0xb\n"},
        {"told of a timeout that was ended", &libxl_like,
         A_OPEN "t1 hook timeout-register ctx=A registration=1 for=5000\n"
                "t1 hook timeout-modify ctx=A registration=1 for=0\n"
                "t1 enter op=occurred-timeout ctx=A registration=1\n" CRASH,
         "OE-34 " DIED("occurred-timeout") "    t1 enter op=occurred-timeout ctx=A "
                                           "registration=1\n"
                                           "    - host-exit status=0xb\n"},
        {"told of what is there", &libxl_like,
         A_OPEN "t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
                "t1 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n" CRASH,
         "XC-28 " DIED("occurred-fd") "    t1 enter op=occurred-fd ctx=A fd=5 registration=1 "
                                      "events=in revents=in\n"
                                      "    - host-exit status=0xb\n"},
        {"in an abort", &libxl_like,
         A_OPEN "- operation o1 ctx=A kind=program how=callback\n"
                "t1 enter op=abort ctx=A operation=o1\n" CRASH,
         "AO-17 " DIED("abort") "    t1 enter op=abort ctx=A operation=o1\n"
                                "    - host-exit status=0xb\n"},
        {"after a hook failed", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n" CRASH,
         "OE-43 " DIED("fork") "    t1 enter op=fork ctx=A\n"
                               "    t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
                               "    - host-exit status=0xb\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_crashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
