/* SPDX-License-Identifier: MIT */
/* "Newborns": forked children, and what they share with their parent. */
#include "judged.h"

/* Fd 5 is older than the fork. */
#define WITH_FD_5   A_OPEN "t1 call eventfd result=5\n"
#define FORK_BEGINS "t1 enter op=fork ctx=A\n"
#define A1_IS_BORN                                                                                 \
    "- child a1 pid=200 ctx=A\n"                                                                   \
    "200:200 born parent=1\n"
#define FORK_ENDS                                                                                  \
    "t1 call fork result=200\n"                                                                    \
    "t1 leave op=fork ctx=A child=a1 result=a1\n"

static void test_newborns(void **state)
{
    static const struct judged_case cases[] = {
        {"a call on its parent's fd", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         "FK-64 child a1 called write, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call write fd=5 size=8 result=8\n"},
        {"the same, heard of late", &libxl_like,
         WITH_FD_5 FORK_BEGINS FORK_ENDS A1_IS_BORN "200:200 call read fd=5 size=8 result=8\n",
         "FK-64 child a1 called read, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call read fd=5 size=8 result=8\n"},
        {"any library, on what wakes the parent", &plain_like,
         WITH_FD_5 "t1 handler-in SIGCHLD depth=1\n"
                   "t1 call write fd=5 size=8 result=8 zone=handler\n"
                   "t1 handler-out SIGCHLD\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         "XC-21 child a1 called write, after it was forked, on fd 5, which is its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 call write fd=5 size=8 result=8\n"},
        {"any library, on what may be for children", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"an fd made for the child", &libxl_like,
         A_OPEN FORK_BEGINS "t1 call pipe value=5 extra=6\n" A1_IS_BORN
                            "200:200 call write fd=6 size=4 result=4\n" FORK_ENDS,
         ""},
        {"a number that it has given up", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN "200:200 call close fd=5\n"
                                          "200:200 call eventfd result=5\n"
                                          "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"a number that its parent had given up", &libxl_like,
         WITH_FD_5 "t1 call close fd=5\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
        {"a call that failed", &libxl_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN
         "200:200 call write fd=5 size=8 result=-1 error=EBADF\n" FORK_ENDS,
         ""},
        {"the handler, for its own child", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN FORK_ENDS
         "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "200:200 call write fd=5 size=8 result=8 zone=handler\n"
         "200:200 handler-out SIGCHLD\n",
         "XC-21 child a1 called write in a signal handler, after it was forked, on fd 5, which is "
         "its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "    200:200 call write fd=5 size=8 result=8 zone=handler\n"},
        {"the handler, for what somebody sent", &plain_like,
         WITH_FD_5 FORK_BEGINS A1_IS_BORN FORK_ENDS
         "200:200 handler-in SIGCHLD from=300 depth=1\n"
         "200:200 call write fd=5 size=8 result=8 zone=handler\n"
         "200:200 handler-out SIGCHLD\n",
         ""},
        {"the handler in a copy that was not told of yet", &plain_like,
         WITH_FD_5 A1_IS_BORN "t1 forked child=a1\n"
                              "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
                              "200:200 call write fd=5 size=8 result=8 zone=handler\n"
                              "200:200 handler-out SIGCHLD\n",
         ""},
        {"the handler in a copy that was", &plain_like,
         WITH_FD_5 A1_IS_BORN "t1 forked child=a1\n"
                              "200:200 enter op=postfork ctx=A\n"
                              "200:200 leave op=postfork ctx=A result=0\n"
                              "200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
                              "200:200 call write fd=5 size=8 result=8 zone=handler\n"
                              "200:200 handler-out SIGCHLD\n",
         "XC-21 child a1 called write in a signal handler, after it was forked, on fd 5, which is "
         "its parent's, too\n"
         "    t1 call eventfd result=5\n"
         "    200:200 born parent=1\n"
         "    200:200 handler-in SIGCHLD from=300 code=1 depth=1\n"
         "    200:200 call write fd=5 size=8 result=8 zone=handler\n"},
        {"events are missing", &libxl_like,
         WITH_FD_5 "- lost-events count=1\n" FORK_BEGINS A1_IS_BORN
                   "200:200 call write fd=5 size=8 result=8\n" FORK_ENDS,
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newborns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
