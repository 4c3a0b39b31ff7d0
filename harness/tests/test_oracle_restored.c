/* SPDX-License-Identifier: MIT */
/* "Restored": the disposition is as it was, once nobody is left. */
#include "judged.h"

static void test_restored(void **state)
{
    static const struct judged_case cases[] = {
        {"ignored before, ignored after", &plain_like,
         "t1 lane\n"
         "- disposition ignored flags=SA_RESTART mask=0x2\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition ignored flags=SA_RESTART mask=0x2\n",
         ""},
        {"the handler stays", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"there when the host was asked, and the ctx closed when its answer stood there",
         &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0 meanwhile=1\n",
         ""},
        {"the handler stays, in any other library", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "XC-24 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"other flags", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=SA_RESTART mask=0x0\n",
         "FK-13 the flags of SIGCHLD's disposition were left as 0x10000000 with all ctxs closed; "
         "they had been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition default flags=SA_RESTART mask=0x0\n"},
        {"another mask", &plain_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x2\n",
         "XC-24 the mask of SIGCHLD's disposition was left as 0x2 with all ctxs closed; it had "
         "been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition default flags=0x0 mask=0x2\n"},
        {"a ctx is still open", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         ""},
        {"a close that failed", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=-16 error=EBUSY\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         ""},
        {"an open that failed has to leave no trace", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=-24 error=EMFILE\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs closed; "
         "it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    - disposition library flags=SA_NOCLDSTOP|SA_RESTART|SA_RESTORER mask=0x0\n"},
        {"the application set another in between", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD ignored\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition ignored flags=0x0 mask=0x0\n",
         ""},
        {"the application set another, and it is not put back", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD ignored\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=owner ctx=B owner=selective\n"
         "t1 leave op=owner ctx=B owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as default with all ctxs closed; it had been "
         "ignored\n"
         "    - disposition ignored flags=0x0 mask=0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"},
        {"the application set one while a ctx was open: not known what is right", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP|SA_RESTORER mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a borrower returns the library's after it has gone: not known what is right", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n" A_SELECTIVE
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=close ctx=A\n"
         "t1 leave op=close ctx=A result=0\n"
         "- disposition application flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD library\n"
         "- disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
         "t1 enter op=open ctx=B\n"
         "t1 leave op=open ctx=B result=0\n"
         "t1 enter op=close ctx=B\n"
         "t1 leave op=close ctx=B result=0\n"
         "- disposition default flags=0x0 mask=0x0\n",
         ""},
        {"a forked copy: back after postfork", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition default flags=0x0 mask=0x0\n", ""},
        {"a forked copy: the handler stays after postfork", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
                             "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         "FK-73 the disposition of SIGCHLD was left as the library's handler in a forked copy "
         "after postfork; it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n"},
        {"a forked copy: other flags", &libxl_like,
         COPY_AFTER_POSTFORK "c disposition default flags=SA_RESTART mask=0x0\n",
         "FK-73 the flags of SIGCHLD's disposition were left as 0x10000000 in a forked copy after "
         "postfork; they had been 0x0\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition default flags=SA_RESTART mask=0x0\n"},
        {"a forked copy: postfork has not been called, or failed", &libxl_like,
         COPY_BEFORE_POSTFORK "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n"
                              "c enter op=postfork ctx=A\n"
                              "c leave op=postfork ctx=A result=-5 error=EIO\n"
                              "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         ""},
        {"a forked copy: the application set another there", &libxl_like,
         COPY_AFTER_POSTFORK "c action SIGCHLD ignored\n"
                             "c disposition ignored flags=0x0 mask=0x0\n",
         ""},
        {"a forked copy: what the application set before it forked", &libxl_like,
         "t1 lane\n"
         "- disposition default flags=0x0 mask=0x0\n"
         "t1 action SIGCHLD application\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 forked child=200\n"
         "c lane pid=200 tid=200\n"
         "c enter op=postfork ctx=A\n"
         "c leave op=postfork ctx=A result=0\n"
         "c disposition default flags=0x0 mask=0x0\n",
         "FK-73 the disposition of SIGCHLD was left as default in a forked copy after postfork; "
         "it had been the application's handler\n"
         "    t1 action SIGCHLD application\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition default flags=0x0 mask=0x0\n"},
        {"a forked copy: its own ctx leaves the handler", &libxl_like,
         COPY_AFTER_POSTFORK "c enter op=open ctx=B\n"
                             "c leave op=open ctx=B result=0\n"
                             "c enter op=close ctx=B\n"
                             "c leave op=close ctx=B result=0\n"
                             "c disposition library flags=SA_RESTART|SA_NOCLDSTOP mask=0x0\n",
         "FK-13 the disposition of SIGCHLD was left as the library's handler with all ctxs "
         "closed; it had been default\n"
         "    - disposition default flags=0x0 mask=0x0\n"
         "    c leave op=postfork ctx=A result=0\n"
         "    c disposition library flags=SA_NOCLDSTOP|SA_RESTART mask=0x0\n"},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
