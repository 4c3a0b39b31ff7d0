/* SPDX-License-Identifier: MIT */
/*
 * The hooks. They are called with the library's locks held, on any thread, so they take no lock,
 * but that of a guarded application, and stay in the library's zone: leaving it would be put down
 * as a lock held across a callback.
 *
 * What the library keeps for the application is no pointer but a number and a version, and so it
 * can be told whether it hands back what it was given last: each modification changes the version,
 * also one that fails, and a registration that fails leaves something that is to be ignored. An
 * application that is valueless gives nothing, and is to be handed back nothing. It finds what is
 * meant by its fd, or as the only timeout.
 *
 * They live until the ctx is closed. Who calls one then finds no loop behind it, and an entry in
 * the history is all that comes of it.
 */
#include "host/register.h"

#include <stdio.h>
#include <string.h>
#include "host/context.h"
#include "host/guard.h"
#include "host/library.h"
#include "host/output.h"
#include "host/request.h"

enum { PLACE_BITS = 15, VERSION_SHIFT = 40, IGNORED_VERSION = 0xbad };

_Static_assert(1 << PLACE_BITS == REGISTRATIONS, "a number says the place");

static void *token(int number, uint32_t version)
{
    return (void *)((uintptr_t)version << VERSION_SHIFT | (uintptr_t)number);
}

struct registration *registration_numbered(struct loop *loop, int number)
{
    struct registration *registration = &loop->registrations[(number - 1) % REGISTRATIONS];

    return number > 0 && atomic_load(&registration->number) == number &&
                   atomic_load(&registration->state) >= REGISTRATION_FD
               ? registration
               : NULL;
}

/* Of what a valueless application was asked to register: the fd's, or, with 0, the timeout's. */
static int number_without_value(const struct loop *loop, int fd)
{
    for (int i = 0; i < atomic_load(&loop->high); i++) {
        const struct registration *registration = &loop->registrations[i];
        int state = atomic_load(&registration->state);

        if (atomic_load(&registration->version) == 0 &&
            (fd > 0 ? state == REGISTRATION_FD && atomic_load(&registration->fd) == fd
                    : state == REGISTRATION_TIMEOUT))
            return atomic_load(&registration->number);
    }
    return 0;
}

/* The number in what the library handed back for an fd, or, with 0, for a timeout; 0 where it never
 * was one. *old: it is, but of a version that has been replaced. */
static int number_in(struct loop *loop, int fd, const void *for_application, bool *old)
{
    uintptr_t value = (uintptr_t)for_application;
    uintptr_t number = value & (((uintptr_t)1 << VERSION_SHIFT) - 1);
    struct registration *registration;

    *old = false;
    if (value == 0)
        return number_without_value(loop, fd);
    if (number == 0 || number > INT32_MAX ||
        (int)((number - 1) % REGISTRATIONS) >= atomic_load(&loop->high))
        return 0;
    registration = &loop->registrations[(number - 1) % REGISTRATIONS];
    if ((uintptr_t)atomic_load(&registration->number) < number)
        return 0;
    *old = (uintptr_t)atomic_load(&registration->number) == number &&
           atomic_load(&registration->version) != value >> VERSION_SHIFT;
    return (int)number;
}

static struct registration *take_place(struct loop *loop)
{
    for (int i = atomic_load(&loop->lowest_free); i < REGISTRATIONS; i++) {
        struct registration *registration = &loop->registrations[i];
        int is_free = REGISTRATION_FREE, number, high = atomic_load(&loop->high);

        if (!atomic_compare_exchange_strong(&registration->state, &is_free, REGISTRATION_NEW))
            continue;
        while (high <= i && !atomic_compare_exchange_weak(&loop->high, &high, i + 1))
            ;
        atomic_store(&loop->lowest_free, i + 1);
        number = atomic_load(&registration->number);
        atomic_store(&registration->number, number == 0 ? i + 1 : number + REGISTRATIONS);
        atomic_store(&registration->version, 1);
        atomic_store(&registration->queued, false);
        return registration;
    }
    return NULL;
}

void registration_free(struct loop *loop, struct registration *registration)
{
    int place = (int)(registration - loop->registrations);
    int lowest = atomic_load(&loop->lowest_free);

    atomic_store(&registration->state, REGISTRATION_FREE);
    while (place < lowest && !atomic_compare_exchange_weak(&loop->lowest_free, &lowest, place))
        ;
}

/* What the hook is to fail with; 0: it succeeds. */
static int refused(struct loop *loop, enum event_hook hook)
{
    struct loop_rule *rule = &loop->rules[hook];
    uint32_t seen, times;

    if (!atomic_load(&rule->armed))
        return 0;
    seen = atomic_fetch_add(&rule->seen, 1);
    times = atomic_load(&rule->times);
    if (seen < atomic_load(&rule->skip) || (times > 0 && seen >= atomic_load(&rule->skip) + times))
        return 0;
    return atomic_load(&rule->value);
}

static void note(const struct context *context, enum event_hook hook, int fd, int number,
                 int64_t wanted, int result, bool odd)
{
    output_event(&(struct event){.kind = EVENT_HOOK,
                                 .what = (uint8_t)hook,
                                 .ctx = (int16_t)context->index,
                                 .subject = fd,
                                 .value = number,
                                 .extra = wanted,
                                 .result = result,
                                 .spare = odd});
}

/* The ctx is closed, and its hooks are gone; loop: NULL then. */
static bool is_too_late(const struct context *context, const struct loop *loop,
                        enum event_hook hook, int fd, int64_t wanted)
{
    if (loop == NULL)
        note(context, hook, fd, 0, wanted, 0, false);
    return loop == NULL;
}

/* What nobody may do within a hook: to tell of an fd, or to close the ctx. The library has to
 * refuse it. A timeout is not told of, as to tell is to end it. */
static void reenter(struct context *context, int fd, int number, short events, void *for_library)
{
    if (!(atomic_load(&context->loop->habit) & HABIT_REENTRANT))
        return;
    if (fd > 0)
        library_occurred_fd(context, number, for_library, fd, events, events);
    library_close(context);
}

/* Both registrations: events or due_us, the other 0. */
static int enter_one(struct context *context, enum event_hook hook, int fd, void **for_application,
                     int64_t wanted, void *for_library)
{
    struct loop *loop = context->loop;
    bool had_value = *for_application != NULL;
    struct registration *registration;
    int refusal, number;

    if (is_too_late(context, loop, hook, fd, wanted))
        return RC_HOOK_FAILED;
    refusal = refused(loop, hook);
    registration = refusal == 0 ? take_place(loop) : NULL;
    number = registration != NULL ? atomic_load(&registration->number) : 0;
    if (registration == NULL && refusal == 0)
        refusal = RC_HOOK_FAILED;
    note(context, hook, fd, number, wanted, refusal, had_value);
    if (refusal != 0) {
        *for_application = token(1, IGNORED_VERSION);
        return refusal;
    }
    atomic_store(&registration->fd, fd);
    atomic_store(&registration->for_library, for_library);
    atomic_store(&registration->events, hook == HOOK_FD_REGISTER ? (int)wanted : 0);
    atomic_store(&registration->due_us, wanted);
    if (atomic_load(&loop->habit) & HABIT_VALUELESS)
        atomic_store(&registration->version, 0);
    else
        *for_application = token(number, 1);
    atomic_store(&registration->state,
                 hook == HOOK_FD_REGISTER ? REGISTRATION_FD : REGISTRATION_TIMEOUT);
    reenter(context, fd, number, (short)wanted, for_library);
    loop_changed(context);
    return 0;
}

static int on_fd_register(void *user, int fd, void **for_application, short events,
                          void *for_library)
{
    const struct context *context = user;
    bool guarded = guard_enter();
    int result = enter_one(user, HOOK_FD_REGISTER, fd, for_application, events, for_library);
    char key[KEPT_KEY];

    snprintf(key, sizeof key, "%s:hook", context->name);
    request_do_kept_for(key);
    guard_leave(guarded);
    return result;
}

static int on_timeout_register(void *user, void **for_application, int64_t due_us,
                               void *for_library)
{
    bool guarded = guard_enter();
    int result = enter_one(user, HOOK_TIMEOUT_REGISTER, 0, for_application, due_us, for_library);

    guard_leave(guarded);
    return result;
}

/* Both modifications. A timeout that is already on its way to the library is left alone. */
static int change_one(struct context *context, enum event_hook hook, int fd, void **for_application,
                      int64_t wanted)
{
    struct loop *loop = context->loop;
    struct registration *registration;
    int number, refusal;
    bool old;

    if (is_too_late(context, loop, hook, fd, wanted))
        return RC_HOOK_FAILED;
    number = number_in(loop, fd, *for_application, &old);
    refusal = refused(loop, hook);
    registration = registration_numbered(loop, number);
    note(context, hook, fd, number, wanted, refusal, old);
    if (registration == NULL)
        return refusal;
    if (refusal == 0 && hook == HOOK_FD_MODIFY)
        atomic_store(&registration->events, (int)wanted);
    else if (refusal == 0)
        atomic_store(&registration->due_us, wanted);
    if (!(atomic_load(&loop->habit) & HABIT_VALUELESS))
        *for_application = token(number, atomic_fetch_add(&registration->version, 1) + 1);
    loop_changed(context);
    return refusal;
}

static int on_fd_modify(void *user, int fd, void **for_application, short events)
{
    bool guarded = guard_enter();
    int result = change_one(user, HOOK_FD_MODIFY, fd, for_application, events);

    guard_leave(guarded);
    return result;
}

static int on_timeout_modify(void *user, void **for_application, int64_t due_us)
{
    bool guarded = guard_enter();
    int result = change_one(user, HOOK_TIMEOUT_MODIFY, 0, for_application, due_us);

    guard_leave(guarded);
    return result;
}

/* Both deregistrations. An fd is remembered, for a late word of it. */
static void leave_one(struct context *context, enum event_hook hook, int fd,
                      const void *for_application)
{
    struct loop *loop = context->loop;
    struct registration *registration;
    int number;
    bool old;

    if (is_too_late(context, loop, hook, fd, 0))
        return;
    number = number_in(loop, fd, for_application, &old);
    registration = registration_numbered(loop, number);
    note(context, hook, fd, number, 0, 0, old);
    if (registration == NULL)
        return;
    if (hook == HOOK_FD_DEREGISTER) {
        uint32_t place = atomic_fetch_add(&loop->gone_count, 1);
        struct departed *departed = &loop->gone[place % LOOP_GONE];

        atomic_store(&departed->serial, 0);
        atomic_store(&departed->number, number);
        atomic_store(&departed->fd, fd);
        atomic_store(&departed->events, atomic_load(&registration->events));
        atomic_store(&departed->for_library, atomic_load(&registration->for_library));
        atomic_store(&departed->serial, place + 1);
    }
    registration_free(loop, registration);
    loop_changed(context);
}

static void on_fd_deregister(void *user, int fd, void *for_application)
{
    bool guarded = guard_enter();

    leave_one(user, HOOK_FD_DEREGISTER, fd, for_application);
    guard_leave(guarded);
}

static void on_timeout_deregister(void *user, void *for_application)
{
    bool guarded = guard_enter();

    leave_one(user, HOOK_TIMEOUT_DEREGISTER, 0, for_application);
    guard_leave(guarded);
}

const struct rc_os_hooks loop_hooks = {
    .fd_register = on_fd_register,
    .fd_modify = on_fd_modify,
    .fd_deregister = on_fd_deregister,
    .timeout_register = on_timeout_register,
    .timeout_modify = on_timeout_modify,
    .timeout_deregister = on_timeout_deregister,
};
