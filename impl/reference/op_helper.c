/* SPDX-License-Identifier: MIT */
/*
 * Running a program that says how it gets on: each line of its stdout is told as progress. A line
 * that is longer than the buffer is told in pieces.
 */
#include "internal.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_LIMIT = 4095 };

struct op_helper {
    struct op_child child; /* first */
    size_t used;
    char line[LINE_LIMIT];
};

static void tell(struct op_helper *op)
{
    reap__ao_progress(&op->child.ao, op->line, op->used);
    op->used = 0;
}

static void said(struct op_child *child, const char *bytes, size_t length)
{
    struct op_helper *op = (struct op_helper *)child;
    while (length) {
        const char *newline = memchr(bytes, '\n', length);
        size_t rest = newline ? (size_t)(newline - bytes) : length;
        size_t room = LINE_LIMIT - op->used;
        size_t taken = rest < room ? rest : room;
        memcpy(op->line + op->used, bytes, taken);
        op->used += taken;
        bytes += taken;
        length -= taken;
        if (newline && taken == rest) {
            tell(op);
            bytes++;
            length--;
        } else if (op->used == LINE_LIMIT && length) {
            tell(op);
        }
    }
}

static void ended(struct op_child *child, int status)
{
    struct op_helper *op = (struct op_helper *)child;
    (void)status;
    if (op->used) {
        tell(op);
    }
}

static void abort_(struct ao *ao)
{
    reap__ao_kill(ao, SIGTERM);
}

static void free_(struct ao *ao)
{
    struct op_helper *op = (struct op_helper *)ao;
    reap__op_child_clear(&op->child);
    free(op);
}

int reap_run_helper(reap_ctx *ctx, char *const argv[], const reap_progress_how *progress,
                    const reap_how *how)
{
    REAP__INSIDE;
    int rc = argv && argv[0] ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct op_helper *op = calloc(1, sizeof(*op));
    if (!op) {
        return REAP_ERROR_NO_MEMORY;
    }
    op->child.said = said;
    op->child.ended = ended;
    op->child.ao.abort = abort_;
    op->child.ao.free = free_;
    if (progress) {
        op->child.ao.progresses = true;
        op->child.ao.progress = *progress;
    }
    rc = reap__ao_init(&op->child.ao, ctx, how);
    if (rc) {
        return rc;
    }
    rc = reap__op_child_start(&op->child, argv, 0);
    return reap__ao_started(&op->child.ao, rc);
}
