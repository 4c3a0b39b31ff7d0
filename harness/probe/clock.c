/* SPDX-License-Identifier: MIT */
/*
 * The clocks by which a library's times go. A script may move them (`later`): then the library is
 * told of the moved time, while the host, the kernel and everybody else stay where they are. Such
 * calls are made all the time and mean nothing, so they are neither recorded nor made to fail.
 */
#include "probe/real.h"
#include "probe/thread.h"

#include <sys/time.h>
#include <time.h>

enum { US = 1000000, NS_A_US = 1000 };

static _Atomic int64_t offset_us;

void probe_move_clock(int64_t offset)
{
    atomic_store(&offset_us, offset);
}

uint64_t probe_now_ns(void)
{
    struct timespec now;

    real()->clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* 0 for the application, and for clocks that count something else than the time. */
static int64_t moved(clockid_t clock)
{
    if (thread_state.zone == ZONE_APPLICATION ||
        (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC_COARSE &&
         clock != CLOCK_REALTIME_COARSE && clock != CLOCK_BOOTTIME))
        return 0;
    return atomic_load_explicit(&offset_us, memory_order_relaxed);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int r = real()->clock_gettime(clock, now);
    int64_t offset = r == 0 ? moved(clock) : 0;

    if (offset != 0) {
        int64_t us = now->tv_nsec / NS_A_US + offset % US;

        now->tv_sec += offset / US + us / US;
        now->tv_nsec = us % US * NS_A_US + now->tv_nsec % NS_A_US;
    }
    return r;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int r = real()->gettimeofday(now, zone);
    int64_t offset = r == 0 ? moved(CLOCK_REALTIME) : 0;

    if (offset != 0) {
        int64_t us = now->tv_usec + offset % US;

        now->tv_sec += offset / US + us / US;
        now->tv_usec = us % US;
    }
    return r;
}
