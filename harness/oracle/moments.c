/* SPDX-License-Identifier: MIT */
/* Questions about a moment of a history, answered from its facts (facts.h). */
#include "oracle/facts.h"

#include <string.h>

/* The mode of a ctx that nobody has set. */
static int owner_at_first(const struct subject *subject, enum event_library library)
{
    bool paired = library != LIBRARY_UNKNOWN;
    unsigned owners = paired ? subject->library[library].owners : subject->owners;
    unsigned features = paired ? subject->library[library].features : subject->features;

    if (owners && !(owners & (owners - 1)))
        return __builtin_ctz(owners);
    if ((features & RC_FEATURE_LIBXL_SHAPED) || (owners & RC_OWNS(RC_OWNER_LIBRARY)))
        return RC_OWNER_LIBRARY;
    return OWNER_UNSURE;
}

int facts_owner(const struct facts *facts, const struct ctx_fact *ctx, size_t i)
{
    int owner = owner_at_first(facts->subject, ctx->library);
    size_t n;

    if (!ctx->process || i < ctx->opening || (ctx->closed != NEVER && i > ctx->closed))
        return OWNER_CLOSED;
    if (i < ctx->opened || (ctx->closing != NEVER && i > ctx->closing))
        return OWNER_UNSURE;
    for (n = 0; n < ctx->change_count; n++) {
        if (i > ctx->changes[n].entered && i < ctx->changes[n].left)
            return OWNER_UNSURE;
        if (i >= ctx->changes[n].left)
            owner = ctx->changes[n].owner;
    }
    return owner;
}

int facts_owner_throughout(const struct facts *facts, const struct ctx_fact *ctx, size_t from,
                           size_t to)
{
    int owner = facts_owner(facts, ctx, from);
    size_t n;

    if (owner != facts_owner(facts, ctx, to))
        return OWNER_UNSURE;
    if (owner == OWNER_CLOSED && from < ctx->opening && to > ctx->opening)
        return OWNER_UNSURE;
    for (n = 0; n < ctx->change_count; n++)
        if (ctx->changes[n].left > from && ctx->changes[n].entered < to)
            return OWNER_UNSURE;
    return owner;
}

bool facts_all_closed(const struct facts *facts, int process, size_t i)
{
    size_t n;

    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process == process &&
            facts_owner(facts, &facts->ctxs[n], i) != OWNER_CLOSED)
            return false;
    return true;
}

bool facts_all_owners(const struct facts *facts, int process, unsigned modes, size_t from,
                      size_t to)
{
    bool any = false;
    size_t i;

    for (i = 0; i < facts->ctx_count; i++) {
        const struct ctx_fact *ctx = &facts->ctxs[i];
        size_t first = from, last = to;
        int owner;

        if (ctx->process != process || ctx->opening > to ||
            (ctx->closed != NEVER && ctx->closed < from))
            continue;
        /* Only the time it was open counts. */
        if (first < ctx->opened)
            first = ctx->opened;
        if (ctx->closing != NEVER && last > ctx->closing)
            last = ctx->closing;
        if (first > last)
            return false;
        owner = facts_owner_throughout(facts, ctx, first, last);
        if (owner < 0 || !(modes & RC_OWNS(owner)))
            return false;
        any = true;
    }
    return any;
}

int facts_process(const struct facts *facts, const struct event *event)
{
    size_t i;

    for (i = 0; event->pid && i < facts->life_count; i++)
        if (facts->lives[i].pid == event->pid)
            return event->pid;
    return facts->host;
}

static bool says(const char *step, const char *verb, const char *name)
{
    size_t length = strlen(verb);

    if (strncmp(step, verb, length) != 0 || step[length] != ' ')
        return false;
    step += length;
    return strcmp(step + strspn(step, " "), name) == 0;
}

/*
 * Whether a ctx is paused is no event of its own: the steps tell. The runner winds up after the
 * last step, resumes every ctx and comes to rest once more, which no step says.
 */
size_t facts_rest(const struct facts *facts, int ctx, size_t from, size_t to)
{
    const struct history *history = facts->history;
    const char *name = history_ctx_name(history, ctx);
    size_t count = history_count(history), i, found = NEVER;
    long held = 0;
    bool paused = false, quiet_due = false;

    for (i = 0; i < count && i < to; i++) {
        const struct event *event = history_event(history, i);
        const char *text;

        switch (event->kind) {
        case EVENT_HELD:
            held++;
            break;
        case EVENT_FREED:
            held -= held > 0;
            break;
        case EVENT_STEP:
            text = history_text(history, event);
            if (says(text, "pause", name))
                paused = true;
            else if (says(text, "resume", name))
                paused = false;
            quiet_due = strncmp(text, "quiet", 5) == 0;
            break;
        case EVENT_QUIET: {
            size_t next = i + 1;
            bool winding_up = !quiet_due;
            while (winding_up && next < count && history_event(history, next)->kind != EVENT_STEP)
                next++;
            winding_up = winding_up && next == count;
            quiet_due = false;
            if (event->result == 0 && held == 0 && i >= from && (!paused || winding_up) &&
                !(ctx < QUIET_CTXS && event->value >> ctx & 1))
                found = i;
            break;
        }
        default:
            break;
        }
    }
    return found;
}

bool facts_look_stands(const struct facts *facts, int process, size_t i)
{
    size_t meanwhile = (size_t)history_event(facts->history, i)->subject;

    for (size_t n = meanwhile < i ? i - meanwhile : 0; n < i; n++) {
        const struct event *event = history_event(facts->history, n);

        if (event->pid == process && (event->kind == EVENT_ENTER || event->kind == EVENT_LEAVE ||
                                      event->kind == EVENT_ACTION))
            return false;
    }
    return true;
}
