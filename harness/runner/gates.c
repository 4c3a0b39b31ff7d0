/* SPDX-License-Identifier: MIT */
/*
 * Gates and faults, as the runner sets them on the control page. A rule is written whole before
 * it is armed, and only then seen by the probe.
 */
#include <limits.h>
#include <string.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "runner/proc.h"
#include "runner/stage.h"

static int gate_arm(struct stage *stage, const struct control_rule *rule)
{
    /* In turn, so that one just opened is not used again while its thread is on the way out. */
    for (int n = 1; n <= CONTROL_RULES; n++) {
        int i = (stage->last_rule + n) % CONTROL_RULES;
        struct control_rule *slot = &stage->control->rule[i];
        if (atomic_load(&slot->armed) || atomic_load(&slot->holds) || lenient_is_planted(stage, i))
            continue;
        slot->kind = rule->kind;
        slot->call = rule->call;
        slot->zone = rule->zone;
        slot->tid = rule->tid;
        slot->skip = rule->skip;
        slot->times = rule->times;
        slot->error = rule->error;
        atomic_store(&slot->seen, 0);
        atomic_store(&slot->hits, 0);
        atomic_store(&slot->go, 0);
        atomic_store(&slot->armed, 1);
        stage->last_rule = i;
        return i;
    }
    stage_break(stage, "a script may have %d gates and faults set at one time", CONTROL_RULES);
    return -1;
}

void gate_disarm(struct stage *stage, int rule)
{
    if (rule >= 0)
        atomic_store(&stage->control->rule[rule].armed, 0);
}

bool gate_holds(const struct stage *stage, int rule)
{
    return rule >= 0 && atomic_load(&stage->control->rule[rule].holds) != 0;
}

void gate_open(struct stage *stage, int rule)
{
    _Atomic uint32_t *go = &stage->control->rule[rule].go;

    atomic_store(&stage->control->rule[rule].armed, 0);
    atomic_store(go, 1);
    syscall(SYS_futex, go, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static enum rule_zone zone_of(const struct step *step)
{
    return step->place == PLACE_HANDLER ? RULE_IN_HANDLER
           : step->place == PLACE_CALL  ? RULE_IN_CALL
                                        : RULE_IN_LIBRARY;
}

void gate_set(struct stage *stage, const struct step *step)
{
    struct control_rule rule = {.call = step->call,
                                .zone = zone_of(step),
                                .skip = (uint32_t)step->skip,
                                .times = step->always      ? 0
                                         : step->count > 0 ? (uint32_t)step->count
                                                           : 1};
    bool any = strcmp(step->lane, "any") == 0 || !step->lane[0];
    struct lane *lane = any ? NULL : stage_lane(stage, stage->host, step->lane);
    int armed;

    if (!any && !lane) {
        stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                    step->lane);
        return;
    }
    if (step->verb == VERB_HOLD && (lane ? lane->gate : stage->any_gate) >= 0) {
        stage_break(stage, "%s:%d: %s has a gate already; `go` must come first",
                    stage->script->file, step->line, lane ? lane->name : "any lane");
        return;
    }
    rule.tid = lane ? lane->tid : 0;
    switch (step->verb) {
    case VERB_HOLD:
        rule.kind = step->after ? RULE_GATE_AFTER : RULE_GATE_BEFORE;
        rule.times = 1;
        break;
    case VERB_FAIL:
        rule.kind = RULE_FAULT;
        rule.error = step->error;
        break;
    case VERB_SHORT:
        rule.kind = RULE_SHORT;
        rule.times = 0;
        break;
    case VERB_EMPTY:
        rule.kind = RULE_SHORT;
        break;
    default:
        rule.kind = RULE_RAISE;
        rule.error = step->signal;
        rule.times = 1;
        break;
    }
    armed = gate_arm(stage, &rule);
    if (armed >= 0 && step->verb == VERB_HOLD) {
        if (lane)
            lane->gate = armed;
        else
            stage->any_gate = armed;
    }
}

/* The gate that a lane, or "any", is at or will come to. */
static int gate_of(struct stage *stage, const struct step *step, struct lane **lane)
{
    *lane = strcmp(step->lane, "any") == 0 ? NULL : stage_lane(stage, stage->host, step->lane);
    if (*lane && (*lane)->gate >= 0)
        return (*lane)->gate;
    if (stage->any_gate >= 0) {
        int tid = atomic_load(&stage->control->rule[stage->any_gate].holds);
        for (size_t i = 0; i < stage->lane_count && !*lane; i++)
            if (stage->lanes[i].tid == tid && !stage->lanes[i].gone)
                *lane = &stage->lanes[i];
    }
    return stage->any_gate;
}

static bool gate_reached(struct stage *stage, void *user)
{
    return gate_holds(stage, *(int *)user);
}

/*
 * Nothing is left to happen, and the lane was never at its gate. Perhaps the implementation does
 * without such a call there, which is no fault; then the rest of the script can find nothing out.
 * If it is one, the oracles find it in what has happened so far. (Every implementation that has
 * handlers must come to its gate in one: what is missing there is the signal. Of a pair perhaps
 * neither has any.)
 */
static void does_not_pass(struct stage *stage, const struct step *step)
{
    stage->stop = true;
    snprintf(stage->played->reason, sizeof(stage->played->reason),
             "%s makes no such call where lane %s is to be held (line %d)", stage->played->name,
             step->lane, step->line);
}

void gate_reach(struct stage *stage, const struct step *step)
{
    struct lane *lane;
    int gate = gate_of(stage, step, &lane);

    if (gate < 0)
        return stage_break(stage, "%s:%d: lane %s has no gate", stage->script->file, step->line,
                           step->lane);
    if (stage_until(stage, STAGE_GRACE_MS, gate_reached, &gate))
        return;
    if ((stage->control->rule[gate].zone != RULE_IN_HANDLER || stage->played->subject.pair) &&
        stage_quiet(stage)) {
        if (!gate_holds(stage, gate))
            does_not_pass(stage, step);
    } else if (!stage_until(stage, STAGE_EXPECT_MS, gate_reached, &gate) && stage->host->alive) {
        stage_fault(stage, step, "lane %s never came to its gate", step->lane);
    }
}

enum { SPINS_MS = 1000 };

/* The thread sleeps in the library, and at no gate of ours. Who has been in it for long without
 * sleeping may be at a lock that spins. */
static bool waits_in_library(struct stage *stage, pid_t tid, bool for_long)
{
    struct proc_stat stat;

    for (int i = 0; i < CONTROL_RULES; i++)
        if (atomic_load(&stage->control->rule[i].holds) == tid)
            return false;
    for (int i = 0; i < CONTROL_THREADS; i++)
        if (atomic_load(&stage->control->thread[i].tid) == tid)
            return atomic_load(&stage->control->thread[i].zone) != ZONE_APPLICATION &&
                   atomic_load(&stage->control->thread[i].call) != CALL_POLL &&
                   proc_stat(stage->host->pid, tid, &stat) && (stat.state == 'S' || for_long);
    return false;
}

void gate_look(struct stage *stage)
{
    int gate = stage->later_gate;
    bool for_long =
        gate >= 0 && stage_now_ms() > stage->later_since + stage_scaled(stage, SPINS_MS);

    if (gate < 0 || !waits_in_library(stage, stage->later_tid, for_long))
        return;
    stage->later_gate = -1;
    gate_open(stage, gate);
}

void gate_go(struct stage *stage, const struct step *step)
{
    struct lane *lane;
    int gate = gate_of(stage, step, &lane);

    if (gate < 0)
        return stage_break(stage, "%s:%d: lane %s has no gate", stage->script->file, step->line,
                           step->lane);
    if (step->other[0]) {
        struct lane *other = stage_lane(stage, stage->host, step->other);
        if (!other)
            return stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                               step->other);
        stage->later_gate = gate;
        stage->later_tid = other->tid;
        stage->later_since = stage_now_ms();
        return;
    }
    if (gate == stage->later_gate)
        stage->later_gate = -1;
    gate_open(stage, gate);
    if (gate == stage->any_gate)
        stage->any_gate = -1;
    if (!lane)
        return;
    lane->gate = -1;
    lane_settle(stage, lane);
}
