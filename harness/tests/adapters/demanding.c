/* SPDX-License-Identifier: MIT */
/*
 * An adapter that opens its ctx only where it finds what it is built to demand: with -DNO_PIDFDS no
 * pidfds, by whichever way they are asked for, with -DSIGCHLD_BLOCKED that signal blocked. FEATURES
 * is what it claims.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "adapter.h"

struct rc_ctx {
    int unused;
};

static bool is_as_demanded(void)
{
#ifdef NO_PIDFDS
    return pidfd_open(getpid(), 0) < 0 && errno == ENOSYS &&
           syscall(SYS_pidfd_open, getpid(), 0) < 0 && errno == ENOSYS;
#else
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGCHLD);
#endif
}

static int ctx_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    (void)callbacks;
    (void)user;
    if (!is_as_demanded())
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

static const struct rc_adapter demanding = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "demanding",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .features = FEATURES,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .run = run,
};
RC_ADAPTER(demanding);
