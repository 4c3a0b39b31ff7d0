/* SPDX-License-Identifier: MIT */
/*
 * What the library has left behind when all its ctxs are closed: processes, memory, threads. Put
 * down, not judged: a library may keep a thing or two for the life of the process.
 */
#include <stdlib.h>
#include "runner/proc.h"
#include "runner/stacks.h"
#include "runner/stage.h"

enum {
    KEPT_MOST = 2000, /* blocks put down */
    KEPT_NAMED = 4,   /* so many of one caller and size, and it is looked up who that is */
    LOOKS = 2,        /* at processes that do not move any more */
};

/* -- processes -- */

/* A child of the host that no step started, and that is not gone. */
static bool is_stray(struct stage *stage, struct life *life)
{
    struct proc_stat stat;

    if (life->named || life->parent != stage->host->pid || life->pid == stage->host->pid)
        return false;
    /* A child may be heard of by its name before it is by its birth. */
    for (size_t i = 0; i < stage->child_count; i++)
        if (stage->children[i].pid == life->pid &&
            !record_reaped(&stage->record.lives[stage->children[i].life]))
            return false;
    return !record_reaped(life) && proc_stat(life->pid, life->pid, &stat) &&
           stat.ppid == stage->host->pid;
}

/* No stray is on its way to its end, and the host on its way to reap none. */
static bool strays_rest(struct stage *stage, void *user)
{
    int *looks = user;
    struct proc_stat stat;

    for (size_t i = 0; i < stage->record.count; i++) {
        struct life *life = &stage->record.lives[i];
        if (is_stray(stage, life) && !record_look(life) && proc_stat(life->pid, life->pid, &stat) &&
            (stat.state == 'R' || stat.state == 'D'))
            *looks = -1;
    }
    if (!stage_sleeps(stage))
        *looks = -1;
    return ++*looks >= LOOKS;
}

static void look_for_strays(struct stage *stage)
{
    size_t strays = 0;
    int looks = 0;

    for (size_t i = 0; i < stage->record.count; i++)
        strays += is_stray(stage, &stage->record.lives[i]);
    if (!strays || !stage_until(stage, STAGE_EXPECT_MS, strays_rest, &looks))
        return;
    for (size_t i = 0; i < stage->record.count; i++) {
        struct life *life = &stage->record.lives[i];
        struct event event = {.kind = EVENT_LEFT, .ctx = -1, .subject = life->pid};
        if (!is_stray(stage, life))
            continue;
        event.value = life->parent;
        event.extra = record_look(life);
        log_append(stage->log, &event);
    }
}

/* -- memory -- */

static int by_time(const void *a, const void *b)
{
    const struct control_block *first = a, *second = b;

    return (first->taken > second->taken) - (first->taken < second->taken);
}

static size_t list_blocks(const struct control_memory *memory, struct control_block *list)
{
    int64_t left = atomic_load(&memory->count);
    size_t count = 0;

    for (size_t bucket = 0; bucket < CONTROL_BUCKETS && left > 0; bucket++) {
        for (size_t i = 0; i < CONTROL_BUCKET; i++) {
            if (!atomic_load(&memory->address[bucket][i]))
                continue;
            left--;
            if (count < KEPT_MOST)
                list[count++] = memory->block[bucket][i];
        }
    }
    return count;
}

struct naming {
    struct stage *stage;
    const struct control_block *list;
    size_t count;
    const int64_t *addresses;
    uint32_t *text; /* of each block */
};

static void take_name(void *user, size_t i, const char *function)
{
    struct naming *naming = user;
    uint32_t text = log_text(naming->stage->log, function);

    for (size_t n = 0; n < naming->count; n++)
        if (naming->list[n].caller == naming->addresses[i])
            naming->text[n] = text;
}

/* Names those callers of whom there is much left. */
static void name_callers(struct naming *naming)
{
    int64_t addresses[KEPT_MOST / KEPT_NAMED];
    size_t found = 0;

    for (size_t i = 0; i < naming->count; i++) {
        size_t same = 0, n;
        for (n = 0; n < naming->count; n++)
            same += naming->list[n].caller == naming->list[i].caller &&
                    naming->list[n].size == naming->list[i].size;
        for (n = 0; n < found && addresses[n] != naming->list[i].caller; n++)
            ;
        if (same >= KEPT_NAMED && n == found)
            addresses[found++] = naming->list[i].caller;
    }
    naming->addresses = addresses;
    if (found > 0)
        stacks_name(naming->stage->host->pid, addresses, found, take_name, naming);
    naming->addresses = NULL;
}

static void look_for_memory(struct stage *stage)
{
    const struct control_memory *memory = &stage->control->memory;
    struct control_block *list;
    uint32_t *text;

    if (!atomic_load(&memory->known) || atomic_load(&memory->forgotten) ||
        atomic_load(&memory->count) == 0)
        return;
    list = calloc(KEPT_MOST, sizeof(*list));
    text = calloc(KEPT_MOST, sizeof(*text));
    if (list && text) {
        size_t count = list_blocks(memory, list);
        struct naming naming = {.stage = stage, .list = list, .count = count, .text = text};

        qsort(list, count, sizeof(*list), by_time);
        name_callers(&naming);
        for (size_t i = 0; i < count; i++) {
            struct event event = {.kind = EVENT_KEPT,
                                  .ctx = -1,
                                  .subject = (int32_t)list[i].tid,
                                  .value = list[i].size,
                                  .extra = list[i].taken,
                                  .result = list[i].caller,
                                  .text = text[i]};
            log_append(stage->log, &event);
        }
    } else {
        stage_break(stage, "out of memory");
    }
    free(list);
    free(text);
}

/* -- threads -- */

static void remember_thread(void *user, pid_t tid)
{
    struct stage *stage = user;

    if (stage->threads_at_start_count < STAGE_THREADS)
        stage->threads_at_start[stage->threads_at_start_count++] = tid;
}

void stage_remember_threads(struct stage *stage)
{
    stage->threads_at_start_count = 0;
    proc_threads(stage->host->pid, remember_thread, stage);
}

static void look_at_thread(void *user, pid_t tid)
{
    struct stage *stage = user;

    for (size_t i = 0; i < stage->threads_at_start_count; i++)
        if (stage->threads_at_start[i] == tid)
            return;
    for (size_t i = 0; i < stage->lane_count; i++)
        if (!stage->lanes[i].gone && stage->lanes[i].tid == tid)
            return;
    stage_note(stage, EVENT_THREAD, tid, stage->host->pid, NULL);
}

void stage_left(struct stage *stage)
{
    look_for_strays(stage);
    if (stage->probe)
        look_for_memory(stage);
    if (stage->threads_at_start_count < STAGE_THREADS)
        proc_threads(stage->host->pid, look_at_thread, stage);
}
