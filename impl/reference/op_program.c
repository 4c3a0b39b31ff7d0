/* SPDX-License-Identifier: MIT */
/*
 * Running a program to its end, with its output kept. The room for that is got at once, so that
 * there is nothing to run out of later; what does not fit is read and dropped, so that the program
 * can go on.
 */
#include "internal.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct op_program {
    struct op_child child; /* first */
    struct reap_program_result *result;
    char *output;
    size_t used, limit;
    bool truncated;
};

static void said(struct op_child *child, const char *bytes, size_t length)
{
    struct op_program *op = (struct op_program *)child;
    size_t room = op->limit - op->used;
    op->truncated = op->truncated || length > room;
    length = length < room ? length : room;
    memcpy(op->output + op->used, bytes, length);
    op->used += length;
}

static void ended(struct op_child *child, int status)
{
    struct op_program *op = (struct op_program *)child;
    op->output[op->used] = '\0';
    *op->result = (struct reap_program_result){
        .status = status,
        .output = op->output,
        .output_size = op->used,
        .truncated = op->truncated,
    };
    op->output = NULL;
}

static void abort_(struct ao *ao)
{
    reap__ao_kill(ao, SIGKILL);
}

static void free_(struct ao *ao)
{
    struct op_program *op = (struct op_program *)ao;
    reap__op_child_clear(&op->child);
    free(op->output);
    free(op);
}

int reap_run_program(reap_ctx *ctx, const struct reap_program *program,
                     struct reap_program_result *result, const reap_how *how)
{
    REAP__INSIDE;
    if (!program || !result || program->version != REAP_PROGRAM_VERSION || !program->argv ||
        !program->argv[0] || program->time_limit_ms < 0 || program->output_limit == SIZE_MAX) {
        return REAP_ERROR_INVALID;
    }
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    *result = (struct reap_program_result){.status = -1};
    struct op_program *op = calloc(1, sizeof(*op));
    if (!op) {
        return REAP_ERROR_NO_MEMORY;
    }
    op->child.said = said;
    op->child.ended = ended;
    op->child.ao.abort = abort_;
    op->child.ao.free = free_;
    op->result = result;
    op->limit = program->output_limit;
    op->output = malloc(op->limit + 1);
    if (!op->output) {
        free(op);
        return REAP_ERROR_NO_MEMORY;
    }
    rc = reap__ao_init(&op->child.ao, ctx, how);
    if (rc) {
        return rc;
    }
    rc = reap__op_child_start(&op->child, program->argv, program->time_limit_ms);
    return reap__ao_started(&op->child.ao, rc);
}
