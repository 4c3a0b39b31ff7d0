/* SPDX-License-Identifier: MIT */
/*
 * Rules: what the runner has asked to be done to certain calls.
 *
 * The runner may arm and disarm rules while threads run and while they wait at a gate, so each
 * step looks at the page anew. How often a rule applies is settled by one counter, whichever
 * threads and processes meet it: `hits` never exceeds `times`.
 *
 * A gate is passed by the one thread that turns its `go` from 1 to 0.
 */
#include "probe/real.h"
#include "probe/call.h"

#include <errno.h>
#include <linux/futex.h>
#include "history/tsan.h"

static bool zone_fits(uint32_t wanted)
{
    switch (wanted) {
    case RULE_IN_HANDLER:
        return thread_state.zone == ZONE_HANDLER;
    case RULE_IN_CALL:
        return thread_state.zone == ZONE_LIBRARY;
    default:
        return thread_state.zone != ZONE_APPLICATION;
    }
}

static bool may_apply(const struct control_rule *rule, enum libc_call what)
{
    return atomic_load_explicit(&rule->armed, memory_order_acquire) && rule->call == what;
}

/* True where the rule is of this kind and applies to this call; that is then counted. */
static bool applies(struct control_rule *rule, uint32_t kind, enum libc_call what)
{
    uint32_t hits = 0;

    if (!may_apply(rule, what) || rule->kind != kind || !zone_fits(rule->zone))
        return false;
    if (rule->tid && rule->tid != thread_self()->tid)
        return false;
    if (atomic_fetch_add(&rule->seen, 1) < rule->skip)
        return false;
    hits = atomic_load(&rule->hits);
    do {
        if (rule->times && hits >= rule->times)
            return false;
    } while (!atomic_compare_exchange_weak(&rule->hits, &hits, hits + 1));
    if (rule->times && hits + 1 == rule->times)
        atomic_store(&rule->armed, 0);
    return true;
}

static void wait_at_gate(struct control_rule *gate, int number, enum libc_call what)
{
    uint64_t one = 1;
    uint32_t go = 1;
    ssize_t r = 0;

    thread_record((struct event){.kind = EVENT_HELD, .what = (uint8_t)what, .value = number});
    atomic_store(&gate->holds, thread_self()->tid);
    /* Its counter cannot overflow, so this cannot block; and a host without it is only unheard. */
    r = real()->write(probe.notify_fd, &one, sizeof one);
    (void)r;
    while (!atomic_compare_exchange_strong(&gate->go, &go, 0)) {
        /* Not FUTEX_PRIVATE: the runner is another process. Signals are handled meanwhile. */
        if (UNDER_TSAN)
            real()->poll(NULL, 0, TSAN_NAP_MS);
        else
            real()->syscall(SYS_futex, &gate->go, FUTEX_WAIT, go, NULL, NULL, 0);
        go = 1;
    }
    atomic_store(&gate->holds, 0);
    thread_record((struct event){.kind = EVENT_FREED, .what = (uint8_t)what, .value = number});
}

static void pass_gates(uint32_t kind, enum libc_call what)
{
    for (int i = 0; i < CONTROL_RULES; i++) {
        struct control_rule *rule = &probe.control->rule[i];

        if (applies(rule, kind, what))
            wait_at_gate(rule, i, what);
    }
}

int rule_before(enum libc_call what, bool *cut)
{
    struct control_rule *rules = probe.control->rule;
    bool any = false;
    int error = 0;

    *cut = false;
    for (int i = 0; i < CONTROL_RULES && !any; i++)
        any = may_apply(&rules[i], what);
    if (!any)
        return 0;
    for (int i = 0; i < CONTROL_RULES; i++) {
        if (applies(&rules[i], RULE_RAISE, what))
            real()->syscall(SYS_tgkill, getpid(), thread_self()->tid, rules[i].error);
    }
    pass_gates(RULE_GATE_BEFORE, what);
    for (int i = 0; i < CONTROL_RULES && !error; i++) {
        if (applies(&rules[i], RULE_FAULT, what))
            error = rules[i].error;
    }
    for (int i = 0; i < CONTROL_RULES && !error; i++) {
        if (applies(&rules[i], RULE_SHORT, what))
            *cut = true;
    }
    return error;
}

void rule_after(enum libc_call what)
{
    int error = errno;

    pass_gates(RULE_GATE_AFTER, what);
    errno = error;
}
