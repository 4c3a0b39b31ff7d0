/* SPDX-License-Identifier: MIT */
/*
 * Blocks of steps that are more than steps in a row: at one moment on several lanes (together),
 * inside a callback (when), in a forked copy of the host (forked).
 */
#include <stdio.h>
#include <string.h>
#include "runner/stage.h"

/* Steps of different lanes that start at one moment; then the runner's own steps; then all are
 * waited for. */
void block_together(struct stage *stage, const struct step *block)
{
    struct request *requests[STAGE_LANES] = {0};
    struct lane *lanes[STAGE_LANES] = {0};
    char words[256];
    int together = 0;

    for (size_t i = 0; i < block->block_count && i < STAGE_LANES; i++) {
        const struct step *step = &block->block[i];
        if (step->verb == VERB_CTX && !step_prepare_ctx(stage, step))
            return;
        if (step_words(stage, step, words, sizeof(words)))
            together++;
    }
    host_answered(stage, stage->host,
                  host_request(stage, stage->host, "-", "together %d", together));
    for (size_t i = 0; i < block->block_count && i < STAGE_LANES && !stage->broken; i++) {
        const struct step *step = &block->block[i];
        if (!step_words(stage, step, words, sizeof(words)))
            continue;
        lanes[i] = step_lane(stage, step);
        if (!lanes[i])
            return;
        requests[i] = host_request(stage, stage->host, lanes[i]->name, "+ %s", words);
    }
    for (size_t i = 0; i < block->block_count && i < STAGE_LANES && !stage->broken; i++)
        if (!requests[i])
            steps_play(stage, &block->block[i], 1);
    for (size_t i = 0; i < block->block_count && i < STAGE_LANES && !stage->broken; i++)
        if (requests[i])
            step_settle(stage, &block->block[i], lanes[i], requests[i]);
}

void block_when(struct stage *stage, const struct step *block)
{
    struct stage_child *child = stage_child(stage, block->child);
    char words[256];

    for (size_t i = 0; i < block->block_count && !stage->stop; i++) {
        const struct step *step = &block->block[i];
        const char *lane = child && child->ctx >= 0 ? stage->ctxs[child->ctx].lane : "main";
        struct request *request;
        if (step->verb == VERB_CTX && !step_prepare_ctx(stage, step))
            return;
        if (!step_words(stage, step, words, sizeof(words))) {
            stage_break(stage, "%s:%d: `%s` cannot be done inside a callback", stage->script->file,
                        step->line, step->text);
            return;
        }
        if (stage->kept_count == sizeof(stage->kept) / sizeof(stage->kept[0])) {
            stage_break(stage, "too many steps inside callbacks");
            return;
        }
        request = host_request(stage, stage->host, lane, "when %s %s", block->child, words);
        if (!request)
            return;
        stage->kept[stage->kept_count++] = (struct kept){request, step, stage->host};
        if (!host_answered(stage, stage->host, request) && stage->host->alive)
            host_hangs(stage, stage->host, "the host does not keep a step for a callback");
        else if (!request->ok)
            stage_break(stage, "the host does not keep a step for a callback: %s", request->answer);
    }
}

struct copy_wait {
    size_t before;
    struct host *copy;
};

static bool copy_ready(struct stage *stage, void *user)
{
    struct copy_wait *wait = user;

    if (!wait->copy && stage->host_count > wait->before)
        wait->copy = &stage->hosts[wait->before];
    return wait->copy && (wait->copy->ready || !wait->copy->alive);
}

static bool copy_gone(struct stage *stage, void *user)
{
    struct host *copy = user;

    (void)stage;
    return !copy->alive;
}

/* A forked copy of the host plays the block; then it is wound up, and the host waits for it. */
void block_forked(struct stage *stage, const struct step *block)
{
    struct host *host = stage->host;
    struct copy_wait wait = {.before = stage->host_count};
    struct lane *lane = step_lane(stage, block);
    struct stage_child *child;
    struct request *request;
    char name[SCRIPT_NAME];

    if (!lane)
        return;
    snprintf(name, sizeof(name), "copy.%zu", stage->host_count);
    request = host_request(stage, host, lane->name, "forked %s", name);
    if (!host_answered(stage, host, request)) {
        if (host->alive)
            host_hangs(stage, host, "the application's fork does not come back");
        return;
    }
    if (!request->ok)
        return stage_fault(stage, block, "the application could not fork: %s", request->answer);
    child = stage_add_child(stage, name, -1, (pid_t)wire_number(request->answer, "pid", 0));
    if (!stage_until(stage, STAGE_START_MS, copy_ready, &wait) || !wait.copy->ready) {
        struct host pretended = {.pid = child ? child->pid : 0};
        if (host->alive)
            host_hangs(stage, wait.copy ? wait.copy : &pretended,
                       "the forked copy of the host does not come to life");
        return;
    }
    stage->host = wait.copy;
    if (stage_add_lane(stage, wait.copy, "main", wait.copy->pid)) {
        struct request *quit;
        host_settled(stage, wait.copy, "main");
        stage_look(stage, true);
        steps_play(stage, block->block, block->block_count);
        stage_wind_up(stage);
        quit = host_request(stage, wait.copy, "-", "quit");
        (void)quit;
        stage_until(stage, STAGE_ANSWER_MS, copy_gone, wait.copy);
    }
    stage->host = host;
    if (child) {
        child->told = true;
        child->order = (struct outcome){OUTCOME_EXIT, 0};
    }
}
