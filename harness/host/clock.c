/* SPDX-License-Identifier: MIT */
#include "host/clock.h"

#include <stdatomic.h>
#include <time.h>
#include "host/library.h"
#include "probe/probe.h"
#include "adapter_events.h"

static _Atomic int64_t offset;

int64_t clock_now_us(const struct context *context)
{
    const struct rc_events *events = library_events(context);
    struct timespec now;

    probe_real.clock_gettime(events != NULL ? events->clock : CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 + atomic_load(&offset);
}

void clock_move(int64_t offset_us)
{
    atomic_store(&offset, offset_us);
    probe_move_clock(offset_us);
}
