/* SPDX-License-Identifier: MIT */
/*
 * Evgens: what makes events, whatever their kind. They are known by their address, so one that the
 * ctx does not have, or no longer, is found to be that. An evgen changes under the ctx lock only,
 * its callbacks from the loop included; so once it is off the table and has stopped, nobody looks
 * at it, and it is freed unlocked, as its fds take the process lock to be closed.
 */
#include "internal.h"

int reap__evgen_add(reap_ctx *ctx, struct reap_evgen *evgen)
{
    evgen->self = evgen;
    HASH_ADD_PTR(ctx->evgens, self, evgen);
    return evgen->hh.tbl ? 0 : REAP_ERROR_NO_MEMORY;
}

/* [ctx lock] */
static void remove_one(reap_ctx *ctx, struct reap_evgen *evgen)
{
    HASH_DEL(ctx->evgens, evgen);
    evgen->stop(ctx, evgen);
}

void reap_evdisable(reap_ctx *ctx, reap_evgen *evgen)
{
    REAP__INSIDE;
    struct reap_evgen *found;
    if (!evgen || reap__ctx_check(ctx)) {
        return;
    }
    pthread_mutex_lock(&ctx->lock);
    HASH_FIND_PTR(ctx->evgens, &evgen, found);
    if (found) {
        remove_one(ctx, found);
    }
    pthread_mutex_unlock(&ctx->lock);
    if (found) {
        found->free(found);
    }
}

void reap__evgen_clear(reap_ctx *ctx)
{
    for (;;) {
        pthread_mutex_lock(&ctx->lock);
        struct reap_evgen *evgen = ctx->evgens;
        if (evgen) {
            remove_one(ctx, evgen);
        }
        pthread_mutex_unlock(&ctx->lock);
        if (!evgen) {
            break;
        }
        evgen->free(evgen);
    }
}
