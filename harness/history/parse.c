/* SPDX-License-Identifier: MIT */
/*
 * Reads the text form of a history (text.c) back. Two passes: the first learns which number each
 * name stands for from the events that say so, the second reads all events.
 */
#include "history/fields.h"
#include "history/parts.h"
#include "history/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CHILD = 101, /* numbers for names that nobody gave one */
    FIRST_THING = 1,
    FIRST_TID = 1,
    LANES_PID = 1,
    LINE_NS = 1000000, /* between two lines that say no time */
};

struct parser {
    struct history *history;
    int line;
    char *error;
    size_t error_size;
};

/* "key=value", or a value alone (key is NULL). In quotes \" \\ and \n are escapes. */
struct token {
    char *key, *value;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct parser *parser, const char *format,
                                                         ...)
{
    va_list args;
    int used = snprintf(parser->error, parser->error_size, "line %d: ", parser->line);

    if (used >= 0 && (size_t)used < parser->error_size) {
        va_start(args, format);
        vsnprintf(parser->error + used, parser->error_size - (size_t)used, format, args);
        va_end(args);
    }
    return false;
}

/* Takes the next token off the line, in place. Returns 1, 0 at the end, -1 for an open quote. */
static int next_token(char **cursor, struct token *token)
{
    char *from = *cursor, *to;
    bool quoted = false, was_quoted = false;

    while (isspace((unsigned char)*from))
        from++;
    if (!*from || *from == '#')
        return 0;
    token->key = NULL;
    token->value = to = from;
    for (; *from && (quoted || !isspace((unsigned char)*from)); from++) {
        if (*from == '"') {
            quoted = !quoted;
            was_quoted = true;
        } else if (quoted && *from == '\\' && from[1]) {
            from++;
            *to++ = *from == 'n' ? '\n' : *from;
        } else if (*from == '=' && !token->key && !was_quoted) {
            *to++ = 0;
            token->key = token->value;
            token->value = to;
        } else {
            *to++ = *from;
        }
    }
    *cursor = *from ? from + 1 : from;
    *to = 0;
    return quoted ? -1 : 1;
}

static bool read_number(const char *text, int64_t *value)
{
    char *end;

    errno = 0;
    *value = *text == '-' ? (int64_t)strtoll(text, &end, 0) : (int64_t)strtoull(text, &end, 0);
    return *text && !*end && !errno;
}

static bool give_name(struct parser *parser, struct names *names, int pid, int number,
                      const char *text)
{
    if (!history_names_add(names, pid, number, text))
        return refuse(parser, "no memory");
    return true;
}

/* The number of a ctx, child or thing (`form`, else 0): a number, a name, name:number, or a name
 * never heard before. */
static bool read_named(struct parser *parser, struct names *names, int form, int first,
                       const char *text, int64_t *value)
{
    const char *colon = strchr(text, ':');
    const struct name *name;

    if (read_number(text, value) || (colon && read_number(colon + 1, value)))
        return true;
    if (!*text)
        return refuse(parser, "a name is missing");
    name = names_by_text(names, text);
    if (name) {
        *value = name->key.number;
        return true;
    }
    for (*value = first; names_by_number(names, form, (int)*value);)
        ++*value;
    return give_name(parser, names, form, (int)*value, text);
}

/* A lane: "-", pid:tid, or a name. */
static bool read_lane(struct parser *parser, const char *text, int32_t *pid, int32_t *tid)
{
    struct names *lanes = &parser->history->lanes;
    const struct name *name;
    int used = 0;

    *pid = *tid = 0;
    if (strcmp(text, "-") == 0)
        return true;
    if (sscanf(text, "%d:%d%n", pid, tid, &used) == 2 && !text[used])
        return true;
    name = names_by_text(lanes, text);
    if (name) {
        *pid = name->key.pid;
        *tid = name->key.number;
        return true;
    }
    *pid = LANES_PID;
    for (*tid = FIRST_TID; names_by_number(lanes, *pid, *tid);)
        ++*tid;
    return give_name(parser, lanes, *pid, *tid, text);
}

static bool read_value(struct parser *parser, enum form form, const char *text, int64_t *value)
{
    struct history *history = parser->history;
    int32_t pid, tid;

    switch (form) {
    case FORM_PID:
        if (strcmp(text, "any") == 0) {
            *value = -1;
            return true;
        }
        /* fall through */
    case FORM_RESULT:
        return read_named(parser, &history->children, 0, FIRST_CHILD, text, value);
    case FORM_CTX:
        return read_named(parser, &history->ctxs, 0, 0, text, value);
    case FORM_SUBJECT:
    case FORM_EVGEN:
    case FORM_OPERATION:
    case FORM_WATCH:
        return read_named(parser, &history->things, (int)form, FIRST_THING, text, value);
    case FORM_LANE:
        if (read_number(text, value))
            return true;
        if (!read_lane(parser, text, &pid, &tid))
            return false;
        *value = tid;
        return true;
    case FORM_TEXT:
        return true;
    default:
        if (read_number(text, value) || word_value(form, text, value))
            return true;
        return refuse(parser, "\"%s\" is no %s", text, form_name(form));
    }
}

static const struct field *find_field(const struct event *event, const char *key)
{
    const struct field *field;
    enum member member;

    for (field = fields_of(event); field->member != MEMBER_NONE; field++)
        if (field->key && strcmp(field->key, key) == 0)
            return field;
    for (member = MEMBER_WHAT; member < MEMBER_COUNT; member++)
        if (strcmp(field_plain(member)->key, key) == 0)
            return field_plain(member);
    return NULL;
}

static const struct field *nth_bare_field(const struct event *event, int n)
{
    const struct field *field;

    for (field = fields_of(event); field->member != MEMBER_NONE; field++)
        if (!field->key && n-- == 0)
            return field;
    return NULL;
}

/* Reads the members after the kind. *text is set to the event's text, if it has one. */
static bool read_members(struct parser *parser, char *cursor, struct event *event,
                         const char **text)
{
    struct token token;
    int bare = 0, r;

    while ((r = next_token(&cursor, &token)) > 0) {
        const struct field *field;
        int64_t value = 0;

        if (event->kind == EVENT_LANE && token.key &&
            (strcmp(token.key, "pid") == 0 || strcmp(token.key, "tid") == 0)) {
            if (!read_number(token.value, &value))
                return refuse(parser, "\"%s\" is no number", token.value);
            *(token.key[0] == 'p' ? &event->pid : &event->tid) = (int32_t)value;
            continue;
        }
        field = token.key ? find_field(event, token.key) : nth_bare_field(event, bare++);
        if (!field)
            return refuse(parser, "%s has no \"%s\"", event_kind_word(event->kind),
                          token.key ? token.key : token.value);
        if (!read_value(parser, field->form, token.value, &value))
            return false;
        if (field->form == FORM_TEXT)
            *text = token.value;
        else
            member_set(event, field->member, value);
    }
    return r == 0 || refuse(parser, "a quote is not closed");
}

/* Where the event gives a name: which number that name has, if the line does not say so. */
static bool settle_name(struct parser *parser, struct event *event, const char *text)
{
    struct history *history = parser->history;
    int64_t number;

    if (event->kind == EVENT_CHILD && event->subject == 0) {
        if (!read_named(parser, &history->children, 0, FIRST_CHILD, text, &number))
            return false;
        event->subject = (int32_t)number;
    } else if (event->kind == EVENT_CTX && event->ctx < 0) {
        if (!read_named(parser, &history->ctxs, 0, 0, text, &number))
            return false;
        event->ctx = (int16_t)number;
    } else if (names_form(event->kind) && event->subject == 0) {
        if (!read_named(parser, &history->things, names_form(event->kind), FIRST_THING, text,
                        &number))
            return false;
        event->subject = (int32_t)number;
    }
    return true;
}

/* In the first pass only the names are kept that have a number. */
static bool learn_line(struct parser *parser, const struct event *event, const char *text)
{
    if (event->kind == EVENT_LANE && event->pid && event->tid)
        return give_name(parser, &parser->history->lanes, event->pid, event->tid, text);
    if (event->kind == EVENT_CHILD && event->subject)
        return give_name(parser, &parser->history->children, 0, event->subject, text);
    if (event->kind == EVENT_CTX && event->ctx >= 0)
        return give_name(parser, &parser->history->ctxs, 0, event->ctx, text);
    if (names_form(event->kind) && event->subject)
        return give_name(parser, &parser->history->things, names_form(event->kind), event->subject,
                         text);
    return true;
}

static bool gives_name(const struct event *event)
{
    return event->kind == EVENT_LANE || event->kind == EVENT_CHILD || event->kind == EVENT_CTX ||
           names_form(event->kind);
}

static bool read_line(struct parser *parser, char *cursor, bool names_only)
{
    struct event event = {.state = 1, .ctx = -1};
    struct token token;
    const char *text = "", *lane;
    double ms;
    int used = 0;

    event.time = (uint64_t)(parser->line - 1) * LINE_NS;
    if (next_token(&cursor, &token) <= 0)
        return true;
    if (strchr(token.value, '.') && sscanf(token.value, "%lf%n", &ms, &used) == 1 &&
        !token.value[used]) {
        event.time = (uint64_t)(int64_t)(ms * 1e6 + 0.5);
        if (next_token(&cursor, &token) <= 0)
            return refuse(parser, "a lane was expected after the time");
    }
    lane = token.value;
    if (next_token(&cursor, &token) <= 0)
        return refuse(parser, "an event was expected after the lane");
    event.kind = (uint16_t)event_kind_from_word(token.value);
    if (event.kind == EVENT_NONE)
        return refuse(parser, "\"%s\" is no event", token.value);
    event.zone = (uint8_t)member_default(&event, MEMBER_ZONE) & 0xf;
    if (names_only && !gives_name(&event))
        return true;
    if (event.kind == EVENT_LANE)
        text = lane;
    else if (!read_lane(parser, lane, &event.pid, &event.tid))
        return false;
    if (!read_members(parser, cursor, &event, &text))
        return false;
    if (names_only)
        return learn_line(parser, &event, text);
    if (event.kind == EVENT_LANE && !event.tid) {
        int32_t pid = event.pid;
        if (!read_lane(parser, lane, &event.pid, &event.tid))
            return false;
        if (pid && pid != event.pid)
            return refuse(parser, "a lane outside of process %d needs tid=, too", LANES_PID);
    }
    if (!settle_name(parser, &event, text))
        return false;
    return history_add(parser->history, &event, text) || refuse(parser, "no memory");
}

static bool read_lines(struct parser *parser, const char *text, bool names_only)
{
    char *copy = strdup(text), *rest = copy, *line;
    bool read = copy || refuse(parser, "no memory");

    for (parser->line = 1; read && (line = strsep(&rest, "\n")); parser->line++)
        read = read_line(parser, line, names_only);
    free(copy);
    return read;
}

struct history *history_from_text(const char *text, char *error, size_t error_size)
{
    struct parser parser = {.history = history_new(), .error = error, .error_size = error_size};

    if (error_size)
        *error = 0;
    if (!parser.history) {
        refuse(&parser, "no memory");
        return NULL;
    }
    if (!read_lines(&parser, text, true) || !read_lines(&parser, text, false)) {
        history_free(parser.history);
        return NULL;
    }
    return parser.history;
}
