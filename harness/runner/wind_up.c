/* SPDX-License-Identifier: MIT */
/*
 * The end of every script: gates are opened, loops turned again, children ended, told of and
 * waited for, ctxs closed, so that every oracle has a whole history to judge, whatever the script
 * left open.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "runner/events.h"

/* Has a lane do something; what a planted fault has made fail is done once more for each. False
 * where it does not come back. */
static bool ask(struct stage *stage, const char *lane, const char *verb, const char *name)
{
    const char *options = strcmp(verb, "waitpid") == 0 ? " 0" : "";
    struct request *request;
    char what[100];

    for (int tries = 0; tries <= PLAY_FAULTS && stage->host->alive; tries++) {
        request = host_request(stage, stage->host, lane, "%s %s%s", verb, name, options);
        if (!host_answered(stage, stage->host, request)) {
            snprintf(what, sizeof(what), "at the end of the script, `%s %s` does not come back",
                     verb, name);
            host_hangs(stage, stage->host, what);
            return false;
        }
        if (request->ok || !lenient_explains(stage, request))
            break;
    }
    if (strcmp(verb, "close") == 0 && stage->host->alive)
        lenient_closed(stage, name, request);
    return stage->host->alive;
}

static bool comes_to_rest(struct stage *stage)
{
    if (stage_quiet(stage))
        return true;
    if (stage->host->alive && !stage->host->hung)
        stage_break_unless_found(stage, "the host never came to rest at the end of the script");
    return false;
}

/* Lets every held lane go, until none is; a forked copy, only its own. */
static void let_go(struct stage *stage)
{
    for (int i = 0; i < CONTROL_RULES && !stage->host->is_copy; i++)
        if (!lenient_is_planted(stage, i))
            gate_disarm(stage, i);
    for (int i = 0; i < CONTROL_RULES && !stage->host->is_copy; i++)
        if (gate_holds(stage, i))
            gate_open(stage, i);
    if (!stage->host->is_copy)
        stage->any_gate = -1;
    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        if (lane->host != stage->host)
            continue;
        if (gate_holds(stage, lane->gate))
            gate_open(stage, lane->gate);
        gate_disarm(stage, lane->gate);
        lane->gate = -1;
        if (lane->pending && events_stays(&lane->step))
            continue;
        lane_settle(stage, lane);
        if (lane->host->hung)
            return;
    }
}

static void end_children(struct stage *stage)
{
    for (size_t i = 0; i < stage->child_count; i++) {
        struct stage_child *child = &stage->children[i];
        struct life *life = &stage->record.lives[child->life];
        if (child->host != stage->host)
            continue;
        trace_release(stage, child);
        if (record_look(life))
            continue;
        record_signal(life, SIGCONT);
        if (child->told)
            continue;
        stage_look_at_program(stage, child);
        child = &stage->children[i];
        child->told = true;
        child->order = (struct outcome){OUTCOME_EXIT, 0};
        stage_note(stage, EVENT_ORDER, child->pid, 0, NULL);
        if (child->order_fd >= 0)
            dprintf(child->order_fd, "exit 0");
        else
            host_request(stage, stage->host, "-", "order %s exit 0", child->name);
    }
}

static bool any_open(struct stage *stage, bool (*mode)(enum rc_owner))
{
    for (size_t i = 0; i < stage->ctx_count; i++)
        if (stage->ctxs[i].open && stage->ctxs[i].host == stage->host &&
            (!mode || mode(stage->ctxs[i].owner)))
            return true;
    return false;
}

static bool reaps_all(enum rc_owner owner)
{
    return owner == RC_OWNER_ALWAYS;
}

/* The application's own children, which it has to wait for itself. */
static void wait_for_foreign(struct stage *stage)
{
    if (any_open(stage, reaps_all))
        return;
    for (size_t i = 0; i < stage->child_count && stage->host->alive; i++) {
        struct stage_child *child = &stage->children[i];
        struct life *life = &stage->record.lives[child->life];
        if (child->host != stage->host || child->ctx >= 0 || child->waited || child->pid == 0 ||
            (stage->probe && record_reaped(life)))
            continue;
        child->waited = true;
        if (!ask(stage, "main", "waitpid", child->name))
            return;
    }
}

/* A child of the ctx has ended and was never reported. The library may well take it to be alive
 * still, and a ctx with a living child is not to be closed [FK-79]. */
static bool owes_report(const struct stage *stage, const struct stage_ctx *ctx)
{
    for (size_t i = 0; i < stage->child_count; i++) {
        const struct stage_child *child = &stage->children[i];
        if (!child->forgotten && child->ctx == ctx->index &&
            !stage_notice(stage, child, ctx->index, NOTICE_REPORT, NOTICE_LOST))
            return true;
    }
    return false;
}

/* Each of the next four: false where a request does not come back. */

static bool resume_all(struct stage *stage)
{
    for (size_t i = 0; i < stage->ctx_count; i++) {
        struct stage_ctx *ctx = &stage->ctxs[i];
        if (!ctx->open || ctx->host != stage->host || !stage->host->alive)
            continue;
        if (ctx->paused && !ask(stage, ctx->lane, "resume", ctx->name))
            return false;
        ctx->paused = false;
    }
    return true;
}

static bool shut_all(struct stage *stage)
{
    for (size_t i = 0; i < stage->fd_count; i++) {
        struct stage_fd *fd = &stage->fds[i];
        if (!fd->open || fd->host != stage->host)
            continue;
        if (!ask(stage, "main", "shut", fd->name))
            return false;
        fd->open = false;
    }
    return true;
}

static bool is_told(enum rc_owner owner)
{
    return owner == RC_OWNER_MAINLOOP;
}

/* When nobody but the application can know that the programs of operations have ended. */
static bool tell_all_of_sigchld(struct stage *stage)
{
    if (stage->events->operation_count && any_open(stage, is_told) && !comes_to_rest(stage))
        return false;
    for (size_t i = 0; i < stage->ctx_count; i++) {
        struct stage_ctx *ctx = &stage->ctxs[i];
        const struct played *played = stage->played;
        uint64_t offers = played->subject.pair ? played->offers_of[ctx->library] : played->offers;
        if ((offers & NEED_TOLD_SIGCHLD) && ctx->open && ctx->host == stage->host &&
            ctx->owner == RC_OWNER_MAINLOOP && stage->host->alive &&
            !ask(stage, ctx->lane, "tell-sigchld", ctx->name))
            return false;
    }
    return true;
}

static bool close_all(struct stage *stage)
{
    for (size_t i = 0; i < stage->ctx_count && stage->host->alive; i++) {
        struct stage_ctx *ctx = &stage->ctxs[i];
        if (!ctx->open || ctx->host != stage->host || owes_report(stage, ctx))
            continue;
        if (!ask(stage, ctx->lane, "close", ctx->name))
            return false;
        ctx->open = false;
    }
    return true;
}

static bool children_end(struct stage *stage)
{
    struct stage_child *lives_on = NULL;

    end_children(stage);
    if (stage_until(stage, STAGE_EXPECT_MS, stage_told_have_ended, &lives_on))
        return true;
    if (lives_on && stage->host->alive && stage_child_hangs(stage, lives_on))
        return false;
    if (stage->host->alive)
        stage_break_unless_found(stage, "%s was told to end at the end of the script, and lives on",
                                 lives_on ? lives_on->name : "a child");
    return false;
}

void stage_wind_up(struct stage *stage)
{
    struct host *host = stage->host;

    if (!host->alive || host->hung || stage->broken)
        return;
    let_go(stage);
    events_end(stage);
    if (!resume_all(stage))
        return;
    lenient_wakes(stage);
    if (!shut_all(stage) || !children_end(stage) || !tell_all_of_sigchld(stage) ||
        !comes_to_rest(stage) || events_stuck(stage))
        return;
    events_unwatch(stage);
    wait_for_foreign(stage);
    if (!close_all(stage) || !host->alive || any_open(stage, NULL))
        return;
    wait_for_foreign(stage);
    if (!comes_to_rest(stage))
        return;
    stage_zombies(stage);
    if (host->is_copy)
        return;
    stage_compare_fds(stage);
    stage_left(stage);
}
