/* SPDX-License-Identifier: MIT */
/* "Hooks": they get back what they had given. "Idle": nothing is registered for nothing. */
#include "judged.h"

#define FD(fd, n)          "t1 hook fd-register ctx=A fd=" fd " registration=" n " for=1\n"
#define FD_OUT(fd, n)      "t1 hook fd-register ctx=A fd=" fd " registration=" n " for=4\n"
#define REFUSED(fd)        "t1 hook fd-register ctx=A fd=" fd " registration=0 for=1 answer=7\n"
#define MODIFIED(fd, n)    "t1 hook fd-modify ctx=A fd=" fd " registration=" n " for=3\n"
#define GONE(fd, n)        "t1 hook fd-deregister ctx=A fd=" fd " registration=" n " for=0\n"
#define TIMEOUT(n)         "t1 hook timeout-register ctx=A registration=" n " for=5000\n"
#define NOW(n)             "t1 hook timeout-modify ctx=A registration=" n " for=0\n"
#define OCCURS(t, n)       t " enter op=occurred-timeout ctx=A registration=" n "\n"
#define HAS_OCCURRED(t, n) t " leave op=occurred-timeout ctx=A registration=" n "\n"
#define OCCURRED(n)        OCCURS("t1", n) HAS_OCCURRED("t1", n)

static void test_values(void **state)
{
    static const struct judged_case cases[] = {
        {"as it should be", &libxl_like,
         A_OPEN FD("5", "1") MODIFIED("5", "1") GONE("5", "1") TIMEOUT("2") NOW("2") OCCURRED("2"),
         ""},
        {"not null as it was registered", &libxl_like,
         A_OPEN "t1 hook fd-register ctx=A fd=5 registration=1 for=1 had-value=1\n",
         "OE-22 registration 1 of fd 5 was made with *for_application not NULL\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1 had-value=1\n"},
        {"deregistered with a value of nobody's", &libxl_like, A_OPEN FD("5", "1") GONE("5", "0"),
         "OE-26 fd 5 was deregistered with a value that is not its own\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=0 for=0\n"},
        {"modified with that of another fd", &libxl_like,
         A_OPEN FD("5", "1") FD("6", "2") MODIFIED("6", "1"),
         "OE-26 fd 6 was modified with a value that is not its own\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 hook fd-modify ctx=A fd=6 registration=1 for=3\n"},
        {"deregistered with what a modification replaced", &libxl_like,
         A_OPEN FD("5", "1")
             MODIFIED("5", "1") "t1 hook fd-deregister ctx=A fd=5 registration=1 for=0 "
                                "had-value=1\n",
         "OE-26 registration 1 of fd 5 was deregistered with a value that a modification had "
         "replaced\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=1 for=0 had-value=1\n"},
        {"deregistered with what a modification that failed replaced", &libxl_like,
         A_OPEN FD("5", "1") "t1 hook fd-modify ctx=A fd=5 registration=1 for=3 answer=7\n"
                             "t1 hook fd-modify ctx=A fd=5 registration=1 for=3 had-value=1\n",
         "OE-25 registration 1 of fd 5 was modified with a value that a modification which failed "
         "had replaced\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 hook fd-modify ctx=A fd=5 registration=1 for=3 had-value=1\n"},
        {"deregistered, though it had failed", &libxl_like,
         A_OPEN REFUSED("5") "t1 hook fd-deregister ctx=A fd=5 registration=0 for=0\n",
         "OE-25 fd 5 was deregistered, and its registration had failed\n"
         "    t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=0 for=0\n"},
        {"modified with what the failed registration had left", &libxl_like,
         A_OPEN FD("5", "1")
             REFUSED("6") "t1 hook fd-modify ctx=A fd=6 registration=1 for=3 had-value=1\n",
         "OE-25 fd 6 was modified, and its registration had failed\n"
         "    t1 hook fd-register ctx=A fd=6 registration=0 for=1 answer=7\n"
         "    t1 hook fd-modify ctx=A fd=6 registration=1 for=3 had-value=1\n"},
        {"registered after all", &libxl_like,
         A_OPEN REFUSED("5") FD("5", "1") MODIFIED("5", "1") GONE("5", "1"), ""},
        {"deregistered twice", &libxl_like,
         A_OPEN FD("5", "1") GONE("5", "1") "t1 hook fd-deregister ctx=A fd=5 registration=1 for=0 "
                                            "had-value=1\n",
         "OE-26 registration 1 of fd 5 was deregistered after it had been deregistered\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=1 for=0\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=1 for=0 had-value=1\n"},
        {"by a forked copy, which has no ctx", &libxl_like,
         COPY_BEFORE_POSTFORK "c hook fd-deregister ctx=A fd=5 registration=0 for=0\n", ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_timeouts(void **state)
{
    static const struct judged_case cases[] = {
        {"put off", &libxl_like,
         A_OPEN TIMEOUT("1") "t1 hook timeout-modify ctx=A registration=1 for=9000\n",
         "OE-31 timeout registration 1 was modified to be due at 9000, and may only be asked for "
         "at once\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    t1 hook timeout-modify ctx=A registration=1 for=9000\n"},
        {"deregistered", &libxl_like,
         A_OPEN TIMEOUT("1") "t1 hook timeout-deregister ctx=A registration=1 for=0\n",
         "OE-33 timeout registration 1 was deregistered by the hook that is never called\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    t1 hook timeout-deregister ctx=A registration=1 for=0\n"},
        {"touched after it occurred", &libxl_like, A_OPEN TIMEOUT("1") OCCURRED("1") NOW("1"),
         "OE-35 timeout registration 1 was modified after it had occurred\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    t1 enter op=occurred-timeout ctx=A registration=1\n"
         "    t1 hook timeout-modify ctx=A registration=1 for=0\n"},
        {"touched as it occurs, by the same thread", &libxl_like,
         A_OPEN TIMEOUT("1") OCCURS("t1", "1") NOW("1") HAS_OCCURRED("t1", "1"),
         "OE-35 timeout registration 1 was modified after it had occurred\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    t1 enter op=occurred-timeout ctx=A registration=1\n"
         "    t1 hook timeout-modify ctx=A registration=1 for=0\n"},
        {"touched as it occurs, by another: a race that is allowed", &libxl_like,
         A_OPEN TIMEOUT("1") OCCURS("t2", "1") NOW("1") HAS_OCCURRED("t2", "1"), ""},
        {"ended twice", &libxl_like, A_OPEN TIMEOUT("1") NOW("1") NOW("1"),
         "OE-45 timeout registration 1 was ended once more, after it had been told to occur at "
         "once\n"
         "    t1 hook timeout-modify ctx=A registration=1 for=0\n"
         "    t1 hook timeout-modify ctx=A registration=1 for=0\n"},
        {"ended once more, after the first was refused", &libxl_like,
         A_OPEN TIMEOUT("1") "t1 hook timeout-modify ctx=A registration=1 for=0 answer=7\n" NOW(
             "1"),
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define BEGINS "t1 enter op=beforepoll ctx=A room=0 nfds=0 timeout=-1\n"
#define ENDS   "t1 leave op=beforepoll ctx=A room=0 nfds=0 timeout=-1\n"

static void test_sharing(void **state)
{
    static const struct judged_case cases[] = {
        {"one for input, one for output", &libxl_like,
         A_OPEN BEGINS FD("5", "1") FD_OUT("5", "2") ENDS, ""},
        {"both for input", &libxl_like, A_OPEN BEGINS FD("5", "1") FD("5", "2") ENDS,
         "OE-27 registration 2 of fd 5 has no event that no other registration of the fd has\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 hook fd-register ctx=A fd=5 registration=2 for=1\n"},
        {"one for nothing at the moment", &libxl_like,
         A_OPEN BEGINS FD("5", "1") "t1 hook fd-register ctx=A fd=5 registration=2 for=0\n" ENDS,
         ""},
        {"one takes over from the other", &libxl_like,
         A_OPEN BEGINS FD("5", "1") FD_OUT("5", "2")
             MODIFIED("5", "1") "t1 hook fd-modify ctx=A fd=5 registration=1 for=2\n" ENDS,
         ""},
        {"one is modified to what the other has", &libxl_like,
         A_OPEN BEGINS FD("5", "1")
             FD_OUT("5", "2") "t1 hook fd-modify ctx=A fd=5 registration=1 for=4\n" ENDS,
         "OE-27 registration 2 of fd 5 has no event that no other registration of the fd has\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 hook fd-register ctx=A fd=5 registration=2 for=4\n"
         "    t1 hook fd-modify ctx=A fd=5 registration=1 for=4\n"},
        {"one after the other", &libxl_like,
         A_OPEN BEGINS FD("5", "1") GONE("5", "1") FD("5", "2") ENDS, ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define OBSERVES                                                                                   \
    "- watch w1 number=1 ctx=A\n"                                                                  \
    "t1 enter op=observe ctx=A watch=w1 fd=5 for=1\n"

static void test_failures(void **state)
{
    static const struct judged_case cases[] = {
        {"its value comes up", &libxl_like,
         A_OPEN OBSERVES REFUSED("5") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1 result=7\n",
         ""},
        {"another value comes up", &libxl_like,
         A_OPEN OBSERVES REFUSED(
             "5") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1 result=-12 error=ENOMEM\n",
         "OE-24 lane t1 was told -12 of a hook that had failed with 7\n"
         "    t1 enter op=observe ctx=A watch=w1 fd=5 for=1\n"
         "    t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=5 for=1 result=-12 error=ENOMEM\n"},
        {"nothing comes up", &libxl_like,
         A_OPEN OBSERVES REFUSED("5") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n",
         "OE-43 lane t1 was told that all was well, and a hook had failed with 7\n"
         "    t1 enter op=observe ctx=A watch=w1 fd=5 for=1\n"
         "    t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n"},
        {"something else failed, too", &libxl_like,
         A_OPEN OBSERVES "t1 fault malloc error=ENOMEM\n" REFUSED(
             "5") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1 result=-12 error=ENOMEM\n",
         ""},
        {"a hook for something else", &libxl_like,
         A_OPEN OBSERVES FD("5", "1")
             REFUSED("9") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define CLOSED                                                                                     \
    "t1 enter op=close ctx=A\n"                                                                    \
    "t1 leave op=close ctx=A result=0\n"
#define A_LIBRARY A_OWNED("library")

static void test_idle(void **state)
{
    static const struct judged_case cases[] = {
        {"nothing to do, nothing there", &libxl_like,
         A_LIBRARY FD("5", "1") GONE("5", "1") "- quiet result=0\n" CLOSED, ""},
        {"nothing to do, and something there", &libxl_like,
         A_LIBRARY FD("5", "1") "- quiet result=0\n" GONE("5", "1") CLOSED,
         "OE-41 registration 1 of fd 5 was there while ctx A had nothing to do\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    - quiet result=0\n"},
        {"its wake-up channel, in mode always", &libxl_like,
         A_ALWAYS FD("5", "1") "- quiet result=0\n" GONE("5", "1") CLOSED, ""},
        {"two, in mode selective", &libxl_like,
         A_SELECTIVE FD("5", "1") FD("6", "2") "- quiet result=0\n" GONE("5", "1") GONE("6", "2")
             CLOSED,
         "OE-41 registration 2 of fd 6 was there while ctx A had nothing to do\n"
         "    t1 hook fd-register ctx=A fd=6 registration=2 for=1\n"
         "    - quiet result=0\n"},
        {"a timeout, in mode always", &libxl_like,
         A_ALWAYS TIMEOUT("1") "- quiet result=0\n" NOW("1") CLOSED,
         "OE-41 timeout registration 1 was there while ctx A had nothing to do\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    - quiet result=0\n"},
        {"a timeout that the application has yet to let occur", &libxl_like,
         A_LIBRARY TIMEOUT("1") NOW("1") "- quiet result=0\n" CLOSED, ""},
        {"a child", &libxl_like,
         A_LIBRARY FD("5", "1") "t1 enter op=fork ctx=A\n"
                                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                                "- quiet result=0\n",
         ""},
        {"an operation", &libxl_like,
         A_LIBRARY FD("5", "1") "- operation o1 ctx=A kind=lock how=callback\n"
                                "t1 enter op=operation ctx=A operation=o1\n"
                                "t1 leave op=operation ctx=A operation=o1\n"
                                "- quiet result=0\n",
         ""},
        {"an operation that is over", &libxl_like,
         A_LIBRARY FD("5", "1") "- operation o1 ctx=A kind=lock how=callback\n"
                                "t1 enter op=operation ctx=A operation=o1\n"
                                "t1 leave op=operation ctx=A operation=o1\n"
                                "t1 completed ctx=A operation=o1 result=0\n"
                                "- quiet result=0\n",
         "OE-41 registration 1 of fd 5 was there while ctx A had nothing to do\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    - quiet result=0\n"},
        {"an enabling", &libxl_like,
         A_LIBRARY FD("5", "1") "- subject s1 number=1 id=77 kind=process\n"
                                "- evgen g1 ctx=A of=s1 user=7\n"
                                "t1 enter op=enable ctx=A evgen=g1\n"
                                "t1 leave op=enable ctx=A evgen=g1\n"
                                "- quiet result=0\n",
         ""},
        {"a watch", &libxl_like,
         A_LIBRARY OBSERVES FD("5", "1") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n"
                                         "- quiet result=0\n",
         ""},
        {"a watch that was given up", &libxl_like,
         A_LIBRARY OBSERVES FD("5", "1") "t1 leave op=observe ctx=A watch=w1 fd=5 for=1\n"
                                         "t1 enter op=unobserve ctx=A watch=w1\n"
                                         "t1 leave op=unobserve ctx=A watch=w1\n"
                                         "- quiet result=0\n",
         "OE-41 registration 1 of fd 5 was there while ctx A had nothing to do\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    - quiet result=0\n"},
        {"somebody waits inside", &libxl_like,
         A_LIBRARY FD("5", "1") "t2 enter op=wait ctx=A types=ended user=-1\n"
                                "- quiet result=0\n",
         ""},
        {"not at rest", &libxl_like, A_LIBRARY FD("5", "1") "- quiet result=1\n", ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_close(void **state)
{
    static const struct judged_case cases[] = {
        {"all deregistered", &libxl_like,
         A_OPEN FD("5", "1") TIMEOUT("2") "t1 enter op=close ctx=A\n" GONE("5", "1")
             NOW("2") "t1 leave op=close ctx=A result=0\n",
         ""},
        {"an fd left", &libxl_like, A_OPEN FD("5", "1") CLOSED,
         "OE-42 registration 1 of fd 5 was left behind when ctx A was closed\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 leave op=close ctx=A result=0\n"},
        {"a timeout left", &libxl_like, A_OPEN TIMEOUT("1") CLOSED,
         "OE-42 timeout registration 1 was left behind when ctx A was closed\n"
         "    t1 hook timeout-register ctx=A registration=1 for=5000\n"
         "    t1 leave op=close ctx=A result=0\n"},
        {"not closed after all", &libxl_like,
         A_OPEN FD("5", "1") "t1 enter op=close ctx=A\n"
                             "t1 leave op=close ctx=A result=-16 error=EBUSY\n",
         ""},
        {"put off, as it is closed on top of a call of its own", &libxl_like,
         A_OPEN FD("5", "1") "t1 enter op=occurred-fd ctx=A fd=5 registration=1\n" CLOSED
                             "t1 leave op=occurred-fd ctx=A fd=5 registration=1\n",
         ""},
        {"a hook afterwards", &libxl_like, A_OPEN FD("5", "1") CLOSED GONE("5", "1"),
         "OE-42 registration 1 of fd 5 was left behind when ctx A was closed\n"
         "    t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
         "    t1 leave op=close ctx=A result=0\n"
         "OE-17 ctx A called a hook after it was closed\n"
         "    t1 leave op=close ctx=A result=0\n"
         "    t1 hook fd-deregister ctx=A fd=5 registration=1 for=0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_sharing), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_idle),    cmocka_unit_test(test_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
