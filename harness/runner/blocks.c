/* SPDX-License-Identifier: MIT */
/*
 * Blocks of steps that are more than steps in a row: at one moment on several lanes (together),
 * inside a callback (when), in a forked copy of the host (forked).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "runner/events.h"

/* Steps of different lanes that start at one moment; then the runner's own steps; then all are
 * waited for. */
void block_together(struct stage *stage, const struct step *block)
{
    struct part {
        struct lane *lane; /* NULL: the runner does it */
        struct request *request;
    } *parts = calloc(block->block_count + 1, sizeof(*parts));
    struct request *announced;
    char words[256];
    int together = 0;

    if (!parts)
        return stage_break(stage, "out of memory");
    for (size_t i = 0; i < block->block_count; i++) {
        const struct step *step = &block->block[i];
        if (step->verb == VERB_SIGNAL) /* by the runner, whoever it is for */
            continue;
        if (!step_prepare(stage, step))
            goto out;
        if (!step_words(stage, step, words, sizeof(words)))
            continue;
        parts[i].lane = step_lane(stage, step);
        if (!parts[i].lane)
            goto out;
        if (lane_is_held(stage, parts[i].lane)) { /* it would never start, nor would the others */
            stage_break(stage, "%s:%d: lane %s is held at a gate", stage->script->file, step->line,
                        parts[i].lane->name);
            goto out;
        }
        together++;
    }
    announced = host_request(stage, stage->host, "-", "together %d", together);
    if (!host_answered(stage, stage->host, announced)) {
        host_hangs(stage, stage->host, "the host does not answer");
        goto out;
    }
    if (!announced->ok) {
        if (stage->host->alive && !stage_cannot(stage, announced))
            stage_break(stage, "the host cannot do steps together: %s", announced->answer);
        goto out;
    }
    stage->together = true;
    for (size_t i = 0; i < block->block_count && !stage->broken; i++)
        if (parts[i].lane && step_words(stage, &block->block[i], words, sizeof(words)))
            parts[i].request = host_request(stage, stage->host, parts[i].lane->name, "+ %s", words);
    for (size_t i = 0; i < block->block_count && !stage->broken; i++)
        if (!parts[i].lane)
            steps_play(stage, &block->block[i], 1);
    stage->together = false;
    for (size_t i = 0; i < block->block_count && !stage->broken && !stage->host->hung; i++)
        if (parts[i].request)
            step_settle(stage, &block->block[i], parts[i].lane, parts[i].request);
out:
    free(parts);
}

static struct kept *free_place(struct stage *stage)
{
    for (size_t i = 0; i < stage->kept_count; i++)
        if (!stage->kept[i].request)
            return &stage->kept[i];
    return stage->kept_count < sizeof(stage->kept) / sizeof(stage->kept[0])
               ? &stage->kept[stage->kept_count++]
               : NULL;
}

void block_when(struct stage *stage, const struct step *block)
{
    struct stage_child *child = stage_child(stage, block->child);
    const struct stage_ctx *about = events_ctx(stage, block);
    char words[256], key[32];

    if (!about && *block->ctx)
        about = stage_own_ctx(stage, block->ctx);
    events_key(block, key);
    if (*block->child && !child && stage_next_child(stage, block->child, NULL))
        return stage_break(stage, "%s:%d: `when` awaits one child, and %s is a group",
                           stage->script->file, block->line, block->child);
    for (size_t i = 0; i < block->block_count && !stage->stop; i++) {
        const struct step *step = &block->block[i];
        struct kept *kept;
        const char *lane = child && child->ctx >= 0 ? stage->ctxs[child->ctx].lane
                           : about                  ? about->lane
                                                    : "main";
        struct request *request;
        if (!step_prepare(stage, step))
            return;
        if (!step_words(stage, step, words, sizeof(words))) {
            stage_break(stage, "%s:%d: `%s` cannot be done inside a callback", stage->script->file,
                        step->line, step->text);
            return;
        }
        kept = free_place(stage);
        if (!kept)
            return stage_break(stage, "too many steps wait for a callback");
        request = host_request(stage, stage->host, lane, "when %s %s", key, words);
        if (!request)
            return;
        *kept = (struct kept){
            .request = request, .step = step, .host = stage->host, .child = block->child};
        if (!host_answered(stage, stage->host, request))
            host_hangs(stage, stage->host, "the host does not keep a step for a callback");
        else if (!request->ok && stage->host->alive && kept->request &&
                 !stage_cannot(stage, request))
            stage_break(stage, "the host does not keep a step for a callback: %s", request->answer);
    }
}

struct copy_wait {
    size_t before;
    struct host *copy;
    struct stage_child *child;
};

static bool copy_has_ended(struct stage *stage, void *user)
{
    struct copy_wait *wait = user;

    return record_look(&stage->record.lives[wait->child->life]);
}

static bool copy_ready(struct stage *stage, void *user)
{
    struct copy_wait *wait = user;

    if (!wait->copy && stage->host_count > wait->before)
        wait->copy = &stage->hosts[wait->before];
    if (wait->copy && (wait->copy->ready || !wait->copy->alive))
        return true;
    return copy_has_ended(stage, user);
}

static void play_copy(struct stage *stage, const struct step *block, struct copy_wait *wait)
{
    struct host *host = stage->host, *copy = wait->copy;
    struct life *life;

    if (copy && copy->ready) {
        int disposition = stage->base_disposition, flags = stage->base_flags;
        unsigned long long mask = stage->base_mask;
        stage->host = copy;
        if (stage_add_lane(stage, copy, "main", copy->pid)) {
            host_settled(stage, copy, "main");
            stage_look(stage, true);
            steps_play(stage, block->block, block->block_count);
            if (stage->stop && !copy->ended) /* it may have been stopped */
                record_signal(&stage->record.lives[wait->child->life], SIGCONT);
            stage_wind_up(stage);
            if (copy->alive && !copy->hung) {
                struct request *quit = host_request(stage, copy, "-", "quit");
                copy->quits = quit && !quit->done; /* done: it was no longer there to be told */
            }
        }
        stage->host = host;
        stage->base_disposition = disposition;
        stage->base_flags = flags;
        stage->base_mask = mask;
    }
    wait->child->told = true;
    wait->child->order = (struct outcome){OUTCOME_EXIT, 0};
    if (copy && (copy->hung || (copy->alive && !copy->quits)))
        record_signal(&stage->record.lives[wait->child->life], SIGKILL);
    if (!stage_until(stage, STAGE_ANSWER_MS, copy_has_ended, wait)) {
        if (host->alive)
            stage_break_unless_found(stage, "%s:%d: the forked copy of the host does not end",
                                     stage->script->file, block->line);
        return;
    }
    life = &stage->record.lives[wait->child->life];
    if (copy && (copy->hung || copy->ended || stage->broken))
        return;
    if (WIFSIGNALED(life->status) && life->status != -1)
        stage_fault(stage, block, "the forked copy of the host was ended by %s",
                    script_signal_name(WTERMSIG(life->status)));
    else if (!copy || !copy->quits)
        stage_fault(stage, block, "the forked copy of the host ended early, with status 0x%x",
                    (unsigned)life->status);
}

/* A forked copy of the host plays the block; then it is wound up, and the host waits for it. */
void block_forked(struct stage *stage, const struct step *block)
{
    struct host *host = stage->host;
    struct copy_wait wait = {.before = stage->host_count};
    struct lane *lane = step_lane(stage, block);
    struct request *request;
    char name[SCRIPT_NAME];

    if (!lane)
        return;
    snprintf(name, sizeof(name), "copy.%zu", stage->host_count);
    request = host_request(stage, host, lane->name, "forked %s", name);
    if (!host_answered(stage, host, request))
        return host_hangs(stage, host, "the application's fork does not come back");
    if (!host->alive)
        return;
    if (stage_cannot(stage, request))
        return;
    if (!request->ok)
        return stage_fault(stage, block, "the application could not fork: %s", request->answer);
    wait.child = stage_add_child(stage, name, -1, (pid_t)wire_number(request->answer, "pid", 0));
    if (!wait.child)
        return;
    wait.child->first_notice = request->notices;
    if (!stage_until(stage, STAGE_START_MS, copy_ready, &wait) && host->alive) {
        struct host pretended = {.alive = true, .pid = wait.child->pid};
        return host_hangs(stage, wait.copy ? wait.copy : &pretended,
                          "the forked copy of the host does not come to life");
    }
    if (host->alive && !stage->broken)
        play_copy(stage, block, &wait);
}
