/* SPDX-License-Identifier: MIT */
/* How every call of libxl's begins and ends that does work of its event code. */
#include "within.h"

#include <pthread.h>

static pthread_mutex_t *lock_of(struct rc_ctx *ctx)
{
    return (pthread_mutex_t *)((char *)ctx->xl + XL_LOCK_AT);
}

void within_lock(struct rc_ctx *ctx)
{
    pthread_mutex_lock(lock_of(ctx));
}

void within_unlock(struct rc_ctx *ctx)
{
    pthread_mutex_unlock(lock_of(ctx));
}

void within_begin(struct rc_ctx *ctx, struct xl_egc *egc)
{
    *egc = (struct xl_egc){.gc = {.owner = ctx->xl}};
    for (size_t i = 0; i < sizeof(egc->lists) / sizeof(*egc->lists); i++)
        egc->lists[i].last = &egc->lists[i].first;
    within_lock(ctx);
}

void within_end(struct rc_ctx *ctx, struct xl_egc *egc)
{
    libxl__egc_ao_cleanup_1_baton(&egc->gc);
    within_unlock(ctx);
    libxl__egc_cleanup_2_ul_cb_gc(egc);
}
