/* SPDX-License-Identifier: MIT */
/*
 * Steps that are the host's to do: each becomes a request, and is over when the answer is there or
 * when its lane waits at a gate. What an answer means for the names that the script gave is put
 * down here, too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "runner/stage.h"

enum { SIGNALS_A_MS = 4 };

static const char *const owner_words[] = {"library", "mainloop", "always", "selective"};

const char *step_owner_word(enum rc_owner owner)
{
    return owner_words[owner];
}

/* The mode in which a ctx is opened: the one that the script names, if there is such. Else its
 * needs have settled that any will do in which the library sees to SIGCHLD. */
static enum rc_owner owner_of(const struct stage *stage, const struct step *step)
{
    static const enum rc_owner others[] = {RC_OWNER_SELECTIVE, RC_OWNER_LIBRARY, RC_OWNER_ALWAYS};
    const struct subject *subject = &stage->played->subject;
    unsigned owners = subject->pair ? subject->library[step->library].owners : subject->owners;

    if (owners & RC_OWNS(step->owner))
        return step->owner;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (owners & RC_OWNS(others[i]))
            return others[i];
    return step->owner;
}

int outcome_status(const struct outcome *outcome)
{
    switch (outcome->kind) {
    case OUTCOME_EXIT:
        return W_EXITCODE(outcome->value, 0);
    case OUTCOME_SIGNAL:
        return outcome->value;
    case OUTCOME_STOPPED:
        return W_STOPCODE(outcome->value ? outcome->value : SIGSTOP);
    case OUTCOME_CONTINUED:
        return 0xffff;
    default:
        return -1;
    }
}

/* The lane on which a step is done: the one it names, else its ctx's, else main. */
struct lane *step_lane(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = step->ctx[0] ? stage_ctx(stage, step->ctx) : NULL;
    const char *name = step->lane[0] ? step->lane : "main";
    struct lane *lane;

    if (!step->lane[0] && ctx && ctx->host == stage->host)
        name = ctx->lane;
    lane = stage_lane(stage, stage->host, name);
    if (!lane)
        stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line, name);
    else if (lane->pending && lane->pending->done)
        lane_settle(stage, lane);
    if (lane && lane->pending) {
        stage_break(stage, "%s:%d: lane %s is held at a gate; `go %s` must come first",
                    stage->script->file, step->line, name, name);
        return NULL;
    }
    return lane;
}

/* Whether a child of the ctx is a program, as its library has no fork. */
static bool is_spawned(const struct stage *stage, const struct stage_ctx *ctx)
{
    const struct played *played = stage->played;
    unsigned offers =
        ctx && ctx->library != LIBRARY_UNKNOWN ? played->offers_of[ctx->library] : played->offers;

    return ctx && !(offers & NEED_FORK) && (offers & NEED_SPAWN);
}

/* A program is started by one lane at a time: the host lends it one fd. Where a lane is held in the
 * midst of that, another that starts one waits for the harness, and for no library. */
static bool waits_for_harness(struct stage *stage, const struct step *step)
{
    if (step->verb != VERB_CHILD || !is_spawned(stage, stage_ctx(stage, step->ctx)))
        return false;
    for (size_t i = 0; i < stage->lane_count; i++) {
        const struct lane *lane = &stage->lanes[i];
        if (lane->gone || !lane->pending || lane->step.verb != VERB_CHILD ||
            !is_spawned(stage, stage_ctx(stage, lane->step.ctx)))
            continue;
        stage->stop = true;
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "both start programs, which the host does one at a time, and lane %s is held "
                 "(line %d)",
                 lane->name, step->line);
        return true;
    }
    return false;
}

/* The words of the request behind a step. False where the step is none of the host's. */
bool step_words(struct stage *stage, const struct step *step, char *words, size_t size)
{
    struct stage_ctx *ctx = step->ctx[0] ? stage_ctx(stage, step->ctx) : NULL;
    struct stage_child *child = step->child[0] ? stage_child(stage, step->child) : NULL;
    char ending[32] = "";

    if (step->outcome.kind == OUTCOME_EXIT)
        snprintf(ending, sizeof(ending), " exit=%d", step->outcome.value);
    else if (step->outcome.kind == OUTCOME_SIGNAL)
        snprintf(ending, sizeof(ending), " signal=%d", step->outcome.value);
    else if (step->execs)
        snprintf(ending, sizeof(ending), " exec");
    switch (step->verb) {
    case VERB_CTX:
        snprintf(words, size, "open %s %d%s%s%s%s%s%s", step->ctx, ctx ? ctx->index : 0,
                 step->library == LIBRARY_ONE   ? " library=one"
                 : step->library == LIBRARY_TWO ? " library=two"
                                                : "",
                 ctx && ctx->owner_asked ? " owner=" : "",
                 ctx && ctx->owner_asked ? owner_words[ctx->owner] : "",
                 step->forkhook ? " forkhook" : "", step->forkhook_raw ? "=raw" : "",
                 step->strangers_unknown  ? " strangers=unknown"
                 : step->strangers_odd    ? " strangers=odd"
                 : step->strangers_wanted ? " strangers=wanted"
                                          : "");
        return true;
    case VERB_CLOSE:
        snprintf(words, size, "close %s", step->ctx);
        return true;
    case VERB_OWNER:
        snprintf(words, size, "owner %s %s", step->ctx,
                 step->owner_invalid ? "invalid" : owner_words[step->owner]);
        return true;
    case VERB_CHILD:
        snprintf(words, size, "fork %s %s%s", step->ctx, step->child, ending);
        return true;
    case VERB_SPAWN:
        snprintf(words, size, "spawn %s %s", step->ctx, step->child);
        return true;
    case VERB_FOREIGN:
        snprintf(words, size, "foreign %s%s%s%s", step->child, ending, ctx ? " postfork=" : "",
                 step->ctx);
        return true;
    case VERB_ADOPT:
        snprintf(words, size, "watch %s %s", step->ctx, step->child);
        return true;
    case VERB_FORGET:
        snprintf(words, size, "forget %s %s", step->ctx, step->child);
        return true;
    case VERB_SIGNAL_CHILD:
        snprintf(words, size, "signal %s %s %d", step->ctx, step->child, step->signal);
        return true;
    case VERB_PAUSE:
        snprintf(words, size, "pause %s", step->ctx);
        return true;
    case VERB_RESUME:
        snprintf(words, size, "resume %s", step->ctx);
        return true;
    case VERB_WAITPID:
    case VERB_STEAL: {
        int options = step->outcome.kind == OUTCOME_STOPPED     ? WUNTRACED
                      : step->outcome.kind == OUTCOME_CONTINUED ? WCONTINUED
                      : step->outcome.kind == OUTCOME_NOTHING   ? WNOHANG
                                                                : 0;
        snprintf(words, size, "waitpid %s %d", step->child, options);
        return true;
    }
    case VERB_TELL_REAPED: {
        struct life *life = child ? &stage->record.lives[child->life] : NULL;
        int status = life && record_look(life) && life->status != -1
                         ? life->status
                         : (child ? outcome_status(&child->order) : 0);
        snprintf(words, size, "tell-reaped %s %s %d", step->ctx, step->child,
                 status == -1 ? 0 : status);
        return true;
    }
    case VERB_TELL_SIGCHLD:
        snprintf(words, size, "tell-sigchld %s", step->ctx);
        return true;
    case VERB_ACTION: {
        if (step->condition == CONDITION_TELLS) {
            snprintf(words, size, "action %d tell=%s", step->signal, step->ctx);
            return true;
        }
        const char *word = step->condition == CONDITION_IGNORED       ? "ignore"
                           : step->condition == CONDITION_APPLICATION ? "handle"
                           : step->condition == CONDITION_NOCLDWAIT   ? "nocldwait"
                           : step->condition == CONDITION_NOCLDSTOP   ? "nocldstop"
                           : step->condition == CONDITION_BORROWED    ? "borrow"
                           : step->condition == CONDITION_RETURNED    ? "return"
                                                                      : "default";
        snprintf(words, size, "action %d %s", step->signal, word);
        return true;
    }
    case VERB_BLOCK:
    case VERB_UNBLOCK:
        snprintf(words, size, "mask %d %s", step->signal,
                 step->verb == VERB_BLOCK ? "block" : "unblock");
        return true;
    case VERB_SIGNAL:
        snprintf(words, size, "raise %d %d", step->signal, step->count > 0 ? step->count : 1);
        return true;
    case VERB_SYSTEM:
        snprintf(words, size, "system");
        return true;
    case VERB_POPEN:
        snprintf(words, size, "popen");
        return true;
    case VERB_CAREFD:
        snprintf(words, size, "carefd %s %s", step->ctx, step->fd);
        return true;
    case VERB_FILE:
        snprintf(words, size, "file %s", step->fd);
        return true;
    case VERB_SHUT:
        snprintf(words, size, "shut %s", step->fd);
        return true;
    case VERB_POSTFORK:
        snprintf(words, size, "postfork %s", step->ctx);
        return true;
    default:
        return platform_words(stage, step, words, size);
    }
}

/* The mode in which a ctx is opened. In a pair one that says nothing is to disturb the other least:
 * selective, where its library offers that. */
static void choose_owner(struct stage *stage, const struct step *step, struct stage_ctx *ctx)
{
    unsigned owners = stage->played->subject.library[step->library].owners;

    ctx->library = step->library;
    ctx->owner = step->owner_given ? owner_of(stage, step) : RC_OWNER_LIBRARY;
    ctx->owner_asked = step->owner_given;
    if (step->library == LIBRARY_UNKNOWN || step->owner_given)
        return;
    if (owners & RC_OWNS(RC_OWNER_SELECTIVE)) {
        ctx->owner = RC_OWNER_SELECTIVE;
        ctx->owner_asked = true;
    } else if (owners) {
        ctx->owner = (enum rc_owner)__builtin_ctz(owners);
    }
}

/* The ctx that a `ctx` step opens gets its name and number before it is opened, so that what is
 * reported meanwhile has them. */
bool step_prepare_ctx(struct stage *stage, const struct step *step)
{
    struct event event = {.kind = EVENT_CTX};
    struct stage_ctx *ctx;

    if (stage->ctx_count == STAGE_CTXS) {
        stage_break(stage, "a script may have %d ctxs at most", STAGE_CTXS);
        return false;
    }
    ctx = &stage->ctxs[stage->ctx_count];
    *ctx = (struct stage_ctx){.index = (int)stage->ctx_count, .host = stage->host};
    choose_owner(stage, step, ctx);
    stage->ctx_count++;
    snprintf(ctx->name, sizeof(ctx->name), "%s", step->ctx);
    snprintf(ctx->lane, sizeof(ctx->lane), "%s", step->lane[0] ? step->lane : "main");
    event.ctx = (int16_t)ctx->index;
    event.text = log_text(stage->log, step->ctx);
    log_append(stage->log, &event);
    return true;
}

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
        if (ctx)
            ctx->open = request->ok;
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
                           (step->verb == VERB_CHILD && is_spawned(stage, ctx));
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

static void judge_answer(struct stage *stage, const struct step *step,
                         const struct request *request)
{
    if (!request->ok && step->verb == VERB_WAITPID && request->error == ECHILD &&
        (step->outcome.kind == OUTCOME_LOST || step->outcome.kind == OUTCOME_NOTHING))
        return;
    if (request->ok) {
        if (step->failure == STEP_MUST_FAIL)
            stage_fault(stage, step, "`%s`: the call succeeded, and should have failed%s%s",
                        step->text, step->error ? " with " : "",
                        step->error ? strerrorname_np(step->error) : "");
        else if (step->verb == VERB_WAITPID && step->outcome.kind == OUTCOME_LOST)
            stage_fault(stage, step, "`%s`: waitpid found it", step->text);
        return;
    }
    if (!stage->host->alive) /* the host's end says more */
        return;
    if (stage_cannot(stage, request) || platform_cannot(stage, step, request))
        return;
    if (lenient_explains(stage, request)) {
        stage->stop = stage->stop || step->failure == STEP_MUST_SUCCEED;
        return;
    }
    if (is_refusal(stage, step, request))
        return;
    if (step->failure == STEP_MUST_SUCCEED)
        stage_fault(stage, step, "`%s` failed: %s", step->text, request->answer);
    else if (step->failure == STEP_MUST_FAIL && step->error && request->error != step->error)
        stage_fault(stage, step, "`%s` failed with %s, expected %s", step->text, request->answer,
                    strerrorname_np(step->error));
}

void step_answered(struct stage *stage, const struct step *step, const struct request *request)
{
    step_done(stage, step, request);
    judge_answer(stage, step, request);
}

struct settling {
    struct request *request;
    struct lane *lane;
};

static bool settled(struct stage *stage, void *user)
{
    struct settling *settling = user;

    if (settling->request->done)
        return true;
    if (!settling->lane)
        return false;
    if (gate_holds(stage, settling->lane->gate))
        return true;
    return stage->any_gate >= 0 &&
           atomic_load(&stage->control->rule[stage->any_gate].holds) == settling->lane->tid;
}

/* A storm of signals takes as long as the host needs for each. */
static int answer_ms(const struct step *step)
{
    return STAGE_ANSWER_MS + (step->verb == VERB_SIGNAL ? step->count / SIGNALS_A_MS : 0);
}

void step_settle(struct stage *stage, const struct step *step, struct lane *lane,
                 struct request *request)
{
    struct settling settling = {request, lane};

    if (!request)
        return;
    if (!stage_until(stage, answer_ms(step), settled, &settling)) {
        char what[300];
        if (!stage->host->alive || stage->broken) {
            stage->stop = stage->broken || !platform_may_end(stage, step);
            return;
        }
        snprintf(what, sizeof(what), "`%s` does not come back", step->text);
        host_hangs(stage, stage->host, what);
        return;
    }
    if (!request->done) { /* it waits at its gate, and goes on when told to */
        lane->pending = request;
        lane->step = *step;
        return;
    }
    step_answered(stage, step, request);
    if (step->verb == VERB_ACTION) /* what is borrowed is to be as it was */
        stage_look(stage,
                   step->condition != CONDITION_BORROWED && step->condition != CONDITION_RETURNED);
    else if (step->verb == VERB_BLOCK || step->verb == VERB_UNBLOCK)
        stage_look(stage, true);
}

void lane_settle(struct stage *stage, struct lane *lane)
{
    struct request *pending = lane->pending;
    struct step step = lane->step;

    lane->pending = NULL;
    lane->step.verb = VERB_NONE;
    if (pending && step.verb != VERB_NONE)
        step_settle(stage, &step, lane, pending);
    else if (pending && !host_answered(stage, lane->host, pending))
        host_hangs(stage, lane->host, "a lane does not go on after its gate");
}

/* A step about a whole group, made by children or foreigns: one for each member. */
static bool about_group(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_ADOPT:
    case VERB_FORGET:
    case VERB_SIGNAL_CHILD:
    case VERB_WAITPID:
    case VERB_STEAL:
    case VERB_TELL_REAPED:
        return !stage_child(stage, step->child) && stage_next_child(stage, step->child, NULL);
    default:
        return false;
    }
}

void step_request(struct stage *stage, const struct step *step)
{
    struct stage_child *member = NULL;
    struct lane *lane;
    char words[256];

    if (about_group(stage, step)) {
        while (!stage->stop && (member = stage_next_child(stage, step->child, member))) {
            struct step one = *step;
            snprintf(one.child, sizeof(one.child), "%s", member->name);
            step_request(stage, &one);
        }
        return;
    }
    if (step->verb == VERB_CTX && !step_prepare_ctx(stage, step))
        return;
    if (waits_for_harness(stage, step))
        return;
    lane = step_lane(stage, step);
    if (lane && step_words(stage, step, words, sizeof(words)))
        step_settle(stage, step, lane, host_request(stage, stage->host, lane->name, "%s", words));
}

/* One step for each member of a group. */
void step_request_group(struct stage *stage, const struct step *step, enum verb verb)
{
    for (int i = 1; i <= step->count && !stage->stop; i++) {
        struct step one = *step;
        one.verb = verb;
        if (snprintf(one.child, sizeof(one.child), "%s.%d", step->child, i) >= SCRIPT_NAME)
            return stage_break(stage, "%s.%d is too long a name", step->child, i);
        step_request(stage, &one);
    }
}
