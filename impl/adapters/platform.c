/* SPDX-License-Identifier: MIT */
/*
 * No library at all: the kernel alone, for the scripts in scenarios/platform. Its version is the
 * kernel's. The three members that every adapter has refuse.
 */
#include "adapter.h"

#include <errno.h>
#include <sys/utsname.h>

static struct utsname kernel;

static int no_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    (void)ctx;
    (void)callbacks;
    (void)user;
    return -ENOSYS;
}

static int no_close(struct rc_ctx *ctx)
{
    (void)ctx;
    return -ENOSYS;
}

static int no_run(struct rc_ctx *ctx, int timeout_ms)
{
    (void)ctx;
    (void)timeout_ms;
    return -ENOSYS;
}

static const struct rc_adapter platform_adapter = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "platform",
    .version = kernel.release,
    .ctx_open = no_open,
    .ctx_close = no_close,
    .run = no_run,
};
RC_ADAPTER(platform_adapter);

__attribute__((constructor)) static void ask_the_kernel(void)
{
    uname(&kernel);
}
