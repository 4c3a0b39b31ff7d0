/* SPDX-License-Identifier: MIT */
/* "Masks": signal masks of threads, and what a program starts with. */
#include "judged.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
