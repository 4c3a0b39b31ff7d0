/* SPDX-License-Identifier: MIT */
/*
 * The turns of the application's event loop. A turn goes by what is registered as it begins, and
 * tells the library of what is registered still: an application that is neither late nor mistaken.
 * One that is patient goes by what it found the last time, until a hook wakes it or something of
 * that occurs: however often the harness has it turn, what it was not woken for it does not see.
 * Its habits make it late, sparing or wrong in ways that the library has to bear.
 *
 * A timeout is over before the library is told, so it is told once, however often the library asks
 * for it at once. Those that are due go in the order of their times.
 */
#include "host/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include "history/races.h"
#include "host/clock.h"
#include "host/context.h"
#include "host/descriptor.h"
#include "host/guard.h"
#include "host/lane.h"
#include "host/library.h"
#include "host/register.h"
#include "probe/probe.h"

enum { LOOPS = 64 };

static struct loop loops[LOOPS];

static void *memory(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    RACES_OWN(p, size);
    return p;
}

/* Its memory is kept for the next ctx that has its place. */
static bool equip(struct loop *loop)
{
    int fd = loop->wake > 0 ? loop->wake : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    RACES_OWN(loop, sizeof *loop);
    if (loop->wake <= 0)
        atomic_store(&loop->wake, fd < 0 ? -1 : descriptor_raise(fd));
    if (loop->registrations == NULL)
        loop->registrations = memory(REGISTRATIONS * sizeof *loop->registrations);
    if (loop->fds == NULL)
        loop->fds = memory((REGISTRATIONS + 1) * sizeof *loop->fds);
    if (loop->which == NULL)
        loop->which = memory((REGISTRATIONS + 1) * sizeof *loop->which);
    return loop->wake > 0 && loop->registrations != NULL && loop->fds != NULL &&
           loop->which != NULL;
}

int loop_attach(struct context *context)
{
    struct loop *loop = NULL;
    int rc;

    for (size_t i = 0; i < LOOPS && loop == NULL; i++) {
        bool used = false;

        if (atomic_compare_exchange_strong(&loops[i].used, &used, true))
            loop = &loops[i];
    }
    if (loop == NULL)
        return -ENOSPC;
    if (!equip(loop)) {
        atomic_store(&loop->used, false);
        return -ENOMEM;
    }
    atomic_store(&loop->habit, 0);
    atomic_store(&loop->changed, true);
    loop->queued = 0;
    loop->gone_told = atomic_load(&loop->gone_count);
    for (int i = 0; i < HOOK_COUNT; i++)
        atomic_store(&loop->rules[i].armed, false);
    context->loop = loop;
    rc = library_hooks(context, &loop_hooks);
    if (rc != 0)
        loop_detach(context);
    return rc;
}

void loop_detach(struct context *context)
{
    struct loop *loop = context->loop;

    for (int i = 0; loop != NULL && i < atomic_load(&loop->high); i++)
        atomic_store(&loop->registrations[i].state, REGISTRATION_FREE);
    context->loop = NULL;
    if (loop == NULL)
        return;
    atomic_store(&loop->lowest_free, 0);
    atomic_store(&loop->used, false);
}

void loop_wake(const struct context *context)
{
    const uint64_t one = 1;
    struct loop *loop = context->loop; /* its own lane may take it off now */

    if (loop == NULL || atomic_load(&context->lane) == lane_self())
        return;
    if (probe_real.write(atomic_load(&loop->wake), &one, sizeof one) < 0)
        return; /* it is awake */
}

void loop_changed(const struct context *context)
{
    atomic_store(&context->loop->changed, true);
    loop_wake(context);
}

void loop_set_habit(struct context *context, unsigned habit)
{
    if (context->loop == NULL)
        return;
    atomic_store(&context->loop->habit, habit);
    atomic_store(&context->loop->owes_all, true);
    atomic_store(&context->loop->changed, true);
    guard_set(habit & HABIT_GUARDED);
}

void loop_refuse(struct context *context, const struct loop_refusal *refusal)
{
    struct loop_rule *rule;

    if (context->loop == NULL)
        return;
    rule = &context->loop->rules[refusal->hook];
    atomic_store(&rule->armed, false);
    atomic_store(&rule->value, refusal->value);
    atomic_store(&rule->skip, refusal->skip);
    atomic_store(&rule->times, refusal->times);
    atomic_store(&rule->seen, 0);
    atomic_store(&rule->armed, refusal->value != 0);
}

void loop_count(const struct context *context, int *fds, int *timeouts)
{
    const struct loop *loop = context->loop;

    *fds = *timeouts = 0;
    for (int i = 0; loop != NULL && i < atomic_load(&loop->high); i++) {
        int state = atomic_load(&loop->registrations[i].state);

        *fds += state == REGISTRATION_FD;
        *timeouts += state == REGISTRATION_TIMEOUT;
    }
}

/* -- what is told -- */

static void tell_fd(struct context *context, const struct occurrence *occurrence)
{
    unsigned habit = atomic_load(&context->loop->habit);

    if (habit & HABIT_OTHER_FD)
        library_occurred_fd(context, occurrence->number, occurrence->for_library,
                            occurrence->fd + 1, occurrence->events, occurrence->revents);
    library_occurred_fd(context, occurrence->number, occurrence->for_library, occurrence->fd,
                        occurrence->events, occurrence->revents);
    if (habit & HABIT_TWICE)
        library_occurred_fd(context, occurrence->number, occurrence->for_library, occurrence->fd,
                            occurrence->events, occurrence->revents);
}

/* An fd that is registered is ready, or said to be. False where nothing is registered there, or
 * another takes its place meanwhile. */
static bool occurrence_of(struct loop *loop, int place, short revents,
                          struct occurrence *occurrence)
{
    struct registration *registration = &loop->registrations[place];
    int number = atomic_load(&registration->number);

    if (atomic_load(&registration->state) != REGISTRATION_FD)
        return false;
    *occurrence = (struct occurrence){.number = number,
                                      .fd = atomic_load(&registration->fd),
                                      .events = (short)atomic_load(&registration->events),
                                      .revents = revents,
                                      .for_library = atomic_load(&registration->for_library)};
    return atomic_load(&registration->number) == number;
}

static void tell_gone(struct context *context)
{
    struct loop *loop = context->loop;
    uint32_t count = atomic_load(&loop->gone_count);

    if (count - loop->gone_told > LOOP_GONE)
        loop->gone_told = count - LOOP_GONE;
    while (loop->gone_told != count && context->loop == loop) {
        const struct departed *departed = &loop->gone[loop->gone_told % LOOP_GONE];
        uint32_t serial = atomic_load(&departed->serial);
        struct occurrence occurrence = {.number = atomic_load(&departed->number),
                                        .fd = atomic_load(&departed->fd),
                                        .events = (short)atomic_load(&departed->events),
                                        .for_library = atomic_load(&departed->for_library)};

        occurrence.revents = occurrence.events;
        if (serial != loop->gone_told + 1 || atomic_load(&departed->serial) != serial)
            return; /* a thread is at it, and wakes the loop when it is done */
        loop->gone_told++;
        if (atomic_load(&loop->habit) & HABIT_STALE)
            library_occurred_fd(context, occurrence.number, occurrence.for_library, occurrence.fd,
                                occurrence.events, occurrence.revents);
    }
}

static void tell_all(struct context *context)
{
    struct loop *loop = context->loop;

    for (int i = 0; i < atomic_load(&loop->high) && context->loop == loop; i++) {
        struct occurrence occurrence;
        short events = (short)atomic_load(&loop->registrations[i].events);

        if (events != 0 && occurrence_of(loop, i, events, &occurrence))
            tell_fd(context, &occurrence);
    }
}

/* The application is late no more: it tells what it has kept, be it registered still or gone. */
static void tell_queue(struct context *context)
{
    struct loop *loop = context->loop;
    int count = loop->queued;

    loop->queued = 0;
    for (int i = 0; i < count && context->loop == loop; i++) {
        struct registration *registration = registration_numbered(loop, loop->queue[i].number);

        if (registration != NULL)
            atomic_store(&registration->queued, false);
        lane_heard();
        tell_fd(context, &loop->queue[i]);
    }
}

/* -- a turn -- */

/* Fills in fds and which, the one that wakes us not counted, and when the first timeout is due. */
static void gather(struct loop *loop)
{
    bool late = atomic_load(&loop->habit) & HABIT_LATE;
    int64_t *due_us = &loop->due_us;
    int count = 0;

    *due_us = -1;
    for (int i = 0; i < atomic_load(&loop->high); i++) {
        struct registration *registration = &loop->registrations[i];
        int state = atomic_load(&registration->state);
        int events = atomic_load(&registration->events);
        int64_t due = atomic_load(&registration->due_us);

        if (state == REGISTRATION_FD && events != 0 && !atomic_load(&registration->queued)) {
            loop->fds[count] =
                (struct pollfd){.fd = atomic_load(&registration->fd), .events = (short)events};
            loop->which[count++] = i;
        } else if (state == REGISTRATION_TIMEOUT && !late && (*due_us < 0 || due < *due_us)) {
            *due_us = due;
        }
    }
    loop->count = count;
}

static int wait_ms(const struct context *context, int64_t due_us, int timeout_ms)
{
    int64_t left;

    if (due_us < 0)
        return timeout_ms;
    left = due_us - clock_now_us(context);
    left = left <= 0 ? 0 : (left + 999) / 1000;
    return timeout_ms >= 0 && timeout_ms < left ? timeout_ms : left > 1000000 ? 1000000 : (int)left;
}

/* Of those that share a ready fd only one has its turn, each in another turn. */
static bool is_passed_over(const struct loop *loop, int count, int i)
{
    int same = 0, place = 0;

    if (!(atomic_load(&loop->habit) & HABIT_SPARING))
        return false;
    for (int k = 0; k < count; k++)
        if (loop->fds[k].fd == loop->fds[i].fd && loop->fds[k].revents != 0) {
            place += k < i;
            same++;
        }
    return same > 0 && loop->turns % same != place;
}

static void tell_ready(struct context *context, int count)
{
    struct loop *loop = context->loop;

    for (int i = 0; i < count && context->loop == loop; i++) {
        struct occurrence occurrence;

        if (loop->fds[i].revents == 0 || is_passed_over(loop, count, i) ||
            !occurrence_of(loop, loop->which[i], loop->fds[i].revents, &occurrence) ||
            occurrence.fd != loop->fds[i].fd)
            continue;
        if (atomic_load(&loop->habit) & HABIT_LATE) {
            if (loop->queued < LOOP_QUEUE) {
                atomic_store(&loop->registrations[loop->which[i]].queued, true);
                loop->queue[loop->queued++] = occurrence;
            }
            continue;
        }
        if (occurrence.revents & POLLNVAL) /* else it would be told for ever */
            atomic_store(&loop->registrations[loop->which[i]].queued, true);
        lane_heard();
        atomic_store(&loop->owes_all, true);
        atomic_store(&loop->changed, true);
        tell_fd(context, &occurrence);
    }
}

static __thread const struct loop *sorted;

static int compare_due(const void *a, const void *b)
{
    int64_t first = atomic_load(&sorted->registrations[*(const int *)a].due_us);
    int64_t second = atomic_load(&sorted->registrations[*(const int *)b].due_us);

    return first != second ? (first < second ? -1 : 1) : *(const int *)a - *(const int *)b;
}

static void tell_due(struct context *context)
{
    struct loop *loop = context->loop;
    int64_t now = clock_now_us(context);
    int count = 0;

    for (int i = 0; i < atomic_load(&loop->high); i++)
        if (atomic_load(&loop->registrations[i].state) == REGISTRATION_TIMEOUT &&
            atomic_load(&loop->registrations[i].due_us) <= now)
            loop->which[count++] = i;
    if (count > 0) /* `which` is no more what it was */
        atomic_store(&loop->changed, true);
    sorted = loop;
    qsort(loop->which, (size_t)count, sizeof *loop->which, compare_due);
    for (int i = 0; i < count && context->loop == loop; i++) {
        struct registration *registration = &loop->registrations[loop->which[i]];
        int state = REGISTRATION_TIMEOUT, number;
        void *for_library;

        if (atomic_load(&registration->due_us) > now ||
            !atomic_compare_exchange_strong(&registration->state, &state, REGISTRATION_NEW))
            continue;
        /* The place is ours now: it may have become another's since it was looked at. */
        number = atomic_load(&registration->number);
        for_library = atomic_load(&registration->for_library);
        registration_free(loop, registration);
        lane_heard();
        atomic_store(&loop->owes_all, true);
        library_occurred_timeout(context, number, for_library);
        if (context->loop == loop && atomic_load(&loop->habit) & HABIT_AGAIN)
            library_occurred_timeout(context, number, for_library);
    }
}

void loop_turn(struct context *context, int timeout_ms)
{
    struct loop *loop = context->loop;
    uint64_t woken;
    int count;

    loop->turns++;
    tell_gone(context);
    if (context->loop == loop && loop->queued > 0 && !(atomic_load(&loop->habit) & HABIT_LATE))
        tell_queue(context);
    if (context->loop == loop && atomic_load(&loop->habit) & HABIT_SPURIOUS &&
        atomic_exchange(&loop->owes_all, false))
        tell_all(context);
    if (context->loop != loop) /* a callback has closed the ctx */
        return;
    if (atomic_exchange(&loop->changed, false) || !(atomic_load(&loop->habit) & HABIT_PATIENT))
        gather(loop);
    count = loop->count;
    loop->fds[count] = (struct pollfd){.fd = atomic_load(&loop->wake), .events = POLLIN};
    if (probe_real.poll(loop->fds, (nfds_t)count + 1, wait_ms(context, loop->due_us, timeout_ms)) <
        0)
        return; /* interrupted; the next turn looks again */
    if (loop->fds[count].revents != 0 &&
        probe_real.read(loop->fds[count].fd, &woken, sizeof woken) < 0)
        return;
    tell_ready(context, count);
    if (context->loop == loop && !(atomic_load(&loop->habit) & HABIT_LATE))
        tell_due(context);
}
