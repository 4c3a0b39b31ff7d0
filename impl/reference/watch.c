/* SPDX-License-Identifier: MIT */
/*
 * fds that a ctx polls, for the application and for itself.
 *
 * A registration is known by its id, which is never used again, to those who poll as well as to the
 * application's event loop (its for_reap is the id). So whatever comes late, for a registration
 * that has gone, or whose fd was closed and the number used again, names nobody and is not told
 * [OE-09 OE-29]. What does name somebody is looked at once more under the lock, since another
 * thread may have been quicker [OE-14].
 *
 * Ids are found by hash and walked in the order of registration, so that ten thousand fds cost what
 * poll itself costs and no more.
 */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>

struct watch {
    UT_hash_handle hh;
    reap_id id;
    int fd;
    short events;
    enum whose whose;
    reap_fd_fn *callback;
    void *user;
    void *for_app; /* the hooks' */
};

enum {
    ALWAYS_TOLD = POLLERR | POLLHUP | POLLNVAL,
    EINTR_RETRIES = 100, /* it does not wait, so nobody should get there */
};

/* [ctx lock] */
static struct watch *find(const reap_ctx *ctx, reap_id id)
{
    struct watch *watch;
    HASH_FIND(hh, ctx->watches, &id, sizeof(id), watch);
    return watch;
}

int reap__watch_add(reap_ctx *ctx, int fd, short events, enum whose whose, reap_fd_fn *callback,
                    void *user, reap_id *id)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch) {
        return REAP_ERROR_NO_MEMORY;
    }
    watch->id = ++ctx->last_id;
    watch->fd = fd;
    watch->events = events;
    watch->whose = whose;
    watch->callback = callback;
    watch->user = user;
    HASH_ADD(hh, ctx->watches, id, sizeof(watch->id), watch);
    if (!watch->hh.tbl) {
        free(watch);
        return REAP_ERROR_NO_MEMORY;
    }
    int rc = reap__hook_fd_register(ctx, fd, events, watch->id, &watch->for_app);
    if (rc) {
        HASH_DEL(ctx->watches, watch);
        free(watch);
        return rc;
    }
    ctx->polled_count += events != 0;
    *id = watch->id;
    reap__poll_changed(ctx);
    return 0;
}

/* [ctx lock] */
static void drop(reap_ctx *ctx, struct watch *watch)
{
    reap__hook_fd_deregister(ctx, watch->fd, watch->for_app);
    ctx->polled_count -= watch->events != 0;
    HASH_DEL(ctx->watches, watch);
    free(watch);
}

void reap__watch_remove(reap_ctx *ctx, reap_id *id)
{
    struct watch *watch = *id ? find(ctx, *id) : NULL;
    *id = 0;
    if (watch) {
        drop(ctx, watch);
    }
}

int reap_fd_register(reap_ctx *ctx, int fd, short events, reap_fd_fn *callback, void *user,
                     reap_id *id)
{
    REAP__INSIDE;
    int rc = fd >= 0 && callback && id ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    rc = reap__watch_add(ctx, fd, events, REAP_APPLICATIONS, callback, user, id);
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

/* [ctx lock] The application's own; the library's are nobody's to touch. */
static struct watch *find_applications(const reap_ctx *ctx, reap_id id)
{
    struct watch *watch = find(ctx, id);
    return watch && watch->whose == REAP_APPLICATIONS ? watch : NULL;
}

int reap_fd_modify(reap_ctx *ctx, reap_id id, short events)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    struct watch *watch = find_applications(ctx, id);
    if (!watch) {
        rc = REAP_ERROR_UNKNOWN_ID;
    } else {
        rc = reap__hook_fd_modify(ctx, watch->fd, events, &watch->for_app);
    }
    if (!rc) {
        ctx->polled_count -= watch->events != 0;
        ctx->polled_count += events != 0;
        watch->events = events;
        reap__poll_changed(ctx);
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

int reap_fd_deregister(reap_ctx *ctx, reap_id id)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    struct watch *watch = find_applications(ctx, id);
    if (watch) {
        drop(ctx, watch);
    } else {
        rc = REAP_ERROR_UNKNOWN_ID;
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

void reap__watch_clear(reap_ctx *ctx)
{
    pthread_mutex_lock(&ctx->lock);
    while (ctx->watches) {
        drop(ctx, ctx->watches);
    }
    pthread_mutex_unlock(&ctx->lock);
}

void reap__watch_fill(const reap_ctx *ctx, struct pollfd *fds, reap_id *ids)
{
    size_t used = 0;
    for (const struct watch *watch = ctx->watches; watch; watch = watch->hh.next) {
        if (watch->events) {
            fds[used] = (struct pollfd){.fd = watch->fd, .events = watch->events};
            ids[used] = watch->id;
            used++;
        }
    }
}

/* [ctx lock] What is true of the fd at this moment; where that is not to be had nothing, as it will
 * be told again. */
static short look_again(const struct watch *watch, short revents)
{
    struct pollfd now = {.fd = watch->fd, .events = watch->events};
    int r, tries = 0;
    do {
        r = poll(&now, 1, 0);
    } while (r < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
    return r < 0 ? 0 : revents & now.revents;
}

void reap__watch_dispatch(reap_ctx *ctx, reap_id id, int fd, short revents)
{
    pthread_mutex_lock(&ctx->lock);
    const struct watch *watch = id ? find(ctx, id) : NULL;
    if (!watch || watch->fd != fd || !watch->events) {
        pthread_mutex_unlock(&ctx->lock);
        return;
    }
    revents &= watch->events | ALWAYS_TOLD;
    if (revents && watch->whose == REAP_APPLICATIONS) {
        revents = look_again(watch, revents);
    }
    const struct watch told = *watch;
    if (revents && told.whose == REAP_OWN) {
        told.callback(ctx, told.fd, revents, told.user);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (revents && told.whose == REAP_APPLICATIONS) {
        REAP__OUTSIDE;
        told.callback(ctx, told.fd, revents, told.user);
    }
}
