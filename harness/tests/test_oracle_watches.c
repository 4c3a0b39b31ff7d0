/* SPDX-License-Identifier: MIT */
/* "Watches": each fd and timeout of the application's is told of when it is so. */
#include "judged.h"

#define AN_FD                                                                                      \
    A_OPEN "- watch w1 number=1 ctx=A\n"                                                           \
           "t1 enter op=observe ctx=A watch=w1 fd=5 for=1\n"                                       \
           "t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n"
#define TIMEOUT(w, due)                                                                            \
    "t1 enter op=observe ctx=A watch=" w " fd=-1 for=" due "\n"                                    \
    "t1 leave op=observe ctx=A watch=" w " fd=-1 for=" due "\n"
#define TWO_TIMEOUTS                                                                               \
    A_OPEN "- watch w1 number=1 ctx=A\n"                                                           \
           "- watch w2 number=2 ctx=A\n" TIMEOUT("w1", "5000") TIMEOUT("w2", "6000")
#define POLLED    "t1 enter op=afterpoll ctx=A nfds=1 fds=\"5:in/in\"\n"
#define END       "t1 leave op=afterpoll ctx=A nfds=1 fds=\"5:in/in\"\n"
#define READY     "t1 watched watch=w1 fd=5 events=in revents=in\n"
#define IS_DUE(w) "t1 watched watch=" w " fd=-1 events=0x0 revents=0x0\n"
#define GIVEN_UP                                                                                   \
    "t1 enter op=unobserve ctx=A watch=w1\n"                                                       \
    "t1 leave op=unobserve ctx=A watch=w1\n"
#define CHANGED                                                                                    \
    "t1 enter op=change ctx=A watch=w1 events=out\n"                                               \
    "t1 leave op=change ctx=A watch=w1 events=out\n"
#define OCCURS       "t2 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
#define HAS_OCCURRED "t2 leave op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
#define READY_THERE  "t2 watched watch=w1 fd=5 events=in revents=in\n"

static void test_fds(void **state)
{
    static const struct judged_case cases[] = {
        {"once a round", &libxl_like, AN_FD POLLED READY END POLLED READY END, ""},
        {"twice in one round", &libxl_like, AN_FD POLLED READY READY END,
         "OE-07 watch w1 was told of the same event twice by one call of afterpoll\n"
         "    t1 enter op=afterpoll ctx=A nfds=1 fds=\"5:in/in\"\n"
         "    t1 watched watch=w1 fd=5 events=in revents=in\n"
         "    t1 watched watch=w1 fd=5 events=in revents=in\n"},
        {"told twice by the application", &libxl_like,
         AN_FD OCCURS READY_THERE HAS_OCCURRED OCCURS READY_THERE HAS_OCCURRED, ""},
        {"a value of nobody's", &libxl_like,
         AN_FD POLLED "t1 watched watch=0 fd=5 events=in revents=in\n" END,
         "OE-29 lane t1 called back for fd 5 with a value that was given for none\n"
         "    t1 watched watch=0 fd=5 events=in revents=in\n"},
        {"what is not asked for any more", &libxl_like, AN_FD CHANGED OCCURS READY_THERE,
         "OE-28 watch w1 was told of events 0x1, and 0x4 had been asked for\n"
         "    t1 leave op=change ctx=A watch=w1 events=out\n"
         "    t2 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
         "    t2 watched watch=w1 fd=5 events=in revents=in\n"},
        {"what was asked for as the call began", &libxl_like, AN_FD OCCURS CHANGED READY_THERE, ""},
        {"what is told whether it was asked for or not", &libxl_like,
         AN_FD POLLED "t1 watched watch=w1 fd=5 events=in revents=err|hup\n" END, ""},
        {"a change that failed", &libxl_like,
         AN_FD "t1 enter op=change ctx=A watch=w1 events=out\n"
               "t1 leave op=change ctx=A watch=w1 events=out result=7\n" POLLED READY END,
         ""},
        {"after it was given up, by the same thread", &libxl_like, AN_FD GIVEN_UP READY,
         "OE-29 watch w1 was told of its fd after it had been given up\n"
         "    t1 leave op=unobserve ctx=A watch=w1\n"
         "    t1 watched watch=w1 fd=5 events=in revents=in\n"},
        {"after it was given up, in a call that began later", &libxl_like,
         AN_FD GIVEN_UP OCCURS READY_THERE,
         "OE-29 watch w1 was told of its fd after it had been given up\n"
         "    t1 leave op=unobserve ctx=A watch=w1\n"
         "    t2 watched watch=w1 fd=5 events=in revents=in\n"},
        {"after it was given up, in a call that began before", &libxl_like,
         AN_FD OCCURS GIVEN_UP READY_THERE, ""},
        {"after it was given up, and a rest", &libxl_like,
         AN_FD GIVEN_UP "- quiet result=0\n" READY_THERE,
         "OE-29 watch w1 was told of its fd after it had been given up\n"
         "    t1 leave op=unobserve ctx=A watch=w1\n"
         "    t2 watched watch=w1 fd=5 events=in revents=in\n"},
        {"ready by what the application said, and not so", &libxl_like,
         AN_FD OCCURS "t2 watched watch=w1 fd=5 events=in revents=in unready=1\n" HAS_OCCURRED,
         "OE-14 watch w1 was told that its fd was ready, and it was not\n"
         "    t2 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in\n"
         "    t2 watched watch=w1 fd=5 events=in revents=in unready=1\n"},
        {"the script may have read it", &libxl_like,
         AN_FD "- step 7 \"drain w1\"\n" OCCURS
               "t2 watched watch=w1 fd=5 events=in revents=in unready=1\n" HAS_OCCURRED,
         ""},
        {"another thread may have read it", &libxl_like,
         AN_FD OCCURS "t1 enter op=check ctx=A types=ended user=-1\n"
                      "t2 watched watch=w1 fd=5 events=in revents=in unready=1\n" HAS_OCCURRED,
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_timeouts(void **state)
{
    static const struct judged_case cases[] = {
        {"in turn", &libxl_like, TWO_TIMEOUTS POLLED IS_DUE("w1") IS_DUE("w2") END, ""},
        {"the last first", &libxl_like, TWO_TIMEOUTS POLLED IS_DUE("w2") IS_DUE("w1") END,
         "OE-44 watch w1 was due before another timeout, and was told of after it\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=-1 for=5000\n"
         "    t1 enter op=afterpoll ctx=A nfds=1 fds=\"5:in/in\"\n"
         "    t1 watched watch=w2 fd=-1 events=0x0 revents=0x0\n"
         "    t1 watched watch=w1 fd=-1 events=0x0 revents=0x0\n"},
        {"the last first, in two rounds", &libxl_like,
         TWO_TIMEOUTS POLLED IS_DUE("w2") END POLLED IS_DUE("w1") END, ""},
        {"one made in the callback of the other", &libxl_like,
         A_OPEN "- watch w1 number=1 ctx=A\n"
                "- watch w2 number=2 ctx=A\n" TIMEOUT("w2", "6000") POLLED IS_DUE("w2")
                    TIMEOUT("w1", "5000") IS_DUE("w1") END,
         ""},
        {"twice", &libxl_like, TWO_TIMEOUTS POLLED IS_DUE("w1") END POLLED IS_DUE("w1") END,
         "OE-45 watch w1 was told of its time more than once\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=-1 for=5000\n"
         "    t1 watched watch=w1 fd=-1 events=0x0 revents=0x0\n"
         "    t1 watched watch=w1 fd=-1 events=0x0 revents=0x0\n"},
        {"after it was given up", &libxl_like, TWO_TIMEOUTS GIVEN_UP POLLED IS_DUE("w1") END,
         "OE-45 watch w1 was told of its time after it had been given up\n"
         "    t1 leave op=unobserve ctx=A watch=w1\n"
         "    t1 watched watch=w1 fd=-1 events=0x0 revents=0x0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fds),
        cmocka_unit_test(test_timeouts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
