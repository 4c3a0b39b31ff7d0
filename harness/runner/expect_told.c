/* SPDX-License-Identifier: MIT */
/*
 * Expectations of what the application is told: reports, the ends of strangers that are passed on,
 * disasters and warnings.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "runner/stage.h"

struct watch {
    const struct step *step;
    struct stage_ctx *ctx;
    struct stage_child *child;
};

const char *stage_status_words(int status, char *words, size_t size)
{
    if (WIFEXITED(status))
        snprintf(words, size, "exit %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(words, size, "signal %s%s", script_signal_name(WTERMSIG(status)),
                 WCOREDUMP(status) ? " with core" : "");
    else
        snprintf(words, size, "status 0x%x", status);
    return words;
}

bool stage_status_is(int status, const struct outcome *outcome)
{
    switch (outcome->kind) {
    case OUTCOME_EXIT:
        return WIFEXITED(status) && WEXITSTATUS(status) == outcome->value;
    case OUTCOME_SIGNAL:
        return WIFSIGNALED(status) && WTERMSIG(status) == outcome->value;
    default:
        return true;
    }
}

/* The report (or word of a stranger) of one child. */
static const struct notice *find_notice(const struct stage *stage, const struct watch *watch,
                                        enum notice_kind kind, enum notice_kind or_kind)
{
    return stage_notice(stage, watch->child, watch->ctx ? watch->ctx->index : -1, kind, or_kind);
}

static bool is_reported(struct stage *stage, void *user)
{
    struct watch *watch = user;

    return find_notice(stage, watch,
                       watch->step->verb == VERB_EXPECT_STRANGER ? NOTICE_STRANGER : NOTICE_REPORT,
                       watch->step->verb == VERB_EXPECT_STRANGER ? NOTICE_STRANGER : NOTICE_LOST) !=
           NULL;
}

/* A child that a callback is to start has its name only when that has happened. */
static bool child_is_known(struct stage *stage, void *user)
{
    const struct step *step = user;

    return stage_next_child(stage, step->child, NULL) != NULL;
}

static void expect_report(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;
    struct step copy = *step;
    bool any = false;

    stage_comes_true(stage, step, child_is_known, &copy);

    while ((child = stage_next_child(stage, step->child, child)) && !stage->stop) {
        struct watch watch = {.step = step, .ctx = stage_ctx(stage, step->ctx), .child = child};
        const char *verb = step->verb == VERB_EXPECT_STRANGER ? "passed on" : "reported";
        size_t index = (size_t)(child - stage->children);
        const struct notice *notice;
        char words[64];

        any = true;
        if (!stage_comes_true(stage, step, is_reported, &watch)) {
            if (stage_goes_on(stage))
                stage_fault(stage, step, "%s was never %s by %s%s", stage->children[index].name,
                            verb, step->ctx,
                            stage->children[index].seen ? "" : ": it has not ended");
            return;
        }
        child = watch.child = &stage->children[index];
        notice = find_notice(stage, &watch,
                             step->verb == VERB_EXPECT_STRANGER ? NOTICE_STRANGER : NOTICE_REPORT,
                             step->verb == VERB_EXPECT_STRANGER ? NOTICE_STRANGER : NOTICE_LOST);
        if (step->outcome.kind == OUTCOME_LOST
                ? notice->kind != NOTICE_LOST
                : notice->kind == NOTICE_LOST && step->outcome.kind != OUTCOME_NONE)
            stage_fault(stage, step, "%s was %s by %s %s", child->name, verb, step->ctx,
                        notice->kind == NOTICE_LOST
                            ? "as lost"
                            : stage_status_words(notice->status, words, sizeof(words)));
        else if (notice->kind != NOTICE_LOST && !stage_status_is(notice->status, &step->outcome))
            stage_fault(stage, step, "%s was %s by %s with %s", child->name, verb, step->ctx,
                        stage_status_words(notice->status, words, sizeof(words)));
    }
    if (!any && stage_goes_on(stage))
        stage_fault(stage, step, "%s was never started", step->child);
}

static void expect_no_report(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;

    if (!stage_quiet_at(stage, step))
        return;
    while ((child = stage_next_child(stage, step->child, child))) {
        struct watch watch = {.step = step, .child = child};
        const struct notice *notice = find_notice(stage, &watch, NOTICE_REPORT, NOTICE_LOST);
        char words[64];
        if (notice)
            return stage_fault(stage, step, "%s was reported (%s), and should not have been",
                               child->name,
                               notice->kind == NOTICE_LOST
                                   ? "as lost"
                                   : stage_status_words(notice->status, words, sizeof(words)));
    }
}

static bool has_disaster(struct stage *stage, void *user)
{
    const struct watch *watch = user;

    for (size_t i = 0; i < stage->notice_count; i++)
        if (stage->notices[i].kind == NOTICE_DISASTER &&
            (!watch->ctx || stage->notices[i].ctx == watch->ctx->index))
            return true;
    return false;
}

static void expect_disaster(struct stage *stage, const struct step *step)
{
    struct watch watch = {.step = step, .ctx = *step->ctx ? stage_ctx(stage, step->ctx) : NULL};

    if (!watch.ctx) {
        if (stage_quiet_at(stage, step) && has_disaster(stage, &watch))
            stage_fault(stage, step, "a disaster was called for, and should not have been");
        return;
    }
    if (!stage_comes_true(stage, step, has_disaster, &watch) && stage_goes_on(stage))
        stage_fault(stage, step, "%s called for no disaster", step->ctx);
}

/* Is one of the numbers in the text this one? Decimal, or hexadecimal after 0x. */
static bool has_number(const char *text, long number)
{
    while (*text) {
        size_t word = strspn(text, "0123456789abcdefxABCDEFX");
        char *end;
        if (word > 0 && isdigit((unsigned char)*text) && strtol(text, &end, 0) == number &&
            end == text + word)
            return true;
        text += word ? word : 1;
    }
    return false;
}

/* Does the warning name the child, and how it ended? Each library has words of its own for that;
 * the numbers must be there: the pid, and the raw status or what is in it. */
static bool names_child(const struct notice *notice, const struct stage_child *child, int status)
{
    if (notice->kind != NOTICE_WARNING || !notice->text || !has_number(notice->text, child->pid))
        return false;
    return status == -1 || has_number(notice->text, status) ||
           has_number(notice->text, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)) ||
           (WIFSIGNALED(status) && strstr(notice->text, sigdescr_np(WTERMSIG(status))));
}

static bool is_warned_of(struct stage *stage, void *user)
{
    const struct watch *watch = user;
    struct life *life = &stage->record.lives[watch->child->life];
    bool ended = record_look(life);
    /* Reaped before it was looked at: then it is known only how it was told to end. */
    int status = life->status != -1 ? life->status : outcome_status(&watch->child->order);

    for (size_t i = 0; ended && i < stage->notice_count; i++)
        if ((!watch->ctx || stage->notices[i].ctx == watch->ctx->index) &&
            names_child(&stage->notices[i], watch->child, status))
            return true;
    return false;
}

static void expect_warning(struct stage *stage, const struct step *step)
{
    struct watch watch = {.step = step,
                          .ctx = *step->ctx ? stage_ctx(stage, step->ctx) : NULL,
                          .child = stage_child(stage, step->child)};
    bool wanted = step->verb == VERB_EXPECT_WARNING;

    if (!watch.child)
        return stage_fault(stage, step, "%s was never started", step->child);
    if (wanted ? stage_comes_true(stage, step, is_warned_of, &watch) || !stage_goes_on(stage)
               : !stage_quiet_at(stage, step) || !is_warned_of(stage, &watch))
        return;
    if (wanted)
        stage_fault(stage, step, "%s logged no warning that names %s (pid %d) and how it ended",
                    step->ctx, step->child, (int)watch.child->pid);
    else
        stage_fault(stage, step, "a warning of %s (pid %d) was logged, and should not have been",
                    step->child, (int)watch.child->pid);
}

bool told_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_REPORT:
    case VERB_EXPECT_STRANGER:
        expect_report(stage, step);
        return true;
    case VERB_EXPECT_NO_REPORT:
        expect_no_report(stage, step);
        return true;
    case VERB_EXPECT_DISASTER:
        expect_disaster(stage, step);
        return true;
    case VERB_EXPECT_WARNING:
    case VERB_EXPECT_NO_WARNING:
        expect_warning(stage, step);
        return true;
    default:
        return false;
    }
}
