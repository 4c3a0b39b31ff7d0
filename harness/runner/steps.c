/* SPDX-License-Identifier: MIT */
/*
 * The steps of a script in a row. Those that the host does are in request.c, blocks in blocks.c,
 * gates in gates.c, expectations in expect.c; here are those that the runner does itself.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "runner/proc.h"
#include "runner/events.h"

static void play_lane(struct stage *stage, const struct step *step)
{
    unsigned char fds[RC_CHILD_FD];
    struct request *request;

    stage_list_fds(stage, fds);
    request = host_request(stage, stage->host, "-", "lane %s", step->lane);
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "the host does not make a lane");
    if (!stage->host->alive)
        return;
    if (stage_cannot(stage, request))
        return;
    if (!request->ok)
        return stage_break(stage, "the host cannot make lane %s: %s", step->lane, request->answer);
    stage_add_lane(stage, stage->host, step->lane, (pid_t)wire_number(request->answer, "tid", 0));
    host_settled(stage, stage->host, step->lane);
    if (!stage->probe) /* a thread of some languages has fds of its own, for a loop */
        stage_excuse_fds(stage, fds);
    stage_look(stage, true);
}

static void play_unlane(struct stage *stage, const struct step *step)
{
    struct lane *lane = step_lane(stage, step);
    struct request *request;

    if (!lane)
        return;
    request = host_request(stage, stage->host, lane->name, "unlane");
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "a lane does not end");
    if (!stage->host->alive)
        return;
    if (stage_cannot(stage, request))
        return;
    if (!request->ok)
        return stage_break(stage, "the host cannot end lane %s: %s", step->lane, request->answer);
    lane->gone = true;
    for (size_t i = 0; i < stage->ctx_count; i++)
        if (stage->ctxs[i].host == stage->host && strcmp(stage->ctxs[i].lane, lane->name) == 0)
            snprintf(stage->ctxs[i].lane, sizeof(stage->ctxs[i].lane), "main");
}

/* Tells a child, or every child of a group, to end. */
static void play_order(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;
    bool any = false;

    while ((child = stage_next_child(stage, step->child, child))) {
        struct request *request = NULL;
        bool told = child->told;
        any = true;
        stage_look_at_program(stage, child);
        if (step->verb == VERB_EXIT || step->verb == VERB_KILL) {
            struct outcome order = {step->verb == VERB_EXIT ? OUTCOME_EXIT : OUTCOME_SIGNAL,
                                    step->verb == VERB_EXIT ? step->outcome.value : step->signal};
            if (order.kind == OUTCOME_EXIT || signal_ends(order.value)) {
                child->told = true;
                child->order = order;
                stage_note(stage, EVENT_ORDER, child->pid, outcome_status(&order), NULL);
            }
        }
        if (step->verb == VERB_KILL || step->verb == VERB_CONT) {
            record_signal(&stage->record.lives[child->life],
                          step->verb == VERB_CONT ? SIGCONT : step->signal);
            continue;
        }
        if (child->order_fd >= 0 && step->verb == VERB_STOP) {
            record_signal(&stage->record.lives[child->life], SIGSTOP);
            continue;
        }
        if (child->order_fd >= 0 && step->verb == VERB_GRANDCHILD)
            return stage_break(stage, "%s:%d: an inherited child makes no grandchild",
                               stage->script->file, step->line);
        if (child->order_fd >= 0) {
            dprintf(child->order_fd, "exit %d", step->outcome.value);
            continue;
        }
        request = step->verb == VERB_EXIT
                      ? host_request(stage, stage->host, "-", "order %s exit %d", child->name,
                                     step->outcome.value)
                      : host_request(stage, stage->host, "-", "order %s %s", child->name,
                                     step->verb == VERB_STOP ? "stop" : "grandchild");
        if (!host_answered(stage, stage->host, request))
            return host_hangs(stage, stage->host, "the host does not pass on an order");
        if (!stage->host->alive)
            return;
        if (stage_cannot(stage, request) || (!request->ok && lenient_ends(stage, step)))
            return;
        if (!request->ok)
            return stage_break(stage, "%s:%d: `%s`: %s %s: %s", stage->script->file, step->line,
                               step->text, child->name,
                               told ? "has been told to end before" : "does not take the order",
                               request->answer);
    }
    if (!any)
        stage_no_child(stage, step);
}

static void play_signal(struct stage *stage, const struct step *step)
{
    struct lane *lane;

    if (strcmp(step->lane, "host") == 0 || !step->lane[0]) {
        for (int i = 0; i < (step->count > 0 ? step->count : 1); i++)
            kill(stage->host->pid, step->signal);
        return;
    }
    lane = stage_lane(stage, stage->host, step->lane);
    if (!lane)
        return stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                           step->lane);
    if (stage->together || lane_is_held(stage, lane)) /* it cannot raise it itself */
        for (int i = 0; i < (step->count > 0 ? step->count : 1); i++)
            syscall(SYS_tgkill, stage->host->pid, lane->tid, step->signal);
    else
        step_request(stage, step);
}

static void play_mask(struct stage *stage, const struct step *step)
{
    if (strcmp(step->lane, "everywhere") != 0) {
        step_request(stage, step);
        return;
    }
    for (size_t i = 0; i < stage->lane_count && !stage->stop; i++) {
        struct step one = *step;
        if (stage->lanes[i].host != stage->host || stage->lanes[i].gone)
            continue;
        snprintf(one.lane, sizeof(one.lane), "%s", stage->lanes[i].name);
        step_request(stage, &one);
    }
}

static void play_reuse(struct stage *stage, const struct step *step)
{
    struct stage_child *child = stage_child(stage, step->child);
    int rc;

    if (!child)
        return stage_no_child(stage, step);
    rc = proc_set_next_pid(child->pid);
    if (rc == 0)
        return;
    stage->stop = true;
    stage->played->result = PLAY_SKIPPED;
    snprintf(stage->played->reason, sizeof(stage->played->reason),
             "to have a pid used again, a pid namespace is needed (%s)", strerrorname_np(-rc));
}

/*
 * In two requests, and all comes to rest in between: the shell has ended, and is the application's
 * to wait for. Who waits for any child takes it then, and not only when he happens to be quicker.
 */
static void play_popen(struct stage *stage, const struct step *step)
{
    struct lane *lane = step_lane(stage, step);
    struct request *request;

    if (!lane)
        return;
    if (lane_is_held(stage, lane)) /* it will do it when it is let go */
        return step_request(stage, step);
    request = host_request(stage, stage->host, lane->name, "popen-open");
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "popen does not come back");
    if (stage->host->alive && request->ok) {
        stage_quiet_at(stage, step);
        if (stage->stop || !stage->host->alive)
            return;
        request = host_request(stage, stage->host, lane->name, "popen-close");
    }
    step_settle(stage, step, lane, request);
}

static void play_step(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_LANE:
        return play_lane(stage, step);
    case VERB_UNLANE:
        return play_unlane(stage, step);
    case VERB_CHILDREN:
        return step_request_group(stage, step, VERB_CHILD);
    case VERB_FOREIGN:
        if (step->count > 0)
            return step_request_group(stage, step, VERB_FOREIGN);
        return step_request(stage, step);
    case VERB_EXIT:
    case VERB_KILL:
    case VERB_STOP:
    case VERB_CONT:
    case VERB_GRANDCHILD:
        return play_order(stage, step);
    case VERB_SIGNAL:
        return play_signal(stage, step);
    case VERB_POPEN:
        return play_popen(stage, step);
    case VERB_BLOCK:
    case VERB_UNBLOCK:
        return play_mask(stage, step);
    case VERB_QUIET:
        stage_quiet_at(stage, step);
        return;
    case VERB_TRACE:
        return trace_begin(stage, step);
    case VERB_UNTRACE:
        return trace_end(stage, step);
    case VERB_HOLD:
    case VERB_FAIL:
    case VERB_SHORT:
    case VERB_EMPTY:
    case VERB_RAISE:
        return gate_set(stage, step);
    case VERB_UNFAIL:
        for (int i = 0; i < CONTROL_RULES; i++)
            if (stage->control->rule[i].kind >= RULE_FAULT && !lenient_is_planted(stage, i))
                gate_disarm(stage, i);
        return;
    case VERB_REACH:
        return gate_reach(stage, step);
    case VERB_GO:
        return gate_go(stage, step);
    case VERB_PIDREUSE:
        return play_reuse(stage, step);
    case VERB_TOGETHER:
        return block_together(stage, step);
    case VERB_REPEAT:
        for (int i = 0; i < step->count && !stage->stop; i++)
            steps_play(stage, step->block, step->block_count);
        return;
    case VERB_WHEN:
        return block_when(stage, step);
    case VERB_FORKED:
        return block_forked(stage, step);
    case VERB_CORES:
        return platform_cores(stage, step);
    case VERB_EXEC:
        return platform_exec(stage, step);
    default:
        if (step->verb >= VERB_EXPECT_REPORT)
            return lenient_waives(stage, step) ? (void)0 : step_expect(stage, step);
        if (!events_step(stage, step))
            step_request(stage, step);
        return;
    }
}

void steps_play(struct stage *stage, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count && !stage->stop; i++) {
        if (!stage->host->alive && steps[i].verb != VERB_EXPECT_HOST) {
            stage->stop = true;
            return;
        }
        if (stage_now_ms() > stage->deadline)
            return stage_break(stage, "the scenario was not over within its deadline");
        if (lenient_told(stage)) {
            stage->stop = true;
            return;
        }
        if (stage->look_due) {
            stage->look_due = false;
            stage_look(stage, true);
        }
        stage_note(stage, EVENT_STEP, steps[i].line, 0, steps[i].text);
        play_step(stage, &steps[i]);
    }
}
