/* SPDX-License-Identifier: MIT */
/* "Poll": what beforepoll says is fit to be polled. */
#include "judged.h"

#define ASKED(room, timeout)                                                                       \
    "t1 enter op=beforepoll ctx=A room=" room " nfds=" room " timeout=" timeout "\n"
#define TOLD(room, nfds, timeout)                                                                  \
    "t1 leave op=beforepoll ctx=A room=" room " nfds=" nfds " timeout=" timeout
#define TOO_LITTLE " result=-105 error=ENOBUFS\n"

/* A timeout of the application's, due at 1,500,500 us. */
#define TIMED                                                                                      \
    A_OPEN "- watch w1 number=1 ctx=A\n"                                                           \
           "t1 enter op=observe ctx=A watch=w1 fd=-1 for=1500500\n"                                \
           "t1 leave op=observe ctx=A watch=w1 fd=-1 for=1500500\n" ASKED("2", "-1")

static void test_rounding(void **state)
{
    static const struct judged_case cases[] = {
        {"rounded up", &libxl_like, TIMED "1000.000 " TOLD("2", "0", "501") "\n", ""},
        {"rounded up, a while before the answer", &libxl_like,
         TIMED "1000.900 " TOLD("2", "0", "501") "\n", ""},
        {"rounded down", &libxl_like, TIMED "1000.000 " TOLD("2", "0", "500") "\n",
         "OE-05 lane t1 was told to poll for 500 ms, and the next timeout is due 500 us after "
         "that\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=-1 for=1500500\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=0 timeout=500\n"},
        {"rounded down, by a clock that was moved", &libxl_like,
         "- clock offset=400000\n" TIMED "600.000 " TOLD("2", "0", "500") "\n",
         "OE-05 lane t1 was told to poll for 500 ms, and the next timeout is due 500 us after "
         "that\n"
         "    t1 leave op=observe ctx=A watch=w1 fd=-1 for=1500500\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=0 timeout=500\n"},
        {"sooner, for a reason of its own", &libxl_like,
         TIMED "1000.000 " TOLD("2", "0", "499") "\n", ""},
        {"with an operation there, for a reason of that, maybe", &libxl_like,
         "- operation o1 number=1 ctx=A kind=program how=callback\n" TIMED
         "1000.000 " TOLD("2", "0", "500") "\n",
         ""},
        {"not due any more", &libxl_like,
         TIMED "1000.000 t1 enter op=unobserve ctx=A watch=w1\n"
               "1000.000 t1 leave op=unobserve ctx=A watch=w1\n" ASKED("2", "-1") "1000.000 " TOLD(
                   "2", "0", "500") "\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_poll(void **state)
{
    static const struct judged_case cases[] = {
        {"enough room", &libxl_like,
         A_OPEN ASKED("4", "-1") TOLD("4", "2", "500") " fds=\"5:in 7:in+out\"\n", ""},
        {"asked for the number, then with room for it", &libxl_like,
         A_OPEN ASKED("0", "-1") TOLD("0", "2", "-1") TOO_LITTLE ASKED("2", "-1")
             TOLD("2", "2", "-1") " fds=\"5:in 7:in\"\n",
         ""},
        {"more fds than room, and no error", &libxl_like,
         A_OPEN ASKED("1", "-1") TOLD("1", "2", "-1") "\n",
         "OE-03 lane t1 was told that all was well, with 2 fds and room for 1\n"
         "    t1 enter op=beforepoll ctx=A room=1 nfds=1 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=1 nfds=2 timeout=-1\n"},
        {"too little room, and no greater number", &libxl_like,
         A_OPEN ASKED("2", "-1") TOLD("2", "2", "-1") TOO_LITTLE,
         "OE-03 lane t1 was told that there was too little room, with 2 fds and room for 2\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=2 timeout=-1 result=-105 error=ENOBUFS\n"},
        {"a number that is none", &libxl_like, A_OPEN ASKED("2", "-1") TOLD("2", "-1", "-1") "\n",
         "OE-01 lane t1 was told that there are -1 fds to poll\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=-1 timeout=-1\n"},
        {"the promise is not kept", &libxl_like,
         A_OPEN ASKED("0", "-1") TOLD("0", "2", "-1") TOO_LITTLE
         "- step 5 \"beforepoll A room 2\"\n" ASKED("2", "-1") TOLD("2", "3", "-1") TOO_LITTLE,
         "OE-03 lane t1 was told that 2 fds need room, made it, and was told that it is too "
         "little\n"
         "    t1 leave op=beforepoll ctx=A room=0 nfds=2 timeout=-1 result=-105 error=ENOBUFS\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=3 timeout=-1 result=-105 error=ENOBUFS\n"},
        {"another thread did something between", &libxl_like,
         A_OPEN ASKED("0", "-1") TOLD("0", "2", "-1") TOO_LITTLE
         "t2 enter op=fork ctx=A\n" ASKED("2", "-1") TOLD("2", "3", "-1") TOO_LITTLE,
         ""},
        {"reduced to now", &libxl_like, A_OPEN ASKED("2", "500") TOLD("2", "0", "0") "\n", ""},
        {"made longer", &libxl_like, A_OPEN ASKED("2", "500") TOLD("2", "0", "501") "\n",
         "OE-02 lane t1 had a timeout of 500 ms, which became 501 ms: it may only be reduced\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=500\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=0 timeout=501\n"},
        {"made endless", &libxl_like, A_OPEN ASKED("2", "500") TOLD("2", "0", "-1") "\n",
         "OE-02 lane t1 had a timeout of 500 ms, which became -1 ms: it may only be reduced\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=500\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=0 timeout=-1\n"},
        {"an entry without events", &libxl_like,
         A_OPEN ASKED("2", "-1") TOLD("2", "2", "-1") " fds=\"5:in 7:\"\n",
         "OE-08 lane t1 was given fd 7 to poll, for no event at all\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=2 timeout=-1 fds=\"5:in 7:\"\n"},
        {"an entry with revents", &libxl_like,
         A_OPEN ASKED("2", "-1") TOLD("2", "2", "-1") " fds=\"5:in/in 7:in\"\n",
         "OE-02 lane t1 was given fd 5 to poll, with revents that are not 0\n"
         "    t1 enter op=beforepoll ctx=A room=2 nfds=2 timeout=-1\n"
         "    t1 leave op=beforepoll ctx=A room=2 nfds=2 timeout=-1 fds=\"5:in/in 7:in\"\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_rounding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
