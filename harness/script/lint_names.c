/* SPDX-License-Identifier: MIT */
/*
 * Names in a script: what is made must be new, what is used must be there, and where.
 *
 * A forked copy knows the names of the host; the host does not know those made in the copy. A name
 * can be given again when what had it is gone, and a child's on each turn of a repeat block.
 */
#include "script/lint.h"

#include <string.h>

/* "ctx" */
static const char *kind_word(enum makes kind)
{
    static const char *const words[] = {"thing",   "lane",  "ctx",       "child", "fd",
                                        "subject", "evgen", "operation", "watch"};
    return words[kind];
}

static bool is_expectation(const struct step *step)
{
    return step->verb >= VERB_EXPECT_REPORT;
}

int lint_copy(const struct lint *lint)
{
    return lint->copy_depth ? lint->copy[lint->copy_depth - 1] : 0;
}

static const char *article(enum makes kind)
{
    return kind == MAKES_FD || kind == MAKES_EVGEN || kind == MAKES_OPERATION ? "an" : "a";
}

/* -- names in use -- */

static bool is_group(const struct name *name)
{
    return name->kind == MAKES_CHILD && name->made_by->count > 0;
}

/* Is what has this name here, in the host or the copy that does the step? */
static bool is_here(const struct lint *lint, const struct name *name)
{
    bool here = !name->copy;
    for (int i = 0; i < lint->copy_depth; i++)
        here |= name->copy == lint->copy[i];
    return here;
}

/* NULL, and a complaint, where the name is not there or is that of something else. */
static struct name *find(struct lint *lint, const struct step *step, const char *text,
                         enum makes kind)
{
    char group[SCRIPT_NAME];
    struct name *name = names_find(lint->names, text);
    int member = name ? 0 : names_member(text, group);

    if (member) {
        name = names_find(lint->names, group);
        if (name && is_group(name) && member > name->made_by->count) {
            (void)complain(lint, step, "the group '%s' has no more than %d members", group,
                           name->made_by->count);
            return NULL;
        }
        if (name && !is_group(name))
            name = NULL;
    }
    if (!name) {
        (void)complain(lint, step, "no %s is called '%s' here", kind_word(kind), text);
        return NULL;
    }
    if (name->kind != kind) {
        (void)complain(lint, step, "'%s' is %s %s, expected %s %s", text, article(name->kind),
                       kind_word(name->kind), article(kind), kind_word(kind));
        return NULL;
    }
    return name;
}

bool lint_use_lane(struct lint *lint, const struct step *step, const char *text)
{
    static const char *const no_lanes[] = {"", "any", "host", "everywhere"};
    for (size_t i = 0; i < sizeof(no_lanes) / sizeof(no_lanes[0]); i++) {
        if (!strcmp(text, no_lanes[i]))
            return true;
    }
    struct name *lane = find(lint, step, text, MAKES_LANE);
    if (!lane)
        return false;
    if (lint->copy_depth && strcmp(text, "main") && lane->copy != lint_copy(lint))
        return complain(lint, step, "a forked copy has no lane but main and those made in it");
    if (!is_here(lint, lane))
        return complain(lint, step, "the lane '%s' is in a forked copy, not here", text);
    if (lane->presence == GONE)
        return complain(lint, step, "the lane '%s' has ended", text);
    return true;
}

bool lint_use_ctx(struct lint *lint, const struct step *step)
{
    struct name *ctx = find(lint, step, step->ctx, MAKES_CTX);
    if (!ctx)
        return false;
    if (!is_here(lint, ctx))
        return complain(lint, step, "the ctx '%s' is in a forked copy, not here", step->ctx);
    /* What it did before it was closed may be asked for afterwards. */
    if (ctx->presence == GONE && !is_expectation(step))
        return complain(lint, step, "the ctx '%s' is closed", step->ctx);
    return true;
}

bool lint_use_child(struct lint *lint, const struct step *step, unsigned flags)
{
    if (!strcmp(step->child, "any"))
        return true;
    struct name *child = find(lint, step, step->child, MAKES_CHILD);
    if (!child)
        return false;
    if (!is_here(lint, child) && flags & BY_LANE)
        return complain(lint, step, "the child '%s' is one of a forked copy, not of this process",
                        step->child);
    return true;
}

bool lint_use_fd(struct lint *lint, const struct step *step)
{
    struct name *fd = find(lint, step, step->fd, MAKES_FD);
    if (!fd)
        return false;
    if (!is_here(lint, fd))
        return complain(lint, step, "the fd '%s' is in a forked copy, not here", step->fd);
    if (fd->presence == GONE && !is_expectation(step))
        return complain(lint, step, "the fd '%s' is closed", step->fd);
    return true;
}

bool lint_use_thing(struct lint *lint, const struct step *step, const char *text, enum makes kind)
{
    struct name *thing = find(lint, step, text, kind);
    if (!thing)
        return false;
    if (thing->presence == GONE && !is_expectation(step))
        return complain(lint, step, "the %s '%s' is gone", kind_word(kind), text);
    return true;
}

struct name *lint_child(struct lint *lint, const struct step *step)
{
    char group[SCRIPT_NAME];
    struct name *child = names_find(lint->names, step->child);
    if (!child && names_member(step->child, group))
        child = names_find(lint->names, group);
    return child;
}

/* -- names given -- */

static bool check_new_name(struct lint *lint, const struct step *step, const char *text,
                           enum makes kind)
{
    char group[SCRIPT_NAME];
    if (kind == MAKES_CHILD && names_member(text, group))
        return complain(lint, step, "'%s' is what a member of a group '%s' would be called", text,
                        group);
    if (kind == MAKES_CHILD && step->count) {
        size_t digits = 1;
        for (int count = step->count; count > 9; count /= 10)
            digits++;
        if (strlen(text) + 1 + digits >= SCRIPT_NAME)
            return complain(lint, step, "'%s.%d' would be longer than 15 characters", text,
                            step->count);
    }
    return true;
}

bool lint_give_name(struct lint *lint, const struct step *step, enum makes kind)
{
    const char *text = kind == MAKES_LANE        ? step->lane
                       : kind == MAKES_CTX       ? step->ctx
                       : kind == MAKES_FD        ? step->fd
                       : kind == MAKES_SUBJECT   ? step->subject
                       : kind == MAKES_EVGEN     ? step->evgen
                       : kind == MAKES_OPERATION ? step->operation
                       : kind == MAKES_WATCH     ? step->watch
                                                 : step->child;
    struct name *name = names_find(lint->names, text);

    if (!check_new_name(lint, step, text, kind))
        return false;
    if (name) {
        bool next_turn = lint->repeats && name->made_by == step &&
                         (kind == MAKES_CHILD || kind >= MAKES_SUBJECT || !is_here(lint, name));
        bool again = kind != MAKES_CHILD && name->kind == kind &&
                     (name->presence != THERE ? name->copy == lint_copy(lint)
                                              : kind == MAKES_LANE && !is_here(lint, name));
        if (!next_turn && !again && !name->made_by->line)
            return complain(lint, step, "the %s '%s' is there from the start",
                            kind_word(name->kind), text);
        if (!next_turn && !again)
            return complain(lint, step, "'%s' is already the name of the %s of line %d", text,
                            kind_word(name->kind), name->made_by->line);
    }
    if (step->failure == STEP_MUST_FAIL)
        return true;
    if (!name)
        name = names_add(lint->names, text, kind, step);
    if (!name)
        return complain(lint, step, "out of memory");

    name->made_by = step;
    name->presence = step->failure == STEP_MAY_FAIL ? MAYBE : THERE;
    name->copy = lint_copy(lint);
    name->owner_changed = name->many_ctxs = name->forgotten = name->killed = name->traced = false;
    if (kind == MAKES_CHILD)
        if (step->verb != VERB_FOREIGN) /* there it is for its postfork */
            strcpy(name->ctx, step->ctx);
    lint->forkhook |= step->forkhook;
    return true;
}
