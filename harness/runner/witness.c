/* SPDX-License-Identifier: MIT */
/*
 * What the runner writes down for a host that keeps no log: what the host would have written
 * itself, as far as its lines tell of it. The oracles judge it like any other history.
 *
 * Everything is put down when the runner asks for it or hears of it. So a call seems to begin
 * before it does and to end after it has, and where the calls of two lanes overlap, oracles say
 * nothing; what one lane says comes in the order in which it happened.
 *
 * The one exception is what was kept for the callback that reports a child. Its answers come before
 * the report, and it was done after the library had reported: they are held back until the line of
 * the report is there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runner/stage.h"

enum {
    WORDS = 6,
    DISASTERS = 1000, /* a flood of them says no more, and would fill the log */
};

/* Requests that are of note: calls of the adapter, and what the application does itself. */
static const struct noted {
    const char *verb;
    enum event_kind kind;
    enum event_op op;
    int child, value; /* which word names the child, which is the value; 0 for none */
} noted[] = {
    {"open", EVENT_ENTER, OP_OPEN, 0, 0},
    {"close", EVENT_ENTER, OP_CLOSE, 0, 0},
    {"owner", EVENT_ENTER, OP_OWNER, 0, 0},
    {"fork", EVENT_ENTER, OP_FORK, 0, 0},
    {"spawn", EVENT_ENTER, OP_SPAWN, 0, 0},
    {"watch", EVENT_ENTER, OP_WATCH, 2, 0},
    {"forget", EVENT_ENTER, OP_FORGET, 2, 0},
    {"signal", EVENT_ENTER, OP_KILL, 2, 3},
    {"tell-reaped", EVENT_ENTER, OP_TOLD_REAPED, 2, 3},
    {"tell-sigchld", EVENT_ENTER, OP_TOLD_SIGCHLD, 0, 0},
    {"postfork", EVENT_ENTER, OP_POSTFORK, 0, 0},
    {"carefd", EVENT_ENTER, OP_CAREFD, 0, 0},
    {"foreign", EVENT_FOREIGN, OP_NONE, 0, 0},
    {"waitpid", EVENT_WAITED, OP_NONE, 1, 2},
    {"action", EVENT_ACTION, OP_NONE, 0, 1},
    {"forked", EVENT_FORKED, OP_NONE, 0, 0},
    {"unlane", EVENT_UNLANE, OP_NONE, 0, 0},
};

static const struct noted *noted_verb(const char *verb)
{
    for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++)
        if (strcmp(noted[i].verb, verb) == 0)
            return &noted[i];
    return NULL;
}

/* The host's own ctx of that name, or the one that it was copied with. */
static const struct stage_ctx *ctx_of(struct stage *stage, const struct host *host,
                                      const char *name)
{
    for (size_t i = stage->ctx_count; i-- > 0;)
        if (stage->ctxs[i].host == host && strcmp(stage->ctxs[i].name, name) == 0)
            return &stage->ctxs[i];
    return stage_ctx(stage, name);
}

static pid_t tid_of(struct stage *stage, struct host *host, const char *name)
{
    const struct lane *lane = stage_lane(stage, host, name);

    return lane ? lane->tid : host->pid;
}

static int owner_of(const char *word)
{
    for (int owner = RC_OWNER_LIBRARY; owner <= RC_OWNER_SELECTIVE; owner++)
        if (strcmp(step_owner_word((enum rc_owner)owner), word) == 0)
            return owner;
    return -1;
}

/* What a request is about, by its words; of kind NONE where it is not of note. */
static struct asked read_words(struct stage *stage, struct host *host, pid_t tid, const char *text)
{
    struct asked asked = {.event = {.ctx = -1, .pid = host->pid, .tid = tid}, .owner = -1};
    char copy[WIRE_LINE], *word[WORDS] = {NULL}, *save = NULL;
    struct event *event = &asked.event;
    const struct stage_child *child;
    const struct stage_ctx *ctx;
    const struct noted *verb;

    snprintf(copy, sizeof(copy), "%s", text);
    for (size_t i = 0; i < WORDS; i++)
        word[i] = strtok_r(i == 0 ? copy : NULL, " ", &save);
    verb = word[0] ? noted_verb(word[0]) : NULL;
    if (!verb)
        return asked;
    event->kind = (uint16_t)verb->kind;
    event->what = (uint8_t)verb->op;
    if (verb->kind == EVENT_ENTER) {
        ctx = word[1] ? ctx_of(stage, host, word[1]) : NULL;
        event->ctx = (int16_t)(ctx ? ctx->index : -1);
        event->library = (uint8_t)(ctx ? ctx->library : LIBRARY_UNKNOWN) & 0xf;
    }
    if (verb->op == OP_OWNER && word[2])
        event->value = owner_of(word[2]);
    for (size_t i = 0; verb->op == OP_OPEN && i < WORDS && word[i]; i++)
        if (strncmp(word[i], "owner=", 6) == 0)
            asked.owner = owner_of(word[i] + 6);
    if (verb->child && word[verb->child]) {
        child = stage_child(stage, word[verb->child]);
        event->subject = child ? child->pid : 0;
        if (strcmp(word[verb->child], "any") == 0)
            event->subject = -1;
    }
    if (verb->value && word[verb->value])
        event->value = atoi(word[verb->value]);
    return asked;
}

void witness_lane(struct stage *stage, const struct lane *lane)
{
    const struct host *host = lane->host;
    struct event event = {.kind = EVENT_LANE, .ctx = -1, .pid = host->pid, .tid = lane->tid};
    const char *name = lane->name;

    if (stage->probe)
        return;
    for (size_t i = 0; i < stage->child_count && host->is_copy; i++)
        if (stage->children[i].pid == host->pid)
            name = stage->children[i].name;
    event.text = log_text(stage->log, name);
    log_append(stage->log, &event);
}

static void note_asked(struct stage *stage, struct request *request)
{
    if (request->asked.event.kind == EVENT_ENTER)
        log_append(stage->log, &request->asked.event);
}

void witness_request(struct stage *stage, struct host *host, const char *lane, const char *words,
                     struct request *request)
{
    if (stage->probe)
        return;
    if (strncmp(words, "+ ", 2) == 0)
        words += 2;
    request->asked = read_words(stage, host, tid_of(stage, host, lane), words);
    note_asked(stage, request);
}

/* An open with an owner is two calls. */
static void note_owner(struct stage *stage, const struct event *opened, int owner)
{
    struct event event = *opened;

    event.what = OP_OWNER;
    event.value = owner;
    event.kind = EVENT_ENTER;
    log_append(stage->log, &event);
    event.kind = EVENT_LEAVE;
    log_append(stage->log, &event);
}

static void note_wait(struct stage *stage, struct event *event, const struct request *request)
{
    if (!request->ok && request->error != ECHILD) /* nobody waited */
        return;
    event->extra = event->value; /* the options */
    event->value = wire_number(request->answer, "status", 0);
    event->result = request->ok ? wire_number(request->answer, "pid", 0) : -1;
    event->error = (int16_t)(request->ok ? 0 : request->error);
    log_append(stage->log, event);
}

static void note_action(struct stage *stage, struct event *event, const char *answer)
{
    long long disposition = wire_number(answer, "disposition", -1);

    if (disposition < 0)
        return stage_break(stage, "the host does not answer `action` with disposition= and flags=");
    event->subject = (int32_t)event->value;
    event->value = disposition;
    event->extra = wire_number(answer, "flags", 0);
    log_append(stage->log, event);
}

static uint64_t offers_of(const struct stage *stage, enum event_library library)
{
    return library == LIBRARY_UNKNOWN ? stage->played->offers : stage->played->offers_of[library];
}

void witness_answer(struct stage *stage, const struct request *request)
{
    struct event event = request->asked.event;
    int32_t pid = (int32_t)wire_number(request->answer, "pid", 0);

    switch (stage->probe ? EVENT_NONE : event.kind) {
    case EVENT_ENTER:
        event.kind = EVENT_LEAVE;
        event.error = (int16_t)(request->ok ? 0 : request->error);
        event.result = -event.error;
        if (request->ok && (event.what == OP_FORK || event.what == OP_SPAWN))
            event.result = event.subject = pid;
        log_append(stage->log, &event);
        if (request->ok && request->asked.owner >= 0 &&
            (offers_of(stage, event.library) & NEED_OWNER))
            note_owner(stage, &event, request->asked.owner);
        return;
    case EVENT_FOREIGN:
    case EVENT_FORKED:
        event.subject = pid;
        if (request->ok)
            log_append(stage->log, &event);
        return;
    case EVENT_UNLANE:
        if (request->ok)
            log_append(stage->log, &event);
        return;
    case EVENT_WAITED:
        return note_wait(stage, &event, request);
    case EVENT_ACTION:
        if (request->ok)
            note_action(stage, &event, request->answer);
        return;
    default:
        return;
    }
}

pid_t witness_notice(struct stage *stage, struct host *host, enum event_kind kind, const char *line)
{
    struct event event = {.kind = (uint16_t)kind, .ctx = -1, .pid = host->pid, .tid = host->pid};
    const struct stage_ctx *ctx;
    char name[SCRIPT_NAME] = "";

    if (stage->probe ||
        ((kind == EVENT_DISASTER || kind == EVENT_WARNED) && stage->disasters++ >= DISASTERS))
        return 0;
    wire_value(line, "ctx", name, sizeof(name));
    ctx = ctx_of(stage, host, name);
    if (ctx) {
        event.ctx = (int16_t)ctx->index;
        event.tid = tid_of(stage, host, ctx->host == host ? ctx->lane : "main");
    }
    event.subject = (int32_t)wire_number(line, "pid", 0);
    event.value = wire_number(line, "status", 0);
    if (kind == EVENT_DISASTER || kind == EVENT_WARNED) {
        const char *text = strstr(line, kind == EVENT_WARNED ? "ctx=" : "errno=");
        event.error = (int16_t)wire_number(line, "errno", 0);
        text = text ? text + strcspn(text, " ") : "";
        event.text = log_text(stage->log, text + strspn(text, " "));
    }
    log_append(stage->log, &event);
    return event.tid;
}

bool witness_holds(struct stage *stage, struct kept *kept, const char *answer)
{
    if (stage->probe || kept->held || !kept->host->alive || !*kept->child)
        return false;
    kept->held = true;
    snprintf(kept->answer, sizeof(kept->answer), "%s", answer);
    return true;
}

/* The child that the request was kept for is the one reported. One that is not known yet may be
 * any of those that have no name yet. */
static bool is_for(struct stage *stage, const struct kept *kept, pid_t pid)
{
    const struct stage_child *child = stage_child(stage, kept->child);

    if (child && child->pid == pid)
        return true;
    for (size_t i = 0; i < stage->child_count; i++)
        if (stage->children[i].pid == pid)
            return false;
    return true;
}

struct kept *witness_held(struct stage *stage, const struct host *host, pid_t pid)
{
    struct kept *first = NULL;

    for (size_t i = 0; i < stage->kept_count; i++) {
        struct kept *kept = &stage->kept[i];
        if (kept->request && kept->held && kept->host == host &&
            (pid == 0 || is_for(stage, kept, pid)) &&
            (!first || kept->request->number < first->request->number))
            first = kept;
    }
    return first;
}

void witness_kept(struct stage *stage, const struct kept *kept, pid_t tid)
{
    char words[256];

    if (stage->probe || !step_words(stage, kept->step, words, sizeof(words)))
        return;
    kept->request->asked = read_words(stage, kept->host, tid, words);
    note_asked(stage, kept->request);
}
