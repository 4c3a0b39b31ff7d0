/* SPDX-License-Identifier: MIT */
/* While operations run and events are enabled, a library may have children [FK-01], and need the
 * handler for them [FK-10]; and when that is over, it may not. */
#include "judged.h"

#define STARTED(how)                                                                               \
    A_SELECTIVE "- operation o1 number=1 ctx=A kind=program how=" how " user=9\n"                  \
                "t1 enter op=operation ctx=A operation=o1\n"                                       \
                "t1 call fork result=200\n"                                                        \
                "t1 leave op=operation ctx=A operation=o1\n"
#define ANOTHER(how)                                                                               \
    "- operation o2 number=2 ctx=A kind=program how=" how " user=8\n"                              \
    "t1 enter op=operation ctx=A operation=o2\n"                                                   \
    "t1 leave op=operation ctx=A operation=o2\n"
#define AGAIN "t1 call fork result=201\n"
#define CHARGED                                                                                    \
    "FK-01 child 201 was started by the library while no operation ran\n"                          \
    "    t1 call fork result=201\n"
#define CLOSED                                                                                     \
    "t1 enter op=close ctx=A\n"                                                                    \
    "t1 leave op=close ctx=A result=0\n"

static void test_births(void **state)
{
    static const struct judged_case cases[] = {
        {"two of one operation", &libxl_like, STARTED("callback") AGAIN CLOSED, ""},
        {"one when it has completed by callback", &libxl_like,
         STARTED("callback") "t1 completed ctx=A operation=o1 result=0\n" AGAIN CLOSED, CHARGED},
        {"the callback of another one", &libxl_like,
         STARTED("callback")
             ANOTHER("callback") "t1 completed ctx=A operation=o2 result=0\n" AGAIN CLOSED,
         ""},
        {"one when it has completed by event", &libxl_like,
         STARTED("event") "t1 got complete by=check ctx=A user=9\n" AGAIN CLOSED, CHARGED},
        {"the event has another user", &libxl_like,
         STARTED("event") ANOTHER("event") "t1 got complete by=check ctx=A user=8\n" AGAIN CLOSED,
         ""},
        {"one when a synchronous one has come back", &libxl_like,
         STARTED("synchronous") AGAIN CLOSED, CHARGED},
        {"one when the ctx was closed", &libxl_like, STARTED("callback") CLOSED AGAIN, CHARGED},
        {"events are enabled", &libxl_like,
         A_SELECTIVE "- evgen g1 number=1 ctx=A of=s1 user=7\n"
                     "t1 enter op=enable ctx=A evgen=g1\n"
                     "t1 leave op=enable ctx=A evgen=g1\n" AGAIN CLOSED,
         ""},
        {"and no more", &libxl_like,
         A_SELECTIVE "- evgen g1 number=1 ctx=A of=s1 user=7\n"
                     "t1 enter op=enable ctx=A evgen=g1\n"
                     "t1 leave op=enable ctx=A evgen=g1\n"
                     "t1 enter op=disable ctx=A evgen=g1\n"
                     "t1 leave op=disable ctx=A evgen=g1\n" AGAIN CLOSED,
         CHARGED},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_births)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
