/* SPDX-License-Identifier: MIT */
/* Work that libxl does on the harness's behalf, by the door of impl/xen/internals.h. */
#ifndef REAPCHECK_LIBXL_WITHIN_H
#define REAPCHECK_LIBXL_WITHIN_H

#include "ctx.h"
#include "../../xen/internals.h"

/*
 * Whatever makes a child, or changes what libxl waits for, stands between these two, as in libxl's
 * own calls: the ctx is locked, and at the end there is a look at who sleeps on a set of fds that
 * is outdated now, and has to be woken. libxl relies on that (libxl_event.c, on the baton).
 *
 * What the work has to tell is told by within_end, when the ctx is unlocked.
 */
void within_begin(struct rc_ctx *ctx, struct xl_egc *egc);
void within_end(struct rc_ctx *ctx, struct xl_egc *egc);
/* The ctx's own lock, which is recursive. */
void within_lock(struct rc_ctx *ctx);
void within_unlock(struct rc_ctx *ctx);

#endif
