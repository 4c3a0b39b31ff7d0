/* SPDX-License-Identifier: MIT */
/*
 * Timeouts of a ctx: a binary heap, earliest first, those of one moment in the order of their
 * registration [OE-44]; and a hash by id.
 *
 * A turn first moves all that are due from the heap into a queue, and then fires them one by one:
 * so one that a callback registers has its turn next time, however short it is, while one that a
 * callback deregisters does not fire. A timeout that fires is off everything, and freed, before its
 * callback is called: its id is unknown from then on [OE-45].
 *
 * With hooks each timeout is the application's to watch, too. None is ever deregistered there: one
 * that is dropped, or fired by a turn, is made to occur at once [OE-31 OE-33], and that occurrence
 * names an id that nobody has [OE-34]. An occurrence ends the registration [OE-35]; where it comes
 * before its time the timeout is registered anew, and it fires only if that is refused.
 */
#include "internal.h"
#include <stdlib.h>

struct timeout {
    UT_hash_handle hh;
    TAILQ_ENTRY(timeout) others; /* in due_timeouts */
    reap_id id;
    int64_t at;
    size_t place;       /* in the heap */
    unsigned long turn; /* that has found it due; 0: it is in the heap */
    enum whose whose;
    bool hooked; /* an occurrence will come */
    reap_timeout_fn *callback;
    void *user;
    void *for_app; /* the hooks' */
};

enum { HEAP_AT_FIRST = 16 };

static bool is_before(const struct timeout *a, const struct timeout *b)
{
    return a->at != b->at ? a->at < b->at : a->id < b->id;
}

static void put_at(reap_ctx *ctx, size_t place, struct timeout *timeout)
{
    ctx->heap[place] = timeout;
    timeout->place = place;
}

static void sift_up(reap_ctx *ctx, struct timeout *timeout)
{
    size_t place = timeout->place;
    while (place && is_before(timeout, ctx->heap[(place - 1) / 2])) {
        put_at(ctx, place, ctx->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_at(ctx, place, timeout);
}

static void sift_down(reap_ctx *ctx, struct timeout *timeout)
{
    size_t place = timeout->place, child;
    while ((child = 2 * place + 1) < ctx->heap_count) {
        if (child + 1 < ctx->heap_count && is_before(ctx->heap[child + 1], ctx->heap[child])) {
            child++;
        }
        if (!is_before(ctx->heap[child], timeout)) {
            break;
        }
        put_at(ctx, place, ctx->heap[child]);
        place = child;
    }
    put_at(ctx, place, timeout);
}

static int heap_add(reap_ctx *ctx, struct timeout *timeout)
{
    if (ctx->heap_count == ctx->heap_room) {
        size_t room = ctx->heap_room ? 2 * ctx->heap_room : HEAP_AT_FIRST;
        struct timeout **heap = realloc(ctx->heap, room * sizeof(struct timeout *));
        if (!heap) {
            return REAP_ERROR_NO_MEMORY;
        }
        ctx->heap = heap;
        ctx->heap_room = room;
    }
    put_at(ctx, ctx->heap_count++, timeout);
    sift_up(ctx, timeout);
    return 0;
}

static void heap_remove(reap_ctx *ctx, struct timeout *timeout)
{
    size_t place = timeout->place;
    struct timeout *last = ctx->heap[--ctx->heap_count];
    if (last != timeout) {
        put_at(ctx, place, last);
        sift_up(ctx, last);
        sift_down(ctx, last);
    }
}

/* [ctx lock] */
static struct timeout *find(const reap_ctx *ctx, reap_id id)
{
    struct timeout *timeout;
    HASH_FIND(hh, ctx->timeouts, &id, sizeof(id), timeout);
    return timeout;
}

/* [ctx lock] Off everything, and freed. */
static void drop(reap_ctx *ctx, struct timeout *timeout)
{
    if (timeout->turn) {
        TAILQ_REMOVE(&ctx->due_timeouts, timeout, others);
    } else {
        heap_remove(ctx, timeout);
    }
    HASH_DEL(ctx->timeouts, timeout);
    if (timeout->hooked) {
        reap__hook_timeout_now(ctx, &timeout->for_app);
    }
    free(timeout);
}

int reap__timeout_add(reap_ctx *ctx, int64_t at, enum whose whose, reap_timeout_fn *callback,
                      void *user, reap_id *id)
{
    struct timeout *timeout = calloc(1, sizeof(*timeout));
    if (!timeout) {
        return REAP_ERROR_NO_MEMORY;
    }
    int64_t first = reap__timeout_first(ctx);
    timeout->id = ++ctx->last_id;
    timeout->at = at;
    timeout->whose = whose;
    timeout->callback = callback;
    timeout->user = user;
    int rc = heap_add(ctx, timeout);
    if (rc) {
        free(timeout);
        return rc;
    }
    HASH_ADD(hh, ctx->timeouts, id, sizeof(timeout->id), timeout);
    if (!timeout->hh.tbl) {
        heap_remove(ctx, timeout);
        free(timeout);
        return REAP_ERROR_NO_MEMORY;
    }
    rc = reap__hook_timeout_register(ctx, at, timeout->id, &timeout->for_app);
    if (rc) {
        drop(ctx, timeout);
        return rc;
    }
    timeout->hooked = ctx->os_hooks;
    *id = timeout->id;
    if (at < first) {
        reap__poll_changed(ctx);
    }
    return 0;
}

void reap__timeout_remove(reap_ctx *ctx, reap_id *id)
{
    struct timeout *timeout = *id ? find(ctx, *id) : NULL;
    *id = 0;
    if (timeout) {
        drop(ctx, timeout);
    }
}

/* Up to the next whole millisecond, so that it never fires early [OE-05]. */
int64_t reap__timeout_at(int64_t ms)
{
    int64_t now = reap__now() + 1;
    return ms < INT64_MAX - now ? now + ms : INT64_MAX;
}

int reap_timeout_register(reap_ctx *ctx, int64_t ms, reap_timeout_fn *callback, void *user,
                          reap_id *id)
{
    return ms < 0 ? REAP_ERROR_INVALID
                  : reap_timeout_register_at(ctx, reap__timeout_at(ms), callback, user, id);
}

int reap_timeout_register_at(reap_ctx *ctx, int64_t at, reap_timeout_fn *callback, void *user,
                             reap_id *id)
{
    REAP__INSIDE;
    int rc = callback && id ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    rc = reap__timeout_add(ctx, at, REAP_APPLICATIONS, callback, user, id);
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

int reap_timeout_deregister(reap_ctx *ctx, reap_id id)
{
    REAP__INSIDE;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&ctx->lock);
    struct timeout *timeout = find(ctx, id);
    if (timeout && timeout->whose == REAP_APPLICATIONS) {
        drop(ctx, timeout);
    } else {
        rc = REAP_ERROR_UNKNOWN_ID;
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}

void reap__timeout_clear(reap_ctx *ctx)
{
    pthread_mutex_lock(&ctx->lock);
    while (ctx->timeouts) {
        drop(ctx, ctx->timeouts);
    }
    pthread_mutex_unlock(&ctx->lock);
}

int64_t reap__timeout_first(const reap_ctx *ctx)
{
    if (!TAILQ_EMPTY(&ctx->due_timeouts)) {
        return INT64_MIN;
    }
    return ctx->heap_count ? ctx->heap[0]->at : INT64_MAX;
}

/* [ctx lock, released while the application is called back] */
static void fire(reap_ctx *ctx, struct timeout *timeout)
{
    reap_timeout_fn *callback = timeout->callback;
    void *user = timeout->user;
    enum whose whose = timeout->whose;
    drop(ctx, timeout);
    if (whose == REAP_OWN) {
        callback(ctx, user);
        return;
    }
    pthread_mutex_unlock(&ctx->lock);
    {
        REAP__OUTSIDE;
        callback(ctx, user);
    }
    pthread_mutex_lock(&ctx->lock);
}

void reap__timeout_dispatch(reap_ctx *ctx, int64_t now)
{
    pthread_mutex_lock(&ctx->lock);
    unsigned long turn = ++ctx->timeout_turns;
    struct timeout *timeout;
    while (ctx->heap_count && ctx->heap[0]->at <= now) {
        timeout = ctx->heap[0];
        heap_remove(ctx, timeout);
        timeout->turn = turn;
        TAILQ_INSERT_TAIL(&ctx->due_timeouts, timeout, others);
    }
    while (!atomic_load(&ctx->closed) && (timeout = TAILQ_FIRST(&ctx->due_timeouts)) &&
           timeout->turn <= turn) {
        fire(ctx, timeout);
    }
    pthread_mutex_unlock(&ctx->lock);
}

int reap__timeout_occurred(reap_ctx *ctx, reap_id id)
{
    int rc = 0;
    pthread_mutex_lock(&ctx->lock);
    struct timeout *timeout = find(ctx, id);
    if (timeout && timeout->hooked) {
        timeout->hooked = false;
        timeout->for_app = NULL;
        if (timeout->at > reap__now()) {
            rc = reap__hook_timeout_register(ctx, timeout->at, id, &timeout->for_app);
            timeout->hooked = !rc;
        }
        if (!timeout->hooked) {
            fire(ctx, timeout);
        }
    }
    pthread_mutex_unlock(&ctx->lock);
    return rc;
}
