/* SPDX-License-Identifier: MIT */
#include "oracle/trial.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "catalogue/shape.h"

enum { CASES_PROVED = 3 }; /* so many of one sort bring their own evidence */

struct sort {
    const char *requirement, *sort;
    size_t finding, others;
    char who[WHO_SIZE];
    char what[256];
};

bool trial_open(struct trial *trial, const struct history *history, const struct subject *subject,
                struct findings *findings, const char *oracle)
{
    *trial = (struct trial){
        .history = history, .subject = subject, .findings = findings, .oracle = oracle};
    trial->facts = subject->facts;
    if (!trial->facts)
        trial->facts = trial->own = facts_build(history, subject);
    return trial->facts;
}

void trial_close(struct trial *trial)
{
    size_t i;

    for (i = 0; i < trial->sort_count; i++) {
        const struct sort *sort = &trial->sorts[i];
        struct finding *finding = &trial->findings->list[sort->finding];
        char others[48] = "";

        if (sort->others)
            snprintf(others, sizeof(others), " (and %zu other%s)", sort->others,
                     sort->others == 1 ? "" : "s");
        snprintf(finding->what, sizeof(finding->what), "%s%s %.*s", sort->who, others,
                 (int)(sizeof(finding->what) - WHO_SIZE - sizeof(others)), sort->what);
    }
    free(trial->sorts);
    facts_free(trial->own);
}

struct finding *charge(struct trial *trial, const char *requirement, const char *sort,
                       const char *who, const char *format, ...)
{
    struct sort *list = trial->sorts, *found;
    va_list args;
    size_t i;

    if (!requirement)
        return NULL;
    for (i = 0; i < trial->sort_count; i++) {
        found = &list[i];
        if (strcmp(found->requirement, requirement) == 0 && strcmp(found->sort, sort) == 0) {
            found->others++;
            return found->others < CASES_PROVED ? &trial->findings->list[found->finding] : NULL;
        }
    }
    if (trial->sort_count == trial->sort_size) {
        size_t size = trial->sort_size ? trial->sort_size * 2 : 8;
        list = realloc(list, size * sizeof(*list));
        if (!list)
            return NULL;
        trial->sorts = list;
        trial->sort_size = size;
    }
    if (!findings_add(trial->findings, requirement, trial->oracle))
        return NULL;
    trial->findings->list[trial->findings->count - 1].also = shape_elsewhere(requirement);
    found = &list[trial->sort_count++];
    *found = (struct sort){
        .requirement = requirement, .sort = sort, .finding = trial->findings->count - 1};
    snprintf(found->who, sizeof(found->who), "%s", who);
    va_start(args, format);
    vsnprintf(found->what, sizeof(found->what), format, args);
    va_end(args);
    return &trial->findings->list[found->finding];
}

void prove_list(struct finding *finding, const size_t *events, size_t count)
{
    size_t i;

    for (i = 0; finding && i < count; i++)
        if (events[i] != NEVER)
            finding_proof(finding, events[i]);
}

bool is_libxl_shaped(const struct subject *subject)
{
    return subject->features & RC_FEATURE_LIBXL_SHAPED;
}

const char *for_shape(const struct subject *subject, const char *fk)
{
    return is_libxl_shaped(subject) ? fk : shape_elsewhere(fk);
}

const char *who_child(const struct trial *trial, const struct life *life, int ctx, char *who)
{
    const char *name = history_child_name(trial->history, life->pid);
    bool named = strncmp(name, "pid ", 4) != 0;

    if (ctx >= 0)
        snprintf(who, WHO_SIZE, "child %s of %s", named ? name : name + 4,
                 history_ctx_name(trial->history, ctx));
    else
        snprintf(who, WHO_SIZE, "%schild %s", life->foreign ? "foreign " : "",
                 named ? name : name + 4);
    return who;
}

const char *who_lane(const struct trial *trial, const struct event *event, char *who)
{
    const char *name = history_lane_name(trial->history, event->pid, event->tid);

    snprintf(who, WHO_SIZE, "%s %s", strchr(name, ':') ? "thread" : "lane", name);
    return who;
}

const char *who_ctx(const struct trial *trial, int ctx, char *who)
{
    snprintf(who, WHO_SIZE, "ctx %s", history_ctx_name(trial->history, ctx));
    return who;
}

const char *say_signal(int signal, char *out)
{
    const char *word = signal > 0 && signal < NSIG ? sigabbrev_np(signal) : NULL;

    if (word)
        snprintf(out, STATUS_SIZE, "SIG%s", word);
    else
        snprintf(out, STATUS_SIZE, "signal %d", signal);
    return out;
}

const char *say_status(int64_t status, char *out)
{
    char signal[STATUS_SIZE];
    int raw = (int)status;

    if (WIFEXITED(raw))
        snprintf(out, STATUS_SIZE, "exited with status %d", WEXITSTATUS(raw));
    else if (WIFSIGNALED(raw))
        snprintf(out, STATUS_SIZE, "died of %.24s%s", say_signal(WTERMSIG(raw), signal),
                 WCOREDUMP(raw) ? " and left a core" : "");
    else if (WIFCONTINUED(raw))
        snprintf(out, STATUS_SIZE, "was continued");
    else if (WIFSTOPPED(raw))
        snprintf(out, STATUS_SIZE, "was stopped by %.24s", say_signal(WSTOPSIG(raw), signal));
    else
        snprintf(out, STATUS_SIZE, "ended with 0x%x", (unsigned)raw);
    return out;
}
