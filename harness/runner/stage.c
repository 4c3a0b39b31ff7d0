/* SPDX-License-Identifier: MIT */
#include "runner/stage.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "catalogue/shape.h"
#include "runner/proc.h"

long long stage_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int stage_scaled(const struct stage *stage, int ms)
{
    double scaled = ms * (stage->options->slow > 0 ? stage->options->slow : 1.0);

    return scaled > 1e8 ? 100000000 : (int)scaled;
}

void stage_note(struct stage *stage, enum event_kind kind, int subject, long long value,
                const char *text)
{
    struct event event = {.kind = (uint16_t)kind, .ctx = -1, .subject = subject, .value = value};

    if (text)
        event.text = log_text(stage->log, text);
    log_append(stage->log, &event);
}

static void break_off(struct stage *stage, const char *format, va_list args)
{
    stage->stop = true;
    if (stage->broken)
        return;
    stage->broken = true;
    stage->played->result = PLAY_BROKEN;
    vsnprintf(stage->played->reason, sizeof(stage->played->reason), format, args);
}

void stage_break(struct stage *stage, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    break_off(stage, format, args);
    va_end(args);
}

void stage_break_unless_found(struct stage *stage, const char *format, ...)
{
    va_list args;

    if (stage->played->findings.count > 0)
        return;
    va_start(args, format);
    break_off(stage, format, args);
    va_end(args);
}

static bool binds(const struct stage *stage, const char *requirement)
{
    return (stage->played->subject.features & RC_FEATURE_LIBXL_SHAPED) ||
           strncmp(requirement, "FK-", 3) != 0;
}

/* The first requirement that the script covers and that binds the implementation: the rules of the
 * libxl shape bind those only that have it. */
static const char *charged_by_default(const struct stage *stage)
{
    const struct script *script = stage->script;

    for (size_t i = 0; i < script->covers_count; i++)
        if (binds(stage, script->covers[i]))
            return script->covers[i];
    return "XC-01";
}

/* What a failure of the step breaks. */
static const char *charged(const struct stage *stage, const struct step *step)
{
    const char *elsewhere;

    if (!step->requirement[0])
        return charged_by_default(stage);
    if (binds(stage, step->requirement))
        return step->requirement;
    elsewhere = shape_elsewhere(step->requirement);
    return elsewhere ? elsewhere : charged_by_default(stage);
}

void stage_fault(struct stage *stage, const struct step *step, const char *format, ...)
{
    const char *requirement = charged(stage, step);
    struct event event = {.kind = EVENT_EXPECT, .ctx = -1, .subject = step->line, .result = 1};
    struct finding *finding;
    va_list args;

    stage->stop = true;
    if (lenient_ends(stage, step))
        return;
    finding = findings_add(&stage->played->findings, requirement, "step");
    if (!finding) {
        stage_break(stage, "out of memory");
        return;
    }
    finding->also = shape_restates(requirement);
    finding->line = step->line;
    if (stage->host && stage->host->is_copy)
        event.value = stage->host->pid;
    va_start(args, format);
    vsnprintf(finding->what, sizeof(finding->what), format, args);
    va_end(args);
    event.text = log_text(stage->log, finding->what);
    log_append(stage->log, &event);
}

bool stage_cannot(struct stage *stage, const struct request *request)
{
    struct played *played = stage->played;

    if (!request->cannot)
        return false;
    stage->stop = true;
    if (!played->reason[0])
        snprintf(played->reason, sizeof(played->reason), "%.63s cannot: %.400s", played->name,
                 request->answer);
    return true;
}

void stage_no_child(struct stage *stage, const struct step *step)
{
    if (!lenient_ends(stage, step))
        stage_break(stage, "%s:%d: there is no child %s", stage->script->file, step->line,
                    step->child);
}

struct lane *stage_lane(struct stage *stage, struct host *host, const char *name)
{
    for (size_t i = 0; i < stage->lane_count; i++)
        if (stage->lanes[i].host == host && !stage->lanes[i].gone &&
            strcmp(stage->lanes[i].name, name) == 0)
            return &stage->lanes[i];
    return NULL;
}

struct lane *stage_add_lane(struct stage *stage, struct host *host, const char *name, pid_t tid)
{
    struct lane *lane;

    for (lane = stage->lanes; lane < stage->lanes + stage->lane_count; lane++)
        if (lane->gone)
            break;
    if (lane == stage->lanes + STAGE_LANES) {
        stage_break(stage, "a script may have %d lanes at one time", STAGE_LANES);
        return NULL;
    }
    if (lane == stage->lanes + stage->lane_count)
        stage->lane_count++;
    *lane = (struct lane){.host = host, .tid = tid, .gate = -1};
    snprintf(lane->name, sizeof(lane->name), "%s", name);
    witness_lane(stage, lane);
    return lane;
}

struct stage_ctx *stage_ctx(struct stage *stage, const char *name)
{
    for (size_t i = stage->ctx_count; i-- > 0;)
        if (strcmp(stage->ctxs[i].name, name) == 0)
            return &stage->ctxs[i];
    return NULL;
}

struct stage_ctx *stage_own_ctx(struct stage *stage, const char *name)
{
    struct stage_ctx *ctx = stage_ctx(stage, name);

    return ctx && ctx->host == stage->host ? ctx : NULL;
}

struct stage_child *stage_child(struct stage *stage, const char *name)
{
    for (size_t i = stage->child_count; i-- > 0;)
        if (strcmp(stage->children[i].name, name) == 0)
            return &stage->children[i];
    return NULL;
}

/* "c.12" belongs to the group "c". */
static bool in_group(const char *name, const char *group)
{
    size_t length = strlen(group);

    return strncmp(name, group, length) == 0 && name[length] == '.' &&
           name[length + 1 + strspn(name + length + 1, "0123456789")] == 0;
}

struct stage_child *stage_next_child(struct stage *stage, const char *name,
                                     struct stage_child *after)
{
    size_t i = after ? (size_t)(after - stage->children) + 1 : 0;

    if (!after && stage_child(stage, name))
        return stage_child(stage, name);
    if (after && strcmp(after->name, name) == 0)
        return NULL;
    for (; i < stage->child_count; i++)
        if (in_group(stage->children[i].name, name) &&
            stage_child(stage, stage->children[i].name) == &stage->children[i])
            return &stage->children[i];
    return NULL;
}

struct stage_child *stage_add_child(struct stage *stage, const char *name, int ctx, pid_t pid)
{
    struct event event = {.kind = EVENT_CHILD,
                          .ctx = (int16_t)ctx,
                          .subject = pid,
                          .text = log_text(stage->log, name)};
    struct stage_child *child;
    struct life *life;

    if (pid <= 0) {
        stage_break(stage, "the host made %s, and did not say which process it is", name);
        return NULL;
    }
    if (stage->child_count == STAGE_CHILDREN) {
        stage_break(stage, "a script may have %d children at most", STAGE_CHILDREN);
        return NULL;
    }
    stage_take_births(stage); /* announced before its fork returned */
    life = record_find(&stage->record, pid);
    if (!life || life->named) { /* no birth was announced: the host has no probe */
        struct proc_stat stat;
        if (record_birth(&stage->record, pid, 0, -1) < 0) {
            stage_break(stage, "out of memory");
            return NULL;
        }
        life = record_find(&stage->record, pid);
        /* The pid is the word of a host, and may be any. It will be sent signals. */
        if (!proc_descends(pid, getpid()) && proc_stat(pid, pid, &stat)) { /* not just gone */
            stage_break(stage, "the host says that %s is process %d, and that is none of its own",
                        name, pid);
            return NULL;
        }
    }
    life->named = true;
    child = &stage->children[stage->child_count++];
    *child = (struct stage_child){.pid = pid,
                                  .ctx = ctx,
                                  .host = stage->host,
                                  .life = (size_t)(life - stage->record.lives),
                                  .order_fd = -1};
    snprintf(child->name, sizeof(child->name), "%s", name);
    log_append(stage->log, &event);
    return child;
}

const struct notice *stage_notice(const struct stage *stage, const struct stage_child *child,
                                  int ctx, enum notice_kind kind, enum notice_kind or_kind)
{
    size_t end = stage->notice_count;

    /* Those after the birth of the next bearer of its pid are not its own. */
    for (const struct stage_child *next = child + 1; next < stage->children + stage->child_count;
         next++)
        if (next->pid == child->pid && next->first_notice < end)
            end = next->first_notice;
    for (size_t i = end; i-- > child->first_notice;) {
        const struct notice *notice = &stage->notices[i];
        if (notice->pid == child->pid && (notice->kind == kind || notice->kind == or_kind) &&
            (ctx < 0 || notice->ctx == ctx))
            return notice;
    }
    return NULL;
}

bool signal_ends(int signal)
{
    switch (signal) {
    case 0:
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return false;
    default:
        return true;
    }
}
