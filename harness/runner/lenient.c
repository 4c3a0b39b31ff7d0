/* SPDX-License-Identifier: MIT */
/*
 * Plays under planted faults (reapcheck faults): calls of the library fail that the script knows
 * nothing of. What the script says is then no longer all that may happen, and this is what may
 * happen besides, in all; without planted faults nothing here forgives anything.
 *
 *  1. A call of the library fails in which the fault struck, on the thread that made it, not in a
 *     handler (or the fault struck on a thread of the library's own). That is a clear error, at the
 *     call that needed it. A step that has to succeed ends the steps then, those in a callback
 *     included; for one that has to fail any such error is right; one that may fail goes on, until
 *     a step speaks of the child or the operation that was not made. Any other failure is a
 *     finding: an error that comes later, or from another call, is not at the call that needed it.
 *  2. The library calls for a disaster after the fault. That is a clear error, too: the steps end.
 *     So they do where the fault struck in a forked child on its way to its program, which may end
 *     early then.
 *  3. After the fault, expectations that count (handler ran, waits at most, forkhook ran, so many
 *     registered or polled) are not asked; a call that was to fail for want of room, or by a hook,
 *     may have needed neither; and where a lane never comes to its gate the steps end: the library
 *     may have gone another way, and gates are the script's affair. What it has to do by looking
 *     now and then it does later, for which there is time (lenient_events.c).
 *  4. In the wind-up a call that fails as in 1 is made again, and must not fail then.
 *  5. Where it was sigaction that failed and a clear error came, the disposition may be left as it
 *     is: nothing but sigaction could put it back.
 *
 * An error of `run` is none of these: the application turns the loop again, and whatever was to
 * happen must happen then. All the rest holds as ever. An expectation that is missed although no
 * clear error came is a finding; and when the steps have ended, however early, the wind-up closes
 * everything and every oracle judges.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "runner/events.h"

void lenient_plant(struct stage *stage)
{
    struct play_faults *faults = stage->options->faults;

    if (!faults)
        return;
    for (int i = 0; i < CALL_COUNT; i++)
        faults->calls[i] = atomic_load(&stage->control->calls[i]);
    for (size_t i = 0; i < faults->count && i < PLAY_FAULTS && !stage->broken; i++) {
        gate_set(stage, &faults->list[i]);
        stage->planted |= 1u << stage->last_rule;
        stage->planted_rule[i] = stage->last_rule;
    }
}

bool lenient_is_planted(const struct stage *stage, int rule)
{
    return stage->planted >> rule & 1;
}

bool lenient_struck(struct stage *stage)
{
    size_t before = stage->planted ? log_count(stage->log) : 0;

    for (int i = 0; i < CONTROL_RULES; i++)
        if (lenient_is_planted(stage, i) && atomic_load(&stage->control->rule[i].hits) > 0)
            return true;
    stage->strike_from = stage->told_from = before;
    return false;
}

static const struct host *host_of(const struct stage *stage, pid_t pid)
{
    for (size_t i = 0; i < stage->host_count; i++)
        if (stage->hosts[i].pid == pid)
            return &stage->hosts[i];
    return NULL;
}

static bool is_lane(const struct stage *stage, pid_t tid)
{
    for (size_t i = 0; i < stage->lane_count; i++)
        if (stage->lanes[i].tid == tid)
            return true;
    return false;
}

bool lenient_told(struct stage *stage)
{
    bool whole = true; /* no event before this one is still being written */

    if (!stage->planted || !lenient_struck(stage))
        return false;
    for (size_t i = stage->told_from; i < log_count(stage->log) && !stage->has_told; i++) {
        const struct event *event = log_at(stage->log, i);
        stage->has_told = event && (event->kind == EVENT_DISASTER ||
                                    (event->kind == EVENT_FAULT && !host_of(stage, event->pid)));
        whole = whole && event;
        if (whole)
            stage->told_from = i + 1;
    }
    return stage->has_told;
}

/* The end of the call in which the fault at place i struck: its error, 0 if there is none. */
static int error_of_call(const struct stage *stage, size_t i)
{
    const struct event *fault = log_at(stage->log, i);
    int depth = 0; /* calls of a callback */

    for (i++; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (!event || event->tid != fault->tid || event->pid != fault->pid)
            continue;
        if (event->kind == EVENT_ENTER)
            depth++;
        else if (event->kind == EVENT_LEAVE && depth-- == 0)
            return event->error;
    }
    return 0;
}

/* By which a request failed; 0: it did not. A synchronous operation returns its own end. */
static int error_of(const struct request *request)
{
    static const char result[] = "result=";
    const char *word = request->answer + strlen(result);

    if (!request->ok)
        return request->error;
    if (strncmp(request->answer, result, strlen(result)) != 0 || strcmp(word, "ok") == 0)
        return 0;
    return wire_error(word, strlen(word));
}

bool lenient_explains(struct stage *stage, const struct request *request)
{
    int error = error_of(request);

    if (!error || !stage->planted || !lenient_struck(stage))
        return false;
    for (size_t i = stage->strike_from; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (!event || event->kind != EVENT_FAULT || event->zone == ZONE_HANDLER)
            continue;
        if (error_of_call(stage, i) == error ||
            (host_of(stage, event->pid) && !is_lane(stage, event->tid))) {
            stage->options->faults->told = true;
            return true;
        }
    }
    return false;
}

bool lenient_waives(struct stage *stage, const struct step *step)
{
    bool counts = step->verb == VERB_EXPECT_HANDLED || step->verb == VERB_EXPECT_WAITS ||
                  step->verb == VERB_EXPECT_FORKHOOK || step->verb == VERB_EXPECT_POLLS ||
                  (step->verb == VERB_EXPECT_REGISTERS && !step->nothing && step->count > 0);

    return stage->planted && counts && lenient_struck(stage);
}

bool lenient_over(const struct stage *stage)
{
    return stage->planted && stage->stop && stage->options->faults->told;
}

/* The step speaks of what a call should have made that said it could not. */
static bool lacks(struct stage *stage, const struct step *step)
{
    const struct thing_operation *operation =
        *step->operation ? operation_named(stage, step->operation, NULL) : NULL;

    if (!stage->options->faults->told)
        return false;
    return (step->child[0] && !stage_next_child(stage, step->child, NULL)) ||
           (operation && operation->finished && !operation->started);
}

bool lenient_ends(struct stage *stage, const struct step *step)
{
    if (!stage->planted || !lenient_struck(stage))
        return false;
    if (step->verb != VERB_REACH && !lenient_told(stage) && !lacks(stage, step) &&
        !lenient_held(stage))
        return false;
    stage->stop = true;
    return true;
}

void lenient_closed(struct stage *stage, const char *name, const struct request *request)
{
    struct finding *finding;

    if (request->ok || !stage->planted || !lenient_struck(stage))
        return;
    finding = findings_add(&stage->played->findings, "XC-20", "step");
    if (!finding)
        return stage_break(stage, "out of memory");
    snprintf(finding->what, sizeof(finding->what),
             "at the end of the script, after a call that was made to fail, %s cannot be closed: "
             "%.100s",
             name, request->answer);
}

bool play_struck(const struct play_faults *faults, enum libc_call call)
{
    for (size_t i = 0; faults && i < faults->count; i++)
        if (faults->struck[i] && faults->list[i].verb == VERB_FAIL && faults->list[i].call == call)
            return true;
    return false;
}

void lenient_pardon(const struct play_faults *faults, struct findings *findings)
{
    size_t kept = 0;

    if (!faults || !faults->told || !play_struck(faults, CALL_SIGACTION))
        return;
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].oracle, "handler needed") != 0 &&
            strcmp(findings->list[i].oracle, "restored") != 0)
            findings->list[kept++] = findings->list[i];
    findings->count = kept;
}

void lenient_conclude(struct stage *stage)
{
    struct play_faults *faults = stage->options->faults;

    if (!faults)
        return;
    for (int i = 0; i < CALL_COUNT; i++)
        faults->calls[i] = atomic_load(&stage->control->calls[i]) - faults->calls[i];
    for (size_t i = 0; i < faults->count && i < PLAY_FAULTS; i++)
        faults->struck[i] =
            stage->planted && atomic_load(&stage->control->rule[stage->planted_rule[i]].hits) > 0;
    faults->told = faults->told || lenient_told(stage);
}
