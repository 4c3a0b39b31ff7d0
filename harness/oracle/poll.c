/* SPDX-License-Identifier: MIT */
/*
 * Poll: what beforepoll answers agrees with what it was asked, and what it fills in is fit to be
 * polled.
 *
 * The number of fds may be another each time that it is asked for. Only where the same thread asks
 * twice and nothing at all happened between, the second answer has to hold what the first promised.
 *
 * A timeout is too short where a poll that began when it was given would end before the next
 * timeout of the application's, by a part of a millisecond: that was rounded down. Whoever rounds
 * up is never short of it, by whatever clock between question and answer he went. It is said only
 * of a ctx that has nothing else to wait for.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { US = 1000 }; /* in a millisecond; of ns, in one of them */

/* Of a thread: its latest answer that there was too little room. */
struct refusal {
    size_t left;
    int64_t nfds;
};

/* An entry of the list of fds, "5:in+pri/in", whose events or whose revents are not as they are to
 * be; its place, NULL if there is none. */
static const char *bad_entry(const char *text, bool revents)
{
    while (*text) {
        size_t length = strcspn(text, " ");
        const char *colon = memchr(text, ':', length);
        const char *end = text + length;

        if (colon && (revents ? memchr(colon, '/', (size_t)(end - colon)) != NULL
                              : colon + 1 == end || colon[1] == '/'))
            return text;
        text = end + strspn(end, " ");
    }
    return NULL;
}

static void judge_entries(struct trial *trial, size_t entered, size_t i)
{
    const struct event *leave = history_event(trial->history, i);
    const char *text = history_text(trial->history, leave), *bad = bad_entry(text, false);
    char who[WHO_SIZE];

    who_lane(trial, leave, who);
    if (bad)
        prove(charge(trial, "OE-08", "no events", who,
                     "was given fd %.*s to poll, for no event at all", (int)strcspn(bad, ":"), bad),
              entered, i);
    bad = bad_entry(text, true);
    if (bad)
        prove(charge(trial, "OE-02", "revents", who,
                     "was given fd %.*s to poll, with revents that are not 0",
                     (int)strcspn(bad, ":"), bad),
              entered, i);
}

static void judge_answer(struct trial *trial, size_t entered, size_t i)
{
    const struct event *enter = history_event(trial->history, entered);
    const struct event *leave = history_event(trial->history, i);
    long long room = enter->subject, nfds = leave->value;
    char who[WHO_SIZE];

    if (leave->result != 0 && leave->result != -ENOBUFS)
        return;
    who_lane(trial, leave, who);
    if (nfds < 0)
        prove(
            charge(trial, "OE-01", "number", who, "was told that there are %lld fds to poll", nfds),
            entered, i);
    else if (leave->result == 0 && nfds > room)
        prove(charge(trial, "OE-03", "no error", who,
                     "was told that all was well, with %lld fds and room for %lld", nfds, room),
              entered, i);
    else if (leave->result == -ENOBUFS && nfds <= room)
        prove(charge(trial, "OE-03", "not greater", who,
                     "was told that there was too little room, with %lld fds and room for %lld",
                     nfds, room),
              entered, i);
    if (leave->extra > enter->extra ? enter->extra >= 0
        : enter->extra < 0          ? leave->extra < -1
                                    : leave->extra < 0)
        prove(charge(trial, "OE-02", "timeout", who,
                     "had a timeout of %lld ms, which became %lld ms: it may only be reduced",
                     (long long)enter->extra, (long long)leave->extra),
              entered, i);
    if (leave->result == 0)
        judge_entries(trial, entered, i);
}

/* The next timeout of the application's in the ctx, for certain; NULL for none. */
static const struct watch_fact *next_timer(const struct things *things, int ctx, size_t entered,
                                           size_t i)
{
    const struct watch_fact *watch, *next, *found = NULL;

    HASH_ITER (hh, things->watches, watch, next)
        if (watch->ctx == ctx && watch->timer && call_done(&watch->observe, entered) &&
            (watch->unobserve.entered == NEVER || watch->unobserve.entered > i) &&
            (!found || watch->due_us < found->due_us))
            found = watch;
    return found;
}

static bool has_other_work(const struct facts *facts, int ctx, size_t i)
{
    for (size_t n = 0; n < facts->care_count; n++)
        if (facts->cares[n].ctx == ctx && facts->cares[n].from < i)
            return true;
    return things_may_have_children(facts->things, ctx, i);
}

static void judge_rounding(struct trial *trial, int64_t moved_us, size_t entered, size_t i)
{
    const struct event *enter = history_event(trial->history, entered);
    const struct event *leave = history_event(trial->history, i);
    const struct watch_fact *timer = next_timer(trial->facts->things, leave->ctx, entered, i);
    int64_t now_us = (int64_t)(leave->time / US) + moved_us, short_us;
    char who[WHO_SIZE];

    if (!timer || leave->result != 0 || leave->extra < 0 || leave->extra == enter->extra ||
        has_other_work(trial->facts, leave->ctx, i))
        return;
    short_us = timer->due_us - now_us - leave->extra * US;
    if (short_us > 0 && short_us < US)
        prove(charge(trial, "OE-05", "rounded down", who_lane(trial, leave, who),
                     "was told to poll for %lld ms, and the next timeout is due %lld us after that",
                     (long long)leave->extra, (long long)short_us),
              timer->observe.left, entered, i);
}

/* The thread had been told how much room it needs, and asks again at once. */
static void judge_promise(struct trial *trial, const struct refusal *refusal, size_t entered,
                          size_t i)
{
    const struct event *enter = history_event(trial->history, entered);
    char who[WHO_SIZE];

    if (refusal->left == NEVER || history_event(trial->history, refusal->left)->ctx != enter->ctx ||
        enter->subject < refusal->nfds)
        return;
    for (size_t n = refusal->left + 1; n < i; n++) {
        const struct event *event = history_event(trial->history, n);

        if (event->kind == EVENT_STEP) /* that there was a next step did nothing to the ctx */
            continue;
        if (event->pid != enter->pid || event->tid != enter->tid || event->kind == EVENT_HANDLER_IN)
            return;
    }
    prove(charge(trial, "OE-03", "promise", who_lane(trial, enter, who),
                 "was told that %lld fds need room, made it, and was told that it is too little",
                 (long long)refusal->nfds),
          refusal->left, entered, i);
}

static void judge_beforepoll(struct trial *trial, struct thread *thread, size_t entered, size_t i)
{
    const struct event *leave = history_event(trial->history, i);
    struct refusal *refusal = thread->own;

    judge_answer(trial, entered, i);
    if (leave->result == -ENOBUFS && refusal)
        judge_promise(trial, refusal, entered, i);
    if (!refusal)
        thread->own = refusal = malloc(sizeof(*refusal));
    if (refusal)
        *refusal = (struct refusal){leave->result == -ENOBUFS ? i : NEVER, leave->value};
}

void judge_poll(const struct history *history, const struct subject *subject,
                struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    int64_t moved_us = 0;

    if (!trial_open(&trial, history, subject, findings, "poll"))
        return;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread = threads_find(&threads, event->pid, event->tid);
        const struct event *op = thread ? thread_op(history, thread) : NULL;

        if (event->kind == EVENT_LEAVE && event->what == OP_BEFOREPOLL && op &&
            op->what == OP_BEFOREPOLL) {
            judge_rounding(&trial, moved_us, thread->op[thread->ops - 1], i);
            judge_beforepoll(&trial, thread, thread->op[thread->ops - 1], i);
        } else if (event->kind == EVENT_CLOCK) {
            moved_us = event->value;
        }
        threads_follow(&threads, history, i);
    }
    threads_free(&threads, free);
    trial_close(&trial);
}
