/* SPDX-License-Identifier: MIT */
/*
 * Watches: an fd or timeout of the application's in a ctx is heard of for what it was asked for,
 * as long as it is, and when it is so.
 *
 * One call of afterpoll tells of each event of an fd once, and of timeouts in the order in which
 * they are due. Callbacks may run without a lock: that a watch was given up is certain only for the
 * thread that did it, for a call that began later, and after a rest.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALWAYS_TOLD = POLLERR | POLLHUP | POLLNVAL };

/* Of a thread: the latest call of afterpoll in which a timeout was told of, and the one of those
 * that was due last. */
struct round {
    size_t entered, at;
    int64_t due_us;
    int watch;
};

/* What it watches for; changes that failed left it. */
struct wanted {
    int number;
    int64_t events;
    size_t since; /* LEAVE of what set it */
    bool unsure;  /* a change is under way */
    size_t heard; /* of a timeout the first time, of an fd the latest; NEVER */
    size_t round; /* of an fd: the call of afterpoll in which that was, and what it was told then */
    int64_t told;
    UT_hash_handle hh;
};

struct book {
    struct trial *trial;
    struct threads threads;
    struct wanted *wanted;
    size_t rest;  /* the latest, NEVER */
    bool drained; /* the step that is being done may read what there is */
};

static const char *who_watch(const struct trial *trial, const struct watch_fact *watch, char *who)
{
    snprintf(who, WHO_SIZE, "watch %s",
             history_thing_name(trial->history, EVENT_WATCH, watch->number));
    return who;
}

static struct wanted *wanted_of(struct book *book, int number)
{
    struct wanted *wanted;

    HASH_FIND_INT(book->wanted, &number, wanted);
    if (wanted)
        return wanted;
    wanted = calloc(1, sizeof(*wanted));
    if (!wanted)
        return NULL;
    wanted->number = number;
    wanted->since = wanted->heard = wanted->round = NEVER;
    HASH_ADD_INT(book->wanted, number, wanted);
    return wanted;
}

/* Its events are asked for, or changed. */
static void follow_wish(struct book *book, size_t i)
{
    const struct event *event = history_event(book->trial->history, i);
    struct wanted *wanted = wanted_of(book, event->subject);

    if (!wanted)
        return;
    wanted->unsure = event->kind == EVENT_ENTER;
    if (event->kind != EVENT_LEAVE || event->result != 0)
        return;
    wanted->events = event->extra;
    wanted->since = i;
}

/* The call that the thread is in, if its beginning is on record. A turn of `run` is not. */
static size_t begun(const struct trial *trial, const struct thread *thread)
{
    const struct event *op = thread_op(trial->history, thread);

    return op && op->what != OP_RUN ? thread->op[thread->ops - 1] : NEVER;
}

/* -- what a watch is told -- */

static void judge_wish(struct trial *trial, const struct watch_fact *watch,
                       const struct wanted *wanted, size_t entered, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int64_t revents = event->spare;
    char who[WHO_SIZE];

    if (watch->timer || wanted->unsure || wanted->since == NEVER || entered == NEVER ||
        wanted->since > entered || !(revents & ~(wanted->events | ALWAYS_TOLD)))
        return;
    prove(charge(trial, "OE-28", "not asked for", who_watch(trial, watch, who),
                 "was told of events 0x%llx, and 0x%llx had been asked for",
                 (unsigned long long)revents, (unsigned long long)wanted->events),
          wanted->since, entered, i);
}

static void judge_gone(const struct book *book, const struct watch_fact *watch, size_t entered,
                       size_t i)
{
    struct trial *trial = book->trial;
    const struct event *event = history_event(trial->history, i), *leave;
    size_t left = watch->unobserve.left;
    char who[WHO_SIZE];

    if (!call_done(&watch->unobserve, i) || watch->unobserve.entered == left)
        return;
    leave = history_event(trial->history, left);
    if (!(leave->pid == event->pid && leave->tid == event->tid) &&
        !(entered != NEVER && entered > left) && !(book->rest != NEVER && book->rest > left))
        return;
    prove(charge(trial, watch->timer ? "OE-45" : "OE-29", "gone", who_watch(trial, watch, who),
                 "was told of %s after it had been given up", watch->timer ? "its time" : "its fd"),
          left, i);
}

static void judge_again(struct trial *trial, const struct watch_fact *watch, struct wanted *wanted,
                        size_t i)
{
    char who[WHO_SIZE];

    if (!watch->timer)
        return;
    if (wanted->heard == NEVER)
        wanted->heard = i;
    else
        prove(charge(trial, "OE-45", "again", who_watch(trial, watch, who),
                     "was told of its time more than once"),
              watch->observe.left, wanted->heard, i);
}

/* Nobody else did anything since the call began, and the fd is not ready as it is said to be. */
static void judge_ready(const struct book *book, const struct watch_fact *watch, size_t entered,
                        size_t i)
{
    struct trial *trial = book->trial;
    const struct event *event = history_event(trial->history, i);
    char who[WHO_SIZE];

    if (watch->timer || entered == NEVER || event->result != 1 || book->drained)
        return;
    for (size_t n = entered; n < i; n++) {
        const struct event *other = history_event(trial->history, n);

        if (other->pid != event->pid || other->tid != event->tid)
            return;
    }
    prove(charge(trial, "OE-14", "spurious", who_watch(trial, watch, who),
                 "was told that its fd was ready, and it was not"),
          entered, i);
}

/* -- one call of afterpoll -- */

static void judge_twice(struct trial *trial, const struct watch_fact *watch, struct wanted *wanted,
                        size_t entered, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int64_t told = event->spare & event->extra;
    char who[WHO_SIZE];

    if (wanted->round == entered && (wanted->told & told))
        prove(charge(trial, "OE-07", "twice", who_watch(trial, watch, who),
                     "was told of the same event twice by one call of afterpoll"),
              entered, wanted->heard, i);
    wanted->told = wanted->round == entered ? wanted->told | told : told;
    wanted->round = entered;
    wanted->heard = i;
}

static void judge_order(struct trial *trial, struct thread *thread, const struct watch_fact *watch,
                        size_t entered, size_t i)
{
    struct round *round = thread->own;
    char who[WHO_SIZE];

    if (!round)
        thread->own = round = calloc(1, sizeof(*round));
    if (!round)
        return;
    if (round->watch && round->entered == entered && round->due_us > watch->due_us &&
        call_done(&watch->observe, entered))
        prove(charge(trial, "OE-44", "order", who_watch(trial, watch, who),
                     "was due before another timeout, and was told of after it"),
              watch->observe.left, entered, round->at, i);
    if (round->watch && round->entered == entered && round->due_us >= watch->due_us)
        return;
    *round = (struct round){entered, i, watch->due_us, watch->number};
}

static void judge_watched(struct book *book, struct thread *thread, size_t i)
{
    struct trial *trial = book->trial;
    const struct event *event = history_event(trial->history, i);
    const struct watch_fact *watch = things_watch(trial->facts->things, event->subject);
    struct wanted *wanted = watch ? wanted_of(book, watch->number) : NULL;
    size_t entered = begun(trial, thread);
    char who[WHO_SIZE];

    if (!watch) {
        prove(charge(trial, "OE-29", "nobody's", who_lane(trial, event, who),
                     "called back for fd %lld with a value that was given for none",
                     (long long)event->value),
              i);
        return;
    }
    if (!wanted)
        return;
    judge_wish(trial, watch, wanted, entered, i);
    judge_gone(book, watch, entered, i);
    judge_again(trial, watch, wanted, i);
    judge_ready(book, watch, entered, i);
    if (entered == NEVER || history_event(trial->history, entered)->what != OP_AFTERPOLL)
        return;
    if (watch->timer)
        judge_order(trial, thread, watch, entered, i);
    else
        judge_twice(trial, watch, wanted, entered, i);
}

/* The step, or one of those that are done together, empties an fd. */
static bool may_drain(const char *step)
{
    return strstr(step, "drain ") || strstr(step, "together");
}

void judge_watches(const struct history *history, const struct subject *subject,
                   struct findings *findings)
{
    struct trial trial;
    struct book book = {.trial = &trial, .rest = NEVER};
    struct wanted *wanted, *next;

    if (!trial_open(&trial, history, subject, findings, "watches"))
        return;
    if (trial.facts->things->lost)
        goto out;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread = threads_follow(&book.threads, history, i);

        if (event->kind == EVENT_QUIET && event->result == 0)
            book.rest = i;
        else if (event->kind == EVENT_STEP)
            book.drained = may_drain(history_text(history, event));
        else if ((event->kind == EVENT_ENTER || event->kind == EVENT_LEAVE) &&
                 (event->what == OP_OBSERVE || event->what == OP_CHANGE))
            follow_wish(&book, i);
        else if (event->kind == EVENT_WATCHED && thread)
            judge_watched(&book, thread, i);
    }
    HASH_ITER (hh, book.wanted, wanted, next) {
        HASH_DEL(book.wanted, wanted);
        free(wanted);
    }
    threads_free(&book.threads, free);
out:
    trial_close(&trial);
}
