/* SPDX-License-Identifier: MIT */
/* "No zombie": nobody is left unreaped. */
#include "judged.h"

static void test_zombies(void **state)
{
    static const struct judged_case cases[] = {
        {"ended before close, never reaped", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         "XC-14 child a1 of A had ended before A was closed, and was left as a zombie\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 leave op=close ctx=A result=0\n"
         "    - zombie child=a1\n"},
        {"outlived its ctx", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "- zombie child=a1\n",
         ""},
        {"dropped by the application", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 enter op=forget ctx=A child=a1\n"
                     "t1 leave op=forget ctx=A child=a1 result=0\n"
                     "- exited child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         ""},
        {"reported, never reaped", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=a1\n",
         "XC-14 child a1 of A was reported, but never reaped: it is a zombie\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x300\n"
         "    - zombie child=a1\n"},
        {"a foreign child belongs to the application", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x0\n"
                     "- quiet result=0\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- zombie child=f1\n",
         ""},
        {"a foreign child, in mode always", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x0\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- quiet result=0\n"
                  "t1 enter op=close ctx=A\n"
                  "t1 leave op=close ctx=A result=0\n"
                  "- zombie child=f1\n",
         "FK-44 foreign child f1 was not reaped by A, which reaps every child: it is a zombie\n"
         "    - exited child=f1 status=0x0\n"
         "    - quiet result=0\n"
         "    - zombie child=f1\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zombies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
