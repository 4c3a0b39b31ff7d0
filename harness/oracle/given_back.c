/* SPDX-License-Identifier: MIT */
/*
 * Given back: what a library keeps for the process, memory and threads, does not grow with the
 * contexts and children that come and go. (Fds are fds.c's.)
 *
 * To keep something is no breach: some things are made once in a process, once on each thread, or
 * at the first use of this or that; there may be a pool, and a few old things that wait for their
 * end. So what is left is judged by rounds. A round ends where no ctx is open any more, and a pool
 * is then full. A leak is proved where in so many rounds one thread took, in the same call of the
 * adapter and for the same caller, a block of the same size, and all of these are there at the end.
 * Likewise threads: in so many rounds one was made, and so many are left.
 */
#include <stdlib.h>
#include <string.h>
#include "history/calls.h"
#include "history/fields.h"
#include "oracle/families.h"
#include "oracle/trial.h"

enum { MANY = 16, /* rounds */ SHOWN = 3 };

/* What is left, or one thing of it. */
struct site {
    struct {
        int64_t caller, size, tid;
        int64_t op;
    } key;
    size_t rounds, last_round; /* that it was taken in; the latest, from 1 */
    size_t count;
    size_t shown[SHOWN], last; /* events */
    size_t entered;            /* ENTER in which the last was taken, or NEVER */
    UT_hash_handle hh;
};

struct ledger {
    struct trial *trial;
    struct threads threads;
    struct site *sites;
    size_t *kept; /* events of kind KEPT, in the order in which they were taken */
    size_t kept_count, kept_next;
    size_t round;                        /* from 1 */
    size_t busy;                         /* ctxs that are open, or being opened */
    size_t threads_rounds, threads_last; /* in which it made threads; the latest */
};

static const struct event *event_of(const struct ledger *ledger, size_t i)
{
    return history_event(ledger->trial->history, i);
}

/* Takes down that something was taken which is left. */
static void note(struct ledger *ledger, int64_t caller, int64_t size, int tid, size_t event)
{
    const struct history *history = ledger->trial->history;
    const struct thread *thread = threads_find(&ledger->threads, ledger->trial->facts->host, tid);
    const struct event *op = thread ? thread_op(history, thread) : NULL;
    struct site *site, like;

    memset(&like, 0, sizeof(like));
    like.key.caller = caller;
    like.key.size = size;
    like.key.tid = tid;
    like.key.op = op ? op->what : OP_NONE;
    HASH_FIND(hh, ledger->sites, &like.key, sizeof(like.key), site);
    if (!site) {
        site = calloc(1, sizeof(*site));
        if (!site)
            return;
        site->key = like.key;
        HASH_ADD(hh, ledger->sites, key, sizeof(site->key), site);
    }
    if (site->last_round != ledger->round)
        site->rounds++;
    site->last_round = ledger->round;
    if (site->count < SHOWN)
        site->shown[site->count] = event;
    site->count++;
    site->last = event;
    site->entered = op ? thread->op[thread->ops - 1] : NEVER;
}

/* All that was taken before event i happened. */
static void note_memory(struct ledger *ledger, size_t i)
{
    for (; ledger->kept_next < ledger->kept_count; ledger->kept_next++) {
        size_t kept = ledger->kept[ledger->kept_next];
        const struct event *event = event_of(ledger, kept);

        if (event->extra < 0 || (size_t)event->extra > i)
            break;
        note(ledger, event->result, event->value, event->subject, kept);
    }
}

/* A round is over where no ctx is open any more. */
static void follow(struct ledger *ledger, const struct event *event)
{
    bool failed = event->result < 0 || event->error;

    if (event->pid != ledger->trial->facts->host)
        return;
    if (event->kind == EVENT_CALL && event->what == CALL_PTHREAD_CREATE &&
        event->zone != ZONE_APPLICATION && event->result == 0) {
        ledger->threads_rounds += ledger->threads_last != ledger->round;
        ledger->threads_last = ledger->round;
    } else if (event->kind == EVENT_ENTER && event->what == OP_OPEN)
        ledger->busy++;
    else if (event->kind == EVENT_LEAVE && ledger->busy > 0 &&
             (event->what == OP_OPEN ? failed : event->what == OP_CLOSE && !failed) &&
             --ledger->busy == 0)
        ledger->round++;
}

static int by_time(const void *a, const void *b, void *history)
{
    const struct event *first = history_event(history, *(const size_t *)a);
    const struct event *second = history_event(history, *(const size_t *)b);

    return (first->extra > second->extra) - (first->extra < second->extra);
}

/* Finds out what is left. False for want of memory. */
static bool list_memory(struct ledger *ledger)
{
    const struct history *history = ledger->trial->history;
    size_t count = 0, i;

    for (i = 0; i < history_count(history); i++)
        count += history_event(history, i)->kind == EVENT_KEPT;
    if (!count)
        return true;
    ledger->kept = calloc(count, sizeof(*ledger->kept));
    if (!ledger->kept)
        return false;
    for (i = 0; i < history_count(history); i++)
        if (history_event(history, i)->kind == EVENT_KEPT)
            ledger->kept[ledger->kept_count++] = i;
    qsort_r(ledger->kept, count, sizeof(*ledger->kept), by_time, (void *)history);
    return true;
}

static const char *while_in(const struct site *site, char *out)
{
    const char *word = event_op_word((unsigned)site->key.op);

    snprintf(out, STATUS_SIZE, "%s%s", word ? ", each taken in " : "", word ? word : "");
    return out;
}

static void judge_site(struct trial *trial, const struct site *site)
{
    const char *caller = history_text(trial->history, history_event(trial->history, site->last));
    char who[WHO_SIZE], op[STATUS_SIZE];

    if (site->rounds < MANY)
        return;
    snprintf(who, sizeof(who), "a block of %lld bytes%s%.40s", (long long)site->key.size,
             *caller ? " that is taken by " : "", caller);
    prove(charge(trial, "XC-30", "memory", who,
                 "is left each time that contexts come and go: %zu are there with all closed%s",
                 site->count, while_in(site, op)),
          site->entered, site->shown[0], site->shown[1], site->shown[2], site->last);
}

static void judge_threads(struct trial *trial, size_t rounds)
{
    size_t count = 0, first = NEVER, last = NEVER, i;
    char who[WHO_SIZE];

    for (i = 0; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);

        if (event->kind != EVENT_THREAD || event->value != trial->facts->host)
            continue;
        first = first == NEVER ? i : first;
        last = i;
        count++;
    }
    if (count < MANY || rounds < MANY)
        return;
    snprintf(who, sizeof(who), "%zu threads of the library", count);
    prove(charge(trial, "XC-30", "threads", who,
                 "are left with all ctxs closed: it made some each of the %zu times that they came",
                 rounds),
          first, last);
}

/* The host came to a good end, with everything closed. */
static bool is_over(const struct facts *facts)
{
    return facts_all_closed(facts, facts->host, history_count(facts->history)) &&
           facts->crashed == NEVER && facts->hung == NEVER;
}

void judge_given_back(const struct history *history, const struct subject *subject,
                      struct findings *findings)
{
    struct ledger ledger = {.round = 1};
    struct site *site, *next;
    struct trial trial;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "given back"))
        return;
    ledger.trial = &trial;
    if (!is_over(trial.facts) || !list_memory(&ledger))
        goto out;
    for (i = 0; i < history_count(history); i++) {
        note_memory(&ledger, i);
        threads_follow(&ledger.threads, history, i);
        follow(&ledger, history_event(history, i));
    }
    HASH_ITER (hh, ledger.sites, site, next)
        judge_site(&trial, site);
    judge_threads(&trial, ledger.threads_rounds);
out:
    HASH_ITER (hh, ledger.sites, site, next) {
        HASH_DEL(ledger.sites, site);
        free(site);
    }
    free(ledger.kept);
    threads_free(&ledger.threads, NULL);
    trial_close(&trial);
}
