/* SPDX-License-Identifier: MIT */
/* "Strangers": what a ctx that reaps everything owes the application. */
#include "judged.h"

static void test_strangers(void **state)
{
    static const struct judged_case cases[] = {
        {"passed on", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"passed on before the runner heard of it", &libxl_like,
         A_ALWAYS "t2 stranger ctx=A child=f1 status=0x500\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"not passed on", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "- quiet result=0\n",
         "FK-44 foreign child f1 exited with status 5 and was never passed on by A\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x500\n"
         "    - quiet result=0\n"},
        {"not passed on: the application waited for it", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 waited child=f1 result=f1 status=0x500\n"
                  "- quiet result=0\n",
         ""},
        {"mode library: not passed on while it has a child", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x500\n"
                "- quiet result=0\n"
                "- exited child=a1 status=0x0\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n",
         "FK-31 foreign child f1 exited with status 5 and was never passed on by A\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x500\n"
         "    - quiet result=0\n"},
        {"mode library: its own child may have gone before", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- child a1 ctx=A\n"
                "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=a1 status=0x0\n"
                "t1 report ctx=A child=a1 status=0x0\n"
                "- exited child=f1 status=0x500\n"
                "- quiet result=0\n",
         ""},
        {"twice", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x500\n"
                  "- quiet result=0\n",
         "FK-44 foreign child f1 was passed on more than once\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"},
        {"with another status", &libxl_like,
         A_ALWAYS "t1 enter op=fork ctx=A\n"
                  "t1 leave op=fork ctx=A child=a1 result=a1\n"
                  "- child a1 ctx=A\n"
                  "t1 foreign child=f1\n"
                  "- child f1\n"
                  "- exited child=f1 status=0x500\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- quiet result=0\n",
         "FK-56 foreign child f1 exited with status 5, but was passed on as \"exited with status "
         "0\" (0x0, not 0x500)\n"
         "    - exited child=f1 status=0x500\n"
         "    t1 stranger ctx=A child=f1 status=0x0\n"},
        {"in a selective mode", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x500\n"
                     "t1 stranger ctx=A child=f1 status=0x500\n"
                     "- quiet result=0\n",
         "FK-49 foreign child f1 was passed on by A, which is to reap only its own\n"
         "    t1 stranger ctx=A child=f1 status=0x500\n"},
        {"not offered", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x500\n"
                     "- quiet result=0\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
