/* SPDX-License-Identifier: MIT */
/*
 * Progress: every call comes back, and the process lives until it is told to go.
 *
 * When a host hangs, each of its threads is looked at. Only those inside a call of the library, or
 * in its handler, are to blame, and none as long as the script holds a thread at a gate: that
 * thread may be what the others wait for.
 */
#include "oracle/progress.h"
#include "history/fields.h"
#include "oracle/families.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { WORDS_SIZE = 100 };

static const char *for_hang(const struct trial *trial, const struct event *op)
{
    /* Of adapter.h; of the others hang_of_events knows. */
    static const char *const requirements[OP_COUNT] = {
        [OP_OPEN] = "XC-20",   [OP_CLOSE] = "XC-14",       [OP_OWNER] = "XC-28",
        [OP_FORK] = "XC-28",   [OP_SPAWN] = "XC-28",       [OP_WATCH] = "XC-28",
        [OP_FORGET] = "XC-28", [OP_KILL] = "XC-28",        [OP_RUN] = "XC-16",
        [OP_WAKE] = "XC-28",   [OP_TOLD_REAPED] = "XC-28", [OP_TOLD_SIGCHLD] = "XC-28",
        [OP_CAREFD] = "XC-28", [OP_SHUT] = "XC-28",
    };

    if (op->what == OP_POSTFORK)
        return for_shape(trial->subject, "FK-75");
    return requirements[op->what];
}

/* One line of a text, short enough for a sentence. */
static const char *first_line(const char *text, char *out)
{
    snprintf(out, WORDS_SIZE, "%.*s", (int)strcspn(text, "\n"), text);
    return out;
}

/* A child of the ctx that somebody else reaped and that was not reported. */
static const struct life *stolen_child(const struct facts *facts, size_t i)
{
    size_t n;

    for (n = 0; n < facts->care_count; n++) {
        const struct care *care = &facts->cares[n];
        if (facts->lives[care->life].waited < i && care->report > i && care->told == NEVER)
            return &facts->lives[care->life];
    }
    return NULL;
}

/*
 * The thread sleeps in a wait call, and the latest SIGCHLD was no child's: it came from elsewhere,
 * and the library waits for what has not happened. NEVER if that is not so, else the handler.
 */
static size_t waits_for_forged(const struct trial *trial, const char *text, size_t i)
{
    const char *line_end = text + strcspn(text, "\n"), *in = strstr(text, "in wait");

    if (!in || in > line_end)
        return NEVER;
    while (i-- > 0) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_HANDLER_IN && event->subject == SIGCHLD)
            return facts_life(trial->facts, (int)event->value, i) ? NEVER : i;
    }
    return NEVER;
}

static void judge_hung_thread(struct trial *trial, const struct thread *thread, size_t i)
{
    const struct event *hang = history_event(trial->history, i);
    const struct event like = {.pid = thread->key.pid, .tid = thread->key.tid};
    const struct event *op = thread_op(trial->history, thread);
    const struct life *stolen = NULL;
    const struct event *last = history_event(trial->history, thread->last);
    const char *text = history_text(trial->history, hang), *requirement, *in;
    char who[WHO_SIZE], words[WORDS_SIZE];
    size_t entry;

    who_lane(trial, &like, who);
    first_line(text, words);
    if (thread->handlers > 0 && thread->handlers <= THREAD_HANDLERS) {
        requirement = last->kind == EVENT_LOCK_WAIT || strstr(text, "mutex") ? "FK-24" : "FK-22";
        prove(charge(trial, for_shape(trial->subject, requirement), "handler", who,
                     "does not come out of the signal handler: %s", words),
              thread->handler[thread->handlers - 1], thread->last, i);
        return;
    }
    if (!op)
        return;
    entry = thread->op[thread->ops - 1];
    requirement = hang_of_events(trial, entry, i, for_hang(trial, op));
    if (op->what == OP_RUN || op->what == OP_TOLD_SIGCHLD)
        stolen = stolen_child(trial->facts, i);
    if (stolen)
        requirement = for_shape(trial->subject, "FK-61");
    if (thread_in_op(trial->history, thread, OP_POSTFORK, NULL))
        requirement = for_shape(trial->subject, "FK-75");
    else if ((op->what == OP_TOLD_REAPED || op->what == OP_TOLD_SIGCHLD) &&
             thread_was_interrupted(trial->history, thread))
        requirement = for_shape(trial->subject, "FK-35");
    in = event_op_word(op->what);
    prove(charge(trial, requirement, in ? in : "?", who, "does not come back from %s%s: %s",
                 in ? in : "a call of the library",
                 stolen ? ", with a child unreported that the application reaped" : "", words),
          entry, stolen ? stolen->waited : NEVER, thread->last, i);
}

/* A thread of the process (0: of any) waits at a gate, and others may wait for it. */
static bool any_held(const struct threads *threads, int pid)
{
    const struct thread *thread, *next;

    HASH_ITER (hh, threads->all, thread, next) {
        if (thread->held && (pid == 0 || thread->key.pid == pid))
            return true;
    }
    return false;
}

static bool starts_with_any(const char *step, const char *const *verbs)
{
    for (; *verbs; verbs++)
        if (strncmp(step, *verbs, strlen(*verbs)) == 0)
            return true;
    return false;
}

/* Some thread waits for what may never come, and that may be all. */
static bool any_waits(const struct trial *trial, const struct threads *threads)
{
    const struct thread *thread, *next;

    HASH_ITER (hh, threads->all, thread, next)
        if (may_wait(trial, thread))
            return true;
    return false;
}

/* It is a child of a ctx that hangs, and no process that calls the library. */
static bool is_of_child(const struct trial *trial, const struct threads *threads, size_t hang)
{
    int tid = history_event(trial->history, hang)->subject;
    const struct thread *thread, *next;
    const struct life *life;

    HASH_ITER (hh, threads->all, thread, next) {
        life = thread->key.tid == tid ? facts_life(trial->facts, thread->key.pid, hang) : NULL;
        if (life && life->care >= 0)
            return true;
    }
    return false;
}

/*
 * It hangs, and no thread is inside a call that is on record: a turn of the event loop is not,
 * nor is what the application does itself.
 */
static void judge_hang_of_nobody(struct trial *trial, size_t first)
{
    static const char *const own_waits[] = {"waitpid", "steal", "system", "popen", NULL};
    const struct history *history = trial->history;
    const char *step = "", *requirement = "XC-16", *where = "its event loops";
    struct finding *finding;
    char words[WORDS_SIZE];
    size_t forged = NEVER, i;

    for (i = first; i-- > 0;) {
        if (history_event(history, i)->kind == EVENT_STEP) {
            step = history_text(history, history_event(history, i));
            break;
        }
    }
    if (starts_with_any(step, own_waits)) {
        requirement = "XC-22";
        where = "a wait of the application's own";
    } else {
        forged =
            waits_for_forged(trial, history_text(history, history_event(history, first)), first);
    }
    if (forged != NEVER) {
        requirement = "XC-09";
        where = "a wait call made upon a SIGCHLD that was no child's";
    }
    first_line(history_text(history, history_event(history, first)), words);
    finding = charge(trial, requirement, "nobody", "the host", "does not come out of %s: %s", where,
                     words);
    if (forged != NEVER)
        prove(finding, forged);
    for (i = first; i < history_count(history); i++)
        if (history_event(history, i)->kind == EVENT_HANG)
            prove(finding, i);
}

static void judge_hang(struct trial *trial, const struct threads *threads, size_t i)
{
    const struct event *hang = history_event(trial->history, i);
    const struct thread *thread, *next;

    if (hang->result != 0)
        return;
    HASH_ITER (hh, threads->all, thread, next) {
        if (thread->key.tid == hang->subject && !any_held(threads, thread->key.pid))
            judge_hung_thread(trial, thread, i);
    }
}

/* What a process that ends in the midst of a call has broken. */
static const char *for_crash(const struct trial *trial, const struct thread *thread)
{
    const struct facts *facts = trial->facts;
    const struct event *op = thread ? thread_op(trial->history, thread) : NULL;
    const struct ctx_fact *ctx = NULL;
    const char *requirement;
    size_t i, n;

    if (thread && thread->handlers > 0)
        return "FK-28";
    if (!op)
        return "XC-28";
    i = thread->op[thread->ops - 1];
    requirement = crash_of_events(trial, i, history_count(trial->history));
    if (requirement)
        return requirement;
    if (op->ctx >= 0 && (size_t)op->ctx < facts->ctx_count && facts->ctxs[op->ctx].process)
        ctx = &facts->ctxs[op->ctx];
    switch (op->what) {
    case OP_TOLD_REAPED:
    case OP_TOLD_SIGCHLD:
        if (thread_was_interrupted(trial->history, thread))
            return "FK-35";
        return ctx && facts_owner(facts, ctx, i) != RC_OWNER_MAINLOOP ? "FK-36" : "XC-28";
    case OP_POSTFORK:
        return "FK-75";
    case OP_OWNER:
    case OP_CLOSE:
        for (n = 0; ctx && n < facts->care_count; n++)
            if (facts->cares[n].ctx == ctx->ctx && facts->cares[n].report == NEVER)
                return op->what == OP_OWNER ? "FK-04" : "FK-79";
        break;
    default:
        break;
    }
    for (n = i; n-- > 0;) {
        const struct event *event = history_event(trial->history, n);
        if (event->kind == EVENT_ACTION && event->subject == SIGCHLD)
            /* The library's own was put back by one who had borrowed it: it is his doing, too. */
            return event->value == DISPOSITION_APPLICATION || event->value == DISPOSITION_LIBRARY
                       ? "FK-14"
                       : "XC-07";
    }
    if ((op->what == OP_OPEN || op->what == OP_CAREFD || op->what == OP_FORK ||
         op->what == OP_SPAWN || op->what == OP_WATCH) &&
        facts->first_fault < history_count(trial->history))
        return "XC-20";
    return op->what == OP_CLOSE ? "XC-14" : "XC-28";
}

static void judge_exit(struct trial *trial, const struct threads *threads, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct thread *thread, *next, *died = NULL;
    const char *text = history_text(trial->history, event), *requirement;
    char how[STATUS_SIZE], words[WORDS_SIZE], where[WHO_SIZE] = "";

    /* SIGKILL is the runner's: it ended what did not go on. */
    if (event->value == -1 || trial->facts->hung < i ||
        (WIFSIGNALED((int)event->value) && WTERMSIG((int)event->value) == SIGKILL))
        return;
    HASH_ITER (hh, threads->all, thread, next) {
        bool inside = thread->ops > 0 || thread->handlers > 0;
        if (thread->key.pid == trial->facts->host && inside && !thread->held &&
            (!died || thread->last > died->last))
            died = thread;
    }
    if (event->value == 0 && !died) /* as it was told to */
        return;
    requirement = for_crash(trial, died);
    if (requirement[0] == 'F')
        requirement = for_shape(trial->subject, requirement);
    if (died && thread_op(trial->history, died)) {
        const struct event like = {.pid = died->key.pid, .tid = died->key.tid};
        char who[WHO_SIZE];
        snprintf(where, sizeof(where), " while %.40s was inside %s", who_lane(trial, &like, who),
                 event_op_word(thread_op(trial->history, died)->what));
    }
    prove(charge(trial, requirement, "crash", "the host", "%s%s%s%s", say_status(event->value, how),
                 where, *text ? ": " : "", first_line(text, words)),
          died && died->ops > 0 && died->ops <= THREAD_OPS ? died->op[died->ops - 1] : NEVER,
          died ? died->last : NEVER, i);
}

void judge_progress(const struct history *history, const struct subject *subject,
                    struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "progress"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        threads_follow(&threads, history, i);
        if (event->kind == EVENT_HANG)
            judge_hang(&trial, &threads, i);
        else if (event->kind == EVENT_HOST_EXIT)
            judge_exit(&trial, &threads, i);
    }
    if (trial.facts->hung != NEVER && trial.sort_count == 0 && !any_held(&threads, 0) &&
        !any_waits(&trial, &threads) && !is_of_child(&trial, &threads, trial.facts->hung))
        judge_hang_of_nobody(&trial, trial.facts->hung);
    threads_free(&threads, NULL);
    trial_close(&trial);
}
