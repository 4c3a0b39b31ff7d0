/* SPDX-License-Identifier: MIT */
/* "Fds": file descriptors, in the process and in the programs that it starts. */
#include "judged.h"

static void test_fds(void **state)
{
    static const struct judged_case cases[] = {
        {"left open", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         "FK-81 fd 5 (pipe:[12]) was left open with all ctxs closed\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"},
        {"left open by a wait for an event", &libxl_like,
         A_SELECTIVE "t1 enter op=wait ctx=A types=ended user=-1\n"
                     "t1 call eventfd result=5\n"
                     "t1 leave op=wait ctx=A types=ended user=-1 result=-11 error=EAGAIN\n"
                     "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd fd=5 process=1 text=\"anon_inode:[eventfd]\"\n",
         "EV-10 fd 5 (anon_inode:[eventfd]) was left open with all ctxs closed\n"
         "    - fd fd=5 process=1 text=\"anon_inode:[eventfd]\"\n"},
        {"closed, and the application's", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 call close fd=0 result=0\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd-gone fd=0 process=1\n",
         "FK-82 fd 0 was closed by the library, and was the application's\n"
         "    t1 call close fd=0\n"
         "    - fd-gone fd=0 process=1\n"},
        {"closed, nobody knows by whom", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 leave op=close ctx=A result=0\n"
                     "- fd-gone fd=0 process=1\n",
         ""},
        {"closed, and there all the same", &libxl_like,
         A_SELECTIVE "t1 enter op=close ctx=A\n"
                     "t1 call close fd=0 result=0\n"
                     "t1 leave op=close ctx=A result=0\n",
         ""},
        {"left open after a fault", &libxl_like,
         A_OPEN "t1 fault fcntl error=EMFILE\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n"
                "- fd fd=6 process=1 text=\"pipe:[12]\"\n",
         "XC-20 fd 5 (and 1 other) (pipe:[12]) was left open with all ctxs closed, after a call "
         "that was made to fail\n"
         "    t1 fault fcntl error=EMFILE\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"
         "    - fd fd=6 process=1 text=\"pipe:[12]\"\n"},
        {"left open after a fork that failed", &libxl_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 fault fork error=EAGAIN\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         "XC-19 fd 5 (pipe:[12]) was left open with all ctxs closed, after a fork that failed\n"
         "    t1 fault fork error=EAGAIN\n"
         "    t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
         "    - fd fd=5 process=1 text=\"pipe:[12]\"\n"},
        {"one kept for the whole process, made by a call that failed", &plain_like,
         A_OPEN "t1 fault fcntl error=EMFILE\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n"
                "- fd fd=6 process=1 text=\"pipe:[12]\"\n",
         ""},
        {"as many as calls that failed", &plain_like,
         A_OPEN "t1 fault fork error=EAGAIN\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=pidfd\n"
                "- fd fd=6 process=1 text=pidfd\n"
                "- fd fd=7 process=1 text=pidfd\n"
                "- fd fd=8 process=1 text=pidfd\n",
         "XC-19 fd 5 (and 3 others) (pidfd) was left open with all ctxs closed, after a fork that "
         "failed\n"
         "    t1 fault fork error=EAGAIN\n"
         "    t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
         "    - fd fd=5 process=1 text=pidfd\n"
         "    - fd fd=6 process=1 text=pidfd\n"
         "    - fd fd=7 process=1 text=pidfd\n"},
        {"one kept for the whole process", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 process=1 text=\"pipe:[12]\"\n",
         ""},
        {"one kept for each child", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a2 result=a2\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a3 result=a3\n"
                "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a4 result=a4\n"
                "t1 enter op=close ctx=A\n"
                "t1 leave op=close ctx=A result=0\n"
                "- fd fd=5 text=pidfd\n"
                "- fd fd=6 text=pidfd\n"
                "- fd fd=7 text=pidfd\n"
                "- fd fd=8 text=pidfd\n",
         "XC-30 fd 5 (and 3 others) (pidfd) was left open with all ctxs closed\n"
         "    - fd fd=5 text=pidfd\n"
         "    - fd fd=6 text=pidfd\n"
         "    - fd fd=7 text=pidfd\n"},
        {"a ctx is still open", &libxl_like, A_SELECTIVE "- fd fd=5 process=1\n", ""},
        {"passed on", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n",
         "FK-65 child a1 of A was started with fd 5 open (pipe:[12])\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n"},
        {"passed on, by any other library", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n",
         "XC-18 child a1 of A was started with fd 5 open (pipe:[12])\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n"},
        {"what every program is given", &plain_like,
         A_OPEN "t1 enter op=fork ctx=A\n"
                "t1 leave op=fork ctx=A child=a1 result=a1\n"
                "- exec-fd child=a1 fd=2\n"
                "- exec-fd child=a1 fd=499\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
