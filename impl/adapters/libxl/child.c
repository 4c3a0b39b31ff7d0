/* SPDX-License-Identifier: MIT */
/*
 * Children, by the door that libxl's operations use themselves (../../xen/internals.h).
 *
 * What libxl keeps of a child is in a record, which is kept until the ctx is closed: the child may
 * be dead and told of before its fork has returned.
 */
#include "within.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* A child, from its fork until the ctx is closed. */
struct record {
    struct xl_child child; /* first: libxl hands its address back */
    struct rc_ctx *ctx;
    struct record *older;
    struct news *news; /* made at the fork, so that a death is told even without memory */
};

/* Called with the ctx locked. */
static void child_died(void *egc, struct xl_child *child, pid_t pid, int status)
{
    struct record *record = (struct record *)child;

    (void)egc;
    news_death(record->ctx, record->news, pid, status);
    record->news = NULL;
}

/* Runs body(arg) in a child of libxl's, with the gc that the child may go on to use. */
static pid_t fork_child(struct rc_ctx *ctx, void (*body)(struct xl_gc *gc, void *arg), void *arg)
{
    struct record *record = calloc(1, sizeof(*record));
    struct news *news = news_of_death();
    struct xl_egc egc;
    struct visit visit;
    pid_t pid;

    if (!record || !news) {
        free(record);
        free(news);
        return -ENOMEM;
    }
    record->child.pid = -1;
    record->news = news;
    record->ctx = ctx;
    visit_begin(&visit, &ctx->visited);
    within_begin(ctx, &egc);
    errno = 0;
    /* The ctx stays locked in the child. */
    pid = libxl__ev_child_fork(&egc.gc, &record->child, child_died);
    if (pid == 0) {
        body(&egc.gc, arg);
        _exit(127);
    }
    if (pid > 0) {
        record->older = atomic_load(&ctx->records);
        while (!atomic_compare_exchange_weak(&ctx->records, &record->older, record))
            ;
    } else {
        pid = error_of(pid);
        free(news);
        free(record);
    }
    within_end(ctx, &egc);
    ctx_leave(ctx, &visit);
    return pid;
}

struct forked {
    void (*body)(void *arg);
    void *arg;
};

static void body_of_forked(struct xl_gc *gc, void *arg)
{
    const struct forked *forked = arg;

    (void)gc;
    forked->body(forked->arg);
}

pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    struct forked forked = {body, arg};

    return fork_child(ctx, body_of_forked, &forked);
}

/* As libxl starts its own helpers. */
static void body_of_spawned(struct xl_gc *gc, void *arg)
{
    char *const *argv = arg;

    libxl__exec(gc, -1, -1, -1, argv[0], argv, NULL);
}

pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return fork_child(ctx, body_of_spawned, (void *)(uintptr_t)argv);
}

void children_free(struct rc_ctx *ctx)
{
    for (struct record *record = atomic_load(&ctx->records), *older; record; record = older) {
        older = record->older;
        free(record->news);
        free(record);
    }
}
