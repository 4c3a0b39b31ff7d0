/* SPDX-License-Identifier: MIT */
/*
 * Reads a script as the runner would play it, from the first step to the last, and looks after
 * each name: is it there, may it still be used, can what is expected of it ever come true?
 *
 * Where the order of things is not known, it gives the benefit of the doubt: a ctx that is closed
 * in a callback, in a race or perhaps not at all may be there afterwards and may be not. A repeat
 * block is read twice, so that its second turn meets what its first left behind. Steps in a forked
 * copy change nothing for the host.
 */
#include "script/lint.h"

#include <string.h>
#include "script/words.h"

enum { INDENT = 2 };

/* Makes what nobody has to make. */
static const struct step from_start = {.line = 0};

/* -- what steps do to what has a name -- */

static void close_ctx(struct lint *lint, const struct step *step)
{
    struct name *ctx = names_find(lint->names, step->ctx);
    if (step->failure == STEP_MUST_FAIL || ctx->copy != lint_copy(lint))
        return;
    bool surely = step->failure == STEP_MUST_SUCCEED && !lint->in_callback && !lint->together;
    ctx->presence = surely ? GONE : MAYBE;
}

static void shut(struct lint *lint, const struct step *step)
{
    struct name *fd = names_find(lint->names, step->fd);
    if (step->failure == STEP_MUST_FAIL || fd->copy != lint_copy(lint))
        return;
    fd->presence =
        step->failure == STEP_MUST_SUCCEED && !lint->in_callback && !lint->together ? GONE : MAYBE;
}

static bool trace(struct lint *lint, const struct step *step)
{
    struct name *child = lint_child(lint, step);
    bool on = step->verb == VERB_TRACE;
    if (on == child->traced && !lint->repeats)
        return complain(lint, step, "'%s' is %straced", step->child, on ? "already " : "not ");
    child->traced = on;
    return true;
}

static bool end_lane(struct lint *lint, const struct step *step)
{
    struct name *lane = names_find(lint->names, step->lane);
    if (!lane->made_by->line)
        return complain(lint, step, "the lane '%s' cannot end before the host does", step->lane);
    lane->presence = GONE;
    return true;
}

static void adopt(struct name *child, const struct step *step)
{
    if (step->failure == STEP_MUST_FAIL)
        return;
    if (!*child->ctx)
        strcpy(child->ctx, step->ctx);
    else if (strcmp(child->ctx, step->ctx))
        child->many_ctxs = true;
}

static bool pass_gate(struct lint *lint, const struct step *step)
{
    struct name *lane = names_find(lint->names, step->lane);
    int *holds = lane && lane->holds ? &lane->holds : &lint->holds_any;
    if (!*holds)
        return complain(lint, step, "no 'hold %s' comes before it", step->lane);
    if (step->verb == VERB_GO && !*step->other) /* else the lane's step is still to be waited for */
        --*holds;
    return true;
}

static bool set_gate(struct lint *lint, const struct step *step)
{
    struct name *lane = names_find(lint->names, step->lane);
    ++*(lane ? &lane->holds : &lint->holds_any);
    return true;
}

/* -- expectations that can never hold -- */

static bool ends_otherwise(const struct name *child, const struct step *step)
{
    const struct outcome *told = &child->made_by->outcome, *wanted = &step->outcome;
    return told->kind != OUTCOME_NONE && !child->killed && wanted->kind != OUTCOME_NONE &&
           wanted->kind != OUTCOME_LOST &&
           (told->kind != wanted->kind || told->value != wanted->value);
}

static bool expect_news(struct lint *lint, const struct step *step)
{
    const struct name *child = lint_child(lint, step), *ctx = names_find(lint->names, step->ctx);
    enum outcome_kind kind = step->outcome.kind;
    bool own = !strcmp(child->ctx, step->ctx);
    bool stranger = step->verb == VERB_EXPECT_STRANGER;

    if (kind == OUTCOME_NOTHING)
        return complain(lint, step, "for nothing, say 'expect no report of %s'", step->child);
    if (kind == OUTCOME_STOPPED || kind == OUTCOME_CONTINUED)
        return complain(lint, step, "can never hold: a ctx tells of ends, not of '%s'",
                        kind == OUTCOME_STOPPED ? "stopped" : "continued");
    if (!stranger && !own && !child->many_ctxs)
        return complain(lint, step, "can never hold: '%s' is no child of '%s'", step->child,
                        step->ctx);
    if (stranger && own && !child->many_ctxs && !child->forgotten)
        return complain(lint, step, "can never hold: '%s' is a child of '%s' itself", step->child,
                        step->ctx);
    bool leaves_others =
        ctx->made_by->owner_given && !ctx->owner_changed &&
        (ctx->made_by->owner == RC_OWNER_SELECTIVE || ctx->made_by->owner == RC_OWNER_MAINLOOP);
    if (stranger && leaves_others && !own)
        return complain(lint, step, "can never hold: with its owner '%s' reaps no strangers",
                        step->ctx);
    if (ends_otherwise(child, step))
        return complain(lint, step, "can never hold: line %d has '%s' end otherwise",
                        child->made_by->line, step->child);
    return true;
}

static bool order_child(struct lint *lint, const struct step *step)
{
    const struct name *child = lint_child(lint, step);
    if (child->made_by->outcome.kind != OUTCOME_NONE)
        return complain(lint, step, "'%s' ends by itself (line %d) and awaits no orders",
                        step->child, child->made_by->line);
    return true;
}

/* -- events -- */

static void gone(struct lint *lint, const struct step *step, const char *text)
{
    bool surely = step->failure == STEP_MUST_SUCCEED && !lint->in_callback && !lint->together;

    names_find(lint->names, text)->presence = surely ? GONE : MAYBE;
}

static bool do_to_subject(struct lint *lint, const struct step *step)
{
    struct name *subject = names_find(lint->names, step->subject);
    bool vanishes = step->condition == CONDITION_VANISHES;

    if (vanishes != subject->made_by->vanishes)
        return complain(lint, step,
                        vanishes ? "'%s' is a process: it stops or ends"
                                 : "'%s' can vanish, and nothing else",
                        step->subject);
    return true;
}

/* -- the platform -- */

struct leaving {
    const struct lint *lint;
};

static void end_lane_of_copy(struct name *name, void *with)
{
    const struct leaving *leaving = with;
    if (name->kind == MAKES_LANE && name->copy == lint_copy(leaving->lint))
        name->presence = GONE;
}

/* What ends the process that does it is for a copy of the host, not for the host itself. */
static bool only_in_copy(struct lint *lint, const struct step *step)
{
    return lint->copy_depth || complain(lint, step, "stands in a forked block only");
}

static bool exec_copy(struct lint *lint, const struct step *step)
{
    struct leaving leaving = {lint};
    if (!only_in_copy(lint, step))
        return false;
    names_each(lint->names, end_lane_of_copy, &leaving);
    return true;
}

static bool expect_host(struct lint *lint, const struct step *step)
{
    if (step->condition != CONDITION_ENDED)
        return true;
    if (step->outcome.kind != OUTCOME_EXIT && step->outcome.kind != OUTCOME_SIGNAL)
        return complain(lint, step, "a process ends by 'exit STATUS' or 'signal SIGNAL'");
    if (step->core && step->outcome.kind != OUTCOME_SIGNAL)
        return complain(lint, step, "can never hold: who exits leaves no core");
    lint->ended = true;
    return only_in_copy(lint, step);
}

/* Of one that ends by event nobody hears otherwise: it would go on for ever. */
static bool expect_end(struct lint *lint, const struct step *step)
{
    const struct name *operation = names_find(lint->names, step->operation);

    return !operation || !operation->made_by || !operation->made_by->user_given ||
           complain(lint, step, "'%s' ends by event: say 'expect CTX gives complete', or 'nothing'",
                    step->operation);
}

static bool do_verb(struct lint *lint, const struct step *step)
{
    switch (step->verb) {
    case VERB_CTX:
        return !(lint->script->needs & NEED_PLATFORM) ||
               complain(lint, step, "the platform has no library, and so no ctx");
    case VERB_FAIL:
        return step->error > 0 || complain(lint, step, "a call fails with an error such as EAGAIN");
    case VERB_DISABLE:
        gone(lint, step, step->evgen);
        return true;
    case VERB_UNWATCH:
        gone(lint, step, step->watch);
        return true;
    case VERB_DO:
        return do_to_subject(lint, step);
    case VERB_CROWD:
        return only_in_copy(lint, step);
    case VERB_EXEC:
        return exec_copy(lint, step);
    case VERB_EXPECT_HOST:
        return expect_host(lint, step);
    case VERB_UNLANE:
        return end_lane(lint, step);
    case VERB_CLOSE:
        close_ctx(lint, step);
        return true;
    case VERB_SHUT:
        shut(lint, step);
        return true;
    case VERB_TRACE:
    case VERB_UNTRACE:
        return trace(lint, step);
    case VERB_OWNER:
        names_find(lint->names, step->ctx)->owner_changed = true;
        return !step->owner_invalid || step->failure == STEP_MUST_FAIL ||
               complain(lint, step, "an invalid owner is refused: say 'fails'");
    case VERB_ADOPT:
        adopt(lint_child(lint, step), step);
        return true;
    case VERB_FORGET:
        lint_child(lint, step)->forgotten |= step->failure != STEP_MUST_FAIL;
        return true;
    case VERB_KILL:
    case VERB_SIGNAL_CHILD:
        lint_child(lint, step)->killed = true;
        return true;
    case VERB_EXIT:
    case VERB_STOP:
    case VERB_GRANDCHILD:
        return order_child(lint, step);
    case VERB_HOLD:
        return set_gate(lint, step);
    case VERB_REACH:
    case VERB_GO:
        return pass_gate(lint, step);
    case VERB_POSTFORK:
        return lint->copy_depth || complain(lint, step, "stands in a forked block only");
    case VERB_EXPECT_REPORT:
    case VERB_EXPECT_STRANGER:
        return expect_news(lint, step);
    case VERB_EXPECT_COMPLETES:
    case VERB_EXPECT_GOES_ON:
        return expect_end(lint, step);
    case VERB_EXPECT_FORKHOOK:
        return lint->forkhook || !step->count ||
               complain(lint, step, "can never hold: no ctx has a forkhook");
    default:
        return true;
    }
}

/* -- the walk -- */

static bool check_requirement(struct lint *lint, const struct step *step)
{
    if (!*step->requirement)
        return true;
    for (size_t i = 0; i < lint->script->covers_count; i++) {
        if (!strcmp(lint->script->covers[i], step->requirement))
            return true;
    }
    return complain(lint, step, "%s is not among the requirements that the script covers",
                    step->requirement);
}

static bool check_indent(struct lint *lint, const struct step *step)
{
    int wanted = INDENT * lint->depth;
    if (step->indent < 0)
        return complain(lint, step, "found a tab in the indent, expected %d spaces", wanted);
    if (step->indent != wanted)
        return complain(lint, step, "found an indent of %d, expected %d spaces", step->indent,
                        wanted);
    return true;
}

/* A callback runs where it runs: its steps have no choice of lane. */
static bool check_callback(struct lint *lint, const struct step *step)
{
    bool about_lane =
        step->verb == VERB_CTX || step->verb == VERB_BLOCK || step->verb == VERB_UNBLOCK;
    if (lint->in_callback && *step->lane && !about_lane)
        return complain(lint, step, "a callback's steps are done where it runs, not on '%s'",
                        step->lane);
    return true;
}

/* In a together block a lane has one step: they are to start at one moment. */
static bool check_together(struct lint *lint, const struct step *step, unsigned flags)
{
    if (!lint->together || !(flags & BY_LANE))
        return true;
    struct name *lane = names_find(lint->names, step->lane);
    if (!lane)
        return true; /* everywhere */
    if (lane->busy == lint->together)
        return complain(lint, step, "the lane '%s' has a step of this block already", step->lane);
    lane->busy = lint->together;
    return true;
}

/* Where there are two implementations, each ctx is of one of them. */
static bool check_library(struct lint *lint, const struct step *step)
{
    if (step->verb == VERB_CTX && step->library == LIBRARY_UNKNOWN &&
        lint->script->needs & NEED_PAIR)
        return complain(lint, step, "this script is for a pair: say 'of one' or 'of two'");
    return true;
}

static bool walk(struct lint *lint, const struct step *steps, size_t count);

/* The race is over: what was closed in it is closed. */
static void end_together(struct lint *lint, const struct step *block)
{
    lint->together = 0;
    for (size_t i = 0; i < block->block_count; i++) {
        if (block->block[i].verb == VERB_CLOSE)
            close_ctx(lint, &block->block[i]);
    }
}

static bool walk_block(struct lint *lint, const struct step *step)
{
    const struct lint before = *lint;
    bool ok = true;

    if (!step->block_count)
        return complain(lint, step, "a block without steps");
    lint->depth++;
    switch (step->verb) {
    case VERB_TOGETHER:
        lint->together = ++lint->togethers;
        break;
    case VERB_WHEN:
        lint->in_callback = true;
        break;
    case VERB_FORKED:
        lint->copy[lint->copy_depth++] = ++lint->copies;
        break;
    default: /* VERB_REPEAT */
        lint->repeats++;
        lint->turns *= step->count;
        if (lint->turns > SCRIPT_COUNT_MAX)
            return complain(lint, step, "its steps would be done more than %d times",
                            SCRIPT_COUNT_MAX);
        break;
    }
    ok = walk(lint, step->block, step->block_count);
    if (ok && step->verb == VERB_REPEAT && step->count > 1)
        ok = walk(lint, step->block, step->block_count);

    lint->depth = before.depth;
    lint->in_callback = before.in_callback;
    lint->ended = before.ended;
    lint->copy_depth = before.copy_depth;
    lint->repeats = before.repeats;
    lint->turns = before.turns;
    if (ok && step->verb == VERB_TOGETHER)
        end_together(lint, step);
    return ok;
}

static bool use_things(struct lint *lint, const struct step *step, enum makes makes)
{
    const struct {
        const char *text;
        enum makes kind;
    } things[] = {{step->subject, MAKES_SUBJECT},
                  {step->evgen, MAKES_EVGEN},
                  {step->operation, MAKES_OPERATION},
                  {step->watch, MAKES_WATCH}};

    for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
        if (*things[i].text && things[i].kind != makes &&
            !lint_use_thing(lint, step, things[i].text, things[i].kind))
            return false;
    }
    return !*step->like || lint_use_thing(lint, step, step->like, MAKES_WATCH);
}

static bool walk(struct lint *lint, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        const struct statement *statement = grammar_find(step->verb);
        bool ok =
            check_indent(lint, step) && check_requirement(lint, step) && check_library(lint, step);

        if (ok && lint->ended)
            ok = complain(lint, step, "the copy of the host has ended: nothing can follow here");
        if (ok && *step->lane && statement->makes != MAKES_LANE)
            ok = lint_use_lane(lint, step, step->lane);
        if (ok && *step->other)
            ok = lint_use_lane(lint, step, step->other);
        if (ok && *step->ctx && statement->makes != MAKES_CTX)
            ok = lint_use_ctx(lint, step);
        if (ok && *step->fd && statement->makes != MAKES_FD)
            ok = lint_use_fd(lint, step);
        ok = ok && use_things(lint, step, statement->makes);
        if (ok && *step->child && statement->makes != MAKES_CHILD)
            ok = lint_use_child(lint, step, statement->flags);
        ok = ok && check_callback(lint, step) && check_together(lint, step, statement->flags);
        if (ok && statement->makes != MAKES_NOTHING)
            ok = lint_give_name(lint, step, statement->makes);
        ok = ok && do_verb(lint, step);
        if (ok && statement->flags & HAS_BLOCK)
            ok = walk_block(lint, step);
        if (!ok)
            return false;
    }
    return true;
}

static bool check_head(struct lint *lint)
{
    const struct script *script = lint->script;
    struct script_error *error = lint->error;

    if (!*script->sentence) {
        script_complain(error, 1, 1, "no 'scenario SENTENCE' says what the script is about");
        return false;
    }
    if (!script->covers_count) {
        script_complain(error, 1, 1, "no 'covers ID...' says for which requirements it is there");
        return false;
    }
    if (!script->steps_count) {
        script_complain(error, 1, 1, "a script without steps");
        return false;
    }
    for (size_t i = 0; i < script->covers_count; i++) {
        if (lint->known && !lint->known(script->covers[i])) {
            script_complain(error, script->covers_line, 1,
                            "covers %s, which is not in the catalogue", script->covers[i]);
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(script->covers[i], script->covers[j])) {
                script_complain(error, script->covers_line, 1, "covers %s twice",
                                script->covers[i]);
                return false;
            }
        }
    }
    return true;
}

bool script_lint(const struct script *script, bool (*known)(const char *requirement),
                 struct script_error *error)
{
    struct lint lint = {
        .script = script,
        .known = known,
        .error = error,
        .names = names_new(),
        .turns = 1,
    };
    bool ok = false;

    if (!lint.names || !names_add(lint.names, "main", MAKES_LANE, &from_start) ||
        (script->settings & SETTING_HAS_CHILD &&
         !names_add(lint.names, "inherited", MAKES_CHILD, &from_start))) {
        script_complain(error, 0, 0, "out of memory");
        goto out;
    }
    ok = check_head(&lint) && walk(&lint, script->steps, script->steps_count);
out:
    names_free(lint.names);
    return ok;
}
