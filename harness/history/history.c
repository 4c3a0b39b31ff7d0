/* SPDX-License-Identifier: MIT */
/*
 * A history is a copy: once it is taken, the log and all who wrote into it may go. Events that
 * were never finished, because their writer was killed while it wrote, are left out; what a full
 * log had to drop is said by one last event.
 */
#include "history/fields.h"
#include "history/parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_EVENTS = 256,
    FIRST_TEXT = 1024,
    MADE_UP_NAME = 32,
    PLACES_KNOWN = 64,        /* of events left out */
    COPIED_AT_ONCE = 1 << 15, /* events; then the log's memory that held them is let go: 2 MB */
};

const struct name *names_by_number(const struct names *names, int pid, int number)
{
    struct name_key key = {.pid = pid, .number = number};
    struct name *found;

    HASH_FIND(by_key, names->by_key, &key, sizeof(key), found);
    return found;
}

const struct name *names_by_text(const struct names *names, const char *text)
{
    struct name *found;

    HASH_FIND(by_text, names->by_text, text, strlen(text), found);
    return found;
}

const struct name *history_names_add(struct names *names, int pid, int number, const char *text)
{
    size_t length = strlen(text);
    struct name *name = (struct name *)names_by_number(names, pid, number);
    struct name *other = (struct name *)names_by_text(names, text);

    if (name)
        return name;
    name = calloc(1, sizeof(*name) + length + 1);
    if (!name)
        return NULL;
    name->key.pid = pid;
    name->key.number = number;
    memcpy(name->text, text, length);
    HASH_ADD(by_key, names->by_key, key, sizeof(name->key), name);
    if (other)
        other->shared = name->shared = true;
    else
        HASH_ADD_KEYPTR(by_text, names->by_text, name->text, length, name);
    return name;
}

static void names_clear(struct names *names)
{
    struct name *name, *next;

    HASH_CLEAR(by_text, names->by_text);
    HASH_ITER (by_key, names->by_key, name, next) {
        HASH_DELETE(by_key, names->by_key, name);
        free(name);
    }
}

struct history *history_new(void)
{
    struct history *history = calloc(1, sizeof(*history));

    if (!history)
        return NULL;
    history->events = calloc(FIRST_EVENTS, sizeof(*history->events));
    history->text = calloc(1, FIRST_TEXT);
    history->made_up = calloc(1, sizeof(*history->made_up));
    if (!history->events || !history->text || !history->made_up) {
        history_free(history);
        return NULL;
    }
    history->size = FIRST_EVENTS;
    history->text_size = FIRST_TEXT;
    history->text_used = 1;
    return history;
}

void history_free(struct history *history)
{
    if (!history)
        return;
    names_clear(&history->ctxs);
    names_clear(&history->children);
    names_clear(&history->lanes);
    names_clear(&history->things);
    if (history->made_up)
        names_clear(history->made_up);
    free(history->made_up);
    free(history->events);
    free(history->text);
    free(history);
}

/* Returns the offset of the copy, 0 for an empty string, -1 for want of memory. */
static int64_t keep_text(struct history *history, const char *text)
{
    size_t length = strlen(text);
    size_t offset = history->text_used;

    if (!length)
        return 0;
    if (length >= history->text_size - offset) {
        size_t size = (history->text_size + length + 1) * 2;
        char *grown = realloc(history->text, size);
        if (!grown)
            return -1;
        history->text = grown;
        history->text_size = size;
    }
    memcpy(history->text + offset, text, length + 1);
    history->text_used += length + 1;
    return (int64_t)offset;
}

/* Room for so many events. Returns 0, -1 for want of memory. */
static int reserve(struct history *history, size_t size)
{
    struct event *grown;

    if (size <= history->size)
        return 0;
    grown = realloc(history->events, size * sizeof(*grown));
    if (!grown)
        return -1;
    history->events = grown;
    history->size = size;
    return 0;
}

struct event *history_add(struct history *history, const struct event *event, const char *text)
{
    int64_t offset = keep_text(history, text);
    struct event *copy;

    if (offset < 0)
        return NULL;
    if (history->count == history->size && reserve(history, 2 * history->size) < 0)
        return NULL;
    copy = &history->events[history->count++];
    *copy = *event;
    copy->text = (uint32_t)offset;
    return copy;
}

int names_form(unsigned kind)
{
    switch (kind) {
    case EVENT_SUBJECT:
        return FORM_SUBJECT;
    case EVENT_EVGEN:
        return FORM_EVGEN;
    case EVENT_OPERATION:
        return FORM_OPERATION;
    case EVENT_WATCH:
        return FORM_WATCH;
    default:
        return 0;
    }
}

/* Learns the name that an event gives. Returns 0, -1 for want of memory. */
static int learn_name(struct history *history, const struct event *event)
{
    const char *text = history_text(history, event);
    const struct name *name;

    if (!*text)
        return 0;
    switch (event->kind) {
    case EVENT_LANE:
        name = history_names_add(&history->lanes, event->pid, event->tid, text);
        break;
    case EVENT_CTX:
        name = history_names_add(&history->ctxs, 0, event->ctx, text);
        break;
    case EVENT_CHILD:
        name = history_names_add(&history->children, 0, event->subject, text);
        break;
    case EVENT_SUBJECT:
    case EVENT_EVGEN:
    case EVENT_OPERATION:
    case EVENT_WATCH:
        name = history_names_add(&history->things, names_form(event->kind), event->subject, text);
        break;
    default:
        return 0;
    }
    return name ? 0 : -1;
}

/* Where the log has event `place`, the history has it so many places before. */
static int64_t left_out_before(const size_t *left_out, size_t count, int64_t place)
{
    int64_t before = 0;

    while ((size_t)before < count && (int64_t)left_out[before] < place)
        before++;
    return before;
}

/* How many events stand between the question, before which so many had come, and the answer, which
 * is the latest. All of them, where that cannot be told. */
static int32_t came_meanwhile(const struct history *history, int32_t before, const size_t *left_out,
                              size_t left_out_count)
{
    size_t last = history->count - 1;

    if (left_out_count > PLACES_KNOWN)
        return (int32_t)last;
    return (int32_t)last - before + (int32_t)left_out_before(left_out, left_out_count, before);
}

struct history *history_from_log(const struct log *log)
{
    struct history *history = history_new();
    size_t count = log_count(log), dropped = log_dropped(log);
    size_t left_out[PLACES_KNOWN], left_out_count = 0;
    size_t i;

    if (!history)
        return NULL;
    if (reserve(history, count + 1) < 0)
        goto fail;
    for (i = 0; i < count; i++) {
        const struct event *event = log_at(log, i);
        struct event *added;
        if (i % COPIED_AT_ONCE == 0 && i > 0)
            log_release(log, i - COPIED_AT_ONCE, i);
        if (!event || event->kind == EVENT_NONE || event->kind >= EVENT_KIND_COUNT) {
            if (left_out_count < PLACES_KNOWN)
                left_out[left_out_count] = i;
            left_out_count++;
            continue;
        }
        if (event->kind == EVENT_KEPT && left_out_count > PLACES_KNOWN)
            continue; /* when it was taken cannot be told */
        added = history_add(history, event, log_string(log, event->text));
        if (!added || learn_name(history, added) < 0)
            goto fail;
        if (added->kind == EVENT_KEPT)
            added->extra -= left_out_before(left_out, left_out_count, added->extra);
        if (added->kind == EVENT_DISPOSITION)
            added->subject = came_meanwhile(history, added->subject, left_out, left_out_count);
    }
    if (dropped) {
        struct event lost = {.kind = EVENT_LOST_EVENTS, .ctx = -1, .value = (int64_t)dropped};
        if (history->count)
            lost.time = history->events[history->count - 1].time;
        if (!history_add(history, &lost, ""))
            goto fail;
    }
    return history;

fail:
    history_free(history);
    return NULL;
}

size_t history_count(const struct history *history)
{
    return history->count;
}

const struct event *history_event(const struct history *history, size_t i)
{
    return &history->events[i];
}

const char *history_text(const struct history *history, const struct event *event)
{
    return event->text < history->text_used ? history->text + event->text : "";
}

/* The name of a number, or one made up by format, which takes pid and number. */
static const char *name_or_make_up(const struct history *history, const struct names *names,
                                   int pid, int number, const char *made_up)
{
    const struct name *name = names_by_number(names, pid, number);

    if (!name)
        name = names_by_text(history->made_up, made_up);
    if (!name) /* the number only has to be one that no other made-up name has */
        name = history_names_add(history->made_up, 0,
                                 (int)HASH_CNT(by_key, history->made_up->by_key), made_up);
    return name ? name->text : "?";
}

const char *history_ctx_name(const struct history *history, int ctx)
{
    char made_up[MADE_UP_NAME];

    snprintf(made_up, sizeof(made_up), "ctx%d", ctx);
    return name_or_make_up(history, &history->ctxs, 0, ctx, made_up);
}

const char *history_child_name(const struct history *history, int pid)
{
    char made_up[MADE_UP_NAME];

    snprintf(made_up, sizeof(made_up), "pid %d", pid);
    return name_or_make_up(history, &history->children, 0, pid, made_up);
}

const char *history_thing_name(const struct history *history, enum event_kind kind, int number)
{
    char made_up[MADE_UP_NAME];

    snprintf(made_up, sizeof(made_up), "%s %d", event_kind_word(kind), number);
    return name_or_make_up(history, &history->things, names_form(kind), number, made_up);
}

const char *history_lane_name(const struct history *history, int pid, int tid)
{
    char made_up[MADE_UP_NAME];

    snprintf(made_up, sizeof(made_up), "%d:%d", pid, tid);
    return name_or_make_up(history, &history->lanes, pid, tid, made_up);
}

int history_host_pid(const struct history *history)
{
    size_t i;

    for (i = 0; i < history->count; i++)
        if (history->events[i].kind == EVENT_LANE)
            return history->events[i].pid;
    return 0;
}
