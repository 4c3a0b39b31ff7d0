/* SPDX-License-Identifier: MIT */
/*
 * A step in the words of the protocol: the request that asks the host for it.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "runner/events.h"

static const char *const owner_words[] = {"library", "mainloop", "always", "selective"};

const char *step_owner_word(enum rc_owner owner)
{
    return owner_words[owner];
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
        snprintf(words, size, "open %s %d%s%s%s%s%s%s%s", step->ctx, ctx ? ctx->index : 0,
                 step->library == LIBRARY_ONE   ? " library=one"
                 : step->library == LIBRARY_TWO ? " library=two"
                                                : "",
                 ctx && ctx->owner_asked ? " owner=" : "",
                 ctx && ctx->owner_asked ? owner_words[ctx->owner] : "",
                 step->forkhook ? " forkhook" : "", step->forkhook_raw ? "=raw" : "",
                 step->strangers_unknown  ? " strangers=unknown"
                 : step->strangers_odd    ? " strangers=odd"
                 : step->strangers_wanted ? " strangers=wanted"
                                          : "",
                 step->both    ? " both"
                 : step->hooks ? " hooks"
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
        return events_words(stage, step, words, size) || platform_words(stage, step, words, size);
    }
}
