/* SPDX-License-Identifier: MIT */
/*
 * Expectations. One that says that something happens is waited for, but not to the bitter end: when
 * it has not come after a moment, and the host is at rest, then it cannot come any more. One that
 * says that something does not happen is looked at when the host is at rest.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "runner/proc.h"
#include "runner/events.h"

struct watch {
    const struct step *step;
    struct stage_ctx *ctx;
    struct stage_child *child;
    char seen[200]; /* what was found in place of what was expected */
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

/* Waits for the condition while it can still come true. */
bool stage_comes_true(struct stage *stage, const struct step *step,
                      bool (*condition)(struct stage *, void *), void *user)
{
    if (condition(stage, user) || stage_until(stage, STAGE_GRACE_MS, condition, user))
        return true;
    if (!stage->host->alive || stage->stop || !stage_quiet_at(stage, step))
        return false;
    return condition(stage, user) ||
           (lenient_turns(stage) && stage_quiet_at(stage, step) && condition(stage, user));
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
            if (stage->host->alive && !stage->broken && !stage->stop)
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
    if (!any && stage->host->alive && !stage->broken && !stage->stop)
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
    if (wanted ? stage_comes_true(stage, step, is_warned_of, &watch) || !stage->host->alive ||
                     stage->stop
               : !stage_quiet_at(stage, step) || !is_warned_of(stage, &watch))
        return;
    if (wanted)
        stage_fault(stage, step, "%s logged no warning that names %s (pid %d) and how it ended",
                    step->ctx, step->child, (int)watch.child->pid);
    else
        stage_fault(stage, step, "a warning of %s (pid %d) was logged, and should not have been",
                    step->child, (int)watch.child->pid);
}

static bool child_is(struct stage *stage, void *user)
{
    struct watch *watch = user;
    struct life *life = &stage->record.lives[watch->child->life];
    struct proc_stat stat;
    bool there = proc_stat(life->pid, life->pid, &stat);
    bool ended = record_look(life);

    snprintf(watch->seen, sizeof(watch->seen), "%s",
             ended ? (record_reaped(life) ? "gone" : "waitable")
                   : (there && (stat.state == 'T' || stat.state == 't') ? "stopped" : "running"));
    switch (watch->step->condition) {
    case CONDITION_WAITABLE:
        return strcmp(watch->seen, "waitable") == 0;
    case CONDITION_GONE:
        return strcmp(watch->seen, "gone") == 0;
    case CONDITION_STOPPED:
        return strcmp(watch->seen, "stopped") == 0;
    default:
        return strcmp(watch->seen, "running") == 0;
    }
}

static const char *condition_word(enum condition condition)
{
    switch (condition) {
    case CONDITION_WAITABLE:
        return "waitable";
    case CONDITION_GONE:
        return "gone";
    case CONDITION_STOPPED:
        return "stopped";
    case CONDITION_RUNNING:
        return "running";
    case CONDITION_RESTORED:
        return "restored";
    case CONDITION_LIBRARY:
        return "the library's handler";
    case CONDITION_DEFAULT:
        return "default";
    case CONDITION_IGNORED:
        return "ignored";
    case CONDITION_APPLICATION:
        return "the application's handler";
    default:
        return "?";
    }
}

static void expect_child(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;
    bool any = false;

    while ((child = stage_next_child(stage, step->child, child)) && !stage->stop) {
        struct watch watch = {.step = step, .child = child};
        size_t index = (size_t)(child - stage->children);
        any = true;
        if (!stage_comes_true(stage, step, child_is, &watch)) {
            if (stage->host->alive && !stage->broken && !stage->stop)
                stage_fault(stage, step, "%s is %s, and should be %s", stage->children[index].name,
                            watch.seen, condition_word(step->condition));
            return;
        }
        /* It must stay so: what is waitable now may be stolen by a loop's next turn. */
        child = &stage->children[index];
    }
    if (!any)
        stage_no_child(stage, step);
}

static void expect_disposition(struct stage *stage, const struct step *step)
{
    static const enum condition words[] = {
        [DISPOSITION_DEFAULT] = CONDITION_DEFAULT,
        [DISPOSITION_IGNORED] = CONDITION_IGNORED,
        [DISPOSITION_LIBRARY] = CONDITION_LIBRARY,
        [DISPOSITION_APPLICATION] = CONDITION_APPLICATION,
    };
    int disposition, flags;
    unsigned long long mask;
    bool right;

    if (!stage_disposition(stage, &disposition, &flags, &mask) || disposition < 0 ||
        disposition > DISPOSITION_APPLICATION) {
        if (stage->host->alive)
            stage_break(stage, "the host does not tell the disposition of SIGCHLD");
        return;
    }
    if (step->condition == CONDITION_RESTORED)
        right = disposition == stage->base_disposition && mask == stage->base_mask &&
                ((flags ^ stage->base_flags) & ~0x04000000) == 0; /* SA_RESTORER is libc's */
    else
        right = words[disposition] == step->condition;
    if (!right)
        stage_fault(stage, step,
                    "the disposition of SIGCHLD is %s (flags 0x%x, mask 0x%llx), and should be %s",
                    condition_word(words[disposition]), (unsigned)flags, mask,
                    condition_word(step->condition));
}

bool stage_in_range(enum condition condition, size_t is, size_t wanted)
{
    return condition == CONDITION_AT_MOST    ? is <= wanted
           : condition == CONDITION_AT_LEAST ? is >= wanted
                                             : is == wanted;
}

const char *stage_range_word(enum condition condition)
{
    return condition == CONDITION_AT_MOST    ? "at most"
           : condition == CONDITION_AT_LEAST ? "at least"
                                             : "exactly";
}

static bool handler_ran(struct stage *stage, void *user)
{
    const struct watch *watch = user;

    stage_scan(stage);
    return stage_in_range(watch->step->condition, stage->handler_runs - stage->handler_mark,
                          (size_t)watch->step->count);
}

static void expect_handled(struct stage *stage, const struct step *step)
{
    struct watch watch = {.step = step};
    bool right = step->condition == CONDITION_AT_LEAST
                     ? stage_comes_true(stage, step, handler_ran, &watch)
                     : stage_quiet_at(stage, step) && handler_ran(stage, &watch);

    stage_scan(stage);
    if (!right && stage->host->alive && !stage->broken && !stage->stop)
        stage_fault(stage, step, "the handler ran %zu times, and should have %s %d",
                    stage->handler_runs - stage->handler_mark, stage_range_word(step->condition),
                    step->count);
    stage->handler_mark = stage->handler_runs;
}

/* What a library may look at its children unasked, once a second each, since the play began: how
 * much of that there is depends on the machine, and is no matter of what exits cost. */
static size_t unasked_looks(const struct stage *stage)
{
    const struct event *first = log_count(stage->log) > 0 ? log_at(stage->log, 0) : NULL;
    long long ms = first ? stage_now_ms() - (long long)(first->time / 1000000) : 0;

    return stage->child_count * (size_t)(ms / 1000);
}

static void expect_waits(struct stage *stage, const struct step *step)
{
    size_t exits = 0, limit = (size_t)step->count, unasked;

    if (!stage_quiet_at(stage, step))
        return;
    stage_scan(stage);
    for (size_t i = 0; i < stage->notice_count; i++)
        exits += stage->notices[i].kind <= NOTICE_STRANGER;
    if (step->per_exit)
        limit *= exits;
    unasked = unasked_looks(stage);
    if (stage->wait_calls > limit + unasked)
        stage_fault(stage, step,
                    "there were %zu wait calls, and should have been at most %zu (%zu exits seen), "
                    "and %zu more for looks unasked",
                    stage->wait_calls, limit, exits, unasked);
}

static void expect_forkhook(struct stage *stage, const struct step *step)
{
    if (!stage_quiet_at(stage, step))
        return;
    stage_scan(stage);
    if (stage->forkhook_runs != (size_t)step->count)
        stage_fault(stage, step, "there were %zu runs of the fork hook, and should have been %d",
                    stage->forkhook_runs, step->count);
}

/* Ends of children that the thread reported in the turn that begins with event `from`. */
static size_t reports_in_turn(const struct stage *stage, size_t from)
{
    const struct event *turn = log_at(stage->log, from);
    size_t reports = 0;

    for (size_t i = from + 1; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (!event || event->pid != turn->pid || event->tid != turn->tid)
            continue;
        if (event->kind == EVENT_LEAVE && event->what == OP_RUN)
            break;
        reports += event->kind == EVENT_REPORT || event->kind == EVENT_LOST;
    }
    return reports;
}

static void expect_turns(struct stage *stage, const struct step *step)
{
    size_t most = 0;

    if (!stage_quiet_at(stage, step))
        return;
    for (size_t i = 0; i < log_count(stage->log); i++) {
        const struct event *event = log_at(stage->log, i);
        if (event && event->kind == EVENT_ENTER && event->what == OP_RUN) {
            size_t reports = reports_in_turn(stage, i);
            most = reports > most ? reports : most;
        }
    }
    if (!stage_in_range(step->condition, most, (size_t)step->count))
        stage_fault(stage, step,
                    "one turn of a loop reported %zu children, and nothing else had its turn "
                    "meanwhile; it should have been %s %d",
                    most, stage_range_word(step->condition), step->count);
}

static void expect_mask(struct stage *stage, const struct step *step)
{
    struct stage_child *child = step->child[0] ? stage_child(stage, step->child) : NULL;
    struct lane *lane = child ? NULL : stage_lane(stage, stage->host, step->lane);
    pid_t pid = child ? child->pid : stage->host->pid;
    pid_t tid = child ? child->pid : lane ? lane->tid : 0;
    struct proc_signals now, host;

    if (child && !stage_await_program(stage, child))
        return stage_fault(stage, step, "%s does not become a program", child->name);
    if (child && child->ctx >= 0) /* it has the mask of the lane that made it */
        lane = stage_lane(stage, stage->host, stage->ctxs[child->ctx].lane);
    if (!tid || !proc_signals(pid, tid, &now) ||
        !proc_signals(stage->host->pid, lane ? lane->tid : stage->host->pid, &host))
        return stage_break(stage, "%s:%d: whose mask?", stage->script->file, step->line);
    if (child) { /* the program's own view: as its forking lane, nothing ignored on top */
        struct event event = {.kind = EVENT_EXEC_MASK,
                              .ctx = -1,
                              .subject = pid,
                              .value = (int64_t)now.blocked,
                              .extra = (int64_t)now.ignored};
        log_append(stage->log, &event);
        /* Valgrind blocks signals in its threads as it likes, and sets the mask right for a child:
         * all that can be said there is that the child has none of its parent's open ones blocked.
         */
        if (stage->options->under ? now.blocked & ~host.blocked : now.blocked != host.blocked)
            stage_fault(
                stage, step, "%s starts with signals 0x%llx blocked, its parent with 0x%llx",
                child->name, (unsigned long long)now.blocked, (unsigned long long)host.blocked);
        else if (now.ignored & ~host.ignored)
            stage_fault(
                stage, step, "%s starts with signals 0x%llx ignored, its parent with 0x%llx",
                child->name, (unsigned long long)now.ignored, (unsigned long long)host.ignored);
        return;
    }
    stage_look(stage, false);
}

static void expect_fd(struct stage *stage, const struct step *step)
{
    bool wanted = step->condition == CONDITION_OPEN, is = stage_has_fd(stage, step->fd);

    if (is != wanted)
        stage_fault(stage, step, "%s is %s, and should be %s", step->fd, is ? "open" : "closed",
                    wanted ? "open" : "closed");
}

void step_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_REPORT:
    case VERB_EXPECT_STRANGER:
        return expect_report(stage, step);
    case VERB_EXPECT_NO_REPORT:
        return expect_no_report(stage, step);
    case VERB_EXPECT_DISASTER: {
        struct watch watch = {.step = step, .ctx = *step->ctx ? stage_ctx(stage, step->ctx) : NULL};
        if (!watch.ctx) {
            if (stage_quiet_at(stage, step) && has_disaster(stage, &watch))
                stage_fault(stage, step, "a disaster was called for, and should not have been");
            return;
        }
        if (!stage_comes_true(stage, step, has_disaster, &watch) && stage->host->alive &&
            !stage->stop)
            stage_fault(stage, step, "%s called for no disaster", step->ctx);
        return;
    }
    case VERB_EXPECT_WARNING:
    case VERB_EXPECT_NO_WARNING:
        return expect_warning(stage, step);
    case VERB_EXPECT_CHILD:
        return expect_child(stage, step);
    case VERB_EXPECT_DISPOSITION:
        return expect_disposition(stage, step);
    case VERB_EXPECT_HANDLED:
        return expect_handled(stage, step);
    case VERB_EXPECT_WAITS:
        return expect_waits(stage, step);
    case VERB_EXPECT_FORKHOOK:
        return expect_forkhook(stage, step);
    case VERB_EXPECT_TURNS:
        return expect_turns(stage, step);
    case VERB_EXPECT_MASK:
        return expect_mask(stage, step);
    case VERB_EXPECT_FD:
        return expect_fd(stage, step);
    default:
        if (!events_expect(stage, step))
            platform_expect(stage, step);
        return;
    }
}
