/* SPDX-License-Identifier: MIT */
/*
 * The handler is there if and only if somebody needs it (libxl shape).
 *
 * A ctx needs it in modes always and selective from setmode on, in mode library while it has a
 * child that was not reaped, which an operation or an enabling may have at any time. It is looked
 * at whenever the runner read the disposition; where it is not certain who needs it (a call is
 * under way, or was when the host was asked; a child may or may not have been reaped), nothing is
 * said, and once the application has replaced the handler, nothing any more. The turn in which the
 * last child was reported may take the handler away when it has reported: a host without a probe
 * does not tell of turns, so there the next rest is awaited. A forked copy of the host that goes on
 * is a process of its own from its postfork on, which takes all users away.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <signal.h>
#include <stdio.h>
#include "history/calls.h"

enum need { NOT_NEEDED, NEEDED, NEED_UNSURE };

/* Mode library: a child that certainly is unreaped, or that may be. */
static enum need need_for_children(const struct facts *facts, int ctx, size_t i)
{
    enum need need = things_may_have_children(facts->things, ctx, i) ? NEED_UNSURE : NOT_NEEDED;
    size_t n;

    for (n = 0; n < facts->care_count; n++) {
        const struct care *care = &facts->cares[n];
        const struct life *life = &facts->lives[care->life];

        if (care->ctx != ctx || care->from > i)
            continue;
        if (life->doubtful)
            return NEED_UNSURE;
        if (care->report < i)
            continue;
        if (care->at > i || care->forgotten < i || life->exited < i || life->waited < i ||
            life->collected < i || care->told < i)
            need = NEED_UNSURE;
        else if (need == NOT_NEEDED)
            need = NEEDED;
    }
    return need;
}

static enum need need_of(const struct facts *facts, const struct ctx_fact *ctx, size_t i)
{
    switch (facts_owner(facts, ctx, i)) {
    case OWNER_CLOSED:
    case RC_OWNER_MAINLOOP:
        return NOT_NEEDED;
    case RC_OWNER_ALWAYS:
    case RC_OWNER_SELECTIVE:
        return NEEDED;
    case RC_OWNER_LIBRARY:
        return need_for_children(facts, ctx->ctx, i);
    default:
        return NEED_UNSURE;
    }
}

/* The ctx that needs the handler, or NULL; *need is what all ctxs together need. */
static const struct ctx_fact *who_needs(const struct facts *facts, int process, size_t i,
                                        enum need *need)
{
    const struct ctx_fact *found = NULL;
    size_t n;

    *need = NOT_NEEDED;
    for (n = 0; n < facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &facts->ctxs[n];
        enum need one;

        if (!ctx->process || ctx->process != process)
            continue;
        one = need_of(facts, ctx, i);
        if (one == NEEDED && *need != NEED_UNSURE) {
            *need = NEEDED;
            found = ctx;
        } else if (one == NEED_UNSURE) {
            *need = NEED_UNSURE;
        }
    }
    return found;
}

static void judge_absent(struct trial *trial, const struct ctx_fact *ctx, bool seen, size_t i)
{
    const struct facts *facts = trial->facts;
    const char *requirement = "FK-09";
    size_t closed = NEVER, changed = NEVER, n;
    char who[WHO_SIZE];

    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process == ctx->process && facts->ctxs[n].closed < i &&
            facts->ctxs[n].closed > ctx->opened)
            closed = facts->ctxs[n].closed;
    if (ctx->change_count && ctx->changes[ctx->change_count - 1].left < i)
        changed = ctx->changes[ctx->change_count - 1].left;
    if (closed != NEVER)
        requirement = "FK-16";
    else if (changed != NEVER && !seen)
        requirement = "FK-07";
    who_ctx(trial, ctx->ctx, who);
    prove(charge(trial, requirement, "absent", who,
                 "needs the SIGCHLD handler, but it was not there%s",
                 closed != NEVER ? " after another ctx was closed" : ""),
          ctx->opened, changed, closed, i);
}

static void judge_present(struct trial *trial, int process, size_t i)
{
    const struct facts *facts = trial->facts;
    bool library = false, mainloop_only = true;
    size_t changed = NEVER, n;

    for (n = 0; n < facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &facts->ctxs[n];
        int owner = ctx->process == process ? facts_owner(facts, ctx, i) : OWNER_CLOSED;
        if (owner == OWNER_CLOSED)
            continue;
        library = library || owner == RC_OWNER_LIBRARY;
        mainloop_only = mainloop_only && owner == RC_OWNER_MAINLOOP;
        if (ctx->change_count > 1 && ctx->changes[ctx->change_count - 1].left < i)
            changed = ctx->changes[ctx->change_count - 1].left;
    }
    if (changed != NEVER)
        prove(charge(trial, "FK-07", "present", "the SIGCHLD handler",
                     "stayed after the owner mode was changed to one that does not need it"),
              changed, i);
    else if (mainloop_only)
        prove(charge(trial, "FK-11", "present", "the library's SIGCHLD handler",
                     "was there, while the main loop owns SIGCHLD"),
              i);
    else
        prove(charge(trial, library ? "FK-10" : "FK-09", "present", "the library's SIGCHLD handler",
                     "was there, though no ctx had a child that was not reaped"),
              i);
}

/* What is wrong with how the handler was installed; each is said once. */
enum { NO_RESTART = 1, STOPS_WAKE = 2, WITH_SIGINFO = 4, WITH_MASK = 8 };

static void judge_flags(struct trial *trial, int64_t flags, unsigned *said, size_t i)
{
    static const char who[] = "the library's SIGCHLD handler";
    unsigned wrong = (flags & SA_RESTART ? 0 : NO_RESTART) |
                     (flags & SA_NOCLDSTOP ? 0 : STOPS_WAKE) |
                     (flags & SA_SIGINFO ? WITH_SIGINFO : 0);

    wrong &= ~*said;
    *said |= wrong;
    if (wrong & NO_RESTART)
        prove(charge(trial, "FK-17", "no restart", who, "was installed without SA_RESTART"), i);
    if (wrong & STOPS_WAKE)
        prove(charge(trial, "FK-17", "stops", who, "was installed without SA_NOCLDSTOP"), i);
    if (wrong & WITH_SIGINFO)
        prove(charge(trial, "FK-17", "siginfo", who, "was installed with SA_SIGINFO"), i);
}

static void judge_mask(struct trial *trial, uint64_t mask, unsigned *said, size_t i)
{
    if (mask == 0 || (*said & WITH_MASK))
        return;
    *said |= WITH_MASK;
    prove(charge(trial, "FK-17", "mask", "the library's SIGCHLD handler",
                 "was installed with a mask that is not empty (0x%llx)", (unsigned long long)mask),
          i);
}

/* The library installs its handler; it may be gone again before anybody looks. */
static bool installs(const struct event *event)
{
    return event->kind == EVENT_CALL && event->what == CALL_SIGACTION &&
           event->subject == SIGCHLD && event->value == DISPOSITION_LIBRARY && event->error == 0;
}

static bool any_open(const struct facts *facts, int process, size_t i)
{
    size_t n;

    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process == process &&
            facts_owner(facts, &facts->ctxs[n], i) != OWNER_CLOSED)
            return true;
    return false;
}

/* The library has been told, and has seen, that this process is a forked copy. */
static bool is_postfork(const struct event *event)
{
    return event->kind == EVENT_LEAVE && event->what == OP_POSTFORK && event->result == 0 &&
           event->error == 0;
}

/* The runner's look at the host may stand without a pid. */
static int process_of(const struct facts *facts, const struct event *event)
{
    return event->kind == EVENT_DISPOSITION ? facts_process(facts, event) : event->pid;
}

/* The process from event `from` on. */
static void judge_process(struct trial *trial, int process, size_t from, unsigned *said)
{
    const struct history *history = trial->history;
    bool seen = false, turning = false; /* turning: in a turn that is not on record */
    unsigned under_way = 0;
    size_t i;

    for (i = from; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        const struct ctx_fact *ctx;
        enum need need;
        bool certain;

        if (event->kind == EVENT_QUIET && event->result == 0)
            turning = false;
        if (process_of(trial->facts, event) != process)
            continue;
        if (i > from && is_postfork(event)) /* begins anew */
            return;
        if (event->kind == EVENT_ENTER)
            under_way++;
        else if (event->kind == EVENT_LEAVE)
            under_way -= under_way > 0;
        else if (event->kind == EVENT_REPORT || event->kind == EVENT_LOST)
            turning = turning || under_way == 0;
        else if (event->kind == EVENT_GOT && event->extra == RC_EVENT_COMPLETE &&
                 event->what != WAY_CALLBACK) /* queued in whatever turn, maybe under way still */
            turning = true;
        else if (installs(event))
            judge_flags(trial, event->extra, said, i);
        if ((event->kind != EVENT_ACTION || event->subject != SIGCHLD) &&
            event->kind != EVENT_DISPOSITION)
            continue;
        ctx = who_needs(trial->facts, process, i, &need);
        if (event->kind == EVENT_ACTION) {
            if (need != NOT_NEEDED)
                return;
            continue;
        }
        if (event->value == DISPOSITION_LIBRARY) {
            judge_flags(trial, event->extra, said, i);
            judge_mask(trial, (uint64_t)event->result, said, i);
        }
        certain = under_way == 0 && facts_look_stands(trial->facts, process, i);
        if (certain && need == NEEDED && event->value != DISPOSITION_LIBRARY)
            judge_absent(trial, ctx, seen, i);
        else if (certain && !turning && need == NOT_NEEDED && event->value == DISPOSITION_LIBRARY &&
                 any_open(trial->facts, process, i))
            judge_present(trial, process, i);
        seen = seen || event->value == DISPOSITION_LIBRARY;
    }
}

void judge_handler_needed(const struct history *history, const struct subject *subject,
                          struct findings *findings)
{
    struct trial trial;
    unsigned said = 0;
    size_t i;

    if (!is_libxl_shaped(subject) ||
        !trial_open(&trial, history, subject, findings, "handler needed"))
        return;
    judge_process(&trial, trial.facts->host, 0, &said);
    for (i = 0; i < history_count(history); i++)
        if (is_postfork(history_event(history, i)) &&
            history_event(history, i)->pid != trial.facts->host)
            judge_process(&trial, history_event(history, i)->pid, i, &said);
    trial_close(&trial);
}
