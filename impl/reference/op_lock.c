/* SPDX-License-Identifier: MIT */
/*
 * Taking a file lock without waiting for it: a child waits. flock's lock belongs to the open file,
 * which a forked child shares; so when the child has got it and ended, the parent has it. A lock
 * that is free is taken at once, without a child, and the operation is complete before the call
 * that started it returns.
 *
 * The child keeps a number of its own for the open file while it lets go of all carefds, so that
 * it holds no pipe of another operation open while it waits.
 */
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { FILE_MODE = 0666 };

struct op_lock {
    struct ao ao; /* first */
    reap_carefd *file;
    reap_carefd **lock; /* where it goes */
};

/* [ctx lock] */
static void got(struct op_lock *op)
{
    *op->lock = op->file;
    op->file = NULL;
    reap__ao_done(&op->ao, 0);
}

static void on_ended(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status, void *user)
{
    struct op_lock *op = user;
    (void)pid;
    pthread_mutex_lock(&ctx->lock);
    if (outcome == REAP_EXITED && !status) {
        got(op);
    } else {
        reap__ao_done(&op->ao, op->ao.aborted ? REAP_ERROR_ABORTED : REAP_ERROR_FAILED);
    }
    pthread_mutex_unlock(&ctx->lock);
}

static _Noreturn void await_lock(reap_ctx *ctx, int file)
{
    int r, own = dup(file);
    (void)reap_postfork_child_noexec(ctx);
    do {
        r = own < 0 ? -1 : flock(own, LOCK_EX);
    } while (r < 0 && errno == EINTR);
    _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* [unlocked] */
static int start(struct op_lock *op, const char *path)
{
    reap_ctx *ctx = op->ao.ctx;
    pid_t pid = 0;
    reap_carefd_begin();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    int rc = reap_carefd_record(fd, &op->file);
    if (rc || fd < 0) {
        return rc ? rc : REAP_ERROR_SYSTEM;
    }
    int r = flock(fd, LOCK_EX | LOCK_NB), flock_errno = errno;
    pthread_mutex_lock(&ctx->lock);
    if (op->ao.aborted) {
        rc = REAP_ERROR_ABORTED;
    } else if (!r) {
        got(op);
    } else if (flock_errno != EWOULDBLOCK) {
        rc = REAP_ERROR_SYSTEM;
    }
    pthread_mutex_unlock(&ctx->lock);
    if (rc || !r) {
        errno = flock_errno;
        return rc;
    }
    rc = reap__child_fork(ctx, on_ended, op, true, &pid);
    if (!rc && !pid) {
        await_lock(ctx, fd);
    }
    if (!rc) {
        reap__ao_child(&op->ao, pid);
    }
    return rc;
}

static void abort_(struct ao *ao)
{
    reap__ao_kill(ao, SIGKILL);
}

static void free_(struct ao *ao)
{
    struct op_lock *op = (struct op_lock *)ao;
    (void)reap_carefd_close(op->file);
    free(op);
}

int reap_lock_file(reap_ctx *ctx, const char *path, reap_carefd **lock, const reap_how *how)
{
    REAP__INSIDE;
    int rc = path && lock ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    *lock = NULL;
    struct op_lock *op = calloc(1, sizeof(*op));
    if (!op) {
        return REAP_ERROR_NO_MEMORY;
    }
    op->ao.abort = abort_;
    op->ao.free = free_;
    op->lock = lock;
    rc = reap__ao_init(&op->ao, ctx, how);
    if (rc) {
        return rc;
    }
    return reap__ao_started(&op->ao, start(op, path));
}
