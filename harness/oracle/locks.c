/* SPDX-License-Identifier: MIT */
/*
 * Locks: no thread waits for a mutex that it holds itself, or that a thread held which is not
 * there any more since the process was forked; no two threads take mutexes in orders that make
 * them wait for each other; none is held when the application is called or returned to.
 *
 * A self-deadlock is charged only if the thread was not seen to go on. For the order of locks an
 * edge a->b is kept for each thread that took b with a in its hands, together with the other locks
 * it held: a cycle is charged where its edges are of different threads and no third lock, held in
 * all of them, keeps these threads apart. Closing a ctx gives memory back, so an address may be
 * another mutex afterwards: edges from before and after do not mix.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "history/calls.h"

enum { MOST_HELD = 16, LONGEST_CYCLE = 4 };

/* Bits of a LOCK's `extra`. Who only tries does not wait, in whatever order. */
enum { LOCK_RECURSIVE = 1, LOCK_TRIED = 2 };

struct held {
    int64_t mutex;
    bool recursive;
    size_t at;
};

/* The locks in a thread's hands, in the order taken. */
struct hands {
    struct held lock[MOST_HELD];
    unsigned count;
    size_t born; /* the thread's BORN plus one, 0 for none: it is the whole of a forked process */
};

struct edge {
    struct {
        int64_t from, to;
        int32_t pid, tid;
    } key;
    int64_t gates[MOST_HELD]; /* held besides; zeros at the end */
    size_t held_at, at;       /* where `from` and `to` were taken */
    UT_hash_handle hh;
};

struct order {
    struct edge *edges;
    size_t since; /* edges from before this are of other mutexes */
};

static struct hands *hands_of(struct thread *thread)
{
    if (!thread->own)
        thread->own = calloc(1, sizeof(struct hands));
    return thread->own;
}

static struct held *find_held(struct hands *hands, int64_t mutex)
{
    unsigned n;

    for (n = hands->count; n-- > 0;)
        if (hands->lock[n].mutex == mutex)
            return &hands->lock[n];
    return NULL;
}

static void let_go(struct hands *hands, int64_t mutex)
{
    struct held *held = find_held(hands, mutex);

    if (!held)
        return;
    hands->count--;
    memmove(held, held + 1, (size_t)(hands->lock + hands->count - held) * sizeof(*held));
}

/* -- the order of locks -- */

static bool share_a_gate(struct edge *const *path, unsigned length)
{
    unsigned g, n, k;

    for (g = 0; g < MOST_HELD && path[0]->gates[g]; g++) {
        for (n = 1; n < length; n++) {
            for (k = 0; k < MOST_HELD && path[n]->gates[k] != path[0]->gates[g]; k++)
                ;
            if (k == MOST_HELD)
                break;
        }
        if (n == length)
            return true;
    }
    return false;
}

static bool of_different_threads(struct edge *const *path, unsigned length)
{
    unsigned a, b;

    for (a = 0; a < length; a++)
        for (b = a + 1; b < length; b++)
            if (path[a]->key.tid == path[b]->key.tid)
                return false;
    return true;
}

static void charge_cycle(struct trial *trial, struct edge *const *path, unsigned length)
{
    const struct event *event = history_event(trial->history, path[0]->at);
    char who[WHO_SIZE];
    struct finding *finding;
    unsigned n;

    finding =
        charge(trial, "XC-28", "order", who_lane(trial, event, who),
               "took mutex 0x%llx while it held 0x%llx, which %s took the other way round",
               (unsigned long long)path[0]->key.to, (unsigned long long)path[0]->key.from,
               length == 2 ? history_lane_name(trial->history, path[1]->key.pid, path[1]->key.tid)
                           : "others");
    for (n = 0; n < length; n++)
        prove(finding, path[n]->held_at, path[n]->at);
}

/* Looks for a way from the end of the path back to its start. */
static bool find_cycle(struct trial *trial, const struct order *order, struct edge **path,
                       unsigned length)
{
    struct edge *edge, *next;

    if (path[length - 1]->key.to == path[0]->key.from) {
        if (!of_different_threads(path, length) || share_a_gate(path, length))
            return false;
        charge_cycle(trial, path, length);
        return true;
    }
    if (length == LONGEST_CYCLE)
        return false;
    HASH_ITER (hh, order->edges, edge, next) {
        if (edge->key.from != path[length - 1]->key.to || edge->key.pid != path[0]->key.pid ||
            edge->held_at < order->since)
            continue;
        path[length] = edge;
        if (find_cycle(trial, order, path, length + 1))
            return true;
    }
    return false;
}

static void add_edge(struct trial *trial, struct order *order, const struct hands *hands,
                     const struct held *from, const struct event *event, size_t i)
{
    struct edge *edge, like, *path[LONGEST_CYCLE + 1];
    int64_t gates[MOST_HELD] = {0};
    unsigned n, used = 0;
    bool fresh;

    memset(&like, 0, sizeof(like));
    like.key.from = from->mutex;
    like.key.to = event->value;
    like.key.pid = event->pid;
    like.key.tid = event->tid;
    for (n = 0; n < hands->count && used < MOST_HELD - 1; n++)
        if (hands->lock[n].mutex != from->mutex)
            gates[used++] = hands->lock[n].mutex;
    HASH_FIND(hh, order->edges, &like.key, sizeof(like.key), edge);
    fresh = !edge || edge->held_at < order->since;
    if (!edge) {
        edge = calloc(1, sizeof(*edge));
        if (!edge)
            return;
        edge->key = like.key;
        HASH_ADD(hh, order->edges, key, sizeof(edge->key), edge);
    } else if (!fresh) {
        /* Once without a gate is enough. */
        if (memcmp(edge->gates, gates, sizeof(gates)) == 0 || !edge->gates[0])
            return;
    }
    memcpy(edge->gates, gates, sizeof(gates));
    edge->held_at = from->at;
    edge->at = i;
    path[0] = edge;
    find_cycle(trial, order, path, 1);
}

static void see_order(struct trial *trial, struct order *order, struct hands *hands, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    unsigned n;

    if (find_held(hands, event->value))
        return;
    for (n = 0; n < hands->count; n++)
        add_edge(trial, order, hands, &hands->lock[n], event, i);
}

/* -- waiting for ever -- */

/* The thread did nothing more, except in handlers that interrupted the wait. */
static bool never_went_on(const struct trial *trial, const struct thread *thread, size_t i)
{
    size_t count = history_count(trial->history);
    int depth = 0;

    for (i++; i < count; i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->pid != thread->key.pid || event->tid != thread->key.tid ||
            event->kind >= EVENT_STEP)
            continue;
        if (event->kind == EVENT_HANDLER_IN)
            depth++;
        else if (event->kind == EVENT_HANDLER_OUT)
            depth--;
        else if (depth == 0)
            return false;
        if (depth < 0)
            return false;
    }
    return true;
}

/* The application's fork_replacement made this process, and ran no pthread_atfork handlers. */
static bool was_forked_raw(const struct trial *trial, int pid)
{
    size_t i;

    for (i = 0; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_FORKHOOK && event->value &&
            (event->pid == pid || event->subject == pid))
            return true;
    }
    return false;
}

/* Was the call made from within the callback for disasters? */
static bool is_in_disaster(const struct trial *trial, const struct event *op, size_t enter)
{
    while (enter-- > 0) {
        const struct event *event = history_event(trial->history, enter);
        if (event->pid == op->pid && event->tid == op->tid)
            return event->kind == EVENT_DISASTER;
    }
    return false;
}

static const char *for_deadlock(const struct trial *trial, const struct thread *thread,
                                const struct event *event)
{
    const struct event *op = thread_op(trial->history, thread);

    if (thread_in_op(trial->history, thread, OP_POSTFORK, NULL))
        return for_shape(trial->subject, "FK-75");
    if (event->zone == ZONE_HANDLER || thread->handlers > 0)
        return for_shape(trial->subject, "FK-24");
    if (op && (op->what == OP_TOLD_REAPED || op->what == OP_TOLD_SIGCHLD) &&
        thread_was_interrupted(trial->history, thread))
        return for_shape(trial->subject, "FK-35");
    if (was_forked_raw(trial, event->pid))
        return for_shape(trial->subject, "FK-51");
    if (op && thread->ops <= THREAD_OPS && is_in_disaster(trial, op, thread->op[thread->ops - 1]))
        return "EV-15";
    return "XC-28";
}

/* When a process was surely there: its BORN, or its parent's return from fork, which may well come
 * first. */
static size_t forked_by(const struct trial *trial, size_t born)
{
    const struct event *birth = history_event(trial->history, born);
    size_t i = born;

    while (i-- > 0) {
        const struct event *event = history_event(trial->history, i);
        if (event->kind == EVENT_BORN && event->pid == birth->pid)
            break; /* the pid had another life */
        if (event->kind == EVENT_CALL && event->what == CALL_FORK && event->pid == birth->subject &&
            event->result == birth->pid)
            return i;
    }
    return born;
}

/* The LOCK by which a thread of the parent held the mutex when this process was forked, or NEVER.
 */
static size_t held_at_birth(const struct trial *trial, const struct hands *hands, int64_t mutex)
{
    size_t i = hands->born;
    int parent;

    if (i == 0)
        return NEVER;
    parent = history_event(trial->history, --i)->subject;
    i = forked_by(trial, i);
    while (i-- > 0) {
        const struct event *event = history_event(trial->history, i);
        if (event->pid != parent || event->value != mutex)
            continue;
        if (event->kind == EVENT_UNLOCK)
            break;
        if (event->kind == EVENT_LOCK)
            return i;
    }
    return NEVER;
}

static void judge_wait(struct trial *trial, const struct thread *thread, struct hands *hands,
                       size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct held *held = find_held(hands, event->value);
    const char *requirement = for_deadlock(trial, thread, event);
    unsigned long long mutex = (unsigned long long)event->value;
    size_t at_birth, op = NEVER;
    char who[WHO_SIZE];

    if (thread->ops > 0 && thread->ops <= THREAD_OPS)
        op = thread->op[thread->ops - 1];
    who_lane(trial, event, who);
    if (held && !held->recursive && !(event->extra & LOCK_RECURSIVE)) {
        if (never_went_on(trial, thread, i))
            prove(charge(trial, requirement, "self", who,
                         "waits for mutex 0x%llx, which it holds itself%s", mutex,
                         event->zone == ZONE_HANDLER ? ": the signal handler interrupted it" : ""),
                  op, held->at, i);
        return;
    }
    if (held)
        return;
    at_birth = held_at_birth(trial, hands, event->value);
    if (at_birth != NEVER && never_went_on(trial, thread, i))
        prove(charge(trial, requirement, "parent", who,
                     "waits for mutex 0x%llx, which a thread of its parent held when it was forked",
                     mutex),
              at_birth, op, i);
}

/* What the thread holds when the application is called or returned to. */
static void judge_left(struct trial *trial, const struct thread *thread, const struct hands *hands,
                       size_t i)
{
    const struct event *event = history_event(trial->history, i), *next;
    const struct event *op = thread_op(trial->history, thread);
    size_t count = history_count(trial->history), n = i + 1;
    bool all_recursive = true;
    const char *requirement;
    char who[WHO_SIZE];
    unsigned h;

    who_lane(trial, event, who);
    for (h = 0; h < hands->count; h++)
        all_recursive = all_recursive && hands->lock[h].recursive;
    if (event->value == 0) {
        prove(charge(trial, "XC-28", "returned", who,
                     "came back from the library with %lld mutex%s still held",
                     (long long)event->extra, event->extra == 1 ? "" : "es"),
              hands->count ? hands->lock[hands->count - 1].at : NEVER, i);
        if (op && op->what == OP_CAREFD && is_libxl_shaped(trial->subject))
            prove(charge(trial, "FK-67", "carefd", who,
                         "came back from the opening of a carefd with a mutex still held, so that "
                         "nobody can fork"),
                  hands->count ? hands->lock[hands->count - 1].at : NEVER, i);
        return;
    }
    for (; n < count; n++) {
        next = history_event(trial->history, n);
        if (next->pid == thread->key.pid && next->tid == thread->key.tid &&
            next->kind < EVENT_FOREIGN)
            break;
    }
    if (n == count)
        return;
    next = history_event(trial->history, n);
    /*
     * The hook that forks, and the one for disasters, may be called with the ctx locked. An exit
     * may be reported under a lock that the callback can take again; an event or the end of an
     * operation may not.
     */
    requirement = next->kind == EVENT_COMPLETED                           ? "AO-06"
                  : next->kind == EVENT_GOT && next->what == WAY_PROGRESS ? "AO-06"
                  : next->kind == EVENT_GOT && next->what == WAY_CALLBACK ? "EV-14"
                                                                          : NULL;
    if (requirement)
        prove(charge(trial, requirement, "called", who,
                     "called the application back with %lld mutex%s held", (long long)event->extra,
                     event->extra == 1 ? "" : "es"),
              hands->count ? hands->lock[hands->count - 1].at : NEVER, i, n);
    else if (next->kind == EVENT_STRANGER ||
             ((next->kind == EVENT_REPORT || next->kind == EVENT_LOST) &&
              !(hands->count && all_recursive)))
        prove(charge(trial, for_shape(trial->subject, "FK-55"), "called", who,
                     "called the application back with %lld mutex%s held", (long long)event->extra,
                     event->extra == 1 ? "" : "es"),
              hands->count ? hands->lock[hands->count - 1].at : NEVER, i, n);
}

/* -- forks -- */

static void inherit(struct trial *trial, const struct threads *threads, struct thread *child,
                    size_t i)
{
    struct thread *parent = threads_forked_by(threads, trial->history, i);
    struct hands *hands = hands_of(child);

    if (!hands)
        return;
    if (parent && parent->own)
        *hands = *(struct hands *)parent->own;
    hands->born = i + 1;
}

void judge_locks(const struct history *history, const struct subject *subject,
                 struct findings *findings)
{
    struct trial trial;
    struct threads threads = {NULL};
    struct order order = {NULL, 0};
    struct edge *edge, *next;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "locks"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread = threads_follow(&threads, history, i);
        struct hands *hands = thread ? hands_of(thread) : NULL;

        if (!hands)
            continue;
        switch (event->kind) {
        case EVENT_BORN:
            inherit(&trial, &threads, thread, i);
            break;
        case EVENT_LOCK:
            if (!(event->extra & LOCK_TRIED))
                see_order(&trial, &order, hands, i);
            if (hands->count < MOST_HELD)
                hands->lock[hands->count++] =
                    (struct held){event->value, event->extra & LOCK_RECURSIVE, i};
            break;
        case EVENT_LOCK_WAIT:
            see_order(&trial, &order, hands, i);
            judge_wait(&trial, thread, hands, i);
            break;
        case EVENT_UNLOCK:
            let_go(hands, event->value);
            break;
        case EVENT_LEFT_LOCKED:
            judge_left(&trial, thread, hands, i);
            break;
        case EVENT_LEAVE:
            if (event->what == OP_CLOSE)
                order.since = i;
            break;
        default:
            break;
        }
    }
    HASH_ITER (hh, order.edges, edge, next) {
        HASH_DEL(order.edges, edge);
        free(edge);
    }
    threads_free(&threads, free);
    trial_close(&trial);
}
