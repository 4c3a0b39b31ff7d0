/* SPDX-License-Identifier: MIT */
/* What adapters call when an operation, an fd or a timeout of the harness's is heard of. */
#include "adapter_events.h"

#define OFFERED __attribute__((visibility("default")))

OFFERED void reapcheck_completed(void *for_callback, int result)
{
    (void)for_callback;
    (void)result;
}

OFFERED void reapcheck_progressed(void *for_callback, const struct rc_event *event)
{
    (void)for_callback;
    (void)event;
}

OFFERED void reapcheck_watched(void *for_callback, int fd, short events, short revents)
{
    (void)for_callback;
    (void)fd;
    (void)events;
    (void)revents;
}
