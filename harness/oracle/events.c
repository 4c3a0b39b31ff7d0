/* SPDX-License-Identifier: MIT */
/*
 * Events: what happened is told once for each enabling that was there for it, with that enabling's
 * value, and nothing else is told.
 *
 * Enablings of a ctx that are about the same subject and have the same value cannot be told apart,
 * so they are counted: so many at most may say one thing. Too much is seen at once. Too little is
 * certain only at a rest after it happened, and only where the application would have had it: the
 * callback was there for the type, or it asked for just that and was told that there is none.
 *
 * Of a stop nothing is missed here: a library may have to look for it now and then.
 */
#include "history/words.h"
#include "oracle/families.h"
#include "oracle/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_TYPES = RC_EVENT_VANISHED + 1 };

/* Enablings of one ctx, about one subject, with one value. */
struct group {
    struct {
        int32_t ctx, about;
        int64_t user;
    } key;
    const struct evgen_fact **list;
    size_t count, size;
    size_t told[FIRST_TYPES], first[FIRST_TYPES]; /* by type: how often, and when first */
    UT_hash_handle hh;
};

static const char *subject_name(const struct trial *trial, int number)
{
    return history_thing_name(trial->history, EVENT_SUBJECT, number);
}

/* -- enablings -- */

static struct group *find_group(struct group *groups, int ctx, int about, int64_t user)
{
    struct group *found, like;

    memset(&like, 0, sizeof(like));
    like.key.ctx = ctx;
    like.key.about = about;
    like.key.user = user;
    HASH_FIND(hh, groups, &like.key, sizeof(like.key), found);
    return found;
}

static bool add_to_group(struct group **groups, const struct evgen_fact *evgen)
{
    struct group *group = find_group(*groups, evgen->ctx, evgen->about, evgen->user);
    const struct evgen_fact **list;

    if (!group) {
        group = calloc(1, sizeof(*group));
        if (!group)
            return false;
        group->key.ctx = evgen->ctx;
        group->key.about = evgen->about;
        group->key.user = evgen->user;
        HASH_ADD(hh, *groups, key, sizeof(group->key), group);
    }
    if (group->count == group->size) {
        group->size = group->size ? group->size * 2 : 4;
        list = realloc(group->list, group->size * sizeof(*list));
        if (!list)
            return false;
        group->list = list;
    }
    group->list[group->count++] = evgen;
    return true;
}

static struct group *group_all(const struct things *things)
{
    struct group *groups = NULL;
    const struct evgen_fact *evgen, *next;

    HASH_ITER (hh, things->evgens, evgen, next)
        if (!add_to_group(&groups, evgen))
            break;
    return groups;
}

/* Of an event that says an id: that of a subject, as far as one has it. */
static int about_whom(const struct trial *trial, const struct event *event)
{
    const struct subject_fact *subject, *next;
    long id;

    if (event->subject || event->extra == RC_EVENT_VANISHED ||
        sscanf(history_text(trial->history, event), "id %ld", &id) != 1)
        return event->subject;
    HASH_ITER (hh, trial->facts->things->subjects, subject, next)
        if (subject->kind == RC_SUBJECT_PROCESS && subject->id == id)
            return subject->number;
    return 0;
}

/* The change of which an event of this type tells. */
static enum rc_subject_change change_of(int64_t type)
{
    return type == RC_EVENT_STOPPED ? RC_SUBJECT_STOPS
           : type == RC_EVENT_ENDED ? RC_SUBJECT_ENDS
                                    : RC_SUBJECT_VANISHES;
}

/* -- too much -- */

/* The first enabling that asks for events of this ctx (-1: any) about this subject. */
static const struct evgen_fact *enabled_before(const struct trial *trial, int ctx, int about,
                                               size_t i)
{
    const struct evgen_fact *evgen, *next;

    HASH_ITER (hh, trial->facts->things->evgens, evgen, next)
        if ((ctx < 0 || evgen->ctx == ctx) && (!about || evgen->about == about) &&
            call_begun(&evgen->enable, i))
            return evgen;
    return NULL;
}

/* An event about what nobody can tell. */
static void judge_unknown(struct trial *trial, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct evgen_fact *evgen = NULL, *other, *next;
    const char *text = history_text(trial->history, event);
    char who[WHO_SIZE];

    HASH_ITER (hh, trial->facts->things->evgens, other, next) {
        const struct subject_fact *subject = things_subject(trial->facts->things, other->about);

        if (other->ctx == event->ctx && call_begun(&other->enable, i) && subject &&
            subject->kind == RC_SUBJECT_PATH)
            evgen = other;
    }
    who_ctx(trial, event->ctx, who);
    if (event->extra == RC_EVENT_VANISHED && evgen)
        prove(charge(trial, "EV-27", "path", who,
                     "told that \"%s\" vanished, which is not what was asked for as %s", text,
                     subject_name(trial, evgen->about)),
              evgen->enable.left, i);
    else
        prove(charge(trial, "EV-28", "unknown", who, "told of %s that it %s: nobody asked for it",
                     *text ? text : "nothing known", event_type_word(event->extra)),
              i);
}

static void judge_unasked(struct trial *trial, int about, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct evgen_fact *evgen = enabled_before(trial, event->ctx, about, i);
    const char *name = subject_name(trial, about);
    char who[WHO_SIZE];

    who_ctx(trial, event->ctx, who);
    if (evgen) {
        prove(charge(trial, "EV-22", "value", who,
                     "told that %s %s with the value %llu, and was given %llu for it", name,
                     event_type_word(event->extra), (unsigned long long)event->value,
                     (unsigned long long)evgen->user),
              evgen->enable.left, i);
        return;
    }
    evgen = enabled_before(trial, -1, about, i);
    prove(charge(trial, "EV-28", evgen ? "wrong ctx" : "unasked", who,
                 "told that %s %s, for which %s", name, event_type_word(event->extra),
                 evgen ? "another ctx was asked" : "nobody asked"),
          evgen ? evgen->enable.left : NEVER, i);
}

/* The ctx had been closed, for this thread or for everybody. */
static void judge_closed(struct trial *trial, int about, size_t i)
{
    const struct event *event = history_event(trial->history, i), *close;
    const struct ctx_fact *ctx = NULL;
    char who[WHO_SIZE];

    if (event->ctx >= 0 && (size_t)event->ctx < trial->facts->ctx_count)
        ctx = &trial->facts->ctxs[event->ctx];
    if (!ctx || ctx->process != event->pid || ctx->closed >= i)
        return;
    close = history_event(trial->history, ctx->closed);
    if (close->tid == event->tid)
        prove(charge(trial, "EV-25", "closed", who_ctx(trial, event->ctx, who),
                     "told that %s %s after it was closed", subject_name(trial, about),
                     event_type_word(event->extra)),
              ctx->closed, i);
}

/* No step made it happen until the one that follows event i. */
static bool has_not_happened(const struct trial *trial, const struct subject_fact *subject,
                             int64_t type, size_t i)
{
    const struct operation_fact *operation, *next;
    size_t changed = subject->changed[change_of(type)];
    size_t count = history_count(trial->history), step = i;

    if (changed < i)
        return false;
    while (step < count && history_event(trial->history, step)->kind != EVENT_STEP)
        step++;
    if (step == count || changed < step ||
        (type == RC_EVENT_STOPPED && subject->changed[RC_SUBJECT_ENDS] < step))
        return false;
    HASH_ITER (hh, trial->facts->things->operations, operation, next)
        if (operation->kind == RC_OPERATION_END && operation->start.entered < i)
            return false;
    return true;
}

static void judge_told(struct trial *trial, struct group *groups, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    int about = about_whom(trial, event);
    const struct subject_fact *subject = things_subject(trial->facts->things, about);
    const char *name = subject_name(trial, about), *requirement;
    struct group *group;
    size_t asked = 0, over = 0, dropped = NEVER, since, n;
    char who[WHO_SIZE];

    if (!about || !subject) {
        judge_unknown(trial, i);
        return;
    }
    judge_closed(trial, about, i);
    group = find_group(groups, event->ctx, about, event->value);
    if (subject->doubtful)
        return;
    since = subject->step[change_of(event->extra)];
    for (n = 0; group && n < group->count; n++) {
        const struct evgen_fact *evgen = group->list[n];

        asked += call_begun(&evgen->enable, i);
        if (since != NEVER && call_done(&evgen->disable, since)) {
            dropped = evgen->disable.left;
            over++;
        }
    }
    if (!asked) {
        judge_unasked(trial, about, i);
        return;
    }
    who_ctx(trial, event->ctx, who);
    if (has_not_happened(trial, subject, event->extra, i))
        prove(charge(trial, "EV-07", "untrue", who, "told that %s %s, which had not happened", name,
                     event_type_word(event->extra)),
              group->list[0]->enable.left, i);
    if (group->told[event->extra]++ == 0)
        group->first[event->extra] = i;
    if (group->told[event->extra] <= asked - over)
        return;
    if (group->told[event->extra] <= asked) {
        prove(charge(trial, "EV-23", "disabled", who,
                     "told that %s %s, after what asked for it was disabled", name,
                     event_type_word(event->extra)),
              dropped, subject->changed[change_of(event->extra)], i);
        return;
    }
    requirement = asked > 1 ? "EV-24" : event->extra == RC_EVENT_VANISHED ? "EV-07" : "EV-26";
    prove(charge(trial, requirement, "too often", who,
                 "told %zu times that %s %s, and was asked for it %s", group->told[event->extra],
                 name, event_type_word(event->extra), asked > 1 ? "less often" : "once"),
          group->list[0]->enable.left, group->first[event->extra], i);
}

/* -- too little -- */

static bool had_disaster(const struct trial *trial, int ctx)
{
    for (size_t i = 0; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);

        if (event->kind == EVENT_DISASTER && event->ctx == ctx)
            return true;
    }
    return false;
}

/* How many of the group are owed the event at the rest. */
static size_t owed(const struct group *group, size_t since, size_t changed)
{
    size_t count = 0;

    for (size_t n = 0; n < group->count; n++)
        count += call_done(&group->list[n]->enable, since) &&
                 group->list[n]->disable.entered == NEVER && changed != NEVER;
    return count;
}

static void judge_missing(struct trial *trial, const struct group *group)
{
    const struct facts *facts = trial->facts;
    const struct subject_fact *subject = things_subject(facts->things, group->key.about);
    int ctx = group->key.ctx;
    int64_t type, types;
    size_t changed, since, rest, count, in_vain = NEVER, set;
    char who[WHO_SIZE];

    if (!subject || subject->doubtful || ctx < 0 || (size_t)ctx >= facts->ctx_count ||
        !facts->ctxs[ctx].process)
        return;
    type = subject->kind == RC_SUBJECT_PATH ? RC_EVENT_VANISHED : RC_EVENT_ENDED;
    changed = subject->changed[change_of(type)];
    since = subject->step[change_of(type)];
    if (since == NEVER)
        return;
    count = owed(group, since, changed);
    rest = group->told[type] < count ? facts_rest(facts, ctx, changed, facts->ctxs[ctx].closing)
                                     : NEVER;
    if (rest == NEVER || had_disaster(trial, ctx))
        return;
    if (!things_mask(facts->things, trial->history, ctx, group->list[0]->enable.entered, NEVER,
                     &types, &set))
        return;
    if (!types_have(types, type)) {
        in_vain = things_asked_in_vain(trial->history, ctx, type, group->key.user, rest);
        if (in_vain == NEVER)
            return;
        set = NEVER;
    }
    prove(
        charge(trial, count > 1 ? "EV-24" : "EV-07", "missing", who_ctx(trial, ctx, who),
               "did not tell that %s %s: it did so %zu times, and had been asked for it %zu times",
               subject_name(trial, subject->number), event_type_word(type), group->told[type],
               count),
        set, group->list[0]->enable.left, changed, rest, in_vain);
}

void judge_events(const struct history *history, const struct subject *subject,
                  struct findings *findings)
{
    struct trial trial;
    struct group *groups, *group, *next;
    size_t count = history_count(history), i;

    if (!trial_open(&trial, history, subject, findings, "events"))
        return;
    if (trial.facts->things->lost)
        goto out;
    groups = group_all(trial.facts->things);
    for (i = 0; i < count; i++) {
        const struct event *event = history_event(history, i);

        if (event->kind == EVENT_GOT && event->extra >= RC_EVENT_STOPPED &&
            event->extra <= RC_EVENT_VANISHED && event->what != WAY_PROGRESS)
            judge_told(&trial, groups, i);
    }
    HASH_ITER (hh, groups, group, next) {
        if (trial.facts->crashed == NEVER && trial.facts->hung == NEVER &&
            !trial.facts->things->irregular)
            judge_missing(&trial, group);
        HASH_DEL(groups, group);
        free(group->list);
        free(group);
    }
out:
    trial_close(&trial);
}
