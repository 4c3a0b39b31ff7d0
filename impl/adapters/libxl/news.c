/* SPDX-License-Identifier: MIT */
/*
 * News: what libxl tells of by itself.
 *
 * Deaths and disasters are told with the ctx locked. An operation of libxl's goes on there; an
 * application never sees it. So what is heard there is kept, and the harness hears it when libxl
 * has let go of the lock, on the thread that was in run, told_reaped or told_sigchld. It may then
 * do what it likes, close the ctx included.
 *
 * What libxl logs is passed on at once.
 */
#include "ctx.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LOG_LINES = 40,          /* of one ctx; the rest is swallowed, lest a pipe fill up */
    STATUS_UNKNOWN = 0xff00, /* what libxl makes up where it has no status */
};

struct news {
    enum { NEWS_EXITED, NEWS_LOST, NEWS_DISASTER } kind;
    pid_t pid;
    int value; /* wait status, or errno */
    struct news *next;
    char what[]; /* of a disaster */
};

static void news_keep(struct rc_ctx *ctx, struct news *news)
{
    news->next = atomic_load(&ctx->news);
    while (!atomic_compare_exchange_weak(&ctx->news, &news->next, news))
        ;
}

struct news *news_of_death(void)
{
    return malloc(sizeof(struct news));
}

void news_death(struct rc_ctx *ctx, struct news *news, pid_t pid, int status)
{
    *news = (struct news){
        .kind = ctx->status_unknown && status == STATUS_UNKNOWN ? NEWS_LOST : NEWS_EXITED,
        .pid = pid,
        .value = status,
    };
    ctx->status_unknown = false;
    news_keep(ctx, news);
}

/*
 * Called with the ctx locked, in which no call of libxl is allowed. The one about a child that is
 * gone comes right before the child's death is told, with a status that libxl made up.
 */
static void disaster_happened(void *user, libxl_event_type type, const char *what, int errnum)
{
    struct rc_ctx *ctx = user;
    struct news *news = malloc(sizeof(*news) + strlen(what) + 1);

    (void)type;
    ctx->status_unknown = errnum == ECHILD;
    if (!news) {
        ctx->callbacks->disaster(ctx->user, what, errnum);
        return;
    }
    *news = (struct news){.kind = NEWS_DISASTER, .value = errnum};
    strcpy(news->what, what);
    news_keep(ctx, news);
}

static void log_message(struct xentoollog_logger *logger, xentoollog_level level, int errnum,
                        const char *context, const char *format, va_list arguments)
{
    struct rc_ctx *ctx = (struct rc_ctx *)((char *)logger - offsetof(struct rc_ctx, logger));
    char text[256];

    (void)context;
    if (level < XTL_WARN || atomic_fetch_add(&ctx->log_lines, 1) >= LOG_LINES)
        return;
    vsnprintf(text, sizeof(text), format, arguments);
    if (ctx->callbacks->warned)
        ctx->callbacks->warned(ctx->user, text);
    if (errnum >= 0)
        dprintf(STDERR_FILENO, "libxl: %s: %s\n", text, strerror(errnum));
    else
        dprintf(STDERR_FILENO, "libxl: %s\n", text);
}

void news_listen(struct rc_ctx *ctx)
{
    ctx->event_hooks.disaster = disaster_happened;
    ctx->logger.vmessage = log_message;
}

static void tell(struct rc_ctx *ctx, const struct news *news)
{
    switch (news->kind) {
    case NEWS_EXITED:
        ctx->callbacks->exited(ctx->user, news->pid, news->value);
        break;
    case NEWS_LOST:
        ctx->callbacks->lost(ctx->user, news->pid);
        break;
    case NEWS_DISASTER:
        ctx->callbacks->disaster(ctx->user, news->what, news->value);
        break;
    }
}

void news_tell(struct rc_ctx *ctx, struct visit *visit)
{
    struct news *latest = atomic_exchange(&ctx->news, NULL), *oldest = NULL;

    while (latest) {
        struct news *news = latest;

        latest = news->next;
        news->next = oldest;
        oldest = news;
    }
    visit->in_library = false;
    for (struct news *news = oldest, *next; news; news = next) {
        next = news->next;
        if (!visit->gone && !atomic_load(&ctx->silent))
            tell(ctx, news);
        free(news);
    }
}

void news_free(struct rc_ctx *ctx)
{
    for (struct news *news = atomic_load(&ctx->news), *next; news; news = next) {
        next = news->next;
        free(news);
    }
}
