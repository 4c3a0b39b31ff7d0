/* SPDX-License-Identifier: MIT */
/*
 * The life of a child from its start: fork, spawn, adopt, kill, deregister.
 *
 * A fork goes in three steps. begin announces it under the process lock, and makes the ctx a
 * listener if its owner wants that, so the handler is there before the child. The fork itself
 * happens with no lock held (fork_replacement may do what it likes; our pthread_atfork handlers
 * take the lock). end records the child under the lock and then looks at it once: if it has ended
 * already, the SIGCHLD for it may have come before it was known [XC-04]; if not, its SIGCHLD is
 * yet to come and will find it recorded.
 *
 * Nothing is blocked or changed across the fork, so a child begins with the mask of the thread that
 * forked it [XC-17].
 */
#include "internal.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 127 }; /* as the shell has it */

static struct child *child_new(reap_ctx *ctx, reap_child_fn *callback, void *user)
{
    struct child *child = calloc(1, sizeof(*child));
    if (child) {
        child->ctx = ctx;
        child->callback = callback;
        child->user = user;
    }
    return child;
}

/* [locked] Announces that a child is about to come. */
static int begin(reap_ctx *ctx, struct fork_under_way *fork_)
{
    int rc = reap__owner_allows(ctx, ctx->hooks.owner);
    if (rc) {
        return rc;
    }
    ctx->starting++;
    rc = reap__owner_update(ctx);
    if (rc) {
        ctx->starting--;
        reap__exits_note(ctx);
        return rc;
    }
    fork_->thread = pthread_self();
    fork_->ctx = ctx;
    fork_->told = false;
    LIST_INSERT_HEAD(&reap__process.forks, fork_, others);
    return 0;
}

/* [locked] The other end of begin. Those who waited for the outcome go on. */
static void end(reap_ctx *ctx, struct fork_under_way *fork_)
{
    reap_ctx *other;
    LIST_REMOVE(fork_, others);
    ctx->starting--;
    (void)reap__owner_update(ctx);
    reap__fork_ended();
    LIST_FOREACH (other, &reap__process.ctxs, all) {
        if (other->awaits_fork) {
            other->awaits_fork = false;
            atomic_store(&other->listener.announced, true);
            reap__wake_set(other->listener.wake_fd);
        }
    }
}

/* [locked] Records a child that exists, and looks at it unless the application is to do so. */
static void record(reap_ctx *ctx, struct child *child, pid_t pid, bool look)
{
    struct child *former = reap__registry_find(pid);
    if (former) {
        /* The kernel gave the pid out again, so somebody reaped the former one [XC-11]. */
        reap_ctx *owner = former->ctx;
        reap__child_ended(former, REAP_LOST, -1);
        reap__wake_set(owner->listener.wake_fd);
    }
    child->pid = pid;
    child->pass = ctx->pass;
    if (!ctx->living_count) {
        ctx->safety_at = reap__now() + (ctx->unsure ? REAP_UNSURE_MS : REAP_SAFETY_MS);
    }
    reap__registry_add(child);
    TAILQ_INSERT_TAIL(&ctx->living, child, of_ctx);
    ctx->living_count++;
    reap__exits_note(ctx);
    if (look) {
        reap__scan_child(child);
    }
    /* A loop that polls on another thread is to take notice: of the report, or of the first child,
     * which makes it look unasked from now on. */
    if (ctx->ended_count || ctx->living_count == 1) {
        reap__wake_set(ctx->listener.wake_fd);
    }
}

int reap__child_fork(reap_ctx *ctx, reap_child_fn *callback, void *user, bool own, pid_t *out)
{
    struct fork_under_way under_way;
    int rc = callback ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct child *child = child_new(ctx, callback, user);
    if (!child) {
        return REAP_ERROR_NO_MEMORY;
    }
    child->own = own;
    bool looked_for = ctx->hooks.owner != REAP_OWNER_MAINLOOP;
    rc = reap__exits_pin(ctx, looked_for);
    if (rc) {
        free(child);
        return rc;
    }
    reap__lock();
    rc = begin(ctx, &under_way);
    pid_t (*replacement)(void *user) = ctx->hooks.fork_replacement;
    void *hooks_user = ctx->hooks_user;
    unsigned generation = atomic_load(&reap__process.generation);
    reap__unlock();
    if (rc) {
        int saved_errno = errno;
        reap__exits_unpin(ctx, looked_for);
        free(child);
        errno = saved_errno;
        return rc;
    }
    pid_t pid = replacement ? replacement(hooks_user) : fork();
    if (pid == 0) {
        /* Our fork handler has run; if not, fork_replacement is no true fork [FK-51]. The program
         * that is to come finds the disposition that the application has chosen. */
        if (atomic_load(&reap__process.generation) == generation) {
            reap__lock_new();
            reap__process_new();
        }
        (void)reap__exit_source.restore();
        *out = 0;
        return 0;
    }
    int fork_errno = errno;
    reap__lock();
    if (pid > 0) {
        record(ctx, child, pid, ctx->hooks.owner != REAP_OWNER_MAINLOOP || under_way.told);
    }
    end(ctx, &under_way);
    reap__unlock();
    reap__exits_unpin(ctx, looked_for);
    (void)reap__ctx_settle(ctx);
    if (pid < 0) {
        free(child);
        errno = fork_errno;
        return REAP_ERROR_SYSTEM;
    }
    *out = pid;
    return 0;
}

/* What a hook returns may be positive, and is no pid. */
pid_t reap_child_fork(reap_ctx *ctx, reap_child_fn *callback, void *user)
{
    REAP__INSIDE;
    pid_t pid = 0;
    int rc = reap__child_fork(ctx, callback, user, false, &pid);
    return rc > 0 ? REAP_ERROR_OSEVENT_REG_FAIL : rc ? rc : pid;
}

void reap__child_exec(char *const argv[])
{
    if (signal(SIGPIPE, SIG_DFL) != SIG_ERR) {
        execvp(argv[0], argv);
    }
    _exit(EXIT_NOT_RUN);
}

pid_t reap_child_spawn(reap_ctx *ctx, char *const argv[], reap_child_fn *callback, void *user)
{
    if (!argv || !argv[0]) {
        return REAP_ERROR_INVALID;
    }
    pid_t pid = reap_child_fork(ctx, callback, user);
    if (pid == 0) {
        reap__child_exec(argv);
    }
    return pid;
}

int reap_child_adopt(reap_ctx *ctx, pid_t pid, reap_child_fn *callback, void *user)
{
    REAP__INSIDE;
    siginfo_t info;
    struct fork_under_way under_way;
    int rc = callback && pid > 0 ? reap__ctx_check(ctx) : REAP_ERROR_INVALID;
    if (rc) {
        return rc;
    }
    struct child *child = child_new(ctx, callback, user);
    if (!child) {
        return REAP_ERROR_NO_MEMORY;
    }
    bool looked_for = ctx->hooks.owner != REAP_OWNER_MAINLOOP;
    rc = reap__exits_pin(ctx, looked_for);
    if (rc) {
        free(child);
        return rc;
    }
    reap__lock();
    if (reap__registry_find(pid)) {
        rc = REAP_ERROR_BUSY;
    } else if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
        rc = errno == ECHILD ? REAP_ERROR_UNKNOWN_CHILD : REAP_ERROR_SYSTEM;
    } else {
        rc = begin(ctx, &under_way);
    }
    if (!rc) {
        record(ctx, child, pid, ctx->hooks.owner != REAP_OWNER_MAINLOOP);
        end(ctx, &under_way);
        child = NULL;
    }
    reap__unlock();
    int saved_errno = errno;
    free(child);
    reap__exits_unpin(ctx, looked_for);
    (void)reap__ctx_settle(ctx);
    errno = saved_errno;
    return rc;
}

/* [locked] A living child of the ctx that was not deregistered. */
static struct child *find_own(const reap_ctx *ctx, pid_t pid)
{
    struct child *child = reap__registry_find(pid);
    return child && child->ctx == ctx && !child->forgotten ? child : NULL;
}

/* [locked] child may be NULL. */
static int send(const struct child *child, int signal)
{
    siginfo_t info;
    /* The application may have reaped it, rightly (and is about to tell) or not. */
    if (!child || (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
                   errno == ECHILD)) {
        return REAP_ERROR_UNKNOWN_CHILD;
    }
    return kill(child->pid, signal) < 0 ? REAP_ERROR_SYSTEM : 0;
}

int reap_child_kill(reap_ctx *ctx, pid_t pid, int signal)
{
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    reap__lock();
    rc = send(find_own(ctx, pid), signal);
    reap__unlock();
    return rc;
}

int reap__child_kill(reap_ctx *ctx, pid_t pid, const void *user, int signal)
{
    reap__lock();
    const struct child *child = find_own(ctx, pid);
    /* An operation knows its pid until its end is told: by then it may be another child's. */
    int rc = send(child && child->own && child->user == user ? child : NULL, signal);
    reap__unlock();
    return rc;
}

int reap_child_deregister(reap_ctx *ctx, pid_t pid)
{
    REAP__INSIDE;
    struct child *ended = NULL;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    reap__lock();
    struct child *child = find_own(ctx, pid);
    if (child && child->own) {
        rc = REAP_ERROR_UNKNOWN_CHILD;
    } else if (child) {
        child->forgotten = true;
    } else {
        TAILQ_FOREACH (ended, &ctx->ended, of_ctx) {
            if (ended->pid == pid) {
                TAILQ_REMOVE(&ctx->ended, ended, of_ctx);
                ctx->ended_count--;
                reap__exits_note(ctx);
                break;
            }
        }
        rc = ended ? 0 : REAP_ERROR_UNKNOWN_CHILD;
    }
    reap__unlock();
    free(ended);
    (void)reap__exits_update(ctx);
    return rc;
}

unsigned reap_child_count(reap_ctx *ctx)
{
    if (reap__ctx_check(ctx)) {
        return 0;
    }
    reap__lock();
    unsigned count = ctx->living_count + ctx->ended_count;
    reap__unlock();
    return count;
}
