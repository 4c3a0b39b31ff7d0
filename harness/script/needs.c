/* SPDX-License-Identifier: MIT */
/*
 * What a script's steps need of an implementation, so that nobody has to say in `needs` what can
 * be seen: the grammar's table knows it for a statement as such, the rest depends on what the
 * statement says.
 *
 * Modes: one that is named is needed as it is, but where a script names only one and has no
 * children but those of its ctxs, it does not matter whom else the mode would reap: any will do in
 * which the library sees to SIGCHLD by itself. Most say `selective` only because they have to say
 * something. It matters, too, where SIGCHLD is to be given back while a ctx is open.
 *
 * Fork: a gate or fault is set there. Else a child may be started by whatever way there is.
 *
 * Contexts: more than one is open at a time. A close that may come late or never (in a callback,
 * in a race, in a forked copy, where it fails) is not counted on. Threads: ctxs live on different
 * lanes. Any thread: a lane that is not the ctx's own calls into it, or the lane of a ctx ends.
 *
 * In a pair each of the two implementations is asked for what is done with ctxs of its own: two
 * ctxs on two lanes are two threads only if they are of one of them.
 *
 * Libxl-shaped: the script speaks of nothing but libxl's own rules (FK), or counts on a handler of
 * the library's being there.
 *
 * Names that were never made are no matter here; lint speaks of them.
 */
#include "script/parse.h"

#include <signal.h>
#include <string.h>
#include "script/names.h"

struct inference {
    uint64_t needs;
    struct names *names; /* ctxs */
    struct {
        uint64_t needs;
        unsigned modes;         /* RC_OWNS bits of those that are named */
        size_t open;            /* ctxs open at the same time */
        char lane[SCRIPT_NAME]; /* of the first ctx, "" before it */
    } of[LIBRARY_COUNT];
    size_t surely_open;    /* ctxs that no close has been tried of */
    bool the_mode_matters; /* it has to be the one that is named */
    bool out_of_memory;
};

static const uint64_t needs_of_owner[] = {
    [RC_OWNER_LIBRARY] = NEED_LIBRARY,
    [RC_OWNER_MAINLOOP] = NEED_MAINLOOP,
    [RC_OWNER_ALWAYS] = NEED_ALWAYS,
    [RC_OWNER_SELECTIVE] = NEED_SELECTIVE,
};

static void infer_ctx(struct inference *inference, const struct step *step, bool in_copy)
{
    struct name *ctx = names_find(inference->names, step->ctx);
    enum event_library of = step->library;
    if (!ctx) {
        ctx = names_add(inference->names, step->ctx, MAKES_CTX, step);
        if (!ctx) {
            inference->out_of_memory = true;
            return;
        }
        ctx->presence = GONE;
    }
    strcpy(ctx->lane, step->lane);
    ctx->made_by = step;
    if (ctx->presence == GONE && step->failure != STEP_MUST_FAIL) {
        ctx->presence = THERE;
        inference->of[of].open++;
    }
    if (inference->of[of].open > 1)
        inference->of[of].needs |= NEED_CONTEXTS;
    if (of != LIBRARY_UNKNOWN)
        inference->needs |= NEED_PAIR;

    if (in_copy)
        ; /* one thread, whatever it was called in the host */
    else if (!*inference->of[of].lane)
        strcpy(inference->of[of].lane, step->lane);
    else if (strcmp(inference->of[of].lane, step->lane))
        inference->of[of].needs |= NEED_THREADS;
    if (step->failure == STEP_MUST_SUCCEED)
        inference->surely_open++;
    if (step->hooks || step->both)
        inference->of[of].needs |= NEED_HOOKS;
    if (step->forkhook)
        inference->needs |= NEED_FORKHOOK;
    if (step->strangers_unknown || step->strangers_odd)
        inference->needs |= NEED_FOREIGN;
    if (step->strangers_wanted)
        inference->needs |= NEED_FOREIGN_ALWAYS;
}

static void infer_close(struct inference *inference, const struct step *step)
{
    struct name *ctx = names_find(inference->names, step->ctx);
    if (!ctx || ctx->presence == GONE || step->failure != STEP_MUST_SUCCEED)
        return;
    ctx->presence = GONE;
    inference->of[ctx->made_by->library].open--;
}

struct search {
    const char *lane;
    bool found;
};

static void look_for_lane(struct name *ctx, void *with)
{
    struct search *search = with;
    search->found |= !strcmp(ctx->lane, search->lane);
}

/* In a pair the handler is that of either, or there is none and the script is of no use. */
static bool counts_on_handler(const struct inference *inference, const struct step *step)
{
    return (step->place == PLACE_HANDLER && !(inference->needs & NEED_PAIR)) ||
           (step->verb == VERB_EXPECT_DISPOSITION && step->condition == CONDITION_LIBRARY) ||
           (step->verb == VERB_EXPECT_HANDLED && step->condition != CONDITION_AT_MOST &&
            step->count > 0);
}

static bool covers_libxl_only(const struct script *script)
{
    for (size_t i = 0; i < script->covers_count; i++) {
        if (strncmp(script->covers[i], "FK-", 3) != 0)
            return false;
    }
    return script->covers_count > 0;
}

static uint64_t need_of_operation(const struct step *step)
{
    static const uint64_t kinds[] = {[RC_OPERATION_PROGRAM] = NEED_PROGRAM,
                                     [RC_OPERATION_HELPER] = NEED_HELPER,
                                     [RC_OPERATION_LOCK] = NEED_LOCK,
                                     [RC_OPERATION_END] = NEED_END};

    return kinds[step->kind] | (step->limited ? NEED_LIMITS : 0) |
           (step->wants_progress ? NEED_PROGRESS : 0) |
           (step->user_given || step->progress_given ? NEED_EVENTS : 0);
}

/* What vanishes is remembered by its name. */
static void remember_path(struct inference *inference, const struct step *step)
{
    if (!names_find(inference->names, step->subject) &&
        !names_add(inference->names, step->subject, MAKES_SUBJECT, step))
        inference->out_of_memory = true;
}

/* `in_copy`: within a forked block, where there is but one thread. `surely`: in order, in any
 * case. */
static void infer_step(struct inference *inference, const struct step *step, bool in_copy,
                       bool surely)
{
    struct search search = {step->lane, false};
    const struct name *ctx = *step->ctx ? names_find(inference->names, step->ctx) : NULL;
    enum event_library of = step->verb == VERB_CTX ? step->library
                            : ctx                  ? ctx->made_by->library
                                                   : LIBRARY_UNKNOWN;

    if (ctx && *step->lane && strcmp(ctx->lane, step->lane) && step->verb != VERB_CTX && !in_copy)
        inference->of[of].needs |= NEED_ANY_THREAD;
    if (counts_on_handler(inference, step))
        inference->needs |= NEED_LIBXL_SHAPED;
    if (step->owner_given)
        inference->of[of].modes |= RC_OWNS(step->owner);
    if (step->call == CALL_FORK)
        inference->needs |= NEED_FORK;

    switch (step->verb) {
    case VERB_CTX:
        infer_ctx(inference, step, in_copy);
        break;
    case VERB_CLOSE:
        if (step->failure != STEP_MUST_FAIL && inference->surely_open)
            inference->surely_open--;
        if (surely)
            infer_close(inference, step);
        break;
    case VERB_SUBJECT:
        if (step->vanishes)
            remember_path(inference, step);
        break;
    case VERB_ENABLE:
        inference->of[of].needs |=
            names_find(inference->names, step->subject) ? NEED_VANISHED : NEED_ENDED;
        break;
    case VERB_DO:
        if (step->condition == CONDITION_STOPS)
            inference->needs |= NEED_STOPPED;
        break;
    case VERB_CALLBACKS:
        if (step->no_disaster)
            inference->needs |= NEED_DISASTER_EXITS;
        break;
    case VERB_OPERATION:
        inference->of[of].needs |= need_of_operation(step);
        break;
    case VERB_FOREIGN:
        inference->the_mode_matters = true;
        if (*step->ctx) /* that it tells of itself */
            inference->needs |= NEED_POSTFORK;
        break;
    case VERB_BLOCK:
    case VERB_UNBLOCK:
        if (step->signal == SIGCHLD)
            inference->needs |= NEED_OPEN_SIGCHLD;
        break;
    case VERB_UNLANE:
        names_each(inference->names, look_for_lane, &search);
        if (search.found)
            inference->needs |= NEED_ANY_THREAD;
        break;
    case VERB_EXPECT_DISPOSITION: /* only in some modes is it given back before the ctx is closed */
        if (step->condition == CONDITION_RESTORED && inference->surely_open)
            inference->the_mode_matters = true;
        break;
    case VERB_STEAL: /* else it is a matter of luck who is first */
        inference->needs |= NEED_LOOP_REAPS;
        inference->the_mode_matters = true;
        break;
    case VERB_WAITPID:
    case VERB_SYSTEM:
    case VERB_POPEN:
    case VERB_FORKED:
        inference->the_mode_matters = true;
        break;
    default:
        break;
    }
}

static void infer_steps(struct inference *inference, const struct step *steps, size_t count,
                        bool in_copy, bool surely)
{
    for (size_t i = 0; i < count && !inference->out_of_memory; i++) {
        const struct step *step = &steps[i];
        bool copy = in_copy || step->verb == VERB_FORKED;
        infer_step(inference, step, in_copy, surely);
        infer_steps(inference, step->block, step->block_count, copy,
                    !copy && step->verb != VERB_WHEN && step->verb != VERB_TOGETHER);
    }
}

static uint64_t modes_needed(const struct inference *inference, enum event_library of)
{
    uint64_t needs = 0;
    unsigned modes = inference->of[of].modes;

    if (modes && !(modes & (modes - 1)) && modes != RC_OWNS(RC_OWNER_MAINLOOP) &&
        !inference->the_mode_matters)
        return NEED_OWN_SIGCHLD;
    for (enum rc_owner owner = RC_OWNER_LIBRARY; owner <= RC_OWNER_SELECTIVE; owner++)
        if (modes & RC_OWNS(owner))
            needs |= needs_of_owner[owner];
    return needs;
}

bool needs_infer(struct script *script)
{
    struct inference inference = {
        .names = names_new(),
        .the_mode_matters = script->settings & SETTING_HAS_CHILD,
    };

    if (!inference.names)
        return false;
    infer_steps(&inference, script->steps, script->steps_count, false, true);
    names_free(inference.names);
    script->needs |= inference.needs | (covers_libxl_only(script) ? NEED_LIBXL_SHAPED : 0);
    for (enum event_library of = LIBRARY_UNKNOWN; of < LIBRARY_COUNT; of++) {
        uint64_t needs = inference.of[of].needs | modes_needed(&inference, of);

        if (of == LIBRARY_UNKNOWN)
            script->needs |= needs;
        else
            script->needs_of[of] = needs;
    }
    return !inference.out_of_memory;
}
