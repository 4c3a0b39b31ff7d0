/* SPDX-License-Identifier: MIT */
/*
 * Operations: what each does, the three ways of telling its end, progress, abort before, during and
 * after, and that none is over before its child is reaped.
 */
#include "fixture.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <linux/sched.h>
#include <sys/file.h>
#include <sys/syscall.h>

static char *const says_hello[] = {"sh", "-c", "printf hello; exit 0", NULL};
static char *const fails[] = {"sh", "-c", "exit 3", NULL};
static char *const stays[] = {"sh", "-c", "exec sleep 1000", NULL};

static int refusals; /* so many calls of kill fail */

int kill(pid_t pid, int signal)
{
    if (refusals > 0) {
        refusals--;
        errno = EPERM;
        return -1;
    }
    return (int)syscall(SYS_kill, pid, signal);
}

static bool interrupts; /* every other read is interrupted */

ssize_t read(int fd, void *bytes, size_t size)
{
    static unsigned reads;
    if (interrupts && ++reads % 2) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_read, fd, bytes, size);
}

/* What the callbacks have seen. */
struct told {
    unsigned completions, lines;
    int rc;
    char line[8][16];
    bool aborts, over_early;
};

static void on_complete(reap_ctx *ctx, int rc, void *user)
{
    struct told *told = user;
    (void)ctx;
    told->completions++;
    told->rc = rc;
}

static void on_progress(reap_ctx *ctx, reap_event *event, void *user)
{
    struct told *told = user;
    assert_int_equal(event->type, REAP_EVENT_OPERATION_PROGRESS);
    if (told->lines < 8) {
        snprintf(told->line[told->lines], sizeof(told->line[0]), "%s", event->u.progress.line);
    }
    told->lines++;
    told->over_early = told->over_early || told->completions;
    reap_event_free(ctx, event);
    if (told->aborts) {
        const reap_how how = {on_complete, {.for_callback = told}};
        told->aborts = false;
        assert_int_equal(reap_ao_abort(ctx, &how), 0);
    }
}

static int run(reap_ctx *ctx, char *const argv[], size_t limit, int64_t time_limit_ms,
               struct reap_program_result *result, const reap_how *how)
{
    const struct reap_program program = {REAP_PROGRAM_VERSION, argv, time_limit_ms, limit};
    return reap_run_program(ctx, &program, result, how);
}

static void program_in_each_mode(void **state)
{
    (void)state;
    for (int owner = REAP_OWNER_LIBRARY; owner <= REAP_OWNER_SELECTIVE; owner++) {
        struct seen seen = {0};
        struct told told = {0};
        struct reap_program_result result;
        const reap_how how = {on_complete, {.for_callback = &told}}, event_how = {.u.for_event = 9};
        reap_event *event;
        reap_ctx *ctx = ctx_with((enum reap_owner)owner, &seen);
        if (owner != REAP_OWNER_MAINLOOP) {
            assert_int_equal(run(ctx, says_hello, 100, 0, &result, NULL), 0);
            assert_string_equal(result.output, "hello");
            assert_int_equal(result.output_size, 5);
            assert_false(result.truncated);
            assert_int_equal(result.status, 0);
            free(result.output);
            assert_int_equal(run(ctx, fails, 0, 0, &result, &event_how), 0);
            assert_int_equal(reap_event_wait(ctx, &event, REAP_EVENTS_ALL, NULL, NULL), 0);
            assert_int_equal(event->type, REAP_EVENT_OPERATION_COMPLETE);
            assert_int_equal(event->for_user, 9);
            assert_int_equal(event->u.complete.rc, REAP_ERROR_FAILED);
            assert_int_equal(WEXITSTATUS(result.status), 3);
            reap_event_free(ctx, event);
            free(result.output);
        }
        assert_int_equal(run(ctx, says_hello, 3, 0, &result, &how), 0);
        while (!told.completions) {
            if (owner == REAP_OWNER_MAINLOOP) {
                reap_childproc_sigchld_occurred(ctx);
            }
            turn(ctx, 1);
        }
        assert_int_equal(told.rc, 0);
        assert_string_equal(result.output, "hel");
        assert_true(result.truncated);
        free(result.output);
        assert_int_equal(reap_ao_abort(ctx, &how), REAP_ERROR_NOT_FOUND);
        assert_int_equal(seen.disasters, 0);
        assert_int_equal(reap_ctx_free(ctx), 0);
    }
}

static void time_limit(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct reap_program_result result;
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(run(ctx, stays, 10, 20, &result, NULL), REAP_ERROR_TIMED_OUT);
    assert_int_equal(WTERMSIG(result.status), SIGKILL);
    free(result.output);
    assert_int_equal(run(ctx, stays, 10, -1, &result, NULL), REAP_ERROR_INVALID);
    assert_int_equal(reap_child_count(ctx), 0);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* What was promised by an abort or a limit is not forgotten. */
static void refused_signals_are_sent_again(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    struct reap_program_result result;
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    refusals = 2;
    assert_int_equal(run(ctx, stays, 10, 20, &result, NULL), REAP_ERROR_TIMED_OUT);
    assert_int_equal(refusals, 0);
    free(result.output);
    assert_int_equal(run(ctx, stays, 10, 0, &result, &how), 0);
    refusals = 2;
    assert_int_equal(reap_ao_abort(ctx, &how), 0);
    assert_int_equal(reap_ao_abort(ctx, &how), REAP_ERROR_ABORTED);
    while (!told.completions) {
        turn(ctx, -1);
    }
    assert_int_equal(told.rc, REAP_ERROR_ABORTED);
    free(result.output);
    assert_int_equal(seen.disasters, 0);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* More than a pipe holds, of which little is wanted. */
static void much_output(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct reap_program_result result;
    char *const argv[] = {"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; printf end", NULL};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(run(ctx, argv, 300003, 0, &result, NULL), 0);
    assert_int_equal(result.output_size, 300003);
    assert_string_equal(result.output + 300000, "end");
    free(result.output);
    assert_int_equal(run(ctx, argv, 7, 0, &result, NULL), 0);
    assert_string_equal(result.output, "xxxxxxx");
    free(result.output);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* The program has ended when its output is read. */
static void interrupted_reads_lose_nothing(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    struct reap_program_result result;
    siginfo_t info;
    char *const argv[] = {"sh", "-c", "head -c 60000 /dev/zero", NULL};
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(run(ctx, argv, 60000, 0, &result, &how), 0);
    int r;
    do {
        r = waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    } while (r < 0 && errno == EINTR);
    interrupts = true;
    turn_until(ctx, &told.completions, 1);
    interrupts = false;
    assert_int_equal(told.rc, 0);
    assert_int_equal(result.output_size, 60000);
    free(result.output);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* A grandchild that holds the pipe open is not waited for. */
static void pipe_stays_open(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct reap_program_result result;
    char *const argv[] = {"sh", "-c", "sleep 1000 & echo $!", NULL};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(run(ctx, argv, 20, 0, &result, NULL), 0);
    pid_t grandchild = (pid_t)atoi(result.output);
    assert_true(grandchild > 1);
    assert_int_equal(kill(grandchild, SIGKILL), 0);
    free(result.output);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void lines_are_progress(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    char *const argv[] = {"sh", "-c", "echo one; echo; printf 'three\\nlast'", NULL};
    const reap_progress_how progress = {on_progress, {.for_callback = &told}};
    const reap_progress_how as_events = {.u.for_event = 4};
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_run_helper(ctx, argv, &progress, &how), 0);
    turn_until(ctx, &told.completions, 1);
    assert_int_equal(told.rc, 0);
    assert_int_equal(told.lines, 4);
    assert_false(told.over_early);
    assert_string_equal(told.line[0], "one");
    assert_string_equal(told.line[1], "");
    assert_string_equal(told.line[2], "three");
    assert_string_equal(told.line[3], "last");

    assert_int_equal(reap_run_helper(ctx, argv, &as_events, NULL), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL), 0);
        assert_int_equal(event->for_user, 4);
        assert_string_equal(event->u.progress.line, told.line[i]);
        reap_event_free(ctx, event);
    }
    assert_int_equal(reap_run_helper(ctx, argv, NULL, NULL), 0);
    assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL),
                     REAP_ERROR_NOT_READY);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void long_lines_come_in_pieces(void **state)
{
    (void)state;
    struct seen seen = {0};
    char *const argv[] = {"sh", "-c", "head -c 10000 /dev/zero | tr '\\0' x; echo; echo y", NULL};
    const reap_progress_how as_events = {.u.for_event = 4};
    const size_t lengths[] = {4095, 4095, 10000 - 2 * 4095, 1};
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_run_helper(ctx, argv, &as_events, NULL), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL), 0);
        assert_int_equal(strlen(event->u.progress.line), lengths[i]);
        reap_event_free(ctx, event);
    }
    assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL),
                     REAP_ERROR_NOT_READY);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void abort_from_within_progress(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {.aborts = true};
    char *const argv[] = {"sh", "-c", "echo go; exec sleep 1000", NULL};
    const reap_progress_how progress = {on_progress, {.for_callback = &told}};
    const reap_how how = {on_complete, {.for_callback = &told}};
    const reap_how other = {on_complete, {.for_callback = &seen}}, event_how = {NULL, {0}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_run_helper(ctx, argv, &progress, &how), 0);
    assert_int_equal(reap_ao_abort(ctx, &other), REAP_ERROR_NOT_FOUND);
    assert_int_equal(reap_ao_abort(ctx, &event_how), REAP_ERROR_NOT_FOUND);
    assert_int_equal(reap_ao_abort(ctx, NULL), REAP_ERROR_NOT_FOUND);
    assert_int_equal(reap_ctx_free(ctx), REAP_ERROR_BUSY);
    assert_int_equal(reap_event_register_callbacks(ctx, NULL, NULL), REAP_ERROR_BUSY);
    turn_until(ctx, &told.completions, 1);
    assert_int_equal(told.rc, REAP_ERROR_ABORTED);
    assert_int_equal(told.lines, 1);
    assert_int_equal(reap_child_count(ctx), 0);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Twice, and completion waits for the reap: nobody turns the loop between the two. */
static void abort_twice(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    struct reap_program_result result;
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(run(ctx, stays, 0, 0, &result, &how), 0);
    assert_int_equal(reap_ao_abort(ctx, &how), 0);
    assert_int_equal(told.completions, 0);
    assert_int_equal(reap_ao_abort(ctx, &how), REAP_ERROR_ABORTED);
    turn_until(ctx, &told.completions, 1);
    assert_int_equal(told.rc, REAP_ERROR_ABORTED);
    assert_int_equal(reap_ao_abort(ctx, &how), REAP_ERROR_NOT_FOUND);
    free(result.output);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* The application cannot take an operation's child away. */
static void child_belongs_to_its_operation(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    char *const argv[] = {"sh", "-c", "echo $$; exec sleep 1000", NULL};
    const reap_progress_how progress = {on_progress, {.for_callback = &told}};
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_run_helper(ctx, argv, &progress, &how), 0);
    turn_until(ctx, &told.lines, 1);
    pid_t pid = (pid_t)atoi(told.line[0]);
    assert_int_equal(reap_child_deregister(ctx, pid), REAP_ERROR_UNKNOWN_CHILD);
    assert_int_equal(reap_child_kill(ctx, pid, SIGKILL), 0);
    turn_until(ctx, &told.completions, 1);
    assert_int_equal(told.rc, REAP_ERROR_FAILED);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Each callback aborts one that is not there, or starts one that is complete at once: they are
 * called one after the other, and not one on top of the other, which no stack has room for. */
enum { MANY = 60000 };

struct chain {
    unsigned left, depth, deepest;
    char *path;
    reap_carefd *lock;
};

static void on_lock(reap_ctx *ctx, int rc, void *user)
{
    struct chain *chain = user;
    const reap_how how = {on_lock, {.for_callback = chain}};
    assert_int_equal(rc, 0);
    chain->depth++;
    chain->deepest = chain->depth > chain->deepest ? chain->depth : chain->deepest;
    assert_int_equal(reap_carefd_close(chain->lock), 0);
    if (chain->left && chain->left--) {
        assert_int_equal(reap_lock_file(ctx, chain->path, &chain->lock, &how), 0);
    }
    chain->depth--;
}

static void on_one_of_many(reap_ctx *ctx, reap_event *event, void *user)
{
    struct chain *chain = user;
    const reap_how none = {on_lock, {.for_callback = chain}};
    reap_event_free(ctx, event);
    chain->depth++;
    chain->deepest = chain->depth > chain->deepest ? chain->depth : chain->deepest;
    assert_int_equal(reap_ao_abort(ctx, &none), REAP_ERROR_NOT_FOUND);
    chain->depth--;
    chain->left--;
}

static void callbacks_do_not_pile_up(void **state)
{
    (void)state;
    struct seen seen = {0};
    char path[] = "/tmp/reap-test-XXXXXX", line[64];
    char *const argv[] = {"sh", "-c", line, NULL};
    struct chain locks = {.left = MANY, .path = path}, lines = {.left = MANY};
    const reap_how how = {on_lock, {.for_callback = &locks}};
    const reap_progress_how progress = {on_one_of_many, {.for_callback = &lines}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    close(mkstemp(path));
    assert_int_equal(reap_lock_file(ctx, path, &locks.lock, &how), 0);
    assert_int_equal(locks.left, 0); /* still before it returned */
    assert_int_equal(locks.deepest, 1);
    snprintf(line, sizeof(line), "yes '' | head -n %d", MANY);
    assert_int_equal(reap_run_helper(ctx, argv, &progress, NULL), 0);
    assert_int_equal(lines.left, 0);
    assert_int_equal(lines.deepest, 1);
    unlink(path);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* The pid of an operation's child is given out again before its end is told: it is reaped, then a
 * child of the application's, in whose callback the next child is started. */
struct again {
    reap_ctx *ctx;
    pid_t pid;    /* of the latest fork */
    pid_t wanted; /* what the next is to have; 0: any */
    pid_t own, next;
    int abort_rc;
    const reap_how *how;
    struct seen seen;
};

static pid_t forks_again(void *user)
{
    struct again *again = user;
    struct clone_args arguments = {
        .exit_signal = SIGCHLD,
        .set_tid = (uint64_t)(uintptr_t)&again->wanted,
        .set_tid_size = 1,
    };
    pid_t pid = again->wanted ? (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments)) : fork();
    if (pid > 0) {
        again->pid = pid;
    }
    return pid;
}

static int on_stranger(pid_t pid, int status, void *user)
{
    struct again *again = user;
    (void)pid;
    (void)status;
    again->wanted = again->own;
    again->next = reap_child_fork(again->ctx, on_child, &again->seen);
    if (again->next == 0) {
        alarm(DEADLINE_MS / 1000);
        for (;;) {
            pause();
        }
    }
    again->abort_rc = reap_ao_abort(again->ctx, again->how);
    return 0;
}

static void abort_spares_a_later_child(void **state)
{
    (void)state;
    struct told told = {0};
    struct reap_program_result result;
    const reap_how how = {on_complete, {.for_callback = &told}};
    struct again again = {.how = &how};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_LIBRARY,
                                               forks_again, on_stranger};
    reap_ctx *ctx = again.ctx = ctx_with(REAP_OWNER_LIBRARY, &again.seen);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, &again), 0);
    assert_int_equal(run(ctx, stays, 0, 0, &result, &how), 0);
    again.own = again.pid;
    struct gated keeps = gated_child(ctx, 0, &again.seen); /* else libreap stops at its last */
    pid_t stranger = fork();
    if (stranger == 0) {
        _exit(0);
    }
    await_zombie(stranger);
    assert_int_equal(kill(again.own, SIGKILL), 0);
    await_zombie(again.own);
    turn_until(ctx, &told.completions, 1);
    free(result.output);
    let_exit(keeps);
    turn_until(ctx, &again.seen.reports, 1);
    if (again.next < 0) {
        assert_int_equal(reap_ctx_free(ctx), 0);
        skip(); /* a pid can be chosen with CAP_CHECKPOINT_RESTORE only */
    }
    assert_int_equal(again.next, again.own);
    assert_int_equal(again.abort_rc, 0);
    /* Ends now, and not before. */
    assert_int_equal(reap_child_kill(ctx, again.own, SIGTERM), 0);
    turn_until(ctx, &again.seen.reports, 2);
    assert_int_equal(again.seen.status[1], SIGTERM);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* A thread that waits for an operation. */
struct waits {
    reap_ctx *ctx;
    int rc;
    sem_t begun;
    _Atomic unsigned over;
};

static void on_begun(reap_ctx *ctx, reap_event *event, void *user)
{
    struct waits *waits = user;
    reap_event_free(ctx, event);
    sem_post(&waits->begun);
}

static void *waits_for_helper(void *arg)
{
    struct waits *waits = arg;
    char *const argv[] = {"sh", "-c", "echo go; exec sleep 1000", NULL};
    const reap_progress_how progress = {on_begun, {.for_callback = waits}};
    waits->rc = reap_run_helper(waits->ctx, argv, &progress, NULL);
    atomic_store(&waits->over, 1);
    return NULL;
}

static void abort_of_one_that_is_waited_for(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t thread;
    struct waits waits = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen)};
    assert_int_equal(sem_init(&waits.begun, 0, 0), 0);
    assert_int_equal(reap_ao_abort(waits.ctx, NULL), REAP_ERROR_NOT_FOUND);
    assert_int_equal(pthread_create(&thread, NULL, waits_for_helper, &waits), 0);
    assert_int_equal(sem_wait(&waits.begun), 0);
    assert_int_equal(reap_ctx_free(waits.ctx), REAP_ERROR_BUSY);
    assert_int_equal(reap_ao_abort(waits.ctx, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(waits.rc, REAP_ERROR_ABORTED);
    assert_int_equal(reap_ctx_free(waits.ctx), 0);
    sem_destroy(&waits.begun);
}

/* A child's callback on one thread waits for an operation that another thread waits for, and both
 * children were found to have ended at once. With this owner nobody looks unasked. */
struct both {
    reap_ctx *ctx;
    pid_t pid; /* of the operation's child */
    pthread_t waits;
    sem_t forked, over;
    int rc;
    bool in_time;
};

static pid_t forks_and_tells(void *user)
{
    struct both *both = user;
    pid_t pid = fork();
    if (pid > 0 && both->pid == -1) {
        both->pid = pid;
        sem_post(&both->forked);
    }
    return pid;
}

static void *waits_for_program(void *arg)
{
    struct both *both = arg;
    struct reap_program_result result;
    both->waits = pthread_self();
    both->rc = run(both->ctx, stays, 0, 0, &result, NULL);
    free(result.output);
    sem_post(&both->over);
    return NULL;
}

static void on_sibling(reap_ctx *ctx, pid_t pid, enum reap_outcome outcome, int status, void *user)
{
    struct both *both = user;
    struct timespec end;
    (void)ctx;
    (void)pid;
    (void)outcome;
    (void)status;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += DEADLINE_MS / 1000;
    /* Where that thread comes by first there is nothing to wait for. */
    both->in_time =
        pthread_equal(both->waits, pthread_self()) || sem_timedwait(&both->over, &end) == 0;
}

static void callback_waits_for_a_waiting_thread(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct both both = {.ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen)};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_MAINLOOP,
                                               forks_and_tells, NULL};
    pthread_t thread;
    assert_int_equal(sem_init(&both.forked, 0, 0), 0);
    assert_int_equal(sem_init(&both.over, 0, 0), 0);
    assert_int_equal(reap_childproc_setmode(both.ctx, &hooks, &both), 0);
    pid_t sibling = reap_child_fork(both.ctx, on_sibling, &both);
    if (sibling == 0) {
        _exit(0);
    }
    await_zombie(sibling);
    both.pid = -1;
    assert_int_equal(pthread_create(&thread, NULL, waits_for_program, &both), 0);
    assert_int_equal(sem_wait(&both.forked), 0);
    assert_int_equal(kill(both.pid, SIGKILL), 0);
    await_zombie(both.pid);
    while (reap_child_count(both.ctx) < 2) {
        sched_yield(); /* until it is recorded */
    }
    assert_int_equal(reap_childproc_sigchld_occurred(both.ctx), 0);
    assert_true(both.in_time);
    pthread_join(thread, NULL);
    assert_int_equal(both.rc, REAP_ERROR_FAILED);
    assert_int_equal(reap_ctx_free(both.ctx), 0);
    sem_destroy(&both.forked);
    sem_destroy(&both.over);
}

/* A signal handler tells of SIGCHLD while the end of an operation is handled on its thread. */
static reap_ctx *interrupted;
static int told_rc;

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (interrupted && command == F_GETPIPE_SZ) {
        raise(SIGUSR1);
    }
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

static void tells(int signal)
{
    (void)signal;
    told_rc = reap_childproc_sigchld_occurred(interrupted);
}

static void end_is_interrupted(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    struct reap_program_result result;
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    signal(SIGUSR1, tells);
    assert_int_equal(run(ctx, says_hello, 100, 0, &result, &how), 0);
    interrupted = ctx;
    while (!told.completions) {
        assert_int_equal(reap_childproc_sigchld_occurred(ctx), 0);
    }
    interrupted = NULL;
    signal(SIGUSR1, SIG_DFL);
    assert_int_equal(told_rc, REAP_ERROR_REENTRANT);
    assert_string_equal(result.output, "hello");
    free(result.output);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void lock_is_taken_at_once(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    char path[] = "/tmp/reap-test-XXXXXX";
    reap_carefd *lock;
    const reap_how how = {on_complete, {.for_callback = &told}};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    int other = mkstemp(path);
    assert_int_equal(reap_lock_file(ctx, path, &lock, &how), 0);
    assert_int_equal(told.completions, 1); /* before it returned */
    assert_int_equal(told.rc, 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(reap_carefd_close(lock), 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(reap_lock_file(ctx, "/nowhere/file", &lock, &how), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_null(lock);
    assert_int_equal(told.completions, 1);
    close(other);
    unlink(path);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void lock_is_waited_for(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    char path[] = "/tmp/reap-test-XXXXXX";
    reap_carefd *lock, *second;
    const reap_how how = {on_complete, {.for_callback = &told}}, event_how = {NULL, {0}};
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    int other = mkstemp(path);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_int_equal(reap_lock_file(ctx, path, &lock, &how), 0);
    turn(ctx, 0);
    assert_int_equal(told.completions, 0);
    assert_int_equal(reap_lock_file(ctx, path, &second, &event_how), 0);
    assert_int_equal(reap_ao_abort(ctx, &event_how), 0);
    assert_int_equal(reap_event_wait(ctx, &event, REAP_EVENTS_ALL, NULL, NULL), 0);
    assert_int_equal(event->u.complete.rc, REAP_ERROR_ABORTED);
    assert_null(second);
    reap_event_free(ctx, event);
    assert_int_equal(told.completions, 0);
    assert_int_equal(flock(other, LOCK_UN), 0);
    turn_until(ctx, &told.completions, 1);
    assert_int_equal(told.rc, 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1); /* the child has gone, we have it */
    assert_int_equal(reap_carefd_close(lock), 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    unlink(path);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static pid_t stubborn(void)
{
    int ends[2];
    char ready;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, SIG_IGN);
        (void)!write(ends[1], "", 1);
        for (;;) {
            pause();
        }
    }
    assert_int_equal(read(ends[0], &ready, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void ends_a_process(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    const reap_how how = {on_complete, {.for_callback = &told}};
    int status;
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    pid_t pid = stubborn();
    assert_int_equal(reap_end_process(ctx, pid, 100000, &how), 0);
    turn(ctx, 0);
    assert_int_equal(told.completions, 0);
    assert_int_equal(reap_ao_abort(ctx, &how), 0);
    assert_int_equal(told.completions, 1); /* there is nothing to reap */
    assert_int_equal(told.rc, REAP_ERROR_ABORTED);
    assert_int_equal(reap_end_process(ctx, pid, 10, NULL), 0);
    assert_int_equal(waitpid(pid, &status, WNOHANG), pid); /* it is not reaped */
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(reap_end_process(ctx, pid, 0, NULL), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ESRCH);
    struct pollfd fds[FDS];
    int nfds = FDS, timeout = -1;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 2);
    assert_int_equal(timeout, -1);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Many at once on several threads, all driven by each other. */
enum { THREADS = 4, EACH = 20 };

static void *runs_many(void *arg)
{
    struct waits *waits = arg;
    for (int i = 0; i < EACH; i++) {
        struct reap_program_result result;
        if (run(waits->ctx, says_hello, 100, 0, &result, NULL) || strcmp(result.output, "hello")) {
            waits->rc = -1;
        }
        free(result.output);
    }
    return NULL;
}

static void many_threads_wait(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t threads[THREADS];
    struct waits waits[THREADS];
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    for (int i = 0; i < THREADS; i++) {
        waits[i] = (struct waits){.ctx = ctx};
        assert_int_equal(pthread_create(&threads[i], NULL, runs_many, &waits[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(waits[i].rc, 0);
    }
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* A fork that fails: nothing is started, and nothing is left. */
static pid_t no_fork(void *user)
{
    (void)user;
    errno = EAGAIN;
    return -1;
}

static void not_started(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {0};
    struct reap_program_result result;
    char *const nothing[] = {NULL};
    const reap_how how = {on_complete, {.for_callback = &told}};
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_LIBRARY,
                                               no_fork, NULL};
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    assert_int_equal(run(ctx, nothing, 0, 0, &result, &how), REAP_ERROR_INVALID);
    for (int i = 0; i < 2; i++) {
        const reap_how *which = i ? &how : NULL;
        assert_int_equal(run(ctx, says_hello, 0, 1000, &result, which), REAP_ERROR_SYSTEM);
        assert_int_equal(errno, EAGAIN);
        assert_null(result.output);
        assert_int_equal(reap_run_helper(ctx, says_hello, NULL, which), REAP_ERROR_SYSTEM);
    }
    turn(ctx, 0);
    assert_int_equal(told.completions, 0);
    struct pollfd fds[FDS];
    int nfds = FDS, timeout = -1;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 1);
    assert_int_equal(timeout, -1);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_in_each_mode),
        cmocka_unit_test(time_limit),
        cmocka_unit_test(refused_signals_are_sent_again),
        cmocka_unit_test(much_output),
        cmocka_unit_test(interrupted_reads_lose_nothing),
        cmocka_unit_test(pipe_stays_open),
        cmocka_unit_test(lines_are_progress),
        cmocka_unit_test(long_lines_come_in_pieces),
        cmocka_unit_test(abort_from_within_progress),
        cmocka_unit_test(abort_twice),
        cmocka_unit_test(child_belongs_to_its_operation),
        cmocka_unit_test(callbacks_do_not_pile_up),
        cmocka_unit_test(abort_spares_a_later_child),
        cmocka_unit_test(abort_of_one_that_is_waited_for),
        cmocka_unit_test(callback_waits_for_a_waiting_thread),
        cmocka_unit_test(end_is_interrupted),
        cmocka_unit_test(lock_is_taken_at_once),
        cmocka_unit_test(lock_is_waited_for),
        cmocka_unit_test(ends_a_process),
        cmocka_unit_test(many_threads_wait),
        cmocka_unit_test(not_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
