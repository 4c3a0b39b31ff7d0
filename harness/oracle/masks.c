/* SPDX-License-Identifier: MIT */
/*
 * Masks: the library leaves the signal masks of the application's threads as they are, and a
 * program that it starts gets the mask of the thread that started it, or less, and SIGPIPE at
 * default where the library has libxl's shape.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGCHLD_BIT (1ull << (SIGCHLD - 1))
#define SIGPIPE_BIT (1ull << (SIGPIPE - 1))
/* 32 and 33 are glibc's own. */
#define APPLICATIONS ~(3ull << 31)

struct lane_mask {
    int tid;
    uint64_t blocked;
    size_t at;          /* where it was first seen to be this */
    size_t seen;        /* where it was last seen */
    size_t failed_fork; /* on this lane since, or NEVER */
    UT_hash_handle hh;
};

static struct lane_mask *mask_of(struct lane_mask **masks, int tid, bool make)
{
    struct lane_mask *mask;

    HASH_FIND_INT(*masks, &tid, mask);
    if (mask || !make)
        return mask;
    mask = calloc(1, sizeof(*mask));
    if (!mask)
        return NULL;
    mask->tid = tid;
    mask->at = mask->seen = mask->failed_fork = NEVER;
    HASH_ADD_INT(*masks, tid, mask);
    return mask;
}

static void judge_mask(struct trial *trial, struct lane_mask *mask, bool baseline, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    uint64_t now = (uint64_t)event->value & APPLICATIONS;
    const char *requirement, *name;
    char who[WHO_SIZE];
    int pid = facts_process(trial->facts, event);

    if (mask->at != NEVER && !baseline && now != mask->blocked) {
        name = history_lane_name(trial->history, pid, event->subject);
        snprintf(who, sizeof(who), "lane %s", name);
        requirement = mask->failed_fork != NEVER ? "XC-19" : for_shape(trial->subject, "FK-18");
        prove(charge(trial, requirement, (now ^ mask->blocked) & SIGCHLD_BIT ? "SIGCHLD" : "other",
                     who, "has its signal mask changed by the library%s: 0x%llx, not 0x%llx",
                     mask->failed_fork != NEVER ? ", after a fork that failed" : "",
                     (unsigned long long)now, (unsigned long long)mask->blocked),
              mask->at, mask->failed_fork, i);
    }
    if (mask->at == NEVER || now != mask->blocked)
        mask->at = i;
    mask->blocked = now;
    mask->seen = i;
    mask->failed_fork = NEVER;
}

/* Did the library start it as a program, rather than fork it? */
static bool is_spawned(const struct trial *trial, const struct life *life)
{
    for (size_t i = life->at; i < history_count(trial->history); i++) {
        const struct event *event = history_event(trial->history, i);

        if (event->kind == EVENT_LEAVE && event->subject == life->pid &&
            (event->what == OP_SPAWN || event->what == OP_FORK))
            return event->what == OP_SPAWN;
    }
    return false;
}

/* A program that the library started. */
static void judge_exec_mask(struct trial *trial, struct lane_mask **masks, bool could_ignore,
                            size_t i)
{
    const struct facts *facts = trial->facts;
    const struct event *event = history_event(trial->history, i);
    const struct life *life = facts_life(facts, event->subject, i);
    const struct lane_mask *mask;
    uint64_t more;
    char who[WHO_SIZE];

    if (!life || life->doubtful || life->foreign || life->care < 0)
        return;
    who_child(trial, life, facts->cares[life->care].ctx, who);
    mask = mask_of(masks, history_event(trial->history, life->at)->tid, false);
    more = mask ? (uint64_t)event->value & APPLICATIONS & ~mask->blocked : 0;
    if (more && mask->at < life->at)
        prove(charge(trial, "XC-17", "blocked", who,
                     "was started with signals blocked that its lane does not block: 0x%llx",
                     (unsigned long long)more),
              mask->at, life->at, i);
    if (((uint64_t)event->extra & SIGCHLD_BIT) && !could_ignore)
        prove(charge(trial, "XC-17", "ignored", who,
                     "was started with SIGCHLD ignored, which the application does not"),
              life->at, i);
    if (((uint64_t)event->extra & SIGPIPE_BIT) && is_spawned(trial, life))
        prove(charge(trial, for_shape(trial->subject, "FK-69"), "SIGPIPE", who,
                     "was started with SIGPIPE ignored"),
              life->at, i);
}

void judge_masks(const struct history *history, const struct subject *subject,
                 struct findings *findings)
{
    struct trial trial;
    struct lane_mask *masks = NULL, *mask, *next;
    bool could_ignore = true;
    size_t moved = NEVER, i; /* the last step that may have changed masks */

    if (!trial_open(&trial, history, subject, findings, "masks"))
        return;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        switch (event->kind) {
        case EVENT_DISPOSITION:
            /* Seen once not to be ignored, and never ignored: nobody hands it down. */
            could_ignore = trial.facts->ignored != NEVER;
            break;
        case EVENT_STEP: /* the application changes masks itself */
            if (strstr(history_text(history, event), "block "))
                moved = i;
            break;
        case EVENT_MASK:
            mask = mask_of(&masks, event->subject, true);
            if (mask)
                judge_mask(&trial, mask,
                           event->result == 1 || (moved != NEVER && mask->seen < moved), i);
            break;
        case EVENT_LEAVE:
            mask = mask_of(&masks, event->tid, false);
            if (mask && (event->what == OP_FORK || event->what == OP_SPAWN) && event->error)
                mask->failed_fork = i;
            break;
        case EVENT_UNLANE:
            mask = mask_of(&masks, event->tid, false);
            if (mask) {
                HASH_DEL(masks, mask);
                free(mask);
            }
            break;
        case EVENT_EXEC_MASK:
            judge_exec_mask(&trial, &masks, could_ignore, i);
            break;
        default:
            break;
        }
    }
    HASH_ITER (hh, masks, mask, next) {
        HASH_DEL(masks, mask);
        free(mask);
    }
    trial_close(&trial);
}
