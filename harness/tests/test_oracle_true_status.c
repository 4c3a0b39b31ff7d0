/* SPDX-License-Identifier: MIT */
/* "True status": what is reported is what the kernel says, or what can be known. */
#include "judged.h"

static void test_true_status(void **state)
{
    static const struct judged_case cases[] = {
        {"a core is a core", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x8b\n"
                     "t1 report ctx=A child=a1 status=0x8b\n"
                     "- quiet result=0\n",
         ""},
        {"another status", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-02 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the core bit is lost", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x8b\n"
                     "t1 report ctx=A child=a1 status=0xb\n",
         "XC-02 child a1 of A died of SIGSEGV and left a core, but was reported as \"died of "
         "SIGSEGV\" (0xb, not 0x8b)\n"
         "    - exited child=a1 status=0x8b\n"
         "    t1 report ctx=A child=a1 status=0xb\n"},
        {"the kernel does not know: the order counts", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x300\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-02 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - order child=a1 status=0x300\n"
         "    - exited child=a1 status=unknown\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the kernel does not know, and a core cannot be foreseen", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0xb\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x8b\n",
         ""},
        {"two orders: either may have come first", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x300\n"
                     "- order child=a1 status=0x9\n"
                     "- exited child=a1 status=unknown\n"
                     "t1 report ctx=A child=a1 status=0x9\n",
         ""},
        {"what the application told counts", &libxl_like,
         A_MAINLOOP "t1 enter op=fork ctx=A\n"
                    "t1 leave op=fork ctx=A child=a1 result=a1\n"
                    "- child a1 ctx=A\n"
                    "- exited child=a1 status=0x300\n"
                    "t1 enter op=told-reaped ctx=A child=a1 status=0x700\n"
                    "t1 report ctx=A child=a1 status=0x700\n"
                    "t1 leave op=told-reaped ctx=A child=a1 status=0x700 result=0\n",
         ""},
        {"a stop", &libxl_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0x137f\n",
         "XC-08 child a1 of A was reported as ended when it was stopped by SIGSTOP\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0x137f\n"},
        {"a continue", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0xffff\n",
         "XC-08 child a1 of A was reported as ended when it was continued\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0xffff\n"},
        {"reported while it lives", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 report ctx=A child=a1 status=0x0\n"
                     "- quiet result=0\n"
                     "- exited child=a1 status=0x0\n",
         "XC-09 child a1 of A was reported (\"exited with status 0\") while it was alive\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"
         "    - exited child=a1 status=0x0\n"},
        {"reported before the runner saw it end", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- order child=a1 status=0x0\n"
                     "t1 report ctx=A child=a1 status=0x0\n"
                     "- exited child=a1 status=0x0\n"
                     "- quiet result=0\n",
         ""},
        {"lost, for it was stolen", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         ""},
        {"lost, though nobody took it", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 call waitpid pid=a1 result=a1 status=0x300\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         "XC-06 child a1 of A was reported as lost although nobody else had waited for it\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 call waitpid pid=a1 result=a1 status=0x300\n"
         "    t1 lost ctx=A child=a1\n"},
        {"lost, for the wait call was made to fail", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 fault waitpid error=ECHILD\n"
                     "t1 lost ctx=A child=a1\n"
                     "- quiet result=0\n",
         ""},
        {"lost, for SIGCHLD is ignored", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "t1 lost ctx=A child=a1\n"
         "- quiet result=0\n",
         ""},
        {"a success made up while SIGCHLD is ignored", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n"
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 leave op=open ctx=A result=0\n"
         "t1 enter op=owner ctx=A owner=selective\n"
         "t1 leave op=owner ctx=A owner=selective result=0\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x300\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "- quiet result=0\n",
         "XC-07 child a1 of A exited with status 3, but was reported as \"exited with status 0\" "
         "(0x0, not 0x300)\n"
         "    - exited child=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"the same by luck the true one", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_OPEN "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0 reaped=1\n"
         "t1 report ctx=A child=a1 status=0x0\n",
         "XC-07 child a1 of A ended while SIGCHLD was ignored: nobody could see the status "
         "(\"exited with status 0\") that was reported\n"
         "    - disposition ignored flags=0x0 mask=0x0\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    - exited child=a1 status=0x0 reaped=1\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"ignored until the library had its handler there: who knows how it saw it", &plain_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_OPEN
         "t1 call sigaction signal=SIGCHLD disposition=library\n"
         "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n",
         ""},
        {"ignored, and the application told of it", &libxl_like,
         "- disposition ignored flags=0x0 mask=0x0\n" A_MAINLOOP "t1 enter op=fork ctx=A\n"
         "t1 leave op=fork ctx=A child=a1 result=a1\n"
         "- child a1 ctx=A\n"
         "- exited child=a1 status=0x0\n"
         "t1 enter op=told-reaped ctx=A child=a1 status=0x0\n"
         "t1 report ctx=A child=a1 status=0x0\n"
         "t1 leave op=told-reaped ctx=A child=a1 status=0x0 result=0\n",
         ""},
        {"stolen, and a status made up", &plain_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x0\n",
         "XC-06 child a1 of A was reaped by the application, yet reported with a status (\"exited "
         "with status 0\") that the library did not see\n"
         "    t1 leave op=fork ctx=A child=a1 result=a1\n"
         "    t1 waited child=a1 result=a1 status=0x300\n"
         "    t1 report ctx=A child=a1 status=0x0\n"},
        {"stolen, and the right status known nobody knows how: not seen without a probe",
         &no_probe_like,
         A_SELECTIVE "t1 enter op=fork ctx=A\n"
                     "t1 leave op=fork ctx=A child=a1 result=a1\n"
                     "- child a1 ctx=A\n"
                     "t1 waited child=a1 result=a1 status=0x300\n"
                     "- exited child=a1 status=0x300\n"
                     "t1 report ctx=A child=a1 status=0x300\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
