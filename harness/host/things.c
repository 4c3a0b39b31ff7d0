/* SPDX-License-Identifier: MIT */
/*
 * Tables of fixed size, as all that lanes share (README.md): a place has an atomic state, and a
 * name that is given again is that of the latest.
 *
 * A library may speak of what is over, and that is a thing to be found out: so a place that is over
 * is used again as late as possible, and what for_callback points to is compared with the tables
 * before anybody believes it.
 */
#include "host/things.h"

#include <stdio.h>
#include <string.h>
#include "history/races.h"

static struct subject subjects[SUBJECTS];
static struct evgen evgens[EVGENS];
static struct operation operations[OPERATIONS];
static struct watch watches[WATCHES];
static atomic_size_t subjects_asked, evgens_asked, operations_asked, watches_asked;
static _Atomic uint64_t serials;

struct table {
    void *first;
    size_t size, count;
    atomic_size_t *asked; /* how often a place was asked for */
};

static const struct table subject_table = {subjects, sizeof *subjects, SUBJECTS, &subjects_asked};
static const struct table evgen_table = {evgens, sizeof *evgens, EVGENS, &evgens_asked};
static const struct table operation_table = {operations, sizeof *operations, OPERATIONS,
                                             &operations_asked};
static const struct table watch_table = {watches, sizeof *watches, WATCHES, &watches_asked};

__attribute__((constructor)) static void tell_of_tables(void)
{
    RACES_OWN(subjects, sizeof subjects);
    RACES_OWN(evgens, sizeof evgens);
    RACES_OWN(operations, sizeof operations);
    RACES_OWN(watches, sizeof watches);
    RACES_OWN(&serials, sizeof serials);
}

static struct thing *at(const struct table *table, size_t i)
{
    return (struct thing *)((char *)table->first + i * table->size);
}

static size_t used(const struct table *table)
{
    size_t count = atomic_load(table->asked);

    return count < table->count ? count : table->count;
}

static struct thing *find(const struct table *table, const char *name)
{
    struct thing *found = NULL;
    uint64_t latest = 0;

    for (size_t i = 0; i < used(table); i++) {
        struct thing *thing = at(table, i);
        uint64_t serial = atomic_load(&thing->serial);

        /* The second look at the serial: it is still the same one. */
        if (atomic_load(&thing->state) >= THING_LIVE && strcmp(thing->name, name) == 0 &&
            atomic_load(&thing->serial) == serial && serial > latest) {
            found = thing;
            latest = serial;
        }
    }
    return found;
}

static bool change(struct thing *thing, int from, int to)
{
    return atomic_compare_exchange_strong(&thing->state, &from, to);
}

/* A place never used, else the one asked for longest ago that is over. */
static struct thing *new_one(const struct table *table, const char *name, int number,
                             struct context *context)
{
    for (size_t i = 0; i < 2 * table->count; i++) {
        struct thing *thing = at(table, atomic_fetch_add(table->asked, 1) % table->count);

        if (!change(thing, THING_FREE, THING_NEW) && !change(thing, THING_OVER, THING_NEW))
            continue;
        snprintf(thing->name, sizeof thing->name, "%s", name);
        thing->number = number;
        thing->context = context;
        thing->of = context != NULL ? atomic_load(&context->serial) : 0;
        atomic_store(&thing->serial, atomic_fetch_add(&serials, 1) + 1);
        return thing;
    }
    return NULL;
}

bool thing_has_context(const struct thing *thing)
{
    return thing->context != NULL && atomic_load(&thing->context->serial) == thing->of &&
           atomic_load(&thing->context->state) == CONTEXT_OPEN;
}

void thing_set(struct thing *thing, enum thing_state state)
{
    atomic_store(&thing->state, (int)state);
}

struct subject *subject_find(const char *name)
{
    return (struct subject *)find(&subject_table, name);
}

struct evgen *evgen_find(const char *name)
{
    return (struct evgen *)find(&evgen_table, name);
}

struct operation *operation_find(const char *name)
{
    return (struct operation *)find(&operation_table, name);
}

struct watch *watch_find(const char *name)
{
    return (struct watch *)find(&watch_table, name);
}

/* What there was of an earlier one in its place goes. */
static void *cleared(const struct table *table, struct thing *thing)
{
    if (thing != NULL)
        memset((char *)thing + sizeof *thing, 0, table->size - sizeof *thing);
    return thing;
}

struct subject *subject_new(const char *name, int number)
{
    return cleared(&subject_table, new_one(&subject_table, name, number, NULL));
}

struct evgen *evgen_new(const char *name, int number, struct context *context)
{
    return cleared(&evgen_table, new_one(&evgen_table, name, number, context));
}

struct operation *operation_new(const char *name, int number, struct context *context)
{
    struct thing *thing = new_one(&operation_table, name, number, context);

    if (thing != NULL)
        operation_over((struct operation *)thing);
    return cleared(&operation_table, thing);
}

struct watch *watch_new(const char *name, int number, struct context *context)
{
    return cleared(&watch_table, new_one(&watch_table, name, number, context));
}

/* A path event has the path, or a part of it that says which one it is. */
static bool is_about(const struct subject *subject, const struct rc_event *event)
{
    if (event->type == RC_EVENT_VANISHED)
        return subject->rc.kind == RC_SUBJECT_PATH && subject->rc.id == event->id &&
               event->path != NULL && subject->rc.path != NULL &&
               strcmp(subject->rc.path, event->path) == 0;
    return (event->type == RC_EVENT_STOPPED || event->type == RC_EVENT_ENDED) &&
           subject->rc.kind == RC_SUBJECT_PROCESS && subject->rc.id == event->id;
}

int subject_of(const struct rc_event *event)
{
    int number = 0;

    for (size_t i = 0; i < used(&subject_table); i++)
        if (atomic_load(&subjects[i].thing.state) == THING_LIVE && is_about(&subjects[i], event) &&
            subjects[i].thing.number > number)
            number = subjects[i].thing.number;
    return number;
}

struct operation *operation_ended(const void *for_callback)
{
    for (size_t i = 0; i < used(&operation_table); i++)
        if (for_callback == &operations[i].ended && operations[i].thing.state != THING_FREE)
            return &operations[i];
    return NULL;
}

struct operation *operation_told(const void *for_callback)
{
    for (size_t i = 0; i < used(&operation_table); i++)
        if (for_callback == &operations[i].told && operations[i].thing.state != THING_FREE)
            return &operations[i];
    return NULL;
}

struct watch *watch_ready(const void *for_callback)
{
    const char *first = (const char *)watches, *p = for_callback;
    size_t i = p >= first ? (size_t)(p - first) / sizeof *watches : WATCHES;

    return i < WATCHES && p == &watches[i].ready && watches[i].thing.state != THING_FREE
               ? &watches[i]
               : NULL;
}

void operation_came(const struct context *context, const struct rc_event *event)
{
    for (size_t i = 0; event->type == RC_EVENT_COMPLETE && i < used(&operation_table); i++) {
        struct operation *operation = &operations[i];

        if (operation->thing.context == context && operation->how.kind == RC_HOW_EVENT &&
            operation->how.user == event->user && change(&operation->thing, THING_LIVE, THING_OVER))
            return;
    }
}
