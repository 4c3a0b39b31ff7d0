/* SPDX-License-Identifier: MIT */
/*
 * Signal handlers: what the library and the application install, and the trampolines through which
 * the kernel calls them.
 *
 * Each handler, once seen, has a trampoline of its own for good, and the kernel is given that in
 * its place. So the kernel's table stays the only record of what is installed: a signal that
 * arrives while another thread changes the action runs what the kernel says, and an old action is
 * translated back from the kernel's answer alone. Mask and flags are the kernel's too, except that
 * a trampoline always wants SA_SIGINFO.
 *
 * A handler belongs to whom it was first seen with, so that a library which puts the application's
 * action back, or that of another library, does not become its owner.
 */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>
#include "history/races.h"
#include "history/tsan.h"

enum { TRAMPOLINES = 128 };

/* A handler: its address above what it is and whose. 0: none. Written once. */
enum {
    HANDLER_SIGINFO = 1,
    HANDLER_APPLICATION = 2,
    HANDLER_LIBRARY = 4, /* times enum event_library */
    HANDLER_OWNER = HANDLER_APPLICATION | 3 * HANDLER_LIBRARY,
    HANDLER_SHIFT = 4
};
static _Atomic uint64_t handlers[TRAMPOLINES];

__attribute__((constructor)) static void tell_of_table(void)
{
    RACES_OWN(handlers, sizeof handlers);
}

typedef void handler_with_info(int, siginfo_t *, void *);
typedef void handler_plain(int);

static void run(uint64_t handler, int signal_number, siginfo_t *info, void *context)
{
    uintptr_t function = (uintptr_t)(handler >> HANDLER_SHIFT);

    if (handler & HANDLER_SIGINFO)
        ((handler_with_info *)function)(signal_number, info, context);
    else
        ((handler_plain *)function)(signal_number);
}

static void run_for_application(uint64_t handler, int signal_number, siginfo_t *info, void *context)
{
    enum event_zone before = thread_state.zone;
    uint32_t lent = thread_state.lent;

    if (before == ZONE_APPLICATION) {
        run(handler, signal_number, info, context);
        return;
    }
    /* It may call the library again, which then is not to blame for what it was interrupted with.
     */
    thread_state.lent = thread_self()->held;
    thread_set_zone(ZONE_APPLICATION);
    run(handler, signal_number, info, context);
    thread_set_zone(before);
    thread_state.lent = lent;
}

static enum event_library library_of(uint64_t handler)
{
    return (enum event_library)((handler & HANDLER_OWNER) / HANDLER_LIBRARY);
}

static void run_for_library(uint64_t handler, int signal_number, siginfo_t *info, void *context)
{
    int errno_in = errno;
    int errno_out = 0;
    struct thread *self = thread_self();
    enum event_zone before = self->zone;
    enum event_library library = self->library;
    struct call entry;

    self->depth++;
    self->library = library_of(handler);
    thread_set_zone(ZONE_HANDLER);
    thread_record((struct event){.kind = EVENT_HANDLER_IN,
                                 .subject = signal_number,
                                 .value = info->si_pid,
                                 .result = info->si_code,
                                 .extra = self->depth});
    /* A gate here holds what the kernel has called and has not yet run a line of. */
    call_begin(&entry, CALL_HANDLER, signal_number);
    call_abandon(&entry);
    errno = errno_in;
    run(handler, signal_number, info, context);
    errno_out = errno;
    thread_record((struct event){.kind = EVENT_HANDLER_OUT,
                                 .subject = signal_number,
                                 .value = errno_in,
                                 .extra = errno_out});
    self->depth--;
    self->library = library;
    thread_set_zone(before);
    errno = errno_out;
}

static void trampoline(int number, int signal_number, siginfo_t *info, void *context)
{
    uint64_t handler = atomic_load_explicit(&handlers[number], memory_order_acquire);

    if (handler & HANDLER_APPLICATION)
        run_for_application(handler, signal_number, info, context);
    else
        run_for_library(handler, signal_number, info, context);
}

/* One function for each number: trampoline_0x00 to trampoline_0x7f. */
/* clang-format off */
#define FOR_EACH_16(X, high)                                                                       \
    X(high##0) X(high##1) X(high##2) X(high##3) X(high##4) X(high##5) X(high##6) X(high##7)        \
    X(high##8) X(high##9) X(high##a) X(high##b) X(high##c) X(high##d) X(high##e) X(high##f)
/* clang-format on */
#define FOR_EACH(X)                                                                                \
    FOR_EACH_16(X, 0x0)                                                                            \
    FOR_EACH_16(X, 0x1)                                                                            \
    FOR_EACH_16(X, 0x2)                                                                            \
    FOR_EACH_16(X, 0x3)                                                                            \
    FOR_EACH_16(X, 0x4)                                                                            \
    FOR_EACH_16(X, 0x5)                                                                            \
    FOR_EACH_16(X, 0x6)                                                                            \
    FOR_EACH_16(X, 0x7)
#define X(number)                                                                                  \
    static void trampoline_##number(int signal_number, siginfo_t *info, void *context)             \
    {                                                                                              \
        trampoline(number, signal_number, info, context);                                          \
    }
FOR_EACH(X)
#undef X
#define X(number) trampoline_##number,
static handler_with_info *const trampolines[TRAMPOLINES] = {FOR_EACH(X)};
#undef X

static uintptr_t function_of(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ? (uintptr_t)action->sa_sigaction
                                         : (uintptr_t)action->sa_handler;
}

static bool is_function(uintptr_t function)
{
    return function != (uintptr_t)SIG_DFL && function != (uintptr_t)SIG_IGN &&
           function != (uintptr_t)SIG_ERR;
}

/* The number of the trampoline that the kernel was given, -1 where it is none. */
static int number_of(const struct sigaction *action)
{
    for (int i = 0; i < TRAMPOLINES; i++) {
        if (function_of(action) == (uintptr_t)trampolines[i])
            return i;
    }
    return -1;
}

/* The number of the trampoline for the action's function; -1 where all are in use. */
static int number_for(const struct sigaction *action, uint64_t owner)
{
    uint64_t handler = (uint64_t)function_of(action) << HANDLER_SHIFT;

    if (action->sa_flags & SA_SIGINFO)
        handler |= HANDLER_SIGINFO;
    for (int i = 0; i < TRAMPOLINES; i++) {
        uint64_t known = atomic_load(&handlers[i]);

        if (!known && atomic_compare_exchange_strong(&handlers[i], &known, handler | owner))
            return i;
        if ((known & ~(uint64_t)HANDLER_OWNER) == handler)
            return i;
        if (known >> HANDLER_SHIFT == handler >> HANDLER_SHIFT)
            owner = known & HANDLER_OWNER;
    }
    return -1;
}

/* Whose a handler is that the calling thread installs. */
static uint64_t installer(void)
{
    return thread_state.zone == ZONE_APPLICATION ? HANDLER_APPLICATION
                                                 : (uint64_t)thread_state.library * HANDLER_LIBRARY;
}

static void to_kernel(struct sigaction *action)
{
    int number = -1;

    if (!is_function(function_of(action)))
        return;
    number = number_for(action, installer());
    if (number >= 0) {
        action->sa_sigaction = trampolines[number];
        action->sa_flags |= SA_SIGINFO;
    }
}

static void from_kernel(struct sigaction *action)
{
    int number = number_of(action);
    uint64_t handler = 0;

    if (UNDER_TSAN && !is_function(function_of(action)))
        sigemptyset(&action->sa_mask); /* TSan fills it, and knows only of handlers what it was */
    if (number < 0) {
        /* Older than the probe, so the application's; remembered in case the library restores it.
         */
        if (is_function(function_of(action)))
            number_for(action, HANDLER_APPLICATION);
        return;
    }
    handler = atomic_load(&handlers[number]);
    action->sa_sigaction = (handler_with_info *)(uintptr_t)(handler >> HANDLER_SHIFT);
    if (!(handler & HANDLER_SIGINFO))
        action->sa_flags &= ~SA_SIGINFO;
}

/* What an action in the kernel's form means. */
static enum disposition disposition_of(const struct sigaction *kernel)
{
    int number = number_of(kernel);

    if (function_of(kernel) == (uintptr_t)SIG_DFL)
        return DISPOSITION_DEFAULT;
    if (function_of(kernel) == (uintptr_t)SIG_IGN)
        return DISPOSITION_IGNORED;
    if (number >= 0 && !(atomic_load(&handlers[number]) & HANDLER_APPLICATION))
        return DISPOSITION_LIBRARY;
    return DISPOSITION_APPLICATION;
}

int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old)
{
    struct call call;
    struct sigaction kernel_action, own;
    int64_t disposition = -1;
    int64_t flags = 0;
    bool watched;
    int r = -1;

    if (!probe_is_on())
        return real()->sigaction(signal_number, action, old);
    if (action) {
        kernel_action = *action;
        flags = action->sa_flags;
        to_kernel(&kernel_action);
        disposition = disposition_of(&kernel_action);
    }
    watched = call_begin(&call, CALL_SIGACTION, signal_number);
    if (disposition == DISPOSITION_LIBRARY)
        call.spare = library_of(atomic_load(&handlers[number_of(&kernel_action)]));
    if (watched)
        r = real()->sigaction(signal_number, action ? &kernel_action : NULL, old ? old : &own);
    if (r == 0)
        from_kernel(old ? old : &own);
    call_end(&call, r, disposition, flags);
    return r;
}

/* signal() in each of its meanings, made of sigaction so that the trampoline gets its siginfo. */
static sighandler_t set_handler(int signal_number, sighandler_t handler, int flags,
                                bool mask_itself)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    struct sigaction old;

    sigemptyset(&action.sa_mask);
    if (handler == SIG_ERR) {
        errno = EINVAL;
        return SIG_ERR;
    }
    if (mask_itself && sigaddset(&action.sa_mask, signal_number) < 0)
        return SIG_ERR;
    return sigaction(signal_number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

sighandler_t signal(int signal_number, sighandler_t handler)
{
    if (!probe_is_on())
        return real()->signal(signal_number, handler);
    return set_handler(signal_number, handler, SA_RESTART, true);
}

sighandler_t ssignal(int signal_number, sighandler_t handler)
{
    return signal(signal_number, handler);
}

sighandler_t bsd_signal(int signal_number, sighandler_t handler)
{
    return signal(signal_number, handler);
}

sighandler_t sysv_signal(int signal_number, sighandler_t handler)
{
    if (!probe_is_on())
        return real()->sysv_signal(signal_number, handler);
    return set_handler(signal_number, handler, (int)(SA_RESETHAND | SA_NODEFER), false);
}

/* What `signal` is in a strictly standard compilation. */
sighandler_t __sysv_signal(int signal_number, sighandler_t handler)
{
    return sysv_signal(signal_number, handler);
}

static uint64_t bits_of(const sigset_t *set)
{
    uint64_t bits = 0;

    for (int n = 1; n <= 64; n++) {
        if (sigismember(set, n) == 1)
            bits |= UINT64_C(1) << (n - 1);
    }
    return bits;
}

void probe_disposition(struct probe_disposition *now)
{
    struct sigaction action;
    /* A flag of the kernel's that glibc shows but nobody sets. */
    const int sa_restorer = 0x04000000;

    *now = (struct probe_disposition){.disposition = DISPOSITION_DEFAULT};
    if (real()->sigaction(SIGCHLD, NULL, &action) < 0)
        return;
    now->disposition = disposition_of(&action);
    from_kernel(&action);
    now->flags = action.sa_flags & ~sa_restorer;
    now->mask = bits_of(&action.sa_mask);
    now->function = (void *)function_of(&action);
}

/* How the mask was asked to change; -1 where it was only asked for. */
static void end_mask(struct call *call, int how, const sigset_t *set, int r, int error)
{
    if (call->watched) {
        call_record(call, r, error, set ? how : -1, set ? (int64_t)bits_of(set) : 0);
        call_finish(call);
    }
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call;
    int error = 0;
    int r = -1;

    if (call_begin(&call, CALL_SIGMASK, how))
        r = real()->sigprocmask(how, set, old);
    error = errno;
    end_mask(&call, how, set, r, r < 0 ? error : 0);
    errno = error;
    return r;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call;
    int r = 0;

    if (call_begin(&call, CALL_SIGMASK, how))
        r = real()->pthread_sigmask(how, set, old);
    else
        r = call.failed;
    end_mask(&call, how, set, r, r);
    return r;
}
