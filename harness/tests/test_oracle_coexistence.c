/* SPDX-License-Identifier: MIT */
/*
 * The oracle of pairs, with histories written by hand: each sort of trouble with who did it, the
 * same where nothing is wrong, and the same where the history does not tell.
 */
#include "judged.h"

#define PAIR(owner_of_two)                                                                         \
    {                                                                                              \
        .owners = RC_OWNS(RC_OWNER_SELECTIVE), .has_probe = 1, .pair = true, .library = {          \
            [LIBRARY_ONE] = {"ant", RC_OWNS(RC_OWNER_SELECTIVE), 0},                               \
            [LIBRARY_TWO] = {"bee", RC_OWNS(owner_of_two), 0},                                     \
        }                                                                                          \
    }

static const struct subject selective = PAIR(RC_OWNER_SELECTIVE);
static const struct subject greedy = PAIR(RC_OWNER_ALWAYS);
static const struct subject blocking = {
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .has_probe = 1,
    .pair = true,
    .library = {
        [LIBRARY_ONE] = {"ant", RC_OWNS(RC_OWNER_SELECTIVE), 0},
        [LIBRARY_TWO] = {"bee", RC_OWNS(RC_OWNER_SELECTIVE), RC_FEATURE_SIGCHLD_BLOCKED},
    }};

#define BEGIN                                                                                      \
    "main lane\n"                                                                                  \
    "- disposition default flags=0x0 mask=0x0\n"                                                   \
    "main enter op=open ctx=A library=one\n"                                                       \
    "main leave op=open ctx=A result=0 library=one\n"                                              \
    "main enter op=open ctx=B library=two\n"                                                       \
    "main leave op=open ctx=B result=0 library=two\n"
#define CHILD                                                                                      \
    "main enter op=fork ctx=A library=one\n"                                                       \
    "main leave op=fork ctx=A child=a result=a library=one\n"                                      \
    "- exited child=a status=0x100\n"
#define TAKEN(library) "main call waitpid pid=a result=a status=0x100 library=" library "\n"
#define REPORT         "main report ctx=A child=a status=0x100\n"
#define REST           "- quiet result=0\n"
#define END                                                                                        \
    "main enter op=close ctx=A library=one\n"                                                      \
    "main leave op=close ctx=A result=0 library=one\n"                                             \
    "main enter op=close ctx=B library=two\n"                                                      \
    "main leave op=close ctx=B result=0 library=two\n"
#define HANDLER(of, by)                                                                            \
    "main call sigaction signal=SIGCHLD disposition=library of=" of " library=" by "\n"

static const struct judged_case cases[] = {
    {"each reports its own", &selective, BEGIN CHILD TAKEN("one") REPORT REST END, ""},
    {"a thief that claims to be selective", &selective, BEGIN CHILD TAKEN("two") REST,
     "CO-02 child a of A was reaped by bee (two), and not by ant (one), which was never told of "
     "it\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"
     "    main call waitpid pid=a result=a status=0x100 library=two\n"},
    {"a thief that does not", &greedy, BEGIN CHILD TAKEN("two") "main lost ctx=A child=a\n" REST,
     "CO-04 child a of A was reaped by bee (two), which reaps every child, and not by ant (one), "
     "which reported it as lost\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"
     "    main call waitpid pid=a result=a status=0x100 library=two\n"
     "    main lost ctx=A child=a\n"},
    {"what one reaped and the other reports rightly harms nobody", &selective,
     BEGIN CHILD TAKEN("two") REPORT REST END, ""},
    {"who reaped it is not known, and nobody is called a thief", &selective,
     BEGIN CHILD "main call waitpid pid=a result=a status=0x100\n" REST, ""},
    {"not yet at rest, the report may be on its way", &selective, BEGIN CHILD TAKEN("two"), ""},
    {"lost by its own", &selective, BEGIN CHILD REST,
     "CO-01 child a of A exited with status 1 and was not reported by ant (one)\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"},
    {"lost, and the handler was taken by the other", &selective,
     BEGIN HANDLER("one", "one") HANDLER("two", "two") CHILD REST,
     "CO-01 child a of A exited with status 1 and was not reported by ant (one), whose handler bee "
     "(two) had taken out of force\n"
     "    main call sigaction signal=SIGCHLD disposition=library of=two library=two\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"},
    {"lost, and somebody took it before it was put down whose it is", &selective,
     BEGIN "main enter op=fork ctx=A library=one\n"
           "main leave op=fork ctx=A child=a result=a library=one\n"
           "- exited child=a status=0x100 reaped=1\n"
           "main lost ctx=A child=a\n" REST,
     ""},
    {"lost, as the other wants the signal blocked", &blocking,
     BEGIN HANDLER("one", "one") CHILD REST,
     "CO-01 child a of A exited with status 1 and was not reported by ant (one), whose handler "
     "does not run: bee (two) has SIGCHLD blocked\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"},
    {"lost, though the signal came", &blocking,
     BEGIN HANDLER("one", "one") CHILD "main handler-in SIGCHLD\n" REST,
     "CO-01 child a of A exited with status 1 and was not reported by ant (one)\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"},
    {"lost, and there is no handler that could run", &blocking, BEGIN CHILD REST,
     "CO-01 child a of A exited with status 1 and was not reported by ant (one)\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"},
    {"reported with another status, and nobody took it", &selective,
     BEGIN CHILD TAKEN("one") "main report ctx=A child=a status=0x0\n" REST END,
     "CO-01 child a of A exited with status 1, and ant (one) reported it with another status\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    - exited child=a status=0x100\n"
     "    main call waitpid pid=a result=a status=0x100 library=one\n"
     "    main report ctx=A child=a status=0x0\n"},
    {"reported by one that it has nothing to do with", &selective,
     BEGIN CHILD TAKEN("one") REPORT "main report ctx=B child=a status=0x100\n" REST END,
     "CO-01 child a was reported by bee (two), which has nothing to do with it\n"
     "    main leave op=fork ctx=A child=a result=a library=one\n"
     "    main report ctx=B child=a status=0x100\n"},
    {"the handler of one that has gone is put back by the other", &selective,
     BEGIN HANDLER("one", "one") HANDLER("two", "two")
         END HANDLER("one", "two") "- disposition library flags=0x0 mask=0x0\n",
     "CO-03 SIGCHLD was left with the handler of ant (one), by bee (two), when both had gone\n"
     "    - disposition default flags=0x0 mask=0x0\n"
     "    main call sigaction signal=SIGCHLD disposition=library of=one library=two\n"
     "    - disposition library flags=0x0 mask=0x0\n"},
    {"as long as one is there its handler may be, too", &selective,
     BEGIN HANDLER("two", "two") "- disposition library flags=0x0 mask=0x0\n", ""},
    {"the application has had a hand in it", &selective,
     BEGIN "main action SIGCHLD ignored\n" END HANDLER(
         "one", "two") "- disposition library flags=0x0 mask=0x0\n",
     ""},
    {"a standstill", &selective,
     BEGIN "main enter op=fork ctx=B library=two\n"
           "- hang lane=main text=\"sleeping in futex\"\n",
     "CO-05 lane main does not come back from fork: sleeping in futex\n"
     "    main enter op=fork ctx=B library=two\n"
     "    - hang lane=main text=\"sleeping in futex\"\n"},
    /* What other oracles ask is not asked of a pair. */
    {"waiting for any child, where that harms nobody", &selective,
     BEGIN "main call waitpid pid=any result=-1 error=ECHILD library=two\n" REST END, ""},
};

static void test_cases(void **state)
{
    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Who did what the only finding is about. */
static enum event_library doer(const char *text)
{
    struct findings findings = {0};
    enum event_library by;
    char error[200];
    struct history *history = history_from_text(text, error, sizeof(error));

    assert_non_null(history);
    assert_int_equal(oracle_judge(history, &selective, &findings), 0);
    assert_int_equal(findings.count, 1);
    by = findings.list[0].by;
    findings_free(&findings);
    history_free(history);
    return by;
}

#define IN_FORK "main enter op=fork ctx=B library=two\n"
#define DIED    "- host-exit status=0x6\n"

static void test_who_ended_the_process(void **state)
{
    (void)state;
    assert_int_equal(doer(BEGIN IN_FORK DIED), LIBRARY_TWO);
    assert_int_equal(doer(BEGIN "t2 lane\n" IN_FORK DIED), LIBRARY_TWO);
    assert_int_equal(
        doer(BEGIN "t2 lane\n" IN_FORK "t2 call read fd=4 size=1 result=1 library=one\n" DIED),
        LIBRARY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_who_ended_the_process)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
