/* SPDX-License-Identifier: MIT */
/* "Operations": each ends once, when all of it is over, as its child did. */
#include "judged.h"

#define DECLARED(how) A_OPEN "- operation o1 ctx=A kind=program how=" how "\n"
/* It was started, and the library forked a child for it. */
#define STARTED                                                                                    \
    "t1 enter op=operation ctx=A operation=o1\n"                                                   \
    "t1 call fork result=300\n"                                                                    \
    "t1 leave op=operation ctx=A operation=o1\n"
#define NOT_STARTED                                                                                \
    "t1 enter op=operation ctx=A operation=o1\n"                                                   \
    "t1 leave op=operation ctx=A operation=o1 result=-12 error=ENOMEM\n"
#define REAPED(status) "t1 call waitpid pid=300 result=300 status=" status "\n"
#define COMPLETED(rc)  "t1 completed ctx=A operation=o1 result=" rc "\n"
#define CLOSED                                                                                     \
    "t1 enter op=close ctx=A\n"                                                                    \
    "t1 leave op=close ctx=A result=0\n"
#define ABORTED                                                                                    \
    "t1 enter op=abort ctx=A operation=o1\n"                                                       \
    "t1 leave op=abort ctx=A operation=o1\n"
#define GOT(user)                                                                                  \
    "t1 enter op=check ctx=A types=complete user=-1\n"                                             \
    "t1 leave op=check ctx=A types=complete user=-1\n"                                             \
    "t1 got complete by=check ctx=A user=" user "\n"

static void test_ends(void **state)
{
    static const struct judged_case cases[] = {
        {"once, as asked for", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") COMPLETED("0"), ""},
        {"before the call that started it returned", &libxl_like,
         DECLARED("callback") "t1 enter op=operation ctx=A operation=o1\n" COMPLETED(
             "0") "t1 leave op=operation ctx=A operation=o1\n",
         ""},
        {"a child of an enabling outlives it", &libxl_like,
         DECLARED("callback") STARTED "- subject s1 number=1 id=400 kind=process\n"
                                      "- evgen g1 ctx=A of=s1 user=7\n"
                                      "t1 enter op=enable ctx=A evgen=g1\n"
                                      "t1 call fork result=301\n"
                                      "t1 leave op=enable ctx=A evgen=g1\n" REAPED("0x0")
                                          COMPLETED("0") "- quiet result=0\n",
         ""},
        {"a child that has gained a lock is killed", &libxl_like,
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- operation o1 number=1 ctx=A kind=lock how=callback\n" STARTED REAPED("0x9")
             COMPLETED("0"),
         ""},
        {"twice", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") COMPLETED("0") COMPLETED("0"),
         "AO-03 operation o1 was said to be over more than once\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
        {"for nobody", &libxl_like,
         DECLARED("callback") "t1 completed ctx=-1 operation=0 result=0\n",
         "AO-03 lane t1 called back for an operation with a value that no operation was given\n"
         "    t1 completed ctx=-1 operation=0 result=0\n"},
        {"by a callback in place of an event", &libxl_like,
         DECLARED("event user=9") STARTED REAPED("0x0") COMPLETED("0"),
         "AO-03 operation o1 was to end in an event, and a callback was called\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
        {"not started, and it ends", &libxl_like, DECLARED("callback") NOT_STARTED COMPLETED("-12"),
         "AO-02 operation o1 was said to be over, but the call that was to start it returned -12\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 leave op=operation ctx=A operation=o1 result=-12 error=ENOMEM\n"
         "    t1 completed ctx=A operation=o1 result=-12\n"},
        {"it ended at once, and was said not to have been started", &libxl_like,
         DECLARED("callback") "t1 enter op=operation ctx=A operation=o1\n" COMPLETED(
             "0") "t1 leave op=operation ctx=A operation=o1 result=-5 error=EIO\n",
         "AO-04 operation o1 was said to be over, but the call that was to start it returned -5\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t1 leave op=operation ctx=A operation=o1 result=-5 error=EIO\n"},
        {"before it was started", &libxl_like, DECLARED("callback") COMPLETED("0") STARTED,
         "AO-03 operation o1 was said to be over before it was started\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t1 enter op=operation ctx=A operation=o1\n"},
        {"by an event", &libxl_like, DECLARED("event user=9") STARTED REAPED("0x0") GOT("9"), ""},
        {"by an event, with a value of more than 32 bits", &libxl_like,
         DECLARED("callback progress=2 progress-user=4294967303") STARTED
         "t1 enter op=check ctx=A types=progress user=-1\n"
         "t1 leave op=check ctx=A types=progress user=-1\n"
         "t1 got progress by=check ctx=A user=4294967303 text=half\n" REAPED("0x0") COMPLETED("0"),
         ""},
        {"by an event with half of the value", &libxl_like,
         DECLARED("callback progress=2 progress-user=4294967303") STARTED
         "t1 enter op=check ctx=A types=progress user=-1\n"
         "t1 leave op=check ctx=A types=progress user=-1\n"
         "t1 got progress by=check ctx=A user=7 text=half\n" REAPED("0x0") COMPLETED("0"),
         "AO-08 ctx A told of progress with the value 7, which nobody had asked for\n"
         "    t1 got progress by=check ctx=A user=7 text=half\n"},
        {"by an event with another value", &libxl_like,
         DECLARED("event user=9") STARTED REAPED("0x0") GOT("0"),
         "AO-03 ctx A said that an operation with the value 0 was over, and none had that\n"
         "    t1 got complete by=check ctx=A user=0\n"},
        {"two of one value, three ends", &libxl_like,
         DECLARED("event user=9") "- operation o2 ctx=A kind=program how=event user=9\n" STARTED
                                  "t1 enter op=operation ctx=A operation=o2\n"
                                  "t1 leave op=operation ctx=A operation=o2\n" REAPED("0x0")
                                      GOT("9") GOT("9") GOT("9"),
         "AO-03 operation o1 and those with the same value were said to be over 3 times, and 2 had "
         "started\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 got complete by=check ctx=A user=9\n"},
        {"synchronous", &libxl_like,
         DECLARED("synchronous") "t1 enter op=operation ctx=A operation=o1\n"
                                 "t1 call fork result=300\n" REAPED(
                                     "0x0") "t1 leave op=operation ctx=A operation=o1\n",
         ""},
        {"synchronous, and a callback", &libxl_like,
         DECLARED("synchronous") "t1 enter op=operation ctx=A operation=o1\n"
                                 "t1 call fork result=300\n" REAPED("0x0")
                                     COMPLETED("0") "t1 leave op=operation ctx=A operation=o1\n",
         "AO-01 operation o1 was synchronous, and a callback was called for its end\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_children(void **state)
{
    static const struct judged_case cases[] = {
        {"ends, and then the child is reaped", &libxl_like,
         DECLARED("callback") STARTED COMPLETED("0") REAPED("0x0"),
         "AO-09 operation o1 was said to be over before its child 300 was reaped\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t1 call waitpid pid=300 result=300\n"},
        {"aborted, and then the child is reaped", &libxl_like,
         DECLARED("callback") STARTED ABORTED COMPLETED("-125") REAPED("0x9"),
         "AO-16 operation o1 was said to be over before its child 300 was reaped\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t1 completed ctx=A operation=o1 result=-125\n"
         "    t1 call waitpid pid=300 result=300 status=0x9\n"},
        {"at once on two threads: no order", &libxl_like,
         DECLARED("callback")
             STARTED COMPLETED("0") "t2 call waitpid pid=300 result=300 status=0x0\n",
         ""},
        {"never reaped, by all that is seen at a rest", &libxl_like,
         DECLARED("callback") STARTED COMPLETED("0") "- quiet result=0\n",
         "AO-09 operation o1 was said to be over before its child 300 was reaped\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    - quiet result=0\n"},
        {"synchronous, back before the child was reaped", &libxl_like,
         DECLARED("synchronous") STARTED REAPED("0x0"),
         "AO-09 operation o1 was said to be over before its child 300 was reaped\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=300\n"
         "    t1 leave op=operation ctx=A operation=o1\n"
         "    t1 call waitpid pid=300 result=300\n"},
        {"synchronous, back before the child was reaped that it had forked for another",
         &libxl_like,
         DECLARED("synchronous") "- operation o2 ctx=A kind=program how=callback\n"
                                 "t1 enter op=operation ctx=A operation=o2\n"
                                 "t1 leave op=operation ctx=A operation=o2\n" STARTED REAPED(
                                     "0x0") "t1 completed ctx=A operation=o2 result=0\n",
         ""},
        {"the second child of the only one under way", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") "t1 call fork result=301\n" COMPLETED(
             "0") "t1 call waitpid pid=301 result=301 status=0x0\n",
         "AO-09 operation o1 was said to be over before its child 301 was reaped\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 call fork result=301\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t1 call waitpid pid=301 result=301\n"},
        {"a child of one of two under way", &libxl_like,
         DECLARED("callback") "- operation o2 ctx=A kind=program how=callback\n" STARTED
                              "t1 enter op=operation ctx=A operation=o2\n"
                              "t1 leave op=operation ctx=A operation=o2\n" REAPED(
                                  "0x0") "t1 call fork result=301\n" COMPLETED("0") "t1 call "
                                                                                    "waitpid "
                                                                                    "pid=301 "
                                                                                    "result=301 "
                                                                                    "status=0x0\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_results(void **state)
{
    static const struct judged_case cases[] = {
        {"failed, as its child did", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x300") COMPLETED("-5"), ""},
        {"well, and its child failed", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x300") COMPLETED("0"),
         "AO-03 operation o1 ended well by what was said, but its child exited with status 3\n"
         "    t1 call fork result=300\n"
         "    t1 call waitpid pid=300 result=300 status=0x300\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
        {"failed, and its child did well", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") COMPLETED("-5"),
         "AO-03 operation o1 failed by what was said, but its child exited with status 0\n"
         "    t1 call fork result=300\n"
         "    t1 call waitpid pid=300 result=300\n"
         "    t1 completed ctx=A operation=o1 result=-5\n"},
        {"a call was made to fail", &libxl_like,
         DECLARED("callback") STARTED "t1 fault read error=EIO\n" REAPED("0x0") COMPLETED("-5"),
         ""},
        {"synchronous, and its child failed", &libxl_like,
         DECLARED("synchronous") "t1 enter op=operation ctx=A operation=o1\n"
                                 "t1 call fork result=300\n" REAPED(
                                     "0x9") "t1 leave op=operation ctx=A operation=o1\n",
         "AO-01 operation o1 ended well by what was said, but its child died of SIGKILL\n"
         "    t1 call fork result=300\n"
         "    t1 call waitpid pid=300 result=300 status=0x9\n"
         "    t1 leave op=operation ctx=A operation=o1\n"},
        {"one of two children failed: who knows which counts", &libxl_like,
         DECLARED("callback") STARTED REAPED(
             "0x100") "t1 call fork result=301\n"
                      "t1 call waitpid pid=301 result=301 status=0x0\n" COMPLETED("0"),
         ""},
        {"aborted, as asked for", &libxl_like,
         DECLARED("callback") STARTED ABORTED REAPED("0x9") COMPLETED("-125"), ""},
        {"aborted, and it went well all the same", &libxl_like,
         DECLARED("callback") STARTED ABORTED REAPED("0x0") COMPLETED("0"), ""},
        {"aborted, and nobody asked", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x9") COMPLETED("-125"),
         "AO-14 operation o1 ended as aborted, and nobody had asked for that\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=-125\n"},
        {"aborted, as the ctx is closed", &libxl_like,
         DECLARED("callback") STARTED "t1 enter op=close ctx=A\n" REAPED("0x9")
             COMPLETED("-125") "t1 leave op=close ctx=A result=0\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

#define TOLD     "t2 got progress by=progress ctx=A operation=o1 user=0\n"
#define RETURNED "t2 returned progress ctx=A subject=1\n"

static void test_progress(void **state)
{
    static const struct judged_case cases[] = {
        {"told and returned", &libxl_like,
         DECLARED("callback progress=1") STARTED TOLD RETURNED REAPED("0x0") COMPLETED("0"), ""},
        {"over while the callback is at it", &libxl_like,
         DECLARED("callback progress=1") STARTED TOLD REAPED("0x0") COMPLETED("0") RETURNED,
         "AO-08 operation o1 was said to be over while a callback of its progress had not "
         "returned\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t2 got progress by=progress ctx=A operation=o1 user=0\n"
         "    t1 completed ctx=A operation=o1 result=0\n"},
        {"synchronous, back while the callback is at it", &libxl_like,
         DECLARED("synchronous progress=1") "t1 enter op=operation ctx=A operation=o1\n"
                                            "t1 call fork result=300\n" TOLD REAPED(
                                                "0x0") "t1 leave op=operation ctx=A "
                                                       "operation=o1\n" RETURNED,
         "AO-08 operation o1 was said to be over while a callback of its progress had not "
         "returned\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t2 got progress by=progress ctx=A operation=o1 user=0\n"
         "    t1 leave op=operation ctx=A operation=o1\n"},
        {"told after the end", &libxl_like,
         DECLARED("callback progress=1") STARTED REAPED("0x0") COMPLETED("0") TOLD RETURNED,
         "AO-08 operation o1 told of progress after it was said to be over\n"
         "    t1 enter op=operation ctx=A operation=o1\n"
         "    t1 completed ctx=A operation=o1 result=0\n"
         "    t2 got progress by=progress ctx=A operation=o1 user=0\n"},
        {"told, and nobody wanted to know", &libxl_like,
         DECLARED("callback") STARTED TOLD RETURNED REAPED("0x0") COMPLETED("0"),
         "AO-08 lane t2 called back for progress with a value that was given for none\n"
         "    t2 got progress by=progress ctx=A operation=o1 user=0\n"},
        {"by an event", &libxl_like,
         DECLARED("callback progress=2 progress-user=3") STARTED
         "t1 enter op=check ctx=A types=progress user=-1\n"
         "t1 leave op=check ctx=A types=progress user=-1\n"
         "t1 got progress by=check ctx=A user=3 text=half\n" REAPED("0x0") COMPLETED("0"),
         ""},
        {"by an event with another value", &libxl_like,
         DECLARED("callback progress=2 progress-user=3") STARTED
         "t1 enter op=check ctx=A types=progress user=-1\n"
         "t1 leave op=check ctx=A types=progress user=-1\n"
         "t1 got progress by=check ctx=A user=0 text=half\n" REAPED("0x0") COMPLETED("0"),
         "AO-08 ctx A told of progress with the value 0, which nobody had asked for\n"
         "    t1 got progress by=check ctx=A user=0 text=half\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_missing(void **state)
{
    static const struct judged_case cases[] = {
        {"never said to be over", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") "- quiet result=0\n" CLOSED,
         "AO-03 operation o1 was never said to be over, though its child was reaped\n"
         "    t1 leave op=operation ctx=A operation=o1\n"
         "    t1 call waitpid pid=300 result=300\n"
         "    - quiet result=0\n"},
        {"no rest", &libxl_like, DECLARED("callback") STARTED REAPED("0x0") CLOSED, ""},
        {"the ctx is still there: it may be waiting for something else", &libxl_like,
         DECLARED("callback") STARTED REAPED("0x0") "- quiet result=0\n", ""},
        {"its child is still there", &libxl_like,
         DECLARED("callback") STARTED "- quiet result=0\n" CLOSED, ""},
        {"by an event, which nobody asked for", &libxl_like,
         DECLARED("event user=9") STARTED REAPED("0x0") "- quiet result=0\n" CLOSED, ""},
        {"by an event, which was not there", &libxl_like,
         DECLARED("event user=9")
             STARTED REAPED("0x0") "- quiet result=0\n"
                                   "t1 enter op=check ctx=A types=complete user=-1\n"
                                   "t1 leave op=check ctx=A types=complete user=-1 result=-11 "
                                   "error=EAGAIN\n" CLOSED,
         "AO-03 operation o1 was never said to be over, though its child was reaped\n"
         "    t1 leave op=operation ctx=A operation=o1\n"
         "    t1 call waitpid pid=300 result=300\n"
         "    - quiet result=0\n"
         "    t1 leave op=check ctx=A types=complete user=-1 result=-11 error=EAGAIN\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),    cmocka_unit_test(test_children),
        cmocka_unit_test(test_results), cmocka_unit_test(test_progress),
        cmocka_unit_test(test_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
