/* SPDX-License-Identifier: MIT */
/*
 * Coexistence: two implementations in one process. The only oracle that judges a pair, for what the
 * others ask is asked of one that has the process as it likes: here two have it, and the question
 * is who of them does what to the other.
 *
 * Each finding says whose doing it is. That rests on what the probe has put down: a call belongs to
 * the library whose member was being called, whose thread made it, or whose handler it was made in.
 * Where that is not known nothing is said of thieves.
 *
 * A child that one reaped and the other reports with its true status is nobody's loss: so it is
 * where two adapters use one and the same library.
 *
 * One that is documented to want SIGCHLD blocked in every thread makes another's handler deaf. That
 * is settled by what both are documented to need, and no failure of either.
 *
 * What SIGCHLD's disposition is left with counts, and SA_NOCLDWAIT; other flags are for those who
 * judge an implementation alone.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "history/calls.h"
#include "oracle/families.h"
#include "oracle/trial.h"

enum { LIBRARY_SIZE = SUBJECT_NAME + 8, TEXT_SIZE = 200 };

/* One sort of breach for each of the two: they are told apart in the report. */
static const char *const sorts[][LIBRARY_COUNT] = {
    {"stolen", "stolen by one", "stolen by two"},
    {"lost", "lost by one", "lost by two"},
    {"reported amiss", "reported amiss by one", "reported amiss by two"},
    {"not heard", "not heard by one", "not heard by two"},
    {"left behind", "left behind by one", "left behind by two"},
};
enum sort_of { STOLEN, LOST, AMISS, DEAF, LEFT };

/* "libuv (one)" into out (of LIBRARY_SIZE); returns out. */
static const char *say_library(const struct trial *trial, enum event_library library, char *out)
{
    static const char *const words[] = {"", " (one)", " (two)"};

    snprintf(out, LIBRARY_SIZE, "%s%s",
             library == LIBRARY_UNKNOWN ? "somebody" : trial->subject->library[library].name,
             words[library]);
    return out;
}

static enum event_library other(enum event_library library)
{
    return library == LIBRARY_ONE ? LIBRARY_TWO : LIBRARY_ONE;
}

__attribute__((format(printf, 6, 7))) static struct finding *
blame(struct trial *trial, const char *requirement, enum sort_of sort, enum event_library by,
      const char *who, const char *format, ...)
{
    char text[TEXT_SIZE];
    struct finding *finding;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    finding = charge(trial, requirement, sorts[sort][by], who, "%s", text);
    if (finding)
        finding->by = by;
    return finding;
}

static const struct event *event_at(const struct trial *trial, size_t i)
{
    return history_event(trial->history, i);
}

/* -- children -- */

/* All ctxs that the library has open are to leave other children alone. */
static bool claims_to_be_selective(const struct trial *trial, enum event_library library, size_t i)
{
    const struct facts *facts = trial->facts;
    size_t n;

    for (n = 0; n < facts->ctx_count; n++) {
        const struct ctx_fact *ctx = &facts->ctxs[n];
        int owner =
            ctx->process && ctx->library == library ? facts_owner(facts, ctx, i) : OWNER_CLOSED;
        if (owner != OWNER_CLOSED && owner != RC_OWNER_SELECTIVE && owner != RC_OWNER_MAINLOOP)
            return false;
    }
    return true;
}

static enum event_library taken_by(const struct trial *trial, const struct life *life)
{
    return life->collected == NEVER ? LIBRARY_UNKNOWN : event_at(trial, life->collected)->library;
}

static bool is_true_report(const struct trial *trial, const struct care *care,
                           const struct life *life)
{
    const struct event *report = care->report == NEVER ? NULL : event_at(trial, care->report);

    return report && report->kind == EVENT_REPORT &&
           (life->status == -1 || report->value == life->status);
}

/* By event i the child's end was due to be reported, and was not. */
static bool is_missing(const struct trial *trial, const struct care *care, const struct life *life)
{
    const struct facts *facts = trial->facts;
    const struct ctx_fact *ctx = &facts->ctxs[care->ctx];
    size_t rest;

    if (care->report != NEVER || facts->crashed != NEVER || facts->hung != NEVER)
        return false;
    rest = facts_rest(facts, care->ctx, 0, ctx->closing);
    return rest != NEVER && rest > life->exited && rest > care->at;
}

static void judge_theft_of(struct trial *trial, const struct care *care, const struct life *life,
                           enum event_library thief)
{
    bool selective = claims_to_be_selective(trial, thief, life->collected);
    enum event_library victim = trial->facts->ctxs[care->ctx].library;
    char who[WHO_SIZE], by[LIBRARY_SIZE], of[LIBRARY_SIZE];
    const char *fate = "which was never told of it";

    if (care->report != NEVER)
        fate = event_at(trial, care->report)->kind == EVENT_LOST ? "which reported it as lost"
                                                                 : "which reported another status";
    prove(blame(trial, selective ? "CO-02" : "CO-04", STOLEN, thief,
                who_child(trial, life, care->ctx, who), "was reaped by %s%s, and not by %s, %s",
                say_library(trial, thief, by), selective ? "" : ", which reaps every child",
                say_library(trial, victim, of), fate),
          care->at, life->exited, life->collected, care->report);
}

/* The other library's last word on SIGCHLD before event i, where this one's handler was in force
 * until then; NEVER if it is in force, or never was. */
static size_t overwritten_by_other(const struct trial *trial, enum event_library library, size_t i)
{
    bool own = false;
    size_t found = NEVER, n;

    for (n = 0; n < i; n++) {
        const struct event *call = event_at(trial, n);
        if (call->kind != EVENT_CALL || call->what != CALL_SIGACTION || call->subject != SIGCHLD ||
            call->value < 0 || call->result != 0 || call->pid != trial->facts->host)
            continue;
        if (call->value == DISPOSITION_LIBRARY && call->spare == library) {
            own = true;
            found = NEVER;
        } else if (own && call->library == other(library)) {
            found = n;
        }
    }
    return found;
}

/* The other wants SIGCHLD blocked in every thread, and so it is; this one has put a handler in
 * place for it, which since the child's end has not run. Both do as they are documented. */
static bool is_deaf(const struct trial *trial, enum event_library library, size_t exited)
{
    const struct subject_library *of = trial->subject->library;
    bool handles = false;

    if (!(of[other(library)].features & RC_FEATURE_SIGCHLD_BLOCKED) ||
        (of[library].features & RC_FEATURE_SIGCHLD_BLOCKED))
        return false;
    for (size_t i = 0; i < history_count(trial->history); i++) {
        const struct event *event = event_at(trial, i);
        if (event->kind == EVENT_HANDLER_IN && event->subject == SIGCHLD && i > exited)
            return false;
        handles |= event->kind == EVENT_CALL && event->what == CALL_SIGACTION &&
                   event->subject == SIGCHLD && event->result == 0 &&
                   event->value == DISPOSITION_LIBRARY && event->spare == library;
    }
    return handles;
}

static void judge_deaf(struct trial *trial, const struct care *care, const struct life *life,
                       const char *who, const char *how)
{
    enum event_library library = trial->facts->ctxs[care->ctx].library;
    char by[LIBRARY_SIZE], blocks[LIBRARY_SIZE];
    struct finding *finding =
        blame(trial, "CO-01", DEAF, library, who,
              "%s and was not reported by %s, whose handler does not run: %s has SIGCHLD blocked",
              how, say_library(trial, library, by), say_library(trial, other(library), blocks));

    if (finding)
        finding->settled = "the other wants SIGCHLD blocked in every thread, and it has a handler "
                           "for it: they cannot share a process";
    prove(finding, care->at, life->exited);
}

static void judge_loss(struct trial *trial, const struct care *care, const struct life *life)
{
    enum event_library library = trial->facts->ctxs[care->ctx].library;
    size_t overwritten = overwritten_by_other(trial, library, life->exited);
    char who[WHO_SIZE], how[STATUS_SIZE] = "ended", by[LIBRARY_SIZE], thief[LIBRARY_SIZE];

    if (life->status != -1)
        say_status(life->status, how);
    who_child(trial, life, care->ctx, who);
    say_library(trial, library, by);
    say_library(trial, other(library), thief);
    if (care->report == NEVER && is_deaf(trial, library, life->exited))
        judge_deaf(trial, care, life, who, how);
    else if (care->report != NEVER)
        prove(blame(trial, "CO-01", AMISS, library, who, "%s, and %s reported it %s", how, by,
                    event_at(trial, care->report)->kind == EVENT_LOST
                        ? "as lost, though nobody had taken it"
                        : "with another status"),
              care->at, life->exited, life->collected, care->report);
    else if (overwritten != NEVER)
        prove(blame(trial, "CO-01", LOST, library, who,
                    "%s and was not reported by %s, whose handler %s had taken out of force", how,
                    by, thief),
              care->at, overwritten, life->exited);
    else
        prove(blame(trial, "CO-01", LOST, library, who, "%s and was not reported by %s", how, by),
              care->at, life->exited, life->collected);
}

static void judge_care(struct trial *trial, const struct care *care)
{
    const struct facts *facts = trial->facts;
    const struct life *life = &facts->lives[care->life];
    const struct ctx_fact *ctx;
    enum event_library taker;

    if (care->ctx < 0 || (size_t)care->ctx >= facts->ctx_count || care->forgotten != NEVER ||
        life->doubtful || life->exited == NEVER || life->waited != NEVER)
        return;
    ctx = &facts->ctxs[care->ctx];
    taker = taken_by(trial, life);
    /* One that ends at once may be reaped by somebody before it is put down whose it is: then it
     * is known to be gone, and not who took it. */
    if (life->process != ctx->process || ctx->library == LIBRARY_UNKNOWN ||
        is_true_report(trial, care, life) ||
        (care->report == NEVER && !is_missing(trial, care, life)))
        return;
    if (taker != LIBRARY_UNKNOWN && taker != ctx->library)
        judge_theft_of(trial, care, life, taker);
    else if (taker != LIBRARY_UNKNOWN ||
             (life->collected == NEVER && !event_at(trial, life->exited)->extra))
        judge_loss(trial, care, life);
}

/* Reports that nobody was due. */
static void judge_report(struct trial *trial, size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = event_at(trial, i);
    const struct life *life = facts_life(facts, event->subject, i);
    const struct ctx_fact *ctx =
        event->ctx >= 0 && (size_t)event->ctx < facts->ctx_count ? &facts->ctxs[event->ctx] : NULL;
    char who[WHO_SIZE], by[LIBRARY_SIZE];
    int n;

    if (!life || life->doubtful || !ctx || ctx->library == LIBRARY_UNKNOWN)
        return;
    for (n = life->care; n >= 0 && facts->cares[n].ctx != event->ctx;)
        n = facts->cares[n].next;
    who_child(trial, life, -1, who);
    say_library(trial, ctx->library, by);
    if (n < 0)
        prove(blame(trial, "CO-01", AMISS, ctx->library, who,
                    "was reported by %s, which has nothing to do with it", by),
              life->at, i);
    else if (facts->cares[n].report != i && facts->cares[n].next < 0)
        prove(blame(trial, "CO-01", AMISS, ctx->library, who, "was reported more than once by %s",
                    by),
              facts->cares[n].report, i);
}

/* -- the disposition -- */

static const char *say_left(const struct trial *trial, const struct event *left, size_t change,
                            char *out, size_t size)
{
    char of[LIBRARY_SIZE];

    if (left->value == DISPOSITION_DEFAULT)
        snprintf(out, size, "the default");
    else if (left->value == DISPOSITION_IGNORED)
        snprintf(out, size, "SIGCHLD ignored");
    else if (left->value == DISPOSITION_APPLICATION)
        snprintf(out, size, "a handler of the application");
    else
        snprintf(out, size, "the handler of %s",
                 say_library(trial, (enum event_library)event_at(trial, change)->spare, of));
    return out;
}

/* The last to have set it; NEVER where that was not seen. */
static size_t last_change(const struct trial *trial, size_t i)
{
    while (i-- > 0) {
        const struct event *call = event_at(trial, i);
        if (call->kind == EVENT_ACTION && call->subject == SIGCHLD)
            return NEVER;
        if (call->kind == EVENT_CALL && call->what == CALL_SIGACTION && call->subject == SIGCHLD &&
            call->value >= 0 && call->result == 0 && call->pid == trial->facts->host)
            return i;
    }
    return NEVER;
}

static void judge_left(struct trial *trial, size_t before, size_t i)
{
    const struct event *was = event_at(trial, before), *left = event_at(trial, i);
    size_t change = last_change(trial, i);
    char by[LIBRARY_SIZE], what[TEXT_SIZE];
    enum event_library library;

    if (change == NEVER ||
        (was->value == left->value && !((was->extra ^ left->extra) & SA_NOCLDWAIT)))
        return;
    library = event_at(trial, change)->library;
    prove(blame(trial, "CO-03", LEFT, library, "SIGCHLD",
                "was left with %s, by %s, when both had gone",
                say_left(trial, left, change, what, sizeof(what)), say_library(trial, library, by)),
          before, change, i);
}

/* What it is once both have gone, against what it was before either came. Where the application
 * changes it in between, nobody knows what it should be. */
static void judge_disposition(struct trial *trial)
{
    const struct facts *facts = trial->facts;
    size_t before = NEVER, after = NEVER, i;
    bool open = false;

    for (i = 0; i < history_count(trial->history); i++) {
        const struct event *event = event_at(trial, i);

        if (event->kind == EVENT_ENTER && event->what == OP_OPEN)
            open = true;
        else if (event->kind == EVENT_ACTION && event->subject == SIGCHLD && open)
            return;
        else if (event->kind == EVENT_DISPOSITION && !open)
            before = i;
        else if (event->kind == EVENT_DISPOSITION && facts_all_closed(facts, facts->host, i) &&
                 facts_look_stands(facts, facts->host, i))
            after = i;
    }
    if (before != NEVER && after != NEVER)
        judge_left(trial, before, after);
}

/* -- standstill -- */

/* The process died, and since the call was entered another thread of it has done something: it may
 * have been in a turn of the other's loop, which is not on record. */
static bool others_were_at_work(const struct trial *trial, const struct finding *finding)
{
    const struct event *entry = event_at(trial, finding->evidence[0]);
    size_t last = finding->evidence[finding->evidence_count - 1], i;

    if (event_at(trial, last)->kind != EVENT_HOST_EXIT)
        return false;
    for (i = finding->evidence[0] + 1; i < last; i++)
        if (event_at(trial, i)->pid == entry->pid && event_at(trial, i)->tid &&
            event_at(trial, i)->tid != entry->tid)
            return true;
    return false;
}

/* What `progress` finds, put down to the library that does not come back. */
static void judge_standstill(struct trial *trial)
{
    struct findings *findings = trial->findings;
    size_t i = findings->count, n;

    judge_progress(trial->history, trial->subject, findings);
    for (; i < findings->count; i++) {
        struct finding *finding = &findings->list[i];

        finding->requirement = "CO-05";
        finding->also = NULL;
        for (n = 0; n < finding->evidence_count && !others_were_at_work(trial, finding); n++)
            if (event_at(trial, finding->evidence[n])->library != LIBRARY_UNKNOWN)
                finding->by = event_at(trial, finding->evidence[n])->library;
    }
}

void judge_coexistence(const struct history *history, const struct subject *subject,
                       struct findings *findings)
{
    struct trial trial;
    size_t i;

    if (!subject->pair || !trial_open(&trial, history, subject, findings, "coexistence"))
        return;
    for (i = 0; i < trial.facts->care_count; i++)
        judge_care(&trial, &trial.facts->cares[i]);
    for (i = 0; i < history_count(history); i++)
        if (event_at(&trial, i)->kind == EVENT_REPORT || event_at(&trial, i)->kind == EVENT_LOST)
            judge_report(&trial, i);
    judge_disposition(&trial);
    judge_standstill(&trial);
    trial_close(&trial);
}
