/* SPDX-License-Identifier: MIT */
/*
 * Operations: what each does, the three ways of telling its end, progress, abort before, during and
 * after, and that none is over before its child is reaped.
 */
#include "fixture.h"
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>

static char *const says_hello[] = {"sh", "-c", "printf hello; exit 0", NULL};
static char *const fails[] = {"sh", "-c", "exit 3", NULL};
static char *const stays[] = {"sh", "-c", "exec sleep 1000", NULL};

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
        cmocka_unit_test(much_output),
        cmocka_unit_test(pipe_stays_open),
        cmocka_unit_test(lines_are_progress),
        cmocka_unit_test(long_lines_come_in_pieces),
        cmocka_unit_test(abort_from_within_progress),
        cmocka_unit_test(abort_twice),
        cmocka_unit_test(child_belongs_to_its_operation),
        cmocka_unit_test(abort_of_one_that_is_waited_for),
        cmocka_unit_test(lock_is_taken_at_once),
        cmocka_unit_test(lock_is_waited_for),
        cmocka_unit_test(ends_a_process),
        cmocka_unit_test(many_threads_wait),
        cmocka_unit_test(not_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
