/* SPDX-License-Identifier: MIT */
/* An adapter that opens its ctx only if there are no pidfds, by whichever way they are asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "adapter.h"

struct rc_ctx {
    int unused;
};

static int ctx_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    (void)callbacks;
    (void)user;
    if (pidfd_open(getpid(), 0) >= 0 || errno != ENOSYS)
        return -EEXIST;
    if (syscall(SYS_pidfd_open, getpid(), 0) >= 0 || errno != ENOSYS)
        return -EEXIST;
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
#define FEATURES RC_FEATURE_WITHOUT_PIDFDS
#endif

static const struct rc_adapter no_pidfd = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "no-pidfd",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = FEATURES,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .run = run,
};
RC_ADAPTER(no_pidfd);
