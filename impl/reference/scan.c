/* SPDX-License-Identifier: MIT */
/*
 * Finding out who has ended, once it is said that somebody may have.
 *
 * Every wait call of libreap is made here, never blocks, and is made with the process lock held;
 * the child leaves the registry before the lock is released. So whoever finds a child in the
 * registry under the lock may signal it: libreap has not reaped it [XC-10], and no fork can have
 * got its pid again [XC-11].
 *
 * Own children are looked at by pid, one after the other (scan_own). A look moves the child to the
 * end of the queue and stamps it with the number of the pass; the pass is over when it meets its
 * own stamp. So it may let the lock go in between, the queue may change meanwhile, two passes may
 * run on two threads, and nothing ever starts again from the head of a list [XC-27].
 *
 * An owner that reaps all asks for any child (scan_any): one call for each exit, one to find
 * nothing more. What it finds is its own, another ctx's (that one gets it and is woken), or a
 * stranger, who is passed on at once. While libreap is forking on another thread, a pid that
 * nobody knows may be a child that is about to be recorded; so as long as this lasts it peeks
 * first, leaves an unknown one be, and is woken when the fork is recorded [XC-04].
 *
 * scan_any cannot see that a child of our own has vanished: somebody else reaped it, against the
 * rule [XC-06 FK-61]. So a look at each own child follows where that is cheap (few of them) or
 * something is odd (woken, and nobody had ended), and else when the safety look is due.
 *
 * The safety look comes every REAP_SAFETY_MS as long as there are living children, unasked: it
 * finds exits that were announced to a handler that somebody had put in place of ours for a while
 * [XC-25].
 */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

enum {
    PASS_CHUNK = 64,     /* looks with the lock held */
    EINTR_RETRIES = 100, /* WNOHANG is not interrupted, so nobody should get there [XC-13] */
};

enum found {
    FOUND_ENDED,
    FOUND_OTHER, /* news that is no end: a traced child stopped [XC-26] */
    FOUND_NOTHING,
    FOUND_NO_CHILD, /* there is no such child */
    FOUND_ERROR,
};

/* A wait call; *who and *status are set for FOUND_ENDED. Stop news is not asked for [XC-08]. */
static enum found wait_for(reap_ctx *ctx, pid_t pid, pid_t *who, int *status)
{
    pid_t r;
    int tries = 0;
    do {
        r = waitpid(pid, status, WNOHANG);
    } while (r < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
    if (r > 0) {
        *who = r;
        return WIFEXITED(*status) || WIFSIGNALED(*status) ? FOUND_ENDED : FOUND_OTHER;
    }
    if (r == 0) {
        return FOUND_NOTHING;
    }
    if (errno == ECHILD) {
        return FOUND_NO_CHILD;
    }
    ctx->wait_errno = errno;
    return FOUND_ERROR;
}

/* The same without reaping: who of all children has ended? */
static enum found peek(reap_ctx *ctx, idtype_t type, pid_t pid, pid_t *who)
{
    siginfo_t info;
    int r, tries = 0;
    do {
        info.si_pid = 0;
        r = waitid(type, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (r < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
    if (r < 0) {
        if (errno == ECHILD) {
            return FOUND_NO_CHILD;
        }
        ctx->wait_errno = errno;
        return FOUND_ERROR;
    }
    *who = info.si_pid;
    return info.si_pid ? FOUND_ENDED : FOUND_NOTHING;
}

void reap__child_ended(struct child *child, enum reap_outcome outcome, int status)
{
    reap_ctx *ctx = child->ctx;
    reap__registry_remove(child);
    TAILQ_REMOVE(&ctx->living, child, of_ctx);
    ctx->living_count--;
    if (child->forgotten) {
        free(child);
    } else {
        child->outcome = outcome;
        child->status = outcome == REAP_LOST ? -1 : status;
        TAILQ_INSERT_TAIL(child->own ? &ctx->ended_own : &ctx->ended, child, of_ctx);
        ctx->ended_count++;
    }
    (void)reap__owner_update(ctx); /* it can only leave */
}

void reap__scan_child(struct child *child)
{
    pid_t who;
    int status;
    switch (wait_for(child->ctx, child->pid, &who, &status)) {
    case FOUND_ENDED:
        reap__child_ended(child, REAP_EXITED, status);
        break;
    case FOUND_NO_CHILD:
        reap__child_ended(child, REAP_LOST, -1);
        break;
    case FOUND_OTHER:
    case FOUND_NOTHING:
    case FOUND_ERROR:
        break;
    }
}

/* Looks only whether it is there at all: the application is the one to reap it. */
static void look_for_vanished(struct child *child)
{
    pid_t who;
    if (peek(child->ctx, P_PID, child->pid, &who) == FOUND_NO_CHILD) {
        reap__child_ended(child, REAP_LOST, -1);
    }
}

static void pass_over_own(reap_ctx *ctx, void (*look)(struct child *child))
{
    reap__lock();
    ctx->safety_at = reap__now() + (ctx->unsure ? REAP_UNSURE_MS : REAP_SAFETY_MS);
    unsigned long pass = ++ctx->pass;
    unsigned looks = 0;
    struct child *child;
    while ((child = TAILQ_FIRST(&ctx->living)) && child->pass < pass) {
        child->pass = ctx->pass;
        TAILQ_REMOVE(&ctx->living, child, of_ctx);
        TAILQ_INSERT_TAIL(&ctx->living, child, of_ctx);
        look(child);
        if (++looks % PASS_CHUNK == 0) {
            reap__unlock();
            reap__lock();
        }
    }
    reap__unlock();
}

void reap__scan_own(reap_ctx *ctx)
{
    pass_over_own(ctx, reap__scan_child);
}

/*
 * [locked] Reaps one child, whoever's it is. FOUND_ENDED with *stranger set to its pid if it
 * belongs to nobody, else 0.
 */
static enum found reap_any(reap_ctx *ctx, pid_t *stranger, int *status)
{
    pid_t pid = -1;
    enum found found;
    *stranger = 0;
    if (!LIST_EMPTY(&reap__process.forks)) {
        found = peek(ctx, P_ALL, 0, &pid);
        if (found != FOUND_ENDED) {
            return found;
        }
        if (!reap__registry_find(pid)) {
            ctx->awaits_fork = true;
            return FOUND_NOTHING;
        }
    }
    found = wait_for(ctx, pid, &pid, status);
    if (found == FOUND_ENDED) {
        struct child *child = reap__registry_find(pid);
        if (!child) {
            *stranger = pid;
            return found;
        }
        reap_ctx *owner = child->ctx;
        reap__child_ended(child, REAP_EXITED, *status);
        if (owner != ctx) {
            reap__wake_set(owner->listener.wake_fd);
        }
    }
    return found;
}

/* Reaps all that have ended, REAP_REPORTS_PER_TURN at most. Returns how many. */
static unsigned scan_any(reap_ctx *ctx)
{
    unsigned reaped = 0;
    for (;;) {
        pid_t stranger = 0;
        int status = 0;
        enum found found = FOUND_NOTHING;
        reap__lock();
        /* It stops with the last child of its own, even if the rest would fit in [FK-32]. */
        if (ctx->listener.joined) {
            if (reaped == REAP_REPORTS_PER_TURN) {
                atomic_store(&ctx->listener.announced, true);
            } else {
                found = reap_any(ctx, &stranger, &status);
            }
        }
        reap__unlock();
        if (found != FOUND_ENDED && found != FOUND_OTHER) {
            return reaped;
        }
        reaped++;
        if (stranger) {
            reap__report_stranger(ctx, stranger, status);
            if (atomic_load(&ctx->closed)) {
                return reaped;
            }
        }
    }
}

bool reap__unsure(const reap_ctx *ctx)
{
    if (ctx->hooks.owner == REAP_OWNER_MAINLOOP) {
        return ctx->living_count && reap__exits_vanish();
    }
    return ctx->listener.joined && !reap__exit_source.announces();
}

void reap__scan(reap_ctx *ctx)
{
    reap__lock();
    enum reap_owner owner = ctx->hooks.owner;
    bool odd = ctx->unsure || reap__now() >= ctx->safety_at;
    ctx->unsure = reap__unsure(ctx);
    reap__exits_note(ctx);
    reap__unlock();
    if (owner == REAP_OWNER_MAINLOOP) {
        if (odd) {
            pass_over_own(ctx, look_for_vanished);
        }
        return;
    }
    if (reap__owner_reaps_all(owner)) {
        unsigned reaped = scan_any(ctx);
        if (atomic_load(&ctx->closed)) {
            return;
        }
        reap__lock();
        bool verify = odd || !reaped || ctx->living_count <= REAP_VERIFY_AT_ONCE;
        reap__unlock();
        if (!verify) {
            return;
        }
    }
    reap__scan_own(ctx);
}
