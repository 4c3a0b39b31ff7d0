/* SPDX-License-Identifier: MIT */
/*
 * Exactly once: each child in a ctx's care that ended is reported one time, to that ctx.
 *
 * Too much is seen at once. Too little is certain only at a moment when nothing was left to
 * happen while the ctx was still open (facts_rest), and never in a run that crashed or hung: the
 * reports may have been on their way.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "history/calls.h"

enum { CAUSES_SOUGHT = 3 }; /* of so many missed exits of a ctx */

static bool same_thread(const struct event *a, const struct event *b)
{
    return a->pid == b->pid && a->tid == b->tid;
}

/* b began after a had ended: they are of one thread, or a step or a rest lies between them. */
static bool surely_after(const struct history *history, size_t a, size_t b)
{
    size_t i;

    if (same_thread(history_event(history, a), history_event(history, b)))
        return true;
    for (i = a + 1; i < b; i++)
        if (history_event(history, i)->kind == EVENT_STEP ||
            history_event(history, i)->kind == EVENT_QUIET)
            return true;
    return false;
}

static struct care *care_by(const struct facts *facts, const struct life *life, int ctx, size_t i)
{
    struct care *found = NULL;
    int n;

    for (n = life->care; n >= 0; n = facts->cares[n].next)
        if (facts->cares[n].ctx == ctx && facts->cares[n].from <= i)
            found = &facts->cares[n];
    return found;
}

/*
 * The report came first, and then the wait call that took the child, as it did on one thread: so
 * the operation was over for the application while the library still had the child. What a wait
 * call brings is recorded before the library learns of it.
 */
static void judge_early(struct trial *trial, const struct life *life, size_t i)
{
    char who[WHO_SIZE];

    if (life->collected == NEVER || life->collected < i ||
        !same_thread(history_event(trial->history, i),
                     history_event(trial->history, life->collected)))
        return;
    prove(charge(trial, for_shape(trial->subject, "FK-58"), "early",
                 who_child(trial, life, history_event(trial->history, i)->ctx, who),
                 "was reported before the library had reaped it"),
          life->exited, i, life->collected);
}

static void judge_report(struct trial *trial, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const struct life *life = facts_life(facts, event->subject, i);
    const char *ctx_name = history_ctx_name(trial->history, event->ctx);
    const struct ctx_fact *ctx = NULL;
    const struct care *care;
    char who[WHO_SIZE];

    if (!life || life->doubtful)
        return;
    care = care_by(facts, life, event->ctx, i);
    if (!care) {
        int owner = life->care >= 0 ? facts->cares[life->care].ctx : -1;
        prove(charge(trial, "XC-01", "wrong ctx", who_child(trial, life, owner, who),
                     "was reported to %s, which has nothing to do with it", ctx_name),
              life->at, i);
        return;
    }
    if (care->report != i) {
        who_child(trial, life, event->ctx, who);
        prove(charge(trial, for_shape(trial->subject, "FK-57"), "twice", who,
                     "was reported more than once"),
              care->at, life->exited, care->report, i);
    } else if (care->forgotten != NEVER && care->forgotten < i &&
               surely_after(trial->history, care->forgotten, i))
        prove(charge(trial, "XC-01", "forgotten", who_child(trial, life, event->ctx, who),
                     "was reported although the application had dropped its watch"),
              care->at, care->forgotten, i);
    if (event->kind == EVENT_REPORT && care->told == NEVER)
        judge_early(trial, life, i);
    if ((size_t)event->ctx < facts->ctx_count)
        ctx = &facts->ctxs[event->ctx];
    if (ctx && ctx->closed != NEVER && ctx->closed < i && ctx->process == event->pid &&
        surely_after(trial->history, ctx->closed, i))
        prove(charge(trial, "XC-14", "closed", who_child(trial, life, event->ctx, who),
                     "was reported after %s was closed", ctx_name),
              care->at, ctx->closed, i);
}

/*
 * A callback is told that there is no such child to forget, and then hears of it after all, on the
 * same thread: it was on its way, and could not be stopped any more.
 */
static void judge_forget(struct trial *trial, const struct thread *thread, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const struct life *life = facts_life(facts, event->subject, i);
    const struct care *care = life ? care_by(facts, life, event->ctx, i) : NULL;
    char who[WHO_SIZE];

    if (event->error != ESRCH || !thread || thread->ops < 2 || !care || life->doubtful ||
        care->report == NEVER || care->report < i ||
        !same_thread(event, history_event(trial->history, care->report)))
        return;
    prove(charge(trial, "XC-12", "not to be forgotten", who_child(trial, life, event->ctx, who),
                 "was reported after a callback that dropped its watch had been told that there is "
                 "none"),
          care->at, life->exited, i, care->report);
}

/* The ctx was in this mode at some time in from..to. */
static bool was_in_mode(const struct facts *facts, const struct ctx_fact *ctx, int owner,
                        size_t from, size_t to)
{
    size_t i;

    if (from < ctx->opened)
        from = ctx->opened;
    if (from > to || (ctx->closed != NEVER && ctx->closed < from))
        return false;
    if (facts_owner(facts, ctx, from) == owner)
        return true;
    for (i = 0; i < ctx->change_count; i++)
        if (ctx->changes[i].owner == owner && ctx->changes[i].left >= from &&
            ctx->changes[i].entered <= to)
            return true;
    return false;
}

/* The ctx had a child at some time in from..to, and was in this mode when that child came: it may
 * not be changed as long as there is one. */
static bool had_child_in_mode(const struct facts *facts, const struct ctx_fact *ctx, int owner,
                              size_t from, size_t to)
{
    size_t i;

    for (i = 0; i < facts->care_count; i++) {
        const struct care *care = &facts->cares[i];

        if (care->ctx == ctx->ctx && care->from < to &&
            (care->report == NEVER || care->report > from) &&
            facts_owner(facts, ctx, care->from) == owner)
            return true;
    }
    return false;
}

/*
 * Another ctx that reaps every child may have taken this exit: then the rule that forbids the
 * application to have both is charged, and implementations may disclaim it.
 */
static const char *broken_rule(const struct trial *trial, const struct care *care, size_t rest)
{
    const struct facts *facts = trial->facts;
    const struct ctx_fact *own = &facts->ctxs[care->ctx];
    bool selective = facts_owner(facts, own, care->at) == RC_OWNER_SELECTIVE;
    size_t i;

    for (i = 0; i < facts->ctx_count; i++) {
        const struct ctx_fact *other = &facts->ctxs[i];
        if (other == own || other->process != own->process)
            continue;
        if (was_in_mode(facts, other, RC_OWNER_ALWAYS, care->from, rest))
            return selective ? "FK-46" : "FK-42";
        if (had_child_in_mode(facts, other, RC_OWNER_LIBRARY, care->from, rest))
            return selective ? "FK-46" : "FK-30";
    }
    return NULL;
}

/* The application blocked SIGCHLD in a thread: a step did so, or the host started with it. */
static bool application_blocks(const struct trial *trial, size_t rest)
{
    bool started = false;
    size_t i;

    for (i = 0; i < rest; i++) {
        const struct event *event = history_event(trial->history, i);
        const char *text;

        switch (event->kind) {
        case EVENT_ENTER:
            started = true;
            break;
        case EVENT_MASK:
            if (!started && (event->value & (1ll << (SIGCHLD - 1))))
                return true;
            break;
        case EVENT_STEP: /* perhaps of a block: "t1: block SIGCHLD on t1" */
            text = history_text(trial->history, event);
            text += strspn(text, " ");
            if ((strncmp(text, "block ", 6) == 0 || strstr(text, ": block ")) &&
                strstr(text, " SIGCHLD"))
                return true;
            break;
        default:
            break;
        }
    }
    return false;
}

/*
 * The application set a disposition of its own, or kept SIGCHLD from every thread. A library that
 * leaves SIGCHLD blocked withholds it from itself.
 */
static const char *signal_withheld(const struct trial *trial, const struct ctx_fact *ctx,
                                   size_t rest)
{
    bool blocked = false, open = false;
    size_t i;

    for (i = ctx->opening; i < rest; i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_ACTION && event->subject == SIGCHLD && event->pid == ctx->process)
            return "FK-15";
    }
    /* The masks of all lanes, as they were looked at last. */
    for (i = rest; i-- > 0;) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_MASK) {
            bool has = event->value & (1ll << (SIGCHLD - 1));
            blocked = blocked || has;
            open = open || !has;
        } else if (blocked || open) {
            if (event->kind == EVENT_DISPOSITION || event->kind == EVENT_STEP)
                break;
        }
    }
    return blocked && !open && application_blocks(trial, rest) ? "FK-19" : NULL;
}

/* In mode mainloop the library learns of an exit from the application alone. */
static bool was_told(const struct trial *trial, const struct care *care, const struct life *life,
                     size_t rest)
{
    size_t i;

    if (care->told != NEVER)
        return care->told < rest;
    for (i = life->exited; i < rest; i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_ENTER && event->what == OP_TOLD_SIGCHLD &&
            event->ctx == care->ctx) {
            for (i++; i < rest; i++) {
                const struct event *leave = history_event(trial->history, i);
                if (leave->kind != EVENT_LEAVE || leave->what != OP_TOLD_SIGCHLD ||
                    leave->ctx != care->ctx || !same_thread(event, leave))
                    continue;
                if (leave->result == 0)
                    return true;
                break; /* refused: it may be told again */
            }
        }
    }
    return false;
}

static bool had_disaster(const struct trial *trial, int ctx, size_t from)
{
    size_t i;

    for (i = from; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_DISASTER && event->ctx == ctx)
            return true;
    }
    return false;
}

static bool makes_channel(enum libc_call call)
{
    return call == CALL_PIPE || call == CALL_EVENTFD || call == CALL_SOCKETPAIR ||
           call == CALL_SIGNALFD || call == CALL_EPOLL_CREATE;
}

/* Did event i fall into a call on the ctx that said afterwards that all was well? */
static bool goes_on_after(const struct trial *trial, size_t i, int ctx)
{
    const int tid = history_event(trial->history, i)->tid;

    for (; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);

        if (event->kind == EVENT_LEAVE && event->tid == tid)
            return event->ctx == ctx && event->error == 0;
    }
    return false;
}

/* What is worked out once for each ctx. */
struct watch {
    size_t rest;          /* by then all that was due had happened; NEVER: not known */
    const char *withheld; /* the rule by which the application kept SIGCHLD from it, or NULL */
    bool looked;          /* whether that is known yet */
    unsigned causes;      /* exits whose cause was looked for */
};

/* What else the history proves about why the exit was missed. */
static void judge_cause(struct trial *trial, const struct care *care, const struct life *life,
                        size_t rest)
{
    const struct facts *facts = trial->facts;
    size_t handler = NEVER, other = NEVER, interrupted = NEVER, channel = NEVER, i;
    char who[WHO_SIZE];

    for (i = 0; i < rest; i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_FAULT && event->error == EINTR &&
            (event->what == CALL_WAITPID || event->what == CALL_WAITID) && i > care->from)
            interrupted = i;
        if (event->kind == EVENT_FAULT && i < care->at && makes_channel(event->what) &&
            (i > care->from || goes_on_after(trial, i, care->ctx)))
            channel = i;
        if (i < life->exited)
            continue;
        if (event->kind == EVENT_HANDLER_IN && event->subject == SIGCHLD &&
            event->pid == life->process && handler == NEVER)
            handler = i;
        if (event->kind == EVENT_REPORT && event->ctx != care->ctx && handler != NEVER)
            other = i;
    }
    who_child(trial, life, care->ctx, who);
    if (interrupted != NEVER)
        prove(charge(trial, for_shape(trial->subject, "FK-60"), "interrupted", who,
                     "was never reported after a wait call had been interrupted (EINTR)"),
              interrupted, life->exited, rest);
    if (channel != NEVER)
        prove(charge(trial, for_shape(trial->subject, "FK-63"), "no channel", who,
                     "was started although there was no wake-up channel to be had, and was never "
                     "reported"),
              channel, care->at, life->exited, rest);
    /* The handler ran after the exit and another ctx heard of an exit, this one did not. */
    if (handler != NEVER && other != NEVER &&
        facts_owner(facts, &facts->ctxs[care->ctx], handler) >= 0)
        prove(charge(trial, for_shape(trial->subject, "FK-21"), "not woken", who,
                     "was never reported although the handler ran and %s heard of an exit",
                     history_ctx_name(trial->history, history_event(trial->history, other)->ctx)),
              life->exited, handler, other, rest);
}

/* How the application broke the rule, in words that need no catalogue of one library's rules. */
static const char *deed(const char *rule)
{
    static const struct {
        const char *rule, *deed;
    } deeds[] = {
        {"FK-15", "took the disposition of SIGCHLD for itself"},
        {"FK-19", "blocked SIGCHLD in every thread"},
        {"FK-30", "let two ctxs reap every child at one time"},
        {"FK-42", "let another ctx reap every child"},
        {"FK-46", "let another ctx reap every child"},
    };

    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (strcmp(deeds[i].rule, rule) == 0)
            return deeds[i].deed;
    return "broke a rule";
}

static void judge_missing(struct trial *trial, const struct care *care, struct watch *watch)
{
    const struct facts *facts = trial->facts;
    const struct life *life = &facts->lives[care->life];
    const struct ctx_fact *ctx = &facts->ctxs[care->ctx];
    const char *rule;
    size_t rest = watch->rest;
    char who[WHO_SIZE], how[STATUS_SIZE] = "ended";
    int mode = facts_owner(facts, ctx, rest);

    if (mode < 0 || (mode == RC_OWNER_MAINLOOP && !was_told(trial, care, life, rest)))
        return;
    if (life->status != -1)
        say_status(life->status, how);
    who_child(trial, life, care->ctx, who);
    if (life->waited != NEVER && care->told == NEVER) {
        if (had_disaster(trial, care->ctx, care->from))
            return;
        prove(charge(trial, for_shape(trial->subject, "FK-61"), "stolen", who,
                     "was reaped by somebody else, and never reported as lost or by a disaster"),
              care->at, life->exited, life->waited, rest);
        return;
    }
    if (facts->ignored != NEVER && facts->ignored < life->exited && life->collected == NEVER) {
        prove(charge(trial, "XC-07", "ignored", who,
                     "%s while SIGCHLD was ignored, and was never reported as lost", how),
              facts->ignored, care->at, life->exited, rest);
        return;
    }
    rule = broken_rule(trial, care, rest);
    if (!watch->looked && mode != RC_OWNER_MAINLOOP) /* where the signal is the application's */
        watch->withheld = signal_withheld(trial, ctx, rest);
    watch->looked = true;
    if (!rule)
        rule = watch->withheld;
    if (rule) {
        prove(charge(trial, for_shape(trial->subject, rule), "missing after a broken rule", who,
                     "%s and was never reported, after the application %s", how, deed(rule)),
              care->at, life->exited, rest);
        return;
    }
    prove(charge(trial, "XC-01", "missing", who, "%s and was never reported", how), care->at,
          life->exited, rest);
    if (watch->causes++ < CAUSES_SOUGHT)
        judge_cause(trial, care, life, rest);
}

static void judge_all_missing(struct trial *trial)
{
    const struct facts *facts = trial->facts;
    struct watch *watches = calloc(facts->ctx_count + 1, sizeof(*watches));
    size_t i;

    if (!watches)
        return;
    for (i = 0; i < facts->ctx_count; i++)
        watches[i].rest =
            facts->ctxs[i].process ? facts_rest(facts, (int)i, 0, facts->ctxs[i].closing) : NEVER;
    for (i = 0; i < facts->care_count; i++) {
        const struct care *care = &facts->cares[i];
        const struct life *life = &facts->lives[care->life];
        size_t at;

        if (care->ctx < 0 || (size_t)care->ctx >= facts->ctx_count || care->report != NEVER ||
            care->forgotten != NEVER || life->doubtful || life->exited == NEVER ||
            life->process != facts->ctxs[care->ctx].process)
            continue;
        at = watches[care->ctx].rest;
        if (at != NEVER && at > life->exited && at > care->at)
            judge_missing(trial, care, &watches[care->ctx]);
    }
    free(watches);
}

void judge_exactly_once(const struct history *history, const struct subject *subject,
                        struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "exactly once"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_REPORT || event->kind == EVENT_LOST)
            judge_report(&trial, i);
        else if (event->kind == EVENT_LEAVE && event->what == OP_FORGET)
            judge_forget(&trial, threads_find(&threads, event->pid, event->tid), i);
        threads_follow(&threads, history, i);
    }
    threads_free(&threads, NULL);
    if (trial.facts->crashed == NEVER && trial.facts->hung == NEVER)
        judge_all_missing(&trial);
    trial_close(&trial);
}
