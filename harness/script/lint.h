/* SPDX-License-Identifier: MIT */
/*
 * What lint knows while it reads a script, and its dealings with names.
 */
#ifndef REAPCHECK_SCRIPT_LINT_H
#define REAPCHECK_SCRIPT_LINT_H

#include "script/line.h"
#include "script/names.h"
#include "script/parse.h"

struct lint {
    const struct script *script;
    bool (*known)(const char *requirement);
    struct script_error *error;
    struct names *names;
    int depth;              /* blocks around the step */
    int repeats;            /* repeat blocks around it */
    long turns;             /* how often it is done */
    int togethers;          /* together blocks met so far */
    int together;           /* number of the one around the step, 0 if there is none */
    bool in_callback;       /* a when block is around it */
    int copies;             /* forked blocks met so far */
    int copy[SCRIPT_DEPTH]; /* those around the step */
    int copy_depth;
    int holds_any; /* gates for any lane, set and not yet opened */
    bool forkhook; /* a ctx has one */
    bool ended;    /* the process that does the steps has */
};

/* Says what is wrong with a step; is false, so that it can be returned. */
#define complain(lint_, step_, ...)                                                                \
    (script_complain((lint_)->error, (step_)->line,                                                \
                     ((step_)->indent < 0 ? 0 : (step_)->indent) + 1, __VA_ARGS__),                \
     false)

/* The copy in which the step is done, 0 for the host itself. */
int lint_copy(const struct lint *lint);
/* Are the lane, ctx, child, fd that the step names there, and may they be used by it? A lane may be
 * one of the words that stand for no lane in particular. */
bool lint_use_lane(struct lint *lint, const struct step *step, const char *text);
bool lint_use_ctx(struct lint *lint, const struct step *step);
bool lint_use_child(struct lint *lint, const struct step *step, unsigned flags);
bool lint_use_fd(struct lint *lint, const struct step *step);
/* The same for a subject, an evgen, an operation, a watch. */
bool lint_use_thing(struct lint *lint, const struct step *step, const char *text, enum makes kind);
/* The child that the step names, or the group that it belongs to, once it is known to be there. */
struct name *lint_child(struct lint *lint, const struct step *step);
/* Takes the new name that the step gives. */
bool lint_give_name(struct lint *lint, const struct step *step, enum makes kind);

#endif
