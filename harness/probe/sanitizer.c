/* SPDX-License-Identifier: MIT */
/*
 * In builds with a sanitizer: where its reports go. A runner that wants them passes a file on, and
 * names it in REAPCHECK_REPORT. They are written through a copy of our own from 500 up, which a
 * forked child shares and no program that is executed gets. TSan is not to speak there: it takes a
 * child that was made without fork() for one more thread. Without the variable reports go to
 * stderr, as ever. Linked into hosts and into the planted faults.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
#include "probe/sanitizer.h"

enum { REPORT_FD = 500 };

/* Of the sanitizers' runtime; not there in a build without any. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* Of LeakSanitizer: says now what it would say at exit. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
void __asan_init(void) __attribute__((weak));
void __tsan_init(void) __attribute__((weak));
/* Called by UBSan's before it writes a report. */
void __ubsan_on_report(void);

static int report_fd = -1, null_fd = -1;
static pid_t first; /* the process that is no copy of another */

/* UBSan's is set up with its first report, and closes then what it was given before. */
void __ubsan_on_report(void)
{
    if (report_fd >= 0 && __sanitizer_set_report_fd)
        __sanitizer_set_report_fd((void *)(intptr_t)report_fd);
}

__attribute__((constructor)) static void report_to_runner(void)
{
    const char *number = getenv("REAPCHECK_REPORT");

    first = getpid();
    if (!number || !__sanitizer_set_report_fd)
        return;
    report_fd = fcntl(atoi(number), F_DUPFD_CLOEXEC, REPORT_FD);
    if (__tsan_init) {
        int low = open("/dev/null", O_WRONLY | O_CLOEXEC);

        null_fd = fcntl(low, F_DUPFD_CLOEXEC, REPORT_FD);
        close(low);
    }
    if (__asan_init || __tsan_init)
        __ubsan_on_report();
}

/* In a child the runtime would close its file, and open another below the working folder. */
void sanitizer_in_child(void)
{
    if (report_fd >= 0 && __tsan_init)
        report_fd = null_fd;
    if (report_fd >= 0 && (__asan_init || __tsan_init))
        __ubsan_on_report();
}

void sanitizer_look_for_leaks(void)
{
    if (__lsan_do_recoverable_leak_check && getpid() == first)
        __lsan_do_recoverable_leak_check();
}
