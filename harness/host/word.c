/* SPDX-License-Identifier: MIT */
/* No condition variables: a thread that waits on one holds a mutex when it comes back, and can be
 * interrupted there (README.md, No locks). */
#include "host/word.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "history/tsan.h"
#include "probe/probe.h"

static void sleep_on(_Atomic uint32_t *word, int operation, uint32_t value, int timeout_ms)
{
    struct timespec time = {.tv_sec = timeout_ms / 1000,
                            .tv_nsec = (long)(timeout_ms % 1000) * 1000000};

    if (UNDER_TSAN) {
        if (atomic_load(word) == value)
            probe_real.poll(NULL, 0,
                            timeout_ms >= 0 && timeout_ms < TSAN_NAP_MS ? timeout_ms : TSAN_NAP_MS);
        return;
    }
    syscall(SYS_futex, word, operation, value, timeout_ms < 0 ? NULL : &time, NULL, 0);
}

void word_wait(_Atomic uint32_t *word, uint32_t value, int timeout_ms)
{
    sleep_on(word, FUTEX_WAIT_PRIVATE, value, timeout_ms);
}

void word_wait_shared(_Atomic uint32_t *word, uint32_t value, int timeout_ms)
{
    sleep_on(word, FUTEX_WAIT, value, timeout_ms);
}

void word_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void word_wake_shared(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

long long word_clock_ms(void)
{
    struct timespec now;

    probe_real.clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
