/* SPDX-License-Identifier: MIT */
/* Threads: one that the library creates is the library's from its first instruction on. */
#include "probe/real.h"
#include "probe/call.h"
#include "probe/memory.h"

#include <errno.h>

struct start {
    void *(*function)(void *);
    void *argument;
    enum event_library library;
};

static void *start_in_library(void *argument)
{
    struct start start = *(struct start *)argument;

    memory_give_back(argument);
    probe_enter_library(start.library);
    return start.function(start.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *),
                   void *argument)
{
    struct call call;
    struct start *start = NULL;
    int r = EAGAIN;

    if (!thread_is_watched())
        return real()->pthread_create(thread, attributes, function, argument);
    start = memory_take(sizeof *start);
    if (!start)
        return EAGAIN;
    *start =
        (struct start){.function = function, .argument = argument, .library = thread_state.library};
    if (call_begin(&call, CALL_PTHREAD_CREATE, 0))
        r = real()->pthread_create(thread, attributes, start_in_library, start);
    else
        r = call.failed;
    if (r != 0)
        memory_give_back(start);
    call_end_error(&call, r, 0, 0);
    return r;
}
