/* SPDX-License-Identifier: MIT */
/*
 * Writes histories as text, following the table of fields.c; parse.c reads them.
 *
 * Numbers change from run to run and mean nothing to people, so they are written as names where
 * there is one; a name that several children bear is written name:pid. The events lane, ctx and
 * child say which number a name stands for.
 */
#include "history/fields.h"
#include "history/parts.h"
#include "history/words.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Counts what does not fit, as snprintf does. */
struct line {
    char *out;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
    size_t room = line->used < line->size ? line->size - line->used : 0;
    va_list args;
    int r;

    va_start(args, format);
    r = vsnprintf(room ? line->out + line->used : NULL, room, format, args);
    va_end(args);
    if (r > 0)
        line->used += (size_t)r;
}

static void put_quoted(struct line *line, const char *text)
{
    put(line, "\"");
    for (; *text; text++) {
        if (*text == '\n')
            put(line, "\\n");
        else if (*text == '"' || *text == '\\')
            put(line, "\\%c", *text);
        else
            put(line, "%c", *text);
    }
    put(line, "\"");
}

/* A word that the parser reads as one and does not take for a number. */
static bool is_plain(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (!*text || *text == '-' || (digits && (!text[digits] || text[digits] == ':')))
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("-._/", *text))
            return false;
    return true;
}

static void put_text(struct line *line, const char *text)
{
    if (is_plain(text))
        put(line, "%s", text);
    else
        put_quoted(line, text);
}

static void put_name(struct line *line, const struct name *name, int64_t number)
{
    if (!name || !is_plain(name->text) || strcmp(name->text, "any") == 0)
        put(line, "%" PRId64, number);
    else if (name->shared)
        put(line, "%s:%" PRId64, name->text, number);
    else
        put(line, "%s", name->text);
}

/* The lane with this tid: the host's where there are several. */
static const struct name *lane_by_tid(const struct history *history, int64_t tid)
{
    const struct name *name, *next, *found = NULL;
    int host = history_host_pid(history);

    HASH_ITER (by_key, history->lanes.by_key, name, next) {
        if (name->key.number == tid && (!found || name->key.pid == host))
            found = name;
    }
    return found;
}

static void put_value(struct line *line, const struct history *history, const struct field *field,
                      const struct event *event)
{
    int64_t value = member_get(event, field->member);
    const struct name *name = NULL;
    char word[WORD_SIZE];

    switch (field->form) {
    case FORM_PID:
    case FORM_RESULT:
        if (value == -1 && field->form == FORM_PID) {
            put(line, "any");
            return;
        }
        if (value > 0)
            name = names_by_number(&history->children, 0, (int)value);
        put_name(line, name, value);
        return;
    case FORM_CTX:
        put_name(line, names_by_number(&history->ctxs, 0, (int)value), value);
        return;
    case FORM_SUBJECT:
    case FORM_EVGEN:
    case FORM_OPERATION:
    case FORM_WATCH:
        put_name(line, names_by_number(&history->things, (int)field->form, (int)value), value);
        return;
    case FORM_LANE:
        name = lane_by_tid(history, value);
        put_name(line, name && !name->shared ? name : NULL, value);
        return;
    case FORM_TEXT:
        /* Steps are in quotes even where one is a single word. */
        if (event->kind == EVENT_STEP || event->kind == EVENT_EXPECT)
            put_quoted(line, history_text(history, event));
        else
            put_text(line, history_text(history, event));
        return;
    default:
        word_write(field->form, value, word, sizeof(word));
        put(line, "%s", word);
        return;
    }
}

static bool is_runners(const struct event *event)
{
    return event->kind >= EVENT_STEP || event->pid == 0;
}

static void put_lane(struct line *line, const struct history *history, const struct event *event)
{
    const struct name *lane = names_by_number(&history->lanes, event->pid, event->tid);

    if (event->kind == EVENT_LANE && is_plain(history_text(history, event))) {
        put(line, "%s", history_text(history, event));
        return;
    }
    /* What the runner says of a forked copy is said on a lane of that copy. */
    if (is_runners(event) && (!lane || event->pid == history_host_pid(history)))
        put(line, "-");
    else if (lane && is_plain(lane->text) && !lane->shared)
        put(line, "%s", lane->text);
    else
        put(line, "%d:%d", event->pid, event->tid);
}

static int format_event(const struct history *history, const struct event *event, char *out,
                        size_t size)
{
    struct line line = {.out = out, .size = size};
    const struct field *field = fields_of(event);
    unsigned shown = 0;
    const char *word = event_kind_word(event->kind);
    enum member member;

    if (size)
        *out = 0;
    put_lane(&line, history, event);
    put(&line, " %s", word ? word : "?");
    for (; field->member != MEMBER_NONE; field++) {
        shown |= 1u << field->member;
        if (!field->always && field->key &&
            member_get(event, field->member) == member_default(event, field->member))
            continue;
        put(&line, " ");
        if (field->key)
            put(&line, "%s=", field->key);
        put_value(&line, history, field, event);
    }
    if (event->kind == EVENT_LANE) {
        put(&line, " pid=%d tid=%d", event->pid, event->tid);
        shown |= 1u << MEMBER_TEXT;
    }
    for (member = MEMBER_WHAT; member < MEMBER_COUNT; member++) {
        if ((shown & 1u << member) || member_get(event, member) == member_default(event, member))
            continue;
        put(&line, " %s=", field_plain(member)->key);
        put_value(&line, history, field_plain(member), event);
    }
    return (int)line.used;
}

int history_format(const struct history *history, size_t i, char *out, size_t size)
{
    return format_event(history, &history->events[i], out, size);
}

void history_print(const struct history *history, const unsigned char *keep, int times, FILE *out)
{
    char *line = NULL;
    size_t size = 0, i;

    for (i = 0; i < history->count; i++) {
        const struct event *event = &history->events[i];
        size_t need;
        if (keep && !keep[i])
            continue;
        need = (size_t)format_event(history, event, line, size) + 1;
        if (need > size) {
            char *grown = realloc(line, need * 2);
            if (!grown)
                break;
            line = grown;
            size = need * 2;
            format_event(history, event, line, size);
        }
        if (times)
            fprintf(out, "%10.3f ", (double)(int64_t)(event->time - history->events[0].time) / 1e6);
        fprintf(out, "%s\n", line);
    }
    free(line);
}
