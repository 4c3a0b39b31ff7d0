/* SPDX-License-Identifier: MIT */
/*
 * Coming to rest. A script's `quiet`, and the end of every script, wait until nothing is left to
 * happen. That is known, not guessed from the passing of time:
 *
 *  - every child that was told to end has ended, by the kernel's word, or is stopped and cannot;
 *  - no signal is pending that some thread of the host could take;
 *  - every lane has turned its loops until a full round brought nothing, and it answered after
 *    the signals were taken, so a handler on it has returned;
 *  - no thread of the host is running, nor a child that runs an operation of the library, nor a
 *    subject of events, which an operation may have told to end;
 *  - and all of this twice in a row, with no report, exit or handler run in between; once more for
 *    each planted fault, which may have made a turn fail.
 *
 * Lanes held at a gate, and ctxs that are paused, are at rest where they are.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "runner/proc.h"
#include "runner/events.h"

enum { REST_MS = 20000, ROUNDS_AT_REST = 2 };

static struct lane *lane_by_tid(struct stage *stage, struct host *host, pid_t tid)
{
    for (size_t i = 0; i < stage->lane_count; i++)
        if (stage->lanes[i].host == host && !stage->lanes[i].gone && stage->lanes[i].tid == tid)
            return &stage->lanes[i];
    return NULL;
}

static void note_fork(struct stage *stage, const struct event *event)
{
    if (stage->unborn_count < STAGE_UNBORN)
        stage->unborn[stage->unborn_count++] = (pid_t)event->result;
    for (size_t i = 0; i < stage->host_count; i++) {
        struct lane *lane = stage->hosts[i].pid == event->pid
                                ? lane_by_tid(stage, &stage->hosts[i], event->tid)
                                : NULL;
        if (lane)
            lane->forked = (pid_t)event->result;
    }
}

/* False where the event is not complete: its writer is at it, or was killed at it. */
static bool count_event(struct stage *stage, const struct event *event)
{
    if (!event)
        return false;
    if (event->kind == EVENT_HANDLER_IN && event->subject == SIGCHLD)
        stage->handler_runs++;
    else if (event->kind == EVENT_CALL && event->what == CALL_FORK && event->result > 0)
        note_fork(stage, event);
    else if (event->kind == EVENT_FORKHOOK && event->subject != 0)
        stage->forkhook_runs++;
    else if (event->kind == EVENT_CALL && event->zone != ZONE_APPLICATION &&
             (event->what == CALL_WAITPID || event->what == CALL_WAITID))
        stage->wait_calls++;
    return true;
}

void stage_scan(struct stage *stage)
{
    size_t holes = stage->hole_count;

    stage->hole_count = 0;
    for (size_t i = 0; i < holes; i++)
        if (!count_event(stage, log_at(stage->log, stage->holes[i])))
            stage->holes[stage->hole_count++] = stage->holes[i];
    for (; stage->scanned < log_count(stage->log); stage->scanned++) {
        if (count_event(stage, log_at(stage->log, stage->scanned)))
            continue;
        if (stage->hole_count == STAGE_HOLES)
            break;
        stage->holes[stage->hole_count++] = stage->scanned;
    }
}

struct thread_look {
    struct stage *stage;
    struct host *host;
    bool running, pending;
};

bool lane_is_held(struct stage *stage, const struct lane *lane)
{
    if (lane->pending || gate_holds(stage, lane->gate))
        return true;
    return stage->any_gate >= 0 &&
           atomic_load(&stage->control->rule[stage->any_gate].holds) == lane->tid;
}

static void look_at_thread(void *user, pid_t tid)
{
    struct thread_look *look = user;
    struct lane *lane = lane_by_tid(look->stage, look->host, tid);
    struct proc_signals signals;

    /* One that stays in the library does so of its own accord, and may come back. */
    if ((lane && lane_is_held(look->stage, lane) &&
         !(lane->pending && events_stays(&lane->step) && !gate_holds(look->stage, lane->gate))) ||
        !proc_signals(look->host->pid, tid, &signals))
        return;
    if (signals.state == 'R' || signals.state == 'D')
        look->running = true;
    if ((signals.pending | signals.shared_pending) & ~signals.blocked)
        look->pending = true;
}

static bool is_host(const struct stage *stage, pid_t pid)
{
    for (size_t i = 0; i < stage->host_count; i++)
        if (stage->hosts[i].pid == pid)
            return true;
    return false;
}

/* The host's threads sleep and have no signal to take. */
static bool host_sleeps(struct stage *stage, struct host *host)
{
    struct thread_look look = {.stage = stage, .host = host};

    if (proc_threads(host->pid, look_at_thread, &look) == 0)
        return true;
    return !look.running && !look.pending;
}

/* A child says itself that it was born. One that has been forked and had no processor yet is known
 * by its parent's call alone: it is about to run. */
static bool unborn_sleep(struct stage *stage)
{
    size_t count = stage->unborn_count;
    struct proc_stat stat;
    bool sleep = true;

    stage->unborn_count = 0;
    for (size_t i = 0; i < count; i++) {
        pid_t pid = stage->unborn[i];
        const struct life *life = record_find(&stage->record, pid);
        if ((life && !life->exited) || !proc_stat(pid, pid, &stat) || stat.state == 'Z')
            continue;
        stage->unborn[stage->unborn_count++] = pid;
        sleep = sleep && stat.state != 'R' && stat.state != 'D';
    }
    return sleep;
}

/* A host without a probe tells of no birth: the kernel is asked for its children. */
static bool unrecorded_sleep(const struct host *host)
{
    pid_t children[STAGE_UNBORN];
    size_t count = proc_children(host->pid, children, STAGE_UNBORN);
    struct proc_stat stat;

    for (size_t i = 0; i < count; i++)
        if (proc_stat(children[i], children[i], &stat) && (stat.state == 'R' || stat.state == 'D'))
            return false;
    return true;
}

/* So do children that the library has for itself, to run what an operation is about. */
static bool nameless_sleep(struct stage *stage)
{
    struct proc_stat stat;

    for (size_t i = 0; stage->events->operation_count && !stage->probe && i < stage->host_count;
         i++)
        if (stage->hosts[i].alive && !unrecorded_sleep(&stage->hosts[i]))
            return false;
    stage_scan(stage);
    if (!unborn_sleep(stage) && stage->events->operation_count)
        return false;
    for (size_t i = 0; stage->events->operation_count && i < stage->record.count; i++) {
        struct life *life = &stage->record.lives[i];
        if (!life->named && !life->exited && !is_host(stage, life->pid) && !record_look(life) &&
            proc_stat(life->pid, life->pid, &stat) && (stat.state == 'R' || stat.state == 'D'))
            return false;
    }
    return true;
}

bool stage_sleeps(struct stage *stage)
{
    /* First those whose end the host is told of by a signal, which it must not be about to take,
     * or learns of otherwise. */
    if (!nameless_sleep(stage) || !subjects_sleep(stage))
        return false;
    for (size_t i = 0; i < stage->host_count; i++)
        if (stage->hosts[i].alive && !host_sleeps(stage, &stage->hosts[i]))
            return false;
    return true;
}

/* A lane is held in the midst of starting a child that ends at once: the child is on its way to its
 * end, but has no name yet. Its pid is known from the fork that the lane is held after. */
static bool nameless_lives_on(struct stage *stage)
{
    stage_scan(stage);
    for (size_t i = 0; i < stage->lane_count; i++) {
        const struct lane *lane = &stage->lanes[i];
        const struct step *step = lane->pending ? &lane->step : NULL;
        struct life *life;
        if (!step || lane->forked == 0 || step->outcome.kind == OUTCOME_NONE ||
            (step->verb != VERB_CHILD && step->verb != VERB_FOREIGN && step->verb != VERB_CHILDREN))
            continue;
        life = record_find(&stage->record, lane->forked);
        if (life && life->named) /* that was an earlier one: this fork is still to come */
            continue;
        if (!life || !record_look(life))
            return true;
    }
    return false;
}

bool stage_told_have_ended(struct stage *stage, void *user)
{
    struct stage_child **lives_on = user;
    struct proc_stat stat;

    for (size_t i = 0; i < stage->child_count; i++) {
        struct stage_child *child = &stage->children[i];
        if (!child->told || child->seen ||
            (child->traced && record_look(&stage->record.lives[child->life])) ||
            (proc_stat(child->pid, child->pid, &stat) && stat.state == 'T'))
            continue;
        if (lives_on)
            *lives_on = child;
        return false;
    }
    return !nameless_lives_on(stage);
}

bool lane_answered(struct stage *stage, struct lane *lane, struct request *request)
{
    long long deadline = stage_now_ms() + stage_scaled(stage, STAGE_ANSWER_MS);

    if (!request)
        return false;
    while (!request->done && lane->host->alive && !lane_is_held(stage, lane)) {
        if (stage_now_ms() > deadline)
            return false;
        stage_pump(stage, STAGE_POLL_MS);
    }
    return true;
}

/* Has every lane turn its loops. False where one does not answer. */
static bool turn_lanes(struct stage *stage)
{
    struct request *turns[STAGE_LANES];

    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        turns[i] = NULL;
        if (lane->host->alive && !lane->gone && !lane_is_held(stage, lane))
            turns[i] = host_request(stage, lane->host, lane->name, "turn");
    }
    for (size_t i = 0; i < stage->lane_count; i++) {
        struct lane *lane = &stage->lanes[i];
        if (turns[i] && !lane_answered(stage, lane, turns[i])) {
            host_hangs(stage, lane->host, "a lane does not come out of its event loop");
            return false;
        }
    }
    return true;
}

static size_t progress(struct stage *stage)
{
    size_t seen = 0;

    stage_scan(stage);
    for (size_t i = 0; i < stage->child_count; i++)
        seen += stage->children[i].seen;
    return stage->notice_count + stage->handler_runs + seen + stage->child_count +
           stage->record.count + events_progress(stage);
}

bool stage_child_hangs(struct stage *stage, const struct stage_child *child)
{
    struct host pretended = {.alive = true, .pid = child->pid};

    for (int i = 0; stage->control && i < CONTROL_THREADS; i++) {
        const struct control_thread *thread = &stage->control->thread[i];
        if (atomic_load(&thread->tid) != 0 && thread->pid == child->pid &&
            atomic_load(&thread->call) == CALL_MUTEX_LOCK) {
            host_hangs(stage, &pretended, "a child waits for a mutex");
            stage->host->hung = true; /* with it: there is no more to be learned */
            return true;
        }
    }
    return false;
}

/* A host that naps may sleep with something to do: asleep it is when it sleeps after a whole nap,
 * too. */
static bool await_sleep(struct stage *stage, long long deadline)
{
    for (bool napped = false;; napped = true) {
        if (stage_sleeps(stage) && (napped || stage->options->nap_ms == 0))
            return true;
        if (stage_now_ms() >= deadline)
            return false;
        if (stage->options->nap_ms == 0) {
            stage_pump(stage, STAGE_POLL_MS);
            continue;
        }
        for (long long end = stage_now_ms() + 2 * stage->options->nap_ms; stage_now_ms() <= end;)
            stage_pump(stage, 1);
    }
}

/* The ctxs that nobody turns: their lane is held, or stays inside another one. */
static int64_t unturned(struct stage *stage)
{
    int64_t mask = 0;

    for (size_t i = 0; i < stage->ctx_count; i++) {
        const struct stage_ctx *ctx = &stage->ctxs[i];
        const struct lane *lane = stage_lane(stage, ctx->host, ctx->lane);
        bool stays = lane && lane->pending && events_stays(&lane->step);
        if (ctx->open && ctx->index < QUIET_CTXS && lane && lane_is_held(stage, lane) &&
            !(stays && strcmp(lane->step.ctx, ctx->name) == 0))
            mask |= (int64_t)1 << ctx->index;
    }
    return mask;
}

bool stage_quiet(struct stage *stage)
{
    long long deadline = stage_now_ms() + stage_scaled(stage, REST_MS);
    struct event event = {.kind = EVENT_QUIET, .ctx = -1};
    struct stage_child *lives_on = NULL;
    bool reached = false;
    const struct play_faults *faults = stage->options->faults;
    size_t looks = faults ? faults->count : 0; /* each may have spoilt one */
    int at_rest = 0, rounds = ROUNDS_AT_REST + (int)looks;

    while (stage->host->alive && !stage->broken) {
        size_t before = progress(stage);
        int left = (int)(deadline - stage_now_ms());
        if (left <= 0)
            break;
        if (!stage_until(stage, STAGE_EXPECT_MS, stage_told_have_ended, &lives_on)) {
            if (lives_on && stage->host->alive)
                stage_child_hangs(stage, lives_on);
            break;
        }
        /* Of a further round that is known from the end of the one before. */
        if (at_rest == 0 && !await_sleep(stage, deadline))
            break;
        if (!turn_lanes(stage))
            break;
        stage_take_exits(stage, true);
        if (!await_sleep(stage, deadline))
            break;
        stage_pump(stage, 0); /* what was said just before it fell asleep */
        at_rest = progress(stage) == before ? at_rest + 1 : 0;
        if (at_rest == rounds && late_awaited(stage)) {
            at_rest = 0;
        } else if (at_rest == rounds && looks > 0 && lenient_gives_time(stage)) {
            looks--;
            at_rest = 0;
        } else if (at_rest == rounds) {
            reached = true;
            break;
        }
    }
    event.result = !reached;
    event.value = unturned(stage);
    log_append(stage->log, &event);
    if (reached)
        stage_look(stage, false);
    return reached;
}

bool stage_quiet_at(struct stage *stage, const struct step *step)
{
    if (stage_quiet(stage))
        return true;
    if (stage_goes_on(stage))
        stage_break(stage, "%s:%d: the host never came to rest", stage->script->file, step->line);
    return false;
}
