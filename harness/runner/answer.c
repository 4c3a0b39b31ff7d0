/* SPDX-License-Identifier: MIT */
/*
 * What the answer to a step means: for the names that the script gave, and for the verdict.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "runner/events.h"

/* Of the current host; NULL if it has none of that name. */
static struct stage_fd *own_fd(struct stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->fd_count; i++)
        if (stage->fds[i].host == stage->host && strcmp(stage->fds[i].name, name) == 0)
            return &stage->fds[i];
    return NULL;
}

static void add_fd(struct stage *stage, const char *name)
{
    struct stage_fd *fd = own_fd(stage, name);

    if (!fd && stage->fd_count == STAGE_FDS)
        return stage_break(stage, "a script may have %d fds at most", STAGE_FDS);
    if (!fd)
        fd = &stage->fds[stage->fd_count++];
    *fd = (struct stage_fd){.host = stage->host, .open = true};
    snprintf(fd->name, sizeof(fd->name), "%s", name);
}

/* Checks a waitpid of the application against what the script says of it. */
static void check_wait(struct stage *stage, const struct step *step, const struct request *request)
{
    struct stage_child *child = stage_child(stage, step->child);
    int pid = (int)wire_number(request->answer, "pid", 0);
    int status = (int)wire_number(request->answer, "status", 0);
    int wanted = outcome_status(&step->outcome);

    for (size_t i = stage->child_count; !child && i-- > 0;) /* waitpid any */
        if (stage->children[i].pid == pid)
            child = &stage->children[i];
    if (child && pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status)))
        child->waited = true;
    if (child && pid > 0)
        platform_compare(stage, step, child, status);
    if (step->verb == VERB_STEAL || step->outcome.kind == OUTCOME_LOST)
        return;
    if (WIFSIGNALED(status)) /* whether there is a core is for the machine to say */
        status &= 0x7f;
    if (step->outcome.kind == OUTCOME_NOTHING) {
        if (pid != 0)
            stage_fault(stage, step,
                        "waitpid of %s gave status 0x%x, and there should have been "
                        "nothing to give",
                        step->child, status);
    } else if (step->outcome.kind == OUTCOME_STOPPED && step->outcome.value == 0) {
        if (!WIFSTOPPED(status))
            stage_fault(stage, step, "%s should have been seen stopped; waitpid gave status 0x%x",
                        step->child, status);
    } else if (status != wanted) {
        stage_fault(stage, step, "waitpid of %s gave status 0x%x, expected 0x%x", step->child,
                    status, wanted);
    }
}

/* What an answered request means for the names that the stage keeps. */
static void step_done(struct stage *stage, const struct step *step, const struct request *request)
{
    struct stage_ctx *ctx = step->ctx[0] ? stage_own_ctx(stage, step->ctx) : NULL;
    struct stage_child *child;

    switch (step->verb) {
    case VERB_CTX:
        if (ctx) {
            ctx->open = request->ok;
            ctx->hooks = step->hooks || step->both;
        }
        break;
    case VERB_CLOSE:
        if (ctx && request->ok)
            ctx->open = false;
        break;
    case VERB_OWNER:
        if (ctx && request->ok && !step->owner_invalid)
            ctx->owner = step->owner;
        break;
    case VERB_PAUSE:
    case VERB_RESUME:
        if (ctx && request->ok)
            ctx->paused = step->verb == VERB_PAUSE;
        break;
    case VERB_CHILD:
    case VERB_SPAWN:
    case VERB_FOREIGN:
        if (!request->ok)
            break;
        child = stage_add_child(stage, step->child,
                                step->verb == VERB_FOREIGN || !ctx ? -1 : ctx->index,
                                (pid_t)wire_number(request->answer, "pid", 0));
        if (child) {
            child->first_notice = request->notices;
            child->execs = step->execs || step->verb == VERB_SPAWN ||
                           (step->verb == VERB_CHILD && step_spawns(stage, ctx));
            if (step->outcome.kind != OUTCOME_NONE) {
                child->told = true;
                child->order = step->outcome;
                stage_note(stage, EVENT_ORDER, child->pid, outcome_status(&step->outcome), NULL);
            }
        }
        break;
    case VERB_CAREFD:
    case VERB_FILE:
        if (request->ok)
            add_fd(stage, step->fd);
        break;
    case VERB_SHUT:
        if (request->ok && own_fd(stage, step->fd))
            own_fd(stage, step->fd)->open = false;
        break;
    case VERB_ADOPT:
        child = stage_child(stage, step->child);
        if (child && ctx && request->ok) {
            struct event event = {.kind = EVENT_CHILD,
                                  .ctx = (int16_t)ctx->index,
                                  .subject = child->pid,
                                  .text = log_text(stage->log, child->name)};
            child->ctx = ctx->index;
            log_append(stage->log, &event);
        }
        break;
    case VERB_FORGET:
        child = stage_child(stage, step->child);
        if (child && request->ok && child->host == stage->host)
            child->forgotten = true;
        break;
    case VERB_SIGNAL_CHILD:
        child = stage_child(stage, step->child);
        if (child && request->ok && signal_ends(step->signal)) {
            child->told = true;
            child->order = (struct outcome){OUTCOME_SIGNAL, step->signal};
        }
        break;
    case VERB_WAITPID:
    case VERB_STEAL:
        if (request->ok)
            check_wait(stage, step, request);
        break;
    case VERB_SYSTEM:
    case VERB_POPEN:
        if (request->ok && wire_number(request->answer, "status", 0) != W_EXITCODE(7, 0))
            stage_fault(stage, step, "%s(\"exit 7\") gave status 0x%llx, expected 0x700",
                        script_verb_word(step->verb),
                        (unsigned long long)wire_number(request->answer, "status", 0));
        break;
    default:
        break;
    }
}

/*
 * In a pair: the library has said, at the call, that it will not be used beside the other, or with
 * what the other has left when it went. That is its right [CO-04]; the rest of the script is about
 * what it did not promise.
 */
static bool is_refusal(struct stage *stage, const struct step *step, const struct request *request)
{
    const struct stage_ctx *ctx = step->ctx[0] ? stage_own_ctx(stage, step->ctx) : NULL;
    struct played *played = stage->played;
    bool met = false, beside = false;

    if (!ctx || ctx->library == LIBRARY_UNKNOWN || step->failure != STEP_MUST_SUCCEED ||
        (step->verb != VERB_CTX && step->verb != VERB_CHILD && step->verb != VERB_SPAWN &&
         step->verb != VERB_ADOPT))
        return false;
    for (size_t i = 0; i < stage->ctx_count; i++) {
        const struct stage_ctx *of = &stage->ctxs[i];
        met = met || (of->library != ctx->library && of->library != LIBRARY_UNKNOWN);
        beside = beside || (of->open && of->library != ctx->library);
    }
    if (!met)
        return false;
    played->refused_by = ctx->library;
    snprintf(played->reason, sizeof(played->reason), "%s (%s) refuses to be %s %s: `%s`: %.100s",
             played->subject.library[ctx->library].name,
             ctx->library == LIBRARY_ONE ? "one" : "two", beside ? "beside" : "where there was",
             played->subject.library[ctx->library == LIBRARY_ONE ? LIBRARY_TWO : LIBRARY_ONE].name,
             step->text, request->answer);
    stage->stop = true;
    return true;
}

/* "" for none. */
static const char *error_word(int error, char word[16])
{
    snprintf(word, 16, "%d", -error);
    return error > 0 ? strerrorname_np(error) : error < 0 ? word : "";
}

static void judge_answer(struct stage *stage, const struct step *step,
                         const struct request *request)
{
    char word[16];

    if (lenient_over(stage))
        return;
    if (!request->ok && step->verb == VERB_WAITPID && request->error == ECHILD &&
        (step->outcome.kind == OUTCOME_LOST || step->outcome.kind == OUTCOME_NOTHING))
        return;
    if (lenient_explains(stage, request)) {
        stage->stop = stage->stop || step->failure == STEP_MUST_SUCCEED;
        return;
    }
    if (request->ok) {
        if (step->failure == STEP_MUST_FAIL && !lenient_needs_less(stage, step))
            stage_fault(stage, step, "`%s`: the call succeeded, and should have failed%s%s",
                        step->text, step->error ? " with " : "", error_word(step->error, word));
        else if (step->verb == VERB_WAITPID && step->outcome.kind == OUTCOME_LOST)
            stage_fault(stage, step, "`%s`: waitpid found it", step->text);
        return;
    }
    if (!stage->host->alive) /* the host's end says more */
        return;
    if (stage_cannot(stage, request) || platform_cannot(stage, step, request))
        return;
    if (is_refusal(stage, step, request))
        return;
    if (step->failure == STEP_MUST_SUCCEED)
        stage_fault(stage, step, "`%s` failed: %s", step->text, request->answer);
    else if (step->failure == STEP_MUST_FAIL && step->error && request->error != step->error)
        stage_fault(stage, step, "`%s` failed with %s, expected %s", step->text, request->answer,
                    error_word(step->error, word));
}

void step_answered(struct stage *stage, const struct step *step, struct lane *lane,
                   struct request *request)
{
    step_done(stage, step, request);
    events_done(stage, step, lane, request);
    judge_answer(stage, step, request);
}
