/* SPDX-License-Identifier: MIT */
/* "Retrieval": each event goes to whom it was for, in its turn. */
#include "judged.h"

#define A_BEGUN                                                                                    \
    A_OPEN "- subject s1 number=1 id=77 kind=process\n"                                            \
           "- subject s2 number=2 id=78 kind=process\n"                                            \
           "- step 4 \"enable\"\n"
#define ENABLED(g, s, user)                                                                        \
    "- evgen " g " ctx=A of=" s " user=" user "\n"                                                 \
    "t1 enter op=enable ctx=A evgen=" g "\n"                                                       \
    "t1 leave op=enable ctx=A evgen=" g "\n"
#define DISABLED(g)                                                                                \
    "t1 enter op=disable ctx=A evgen=" g "\n"                                                      \
    "t1 leave op=disable ctx=A evgen=" g "\n"
#define CALLBACKS(types)                                                                           \
    "t1 enter op=callbacks ctx=A types=" types "\n"                                                \
    "t1 leave op=callbacks ctx=A types=" types "\n"
#define ENDS(s)                                                                                    \
    "- step 6 \"do " s " ends\"\n"                                                                 \
    "- changed of=" s " it=ends\n"                                                                 \
    "- quiet result=0\n"
#define CHECKED(types, user)                                                                       \
    "t1 enter op=check ctx=A types=" types " user=" user "\n"                                      \
    "t1 leave op=check ctx=A types=" types " user=" user "\n"

static void test_asked_for(void **state)
{
    static const struct judged_case cases[] = {
        {"what was asked for", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS("s1")
             CHECKED("ended", "7") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"of another type", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS("s1")
             CHECKED("stopped|complete", "-1") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-03 lane t1 was given an event of type ended (2), for which it had not asked\n"
         "    t1 enter op=check ctx=A types=stopped|complete user=-1\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"not wanted", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS("s1")
             CHECKED("ended", "8") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-02 lane t1 was given an event with the value 7, and wanted only those with 8\n"
         "    t1 enter op=check ctx=A types=ended user=8\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"two that wait, each given what the other wants", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENABLED("g2", "s2", "8") "t1 enter op=wait ctx=A types=ended user=7\n"
                                      "t2 enter op=wait ctx=A types=ended user=8\n" ENDS("s1")
                                          ENDS("s2") "t2 leave op=wait ctx=A types=ended user=8\n"
                                                     "t1 leave op=wait ctx=A types=ended user=7\n"
                                                     "t1 got ended by=wait ctx=A of=s1 user=7\n"
                                                     "t2 got ended by=wait ctx=A of=s1 user=7\n",
         "EV-26 ctx A told 2 times that s1 ended, and was asked for it once\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=wait ctx=A of=s1 user=7\n"
         "    t2 got ended by=wait ctx=A of=s1 user=7\n"
         "EV-02 lane t2 was given an event with the value 7, and wanted only those with 8\n"
         "    t2 enter op=wait ctx=A types=ended user=8\n"
         "    t2 got ended by=wait ctx=A of=s1 user=7\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_ways(void **state)
{
    static const struct judged_case cases[] = {
        {"by the callback", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7")
             ENDS("s1") "t1 got ended by=callback ctx=A of=s1 user=7\n",
         ""},
        {"queued, and in the mask", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS("s1")
             CHECKED("ended", "-1") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-11 ctx A kept an event of type ended in the queue, which is in the callback's mask\n"
         "    t1 leave op=callbacks ctx=A types=ended\n"
         "    t1 enter op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"by the callback, and not in the mask", &libxl_like,
         A_BEGUN CALLBACKS("complete") ENABLED("g1", "s1", "7")
             ENDS("s1") "t1 got ended by=callback ctx=A of=s1 user=7\n",
         "EV-11 ctx A called back with an event of type ended, which is not in the mask\n"
         "    t1 leave op=callbacks ctx=A types=complete\n"
         "    t1 enter op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=callback ctx=A of=s1 user=7\n"},
        {"by the callback, without any", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENDS("s1") "t1 got ended by=callback ctx=A of=s1 user=7\n",
         "EV-11 ctx A called back with an event of type ended, which is not in the mask\n"
         "    t1 enter op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=callback ctx=A of=s1 user=7\n"},
        {"queued before the mask was set", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS("s1") DISABLED("g1") CALLBACKS("ended")
             CHECKED("ended", "-1") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"the end of an operation, by the callback", &libxl_like,
         A_BEGUN CALLBACKS("complete") "- operation o1 ctx=A kind=lock how=event user=9\n"
                                       "t1 enter op=operation ctx=A operation=o1\n"
                                       "t1 leave op=operation ctx=A operation=o1\n"
                                       "t1 got complete by=callback ctx=A user=9\n",
         ""},
        {"the end of an operation, queued though in the mask", &libxl_like,
         A_BEGUN CALLBACKS("complete") "- operation o1 ctx=A kind=lock how=event user=9\n"
                                       "t1 enter op=operation ctx=A operation=o1\n"
                                       "t1 leave op=operation ctx=A operation=o1\n" CHECKED(
                                           "complete", "-1") "t1 got complete by=check ctx=A "
                                                             "user=9\n",
         "EV-11 ctx A kept an event of type complete in the queue, which is in the callback's "
         "mask\n"
         "    t1 leave op=callbacks ctx=A types=complete\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 got complete by=check ctx=A user=9\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define BOTH         A_BEGUN ENABLED("g1", "s1", "7") ENABLED("g2", "s2", "8")
#define GOT(s, user) "t1 got ended by=check ctx=A of=" s " user=" user "\n"

static void test_order(void **state)
{
    static const struct judged_case cases[] = {
        {"in turn", &libxl_like,
         BOTH ENDS("s1") ENDS("s2") CHECKED("ended", "-1") GOT("s1", "7") CHECKED("ended", "-1")
             GOT("s2", "8"),
         ""},
        {"the last first", &libxl_like,
         BOTH ENDS("s1") ENDS("s2") CHECKED("ended", "-1") GOT("s2", "8") CHECKED("ended", "-1")
             GOT("s1", "7"),
         "EV-01 lane t1 was given an event out of the queue while an earlier one waited there\n"
         "    - changed of=s1 it=ends\n"
         "    - changed of=s2 it=ends\n"
         "    t1 got ended by=check ctx=A of=s2 user=8\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"the last first, as it was wanted", &libxl_like,
         BOTH ENDS("s1") ENDS("s2") CHECKED("ended", "8") GOT("s2", "8") CHECKED("ended", "-1")
             GOT("s1", "7"),
         ""},
        {"no rest between: they may have come in any order", &libxl_like,
         BOTH "- step 6 \"do s1 ends\"\n"
              "- changed of=s1 it=ends\n" ENDS("s2") CHECKED("ended", "-1") GOT("s2", "8")
                  CHECKED("ended", "-1") GOT("s1", "7"),
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
