/* SPDX-License-Identifier: MIT */
/* "No theft": what is not its own is left alone. */
#include "judged.h"

static void test_theft(void **state)
{
    static const struct judged_case cases[] = {
        {"waits by pid", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "t1 call waitpid pid=a1 result=a1 status=0x0 options=0x1\n"
                     "t1 foreign child=f1\n"
                     "- child f1\n"
                     "- exited child=f1 status=0x0\n"
                     "t1 waited child=f1 result=f1 status=0x0\n",
         ""},
        {"waits for any and takes a foreign child", &libxl_like,
         A_SELECTIVE "t1 foreign child=f1\n"
                     "- child f1\n"
                     "t1 call waitpid pid=any result=f1 status=0x0\n"
                     "- exited child=f1 status=0x0\n"
                     "t1 waited child=f1 result=-1 error=ECHILD\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"
         "FK-47 lane t1 waited for any child in the library, while all is selective\n"
         "    t1 call waitpid pid=any result=f1\n"
         "XC-05 foreign child f1 was gone when the application waited for it\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"
         "    - exited child=f1 status=0x0\n"
         "    t1 waited child=f1 result=-1 error=ECHILD\n"},
        {"the same in any other library", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitpid pid=any result=f1 status=0x0\n"
                "- exited child=f1 status=0x0\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1\n"},
        {"takes the news of a stop", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitpid pid=any result=f1 status=0x137f options=0x2\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitpid pid=any result=f1 status=0x137f options=0x2\n"},
        {"only looks", &libxl_like,
         A_SELECTIVE "t1 foreign child=f1\n"
                     "- child f1\n"
                     "t1 call waitid id=0 result=0 found=f1 options=0x1000004\n",
         ""},
        {"takes a foreign child by waitid", &plain_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 call waitid id=0 result=0 found=f1 options=0x4\n"
                "- exited child=f1 status=0x0\n",
         "XC-05 foreign child f1 was waited for by the library, which is to leave it to the "
         "application\n"
         "    t1 foreign child=f1\n"
         "    t1 call waitid id=0 result=0 found=f1 options=0x4\n"},
        {"waits for its group", &libxl_like,
         A_SELECTIVE "t1 call waitid id=0 result=0 value=0x200000000 options=0x4\n",
         "FK-47 lane t1 waited for any child in the library, while all is selective\n"
         "    t1 call waitid id=0 result=0 value=0x200000000 options=0x4\n"},
        {"waits for any, in the main loop mode", &libxl_like,
         A_MAINLOOP "t1 call waitpid pid=any result=0 options=0x1\n",
         "FK-38 lane t1 waited for any child in the library, while the main loop owns SIGCHLD\n"
         "    t1 call waitpid pid=any result=0 options=0x1\n"},
        {"in mode always it may", &libxl_like,
         A_ALWAYS "t1 foreign child=f1\n"
                  "- child f1\n"
                  "t1 call waitpid pid=any result=f1 status=0x0\n"
                  "t1 stranger ctx=A child=f1 status=0x0\n"
                  "- exited child=f1 status=0x0\n",
         ""},
        {"while the mode is being changed it may", &libxl_like,
         A_OPEN "t1 enter op=owner ctx=A owner=selective\n"
                "t1 call waitpid pid=any result=-1 error=ECHILD\n"
                "t1 leave op=owner ctx=A owner=selective result=0\n",
         ""},
        {"a child of the library waits for its own", &libxl_like,
         A_SELECTIVE "200:200 call waitpid pid=any result=201 status=0x0\n", ""},
        {"gone when the application waits for it: seen without a probe", &no_probe_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         "XC-05 foreign child f1 was gone when the application waited for it\n"
         "    t1 foreign child=f1\n"
         "    - exited child=f1 status=0x0\n"
         "    t1 waited child=f1 result=-1 error=ECHILD\n"},
        {"gone, for it was waited for before", &no_probe_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"gone, for SIGCHLD is ignored", &no_probe_like,
         "t1 lane\n"
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 foreign child=f1\n"
         "- child f1\n"
         "- exited child=f1 status=0x0\n"
         "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"gone, but a ctx was in mode library at first", &libxl_like,
         A_OPEN "t1 foreign child=f1\n"
                "- child f1\n"
                "t1 enter op=owner ctx=A owner=selective\n"
                "t1 leave op=owner ctx=A owner=selective result=0\n"
                "- exited child=f1 status=0x0\n"
                "t1 waited child=f1 result=-1 error=ECHILD\n",
         ""},
        {"sets the disposition in the main loop mode", &libxl_like,
         A_MAINLOOP
         "t1 call sigaction signal=SIGCHLD disposition=library flags=SA_NOCLDSTOP|SA_RESTART\n",
         "FK-11 lane t1 changed the disposition of SIGCHLD in the library, while the main loop "
         "owns it\n"
         "    t1 call sigaction signal=SIGCHLD disposition=library "
         "flags=SA_NOCLDSTOP|SA_RESTART\n"},
        {"asks for the disposition in the main loop mode", &libxl_like,
         A_MAINLOOP "t1 call sigaction signal=SIGCHLD disposition=-1\n", ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_theft),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
