/* SPDX-License-Identifier: MIT */
/* "Aborts": the answer to each is true. */
#include "judged.h"

#define DECLARED(how) A_OPEN "- operation o1 ctx=A kind=lock how=" how "\n"
#define STARTED                                                                                    \
    "t1 enter op=operation ctx=A operation=o1\n"                                                   \
    "t1 call fork result=300\n"                                                                    \
    "t1 leave op=operation ctx=A operation=o1\n"
#define REAPED    "t1 call waitpid pid=300 result=300 status=0x9\n"
#define COMPLETED "t1 completed ctx=A operation=o1 result=-125\n"
#define ASKED     "t2 enter op=abort ctx=A operation=o1\n"
#define FOUND     "t2 leave op=abort ctx=A operation=o1\n"
#define NOT_FOUND "t2 leave op=abort ctx=A operation=o1 result=-2 error=ENOENT\n"
#define AGAIN     "t2 leave op=abort ctx=A operation=o1 result=-114 error=EALREADY\n"
#define ENDED     REAPED COMPLETED

static void test_answers(void **state)
{
    static const struct judged_case cases[] = {
        {"found", &libxl_like, DECLARED("callback") STARTED ASKED FOUND ENDED, ""},
        {"found, and again", &libxl_like,
         DECLARED("callback") STARTED ASKED FOUND ASKED AGAIN ENDED, ""},
        {"found, and over", &libxl_like,
         DECLARED("callback") STARTED ASKED FOUND ENDED ASKED NOT_FOUND, ""},
        {"found, though it was over", &libxl_like,
         DECLARED("callback") STARTED ASKED FOUND ENDED ASKED AGAIN,
         "AO-13 the abort of o1 was said to have found it, and it was over\n"
         "    t1 completed ctx=A operation=o1 result=-125\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1 result=-114 error=EALREADY\n"},
        {"found, though it was not started", &libxl_like,
         DECLARED("callback") ASKED FOUND STARTED ENDED,
         "AO-13 the abort of o1 was said to have found it, and it had not been started\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1\n"},
        {"found, while it was being started", &libxl_like,
         DECLARED("callback") "t1 enter op=operation ctx=A operation=o1\n"
                              "t1 call fork result=300\n" ASKED FOUND
                              "t1 leave op=operation ctx=A operation=o1\n" ENDED,
         ""},
        {"found, though it had failed to start", &libxl_like,
         DECLARED("callback") "t1 enter op=operation ctx=A operation=o1\n"
                              "t1 leave op=operation ctx=A operation=o1 result=-12 "
                              "error=ENOMEM\n" ASKED FOUND,
         "AO-13 the abort of o1 was said to have found it, and it had not been started\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1\n"},
        {"not found, and its child lived", &libxl_like,
         DECLARED("callback") STARTED ASKED NOT_FOUND REAPED "t1 completed ctx=A operation=o1 "
                                                             "result=-5\n",
         "AO-13 the abort of o1 was said to have found nothing, and its child lived\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1 result=-2 error=ENOENT\n"},
        {"not found: its end was on its way", &libxl_like,
         DECLARED("callback") STARTED REAPED ASKED NOT_FOUND "t1 completed ctx=A operation=o1 "
                                                             "result=-5\n",
         ""},
        {"asked for already, by nobody", &libxl_like,
         DECLARED("callback") STARTED ASKED AGAIN ENDED,
         "AO-13 the abort of o1 was said to have been asked for already, and was the first\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1 result=-114 error=EALREADY\n"},
        {"asked for already, by another thread at the same time", &libxl_like,
         DECLARED("callback") STARTED "t3 enter op=abort ctx=A operation=o1\n" ASKED AGAIN
                                      "t3 leave op=abort ctx=A operation=o1\n" ENDED,
         ""},
        {"found twice", &libxl_like, DECLARED("callback") STARTED ASKED FOUND ASKED FOUND ENDED,
         "AO-13 the abort of o1 was answered as the first one, after another had been answered so\n"
         "    t2 leave op=abort ctx=A operation=o1\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1\n"},
        {"found twice, each of two of one value", &libxl_like,
         DECLARED(
             "event user=9") "- operation o2 ctx=A kind=lock how=event user=9\n" STARTED
                             "t1 enter op=operation ctx=A operation=o2\n"
                             "t1 leave op=operation ctx=A operation=o2\n" ASKED FOUND ASKED FOUND,
         ""},
        {"synchronous, not found, and its child lived", &libxl_like,
         DECLARED("synchronous") "t1 enter op=operation ctx=A operation=o1\n"
                                 "t1 call fork result=300\n" ASKED NOT_FOUND REAPED
                                 "t1 leave op=operation ctx=A operation=o1 result=-5 error=EIO\n",
         "AO-13 the abort of o1 was said to have found nothing, and its child lived\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 leave op=abort ctx=A operation=o1 result=-2 error=ENOENT\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_signals(void **state)
{
    static const struct judged_case cases[] = {
        {"a child is made to end", &libxl_like,
         DECLARED("callback") STARTED ASKED "t2 call kill pid=300 signal=SIGKILL\n" FOUND ENDED,
         ""},
        {"a child is asked to end", &libxl_like,
         DECLARED("callback") STARTED ASKED "t2 call kill pid=300 signal=SIGTERM\n" FOUND ENDED,
         "AO-16 operation o1 was aborted, and its child was sent SIGTERM\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 call kill pid=300 signal=SIGTERM\n"},
        {"a helper is asked to end", &libxl_like,
         A_OPEN "- operation o1 ctx=A kind=helper how=callback\n" STARTED ASKED
                "t2 call kill pid=300 signal=SIGTERM\n" FOUND ENDED,
         ""},
        {"a helper is made to end", &libxl_like,
         A_OPEN "- operation o1 ctx=A kind=helper how=callback\n" STARTED ASKED
                "t2 call kill pid=300 signal=SIGKILL\n" FOUND ENDED,
         "AO-16 operation o1 was aborted, and its child was sent SIGKILL\n"
         "    t2 enter op=abort ctx=A operation=o1\n"
         "    t2 call kill pid=300 signal=SIGKILL\n"},
        {"another shape, another way", &plain_like,
         DECLARED("callback") STARTED ASKED "t2 call kill pid=300 signal=SIGTERM\n" FOUND ENDED,
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
