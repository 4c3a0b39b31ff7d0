/* SPDX-License-Identifier: MIT */
/*
 * Words to people: error texts, the log of a ctx, disasters.
 */
#include "internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 256 };

const char *reap_version(void)
{
    return REAP_VERSION;
}

const char *reap_strerror(int error)
{
    switch (error) {
    case REAP_OK:
        return "no error";
    case REAP_ERROR_INVALID:
        return "invalid argument";
    case REAP_ERROR_NO_MEMORY:
        return "out of memory";
    case REAP_ERROR_SYSTEM:
        return "a system call failed";
    case REAP_ERROR_BUSY:
        return "in use: children, operations or registrations";
    case REAP_ERROR_UNKNOWN_CHILD:
        return "not a child of this context";
    case REAP_ERROR_WRONG_MODE:
        return "not allowed with this owner of SIGCHLD";
    case REAP_ERROR_HANDLER_BUSY:
        return "the application has a SIGCHLD handler of its own";
    case REAP_ERROR_CONFLICT:
        return "not allowed beside the owner of SIGCHLD that another context has";
    case REAP_ERROR_FORKED:
        return "the context belongs to the parent process";
    case REAP_ERROR_NOT_FORKED:
        return "not a forked child, or told so before";
    case REAP_ERROR_BUFFER_FULL:
        return "not enough room for all file descriptors";
    case REAP_ERROR_UNKNOWN_ID:
        return "no such registration, or no longer";
    case REAP_ERROR_REENTRANT:
        return "called on top of the library, by a signal handler, a hook or a predicate";
    case REAP_ERROR_NOT_READY:
        return "no such event has happened";
    case REAP_ERROR_ABORTED:
        return "the operation was aborted";
    case REAP_ERROR_TIMED_OUT:
        return "the time limit was over";
    case REAP_ERROR_FAILED:
        return "the program failed";
    case REAP_ERROR_NOT_FOUND:
        return "no such operation is under way";
    case REAP_ERROR_OSEVENT_REG_FAIL:
        return "the event loop could not register or modify";
    case REAP_ERROR_FREED:
        return "the context was freed meanwhile";
    }
    return "unknown error";
}

void reap_ctx_set_log(reap_ctx *ctx, reap_log_fn *log, void *user)
{
    ctx->log = log;
    ctx->log_user = user;
}

void reap__log(reap_ctx *ctx, enum reap_log_level level, const char *format, ...)
{
    static const char *const word[] = {"debug", "warning", "error", "critical"};
    int saved_errno = errno;
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (ctx->log) {
        ctx->log(ctx->log_user, level, text);
    } else if (level >= REAP_LOG_WARNING) {
        fprintf(stderr, "libreap: %s: %s\n", word[level], text);
    }
    errno = saved_errno;
}

void reap__disaster(reap_ctx *ctx, enum reap_event_type type, const char *what, int errnum)
{
    int saved_errno = errno;
    char text[TEXT_SIZE], buffer[TEXT_SIZE / 2];
    snprintf(text, sizeof(text), "%s%s%s", what, errnum ? ": " : "",
             errnum ? strerror_r(errnum, buffer, sizeof(buffer)) : "");
    reap__log(ctx, REAP_LOG_CRITICAL, "%s", text);
    pthread_mutex_lock(&ctx->lock);
    const struct reap_event_hooks hooks = ctx->event_hooks;
    void *user = ctx->event_user;
    pthread_mutex_unlock(&ctx->lock);
    if (!hooks.disaster) {
        if (ctx->log) {
            fprintf(stderr, "libreap: critical: %s\n", text);
        }
        exit(-1);
    }
    REAP__OUTSIDE;
    hooks.disaster(user, type, what, errnum);
    errno = saved_errno;
}
