/* SPDX-License-Identifier: MIT */
/*
 * Words to people: error texts, the log of a ctx, disasters.
 */
#include "internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
        return "there are children still, or the child is watched already";
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
        return "called from a signal handler that interrupted the library";
    }
    return "unknown error";
}

void reap_ctx_set_log(reap_ctx *ctx, reap_log_fn *log, void *user)
{
    ctx->log = log;
    ctx->log_user = user;
}

void reap_ctx_set_disaster(reap_ctx *ctx, reap_disaster_fn *disaster, void *user)
{
    ctx->disaster = disaster;
    ctx->disaster_user = user;
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

void reap__disaster(reap_ctx *ctx, const char *what, int errnum)
{
    int saved_errno = errno;
    if (errnum) {
        char buffer[TEXT_SIZE / 2];
        reap__log(ctx, REAP_LOG_CRITICAL, "%s: %s", what,
                  strerror_r(errnum, buffer, sizeof(buffer)));
    } else {
        reap__log(ctx, REAP_LOG_CRITICAL, "%s", what);
    }
    if (ctx->disaster) {
        REAP__OUTSIDE;
        ctx->disaster(ctx->disaster_user, what, errnum);
    }
    errno = saved_errno;
}
