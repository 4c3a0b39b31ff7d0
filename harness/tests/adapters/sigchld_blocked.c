/* SPDX-License-Identifier: MIT */
/* An adapter that opens its ctx only where SIGCHLD is blocked. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include "adapter.h"

struct rc_ctx {
    int unused;
};

static int ctx_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    sigset_t mask;

    (void)callbacks;
    (void)user;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (!sigismember(&mask, SIGCHLD))
        return -EBUSY;
    *ctx = calloc(1, sizeof **ctx);
    return *ctx != NULL ? 0 : -ENOMEM;
}

static int ctx_close(struct rc_ctx *ctx)
{
    free(ctx);
    return 0;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    (void)ctx;
    (void)timeout_ms;
    return 0;
}

#ifndef FEATURES
#define FEATURES RC_FEATURE_SIGCHLD_BLOCKED
#endif

static const struct rc_adapter sigchld_blocked = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "sigchld-blocked",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = FEATURES,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .run = run,
};
RC_ADAPTER(sigchld_blocked);
