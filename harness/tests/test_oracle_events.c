/* SPDX-License-Identifier: MIT */
/* "Events": what happened is told once to each that asked for it; "disasters": with a warning. */
#include "judged.h"

/* A ctx, a process and a file, and an enabling of each in force. */
#define A_BEGUN                                                                                    \
    A_OPEN "- subject s1 number=1 id=77 kind=process\n"                                            \
           "- subject d1 number=2 id=0 kind=path\n"                                                \
           "- step 4 \"enable\"\n"
#define ENABLED(g, s, user)                                                                        \
    "- evgen " g " ctx=A of=" s " user=" user "\n"                                                 \
    "t1 enter op=enable ctx=A evgen=" g "\n"                                                       \
    "t1 leave op=enable ctx=A evgen=" g "\n"
#define DISABLED(g)                                                                                \
    "t1 enter op=disable ctx=A evgen=" g "\n"                                                      \
    "t1 leave op=disable ctx=A evgen=" g "\n"
#define ENDS                                                                                       \
    "- step 6 \"do s1 ends\"\n"                                                                    \
    "- changed of=s1 it=ends\n"
#define CALLBACKS(types)                                                                           \
    "t1 enter op=callbacks ctx=A types=" types "\n"                                                \
    "t1 leave op=callbacks ctx=A types=" types "\n"
#define CHECKED(types)                                                                             \
    "t1 enter op=check ctx=A types=" types " user=-1\n"                                            \
    "t1 leave op=check ctx=A types=" types " user=-1\n"
#define NOTHING(types)                                                                             \
    "t1 enter op=check ctx=A types=" types " user=-1\n"                                            \
    "t1 leave op=check ctx=A types=" types " user=-1 result=-11 error=EAGAIN\n"

static void test_too_much(void **state)
{
    static const struct judged_case cases[] = {
        {"once, as asked for", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"twice for one enabling", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n" CHECKED(
                 "ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-26 ctx A told 2 times that s1 ended, and was asked for it once\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"a file, twice", &libxl_like,
         A_BEGUN ENABLED("g1", "d1", "7")
             CALLBACKS("0x0") "- step 6 \"do d1 vanishes\"\n"
                              "- changed of=d1 it=vanishes\n" CHECKED(
                                  "vanished") "t1 got vanished by=check ctx=A of=d1 "
                                              "user=7\n" CHECKED("vanished") "t1 got vanished "
                                                                             "by=check ctx=A of=d1 "
                                                                             "user=7\n",
         "EV-07 ctx A told 2 times that d1 vanished, and was asked for it once\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got vanished by=check ctx=A of=d1 user=7\n"
         "    t1 got vanished by=check ctx=A of=d1 user=7\n"},
        {"a stop and an end are two", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             CALLBACKS("stopped|ended") "- step 5 \"do s1 stops\"\n"
                                        "- changed of=s1 it=stops\n"
                                        "t1 got stopped by=callback ctx=A of=s1 user=7\n" ENDS
                                        "t1 got ended by=callback ctx=A of=s1 user=7\n",
         ""},
        {"once for each of two like enablings", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENABLED("g2", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n" CHECKED(
                 "ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"three times for two", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENABLED("g2", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n" CHECKED(
                 "ended") "t1 got ended by=check ctx=A of=s1 user=7\n" CHECKED("ended") "t1 got "
                                                                                        "ended "
                                                                                        "by=check "
                                                                                        "ctx=A "
                                                                                        "of=s1 "
                                                                                        "user=7\n",
         "EV-24 ctx A told 3 times that s1 ended, and was asked for it less often\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"with another value", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=0\n",
         "EV-22 ctx A told that s1 ended with the value 0, and was given 7 for it\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=A of=s1 user=0\n"},
        {"that nobody asked for", &libxl_like,
         A_BEGUN ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-28 ctx A told that s1 ended, for which nobody asked\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"an enabling that failed asks for nothing", &libxl_like,
         A_BEGUN "- evgen g1 ctx=A of=s1 user=7\n"
                 "t1 enter op=enable ctx=A evgen=g1\n"
                 "t1 leave op=enable ctx=A evgen=g1 result=-12 error=ENOMEM\n" ENDS CHECKED(
                     "ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-28 ctx A told that s1 ended, for which nobody asked\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"that another ctx was asked for", &libxl_like,
         A_BEGUN "t1 enter op=open ctx=B\n"
                 "t1 leave op=open ctx=B result=0\n" ENABLED("g1", "s1", "7") ENDS
         "t1 enter op=check ctx=B types=ended user=-1\n"
         "t1 leave op=check ctx=B types=ended user=-1\n"
         "t1 got ended by=check ctx=B of=s1 user=7\n",
         "EV-28 ctx B told that s1 ended, for which another ctx was asked\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=B of=s1 user=7\n"},
        {"of a path that is not the one", &libxl_like,
         A_BEGUN ENABLED("g1", "d1", "7")
             CHECKED("vanished") "t1 got vanished by=check ctx=A user=7 text=XXXX\n",
         "EV-27 ctx A told that \"XXXX\" vanished, which is not what was asked for as d1\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got vanished by=check ctx=A user=7 text=XXXX\n"},
        {"of a process that nobody knows", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             CHECKED("ended") "t1 got ended by=check ctx=A user=7 text=\"id 78\"\n",
         "EV-28 ctx A told of id 78 that it ended: nobody asked for it\n"
         "    t1 got ended by=check ctx=A user=7 text=\"id 78\"\n"},
        {"told by its id", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A user=7 text=\"id 77\"\n",
         ""},
        {"not yet happened", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") "- step 5 \"check\"\n" CHECKED(
             "ended") "t1 got ended by=check ctx=A of=s1 user=7\n" ENDS,
         "EV-07 ctx A told that s1 ended, which had not happened\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"happened, but the runner has yet to say so", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") CALLBACKS("ended") "- step 5 \"do s1 ends\"\n"
                                                             "t1 got ended by=callback ctx=A "
                                                             "of=s1 user=7\n"
                                                             "- changed of=s1 it=ends\n"
                                                             "- step 6 \"quiet\"\n",
         ""},
        {"an operation may have ended it", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") "- operation o1 ctx=A kind=end how=callback\n"
                                          "t1 enter op=operation ctx=A operation=o1\n"
                                          "t1 leave op=operation ctx=A operation=o1\n" CHECKED(
                                              "ended") "t1 got ended by=check ctx=A of=s1 user=7\n"
                                                       "- step 5 \"quiet\"\n",
         ""},
        {"disabled before it happened", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") DISABLED("g1")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         "EV-23 ctx A told that s1 ended, after what asked for it was disabled\n"
         "    t1 leave op=disable ctx=A evgen=g1\n"
         "    - changed of=s1 it=ends\n"
         "    t1 got ended by=check ctx=A of=s1 user=7\n"},
        {"disabled after it happened", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS DISABLED("g1")
             CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"disabled while a thread was held in the midst of it", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") "t2 held write gate=0\n" DISABLED("g1")
             ENDS CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"after the ctx was closed", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "t1 got ended by=callback ctx=A of=s1 user=7\n",
         "EV-25 ctx A told that s1 ended after it was closed\n"
         "    t1 leave op=close ctx=A result=0\n"
         "    t1 got ended by=callback ctx=A of=s1 user=7\n"},
        {"two subjects had one id", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") "- subject s2 number=3 id=77 kind=process\n" ENDS CHECKED(
             "ended") "t1 got ended by=check ctx=A of=s2 user=9\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_too_little(void **state)
{
    static const struct judged_case cases[] = {
        {"not called back", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n",
         "EV-07 ctx A did not tell that s1 ended: it did so 0 times, and had been asked for it 1 "
         "times\n"
         "    t1 leave op=callbacks ctx=A types=ended\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    - changed of=s1 it=ends\n"
         "    - quiet result=0\n"},
        {"not at rest", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "- quiet result=1\n", ""},
        {"nobody turned its loop", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "- quiet result=0 unturned=0x1\n",
         ""},
        {"a rest before it happened proves nothing", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") "- quiet result=0\n" ENDS, ""},
        {"in the queue, for all we know", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n", ""},
        {"not in the queue", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n" NOTHING("ended"),
         "EV-07 ctx A did not tell that s1 ended: it did so 0 times, and had been asked for it 1 "
         "times\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    - changed of=s1 it=ends\n"
         "    - quiet result=0\n"
         "    t1 leave op=check ctx=A types=ended user=-1 result=-11 error=EAGAIN\n"},
        {"nobody asked for that type", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n" NOTHING("stopped"), ""},
        {"it comes late, but it comes", &libxl_like,
         A_BEGUN ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n" NOTHING("ended")
             CHECKED("ended") "t1 got ended by=check ctx=A of=s1 user=7\n",
         ""},
        {"once for two enablings", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENABLED("g2", "s1", "7") ENDS
         "t1 got ended by=callback ctx=A of=s1 user=7\n"
         "- quiet result=0\n",
         "EV-24 ctx A did not tell that s1 ended: it did so 1 times, and had been asked for it 2 "
         "times\n"
         "    t1 leave op=callbacks ctx=A types=ended\n"
         "    t1 leave op=enable ctx=A evgen=g1\n"
         "    - changed of=s1 it=ends\n"
         "    - quiet result=0\n"},
        {"disabled", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS DISABLED("g1") "- quiet "
                                                                                 "result=0\n",
         ""},
        {"enabled while it happened", &libxl_like,
         A_BEGUN CALLBACKS("ended") "- step 6 \"do s1 ends\"\n" ENABLED(
             "g1", "s1", "7") "- changed of=s1 it=ends\n"
                              "- quiet result=0\n",
         ""},
        {"the ctx was closed", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "t1 enter op=close ctx=A\n"
                                                                  "t1 leave op=close ctx=A "
                                                                  "result=0\n"
                                                                  "- quiet result=0\n",
         ""},
        {"the application is late on purpose", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED(
             "g1", "s1", "7") "- step 5 \"application late with A\"\n" ENDS "- quiet result=0\n",
         ""},
        {"a hook was refused", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS
         "t1 hook fd-register ctx=A fd=5 registration=0 for=1 answer=7\n"
         "- quiet result=0\n",
         ""},
        {"a disaster was told", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "t1 disaster ctx=A error=ENOMEM\n"
                                                                  "- quiet result=0\n",
         ""},
        {"the log was full", &libxl_like,
         A_BEGUN CALLBACKS("ended") ENABLED("g1", "s1", "7") ENDS "- quiet result=0\n"
                                                                  "- lost-events count=3\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_disasters(void **state)
{
    static const struct subject heard = {
        .owners = 15, .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_WARNINGS, .has_probe = 1};
    static const struct judged_case cases[] = {
        {"with a message", &heard,
         A_OPEN "t1 warned ctx=A text=\"no memory\"\n"
                "t1 disaster ctx=A error=ENOMEM\n",
         ""},
        {"without one", &heard, A_OPEN "t1 disaster ctx=A error=ENOMEM text=event\n",
         "EV-18 ctx A told the application of a disaster, and had logged nothing\n"
         "    t1 disaster ctx=A error=ENOMEM text=event\n"},
        {"one message for two", &heard,
         A_OPEN "t1 warned ctx=A text=\"no memory\"\n"
                "t1 disaster ctx=A error=ENOMEM\n"
                "t1 disaster ctx=A error=ENOMEM\n",
         "EV-18 ctx A told the application of a disaster, and had logged nothing\n"
         "    t1 disaster ctx=A error=ENOMEM\n"
         "    t1 disaster ctx=A error=ENOMEM\n"},
        {"messages are not heard", &libxl_like, A_OPEN "t1 disaster ctx=A error=ENOMEM\n", ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_disasters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
