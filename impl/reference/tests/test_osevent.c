/* SPDX-License-Identifier: MIT */
/*
 * OS events: a small event loop of the application's drives the library through the hooks, and
 * keeps account of what is registered; each hook fails at each call in turn; what comes late, twice
 * or for another fd is ignored; both styles go together.
 */
#include "fixture.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/syscall.h>

enum { ENTRIES = 64, HOOK_ERROR = 77 };

/* What is registered. Entries are not used again, so a stale for_reap stays at hand. */
struct entry {
    bool used, live, is_timeout;
    int fd;
    short events;
    int64_t at;
    void *for_reap;
};

struct loop {
    reap_ctx *ctx;
    struct entry entry[ENTRIES];
    unsigned calls, fail_at; /* which call of a hook that may fail does; 0: none */
    bool failed;
    int error;
    unsigned fds, timeouts; /* live, and to be told */
    unsigned nows;
};

static bool fails(struct loop *loop)
{
    bool fails = ++loop->calls == loop->fail_at;
    loop->failed = loop->failed || fails;
    return fails;
}

static struct entry *new_entry(struct loop *loop)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!loop->entry[i].used) {
            loop->entry[i].used = loop->entry[i].live = true;
            return &loop->entry[i];
        }
    }
    assert_true(false);
    return NULL;
}

static int fd_register(void *user, int fd, void **for_app, short events, void *for_reap)
{
    struct loop *loop = user;
    assert_null(*for_app);
    if (fails(loop)) {
        *for_app = loop; /* to be ignored */
        return loop->error;
    }
    assert_int_equal(reap_osevent_occurred_fd(loop->ctx, for_reap, fd, events, events),
                     REAP_ERROR_REENTRANT);
    struct entry *entry = new_entry(loop);
    entry->fd = fd;
    entry->events = events;
    entry->for_reap = for_reap;
    *for_app = entry;
    loop->fds++;
    return 0;
}

static int fd_modify(void *user, int fd, void **for_app, short events)
{
    struct loop *loop = user;
    struct entry *entry = *for_app;
    assert_int_equal(entry->fd, fd);
    if (fails(loop)) {
        /* A moved entry, to be honoured although it fails. */
        struct entry *moved = new_entry(loop);
        *moved = *entry;
        entry->live = false;
        *for_app = moved;
        return loop->error;
    }
    entry->events = events;
    return 0;
}

static void fd_deregister(void *user, int fd, void *for_app)
{
    struct loop *loop = user;
    struct entry *entry = for_app;
    assert_true(entry->live);
    assert_int_equal(entry->fd, fd);
    entry->live = false;
    loop->fds--;
}

static int timeout_register(void *user, void **for_app, int64_t at, void *for_reap)
{
    struct loop *loop = user;
    assert_null(*for_app);
    if (fails(loop)) {
        return loop->error;
    }
    struct entry *entry = new_entry(loop);
    entry->is_timeout = true;
    entry->at = at;
    entry->for_reap = for_reap;
    *for_app = entry;
    loop->timeouts++;
    return 0;
}

static int timeout_modify(void *user, void **for_app, int64_t at)
{
    struct loop *loop = user;
    struct entry *entry = *for_app;
    assert_int_equal(at, 0);
    assert_true(entry->live && entry->is_timeout);
    entry->at = 0;
    loop->nows++;
    return 0;
}

static const struct reap_osevent_hooks hooks = {
    .version = REAP_OSEVENT_HOOKS_VERSION,
    .fd_register = fd_register,
    .fd_modify = fd_modify,
    .fd_deregister = fd_deregister,
    .timeout_register = timeout_register,
    .timeout_modify = timeout_modify,
};

/* One turn of the application's loop. */
static void loop_turn(struct loop *loop, int ms)
{
    struct pollfd fds[ENTRIES];
    unsigned which[ENTRIES], count = 0;
    for (unsigned i = 0; i < ENTRIES; i++) {
        const struct entry *entry = &loop->entry[i];
        if (entry->live && !entry->is_timeout) {
            fds[count] = (struct pollfd){.fd = entry->fd, .events = entry->events};
            which[count++] = i;
        } else if (entry->live) {
            int64_t left = entry->at - now_ms();
            ms = left < 0 ? 0 : left < ms ? (int)left : ms;
        }
    }
    (void)poll(fds, count, ms);
    for (unsigned i = 0; i < count; i++) {
        const struct entry *entry = &loop->entry[which[i]];
        if (fds[i].revents > 0 && entry->live) {
            assert_int_equal(reap_osevent_occurred_fd(loop->ctx, entry->for_reap, entry->fd,
                                                      entry->events, fds[i].revents),
                             0);
        }
    }
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct entry *entry = &loop->entry[i];
        if (entry->live && entry->is_timeout && entry->at <= now_ms()) {
            entry->live = false;
            loop->timeouts--;
            assert_int_equal(reap_osevent_occurred_timeout(loop->ctx, entry->for_reap), 0);
        }
    }
}

static void loop_until(struct loop *loop, const unsigned *counter, unsigned enough)
{
    int64_t end = now_ms() + DEADLINE_MS;
    while (*counter < enough) {
        assert_true(now_ms() < end);
        loop_turn(loop, 1000);
    }
}

/* Only timeouts that were told to occur at once are left, and they do. */
static void assert_idle(struct loop *loop)
{
    loop_turn(loop, 0);
    assert_int_equal(loop->fds, 0);
    assert_int_equal(loop->timeouts, 0);
}

static void start(struct loop *loop, struct seen *seen)
{
    memset(loop, 0, sizeof(*loop));
    memset(seen, 0, sizeof(*seen));
    loop->error = HOOK_ERROR;
    loop->ctx = ctx_with(REAP_OWNER_LIBRARY, seen);
    assert_int_equal(reap_osevent_register_hooks(loop->ctx, &hooks, loop), 0);
}

static unsigned calls;
static void on_fd(reap_ctx *ctx, int fd, short revents, void *user)
{
    char byte;
    (void)ctx;
    calls++;
    if (user) {
        *(short *)user = revents;
    } else {
        assert_int_equal(read(fd, &byte, 1), 1);
    }
}

static void on_timeout(reap_ctx *ctx, void *user)
{
    (void)ctx;
    (void)user;
    calls++;
}

struct told {
    unsigned completions;
    int rc;
};
static void on_complete(reap_ctx *ctx, int rc, void *user)
{
    struct told *told = user;
    (void)ctx;
    told->completions++;
    told->rc = rc;
}

static void once_and_while_idle(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct loop loop, *none = NULL;
    struct reap_osevent_hooks bad = hooks;
    reap_id id;
    start(&loop, &seen);
    assert_int_equal(reap_osevent_register_hooks(loop.ctx, &hooks, &loop), REAP_ERROR_BUSY);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
    loop.ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(reap_osevent_register_hooks(loop.ctx, &hooks, none), REAP_ERROR_BUSY);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
    loop.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    bad.fd_modify = NULL;
    assert_int_equal(reap_osevent_register_hooks(loop.ctx, &bad, none), REAP_ERROR_INVALID);
    assert_int_equal(reap_osevent_register_hooks(loop.ctx, NULL, none), REAP_ERROR_INVALID);
    assert_int_equal(reap_timeout_register(loop.ctx, 1000, on_timeout, NULL, &id), 0);
    assert_int_equal(reap_osevent_register_hooks(loop.ctx, &hooks, none), REAP_ERROR_BUSY);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

static void children_through_hooks(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    start(&loop, &seen);
    assert_int_equal(loop.fds + loop.timeouts, 0);
    struct gated child = gated_child(loop.ctx, 3, &seen);
    assert_int_equal(loop.fds, 1);
    assert_int_equal(loop.timeouts, 1); /* the look once a second */
    loop_turn(&loop, 0);
    assert_int_equal(seen.reports, 0);
    let_exit(child);
    loop_until(&loop, &seen.reports, 1);
    assert_int_equal(WEXITSTATUS(seen.status[0]), 3);
    assert_idle(&loop);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

static void on_sigchld(int signal)
{
    (void)signal;
}

/* Nothing is left registered for a child that could not be started. */
static void no_handler_for_a_child(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    start(&loop, &seen);
    signal(SIGCHLD, on_sigchld);
    assert_int_equal(reap_child_fork(loop.ctx, on_child, &seen), REAP_ERROR_HANDLER_BUSY);
    assert_idle(&loop);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

static void owner_that_always_listens(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    const struct reap_childproc_hooks selective = {REAP_CHILDPROC_HOOKS_VERSION,
                                                   REAP_OWNER_SELECTIVE, NULL, NULL};
    start(&loop, &seen);
    loop.fail_at = 1;
    assert_int_equal(reap_childproc_setmode(loop.ctx, &selective, NULL), HOOK_ERROR);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
    assert_idle(&loop);
    loop.fail_at = 0;
    assert_int_equal(reap_childproc_setmode(loop.ctx, &selective, NULL), 0);
    assert_int_equal(loop.fds, 1);
    assert_int_equal(loop.timeouts, 0);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
    assert_int_equal(loop.fds, 0);
}

/* Somebody took the handler away: the look once a second finds the exit. */
static void unannounced_exit(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    start(&loop, &seen);
    struct gated child = gated_child(loop.ctx, 3, &seen);
    loop_turn(&loop, 0);
    struct sigaction ours = sigchld_action();
    signal(SIGCHLD, SIG_DFL);
    let_exit(child);
    loop_until(&loop, &seen.reports, 1);
    assert_int_equal(WEXITSTATUS(seen.status[0]), 3);
    sigaction(SIGCHLD, &ours, NULL);
    loop_turn(&loop, 0);
    (void)reap_ctx_free(loop.ctx);
    signal(SIGCHLD, SIG_DFL);
}

static void late_stale_and_wrong(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    int ends[2];
    short revents = 0;
    reap_id id, again;
    start(&loop, &seen);
    calls = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(reap_fd_register(loop.ctx, ends[0], POLLIN, on_fd, NULL, &id), 0);
    void *for_reap = loop.entry[0].for_reap;
    /* not true */
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, for_reap, ends[0], POLLIN, POLLIN), 0);
    assert_int_equal(write(ends[1], "xx", 2), 2);
    /* another fd, other events, nobody */
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, for_reap, ends[1], POLLIN, POLLIN), 0);
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, for_reap, ends[0], POLLOUT, POLLOUT), 0);
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, NULL, ends[0], POLLIN, POLLIN), 0);
    assert_int_equal(calls, 0);
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, for_reap, ends[0], POLLIN, POLLIN), 0);
    assert_int_equal(calls, 1);
    /* gone, and the fd registered again */
    assert_int_equal(reap_fd_deregister(loop.ctx, id), 0);
    assert_int_equal(reap_fd_register(loop.ctx, ends[0], POLLIN, on_fd, &revents, &again), 0);
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, for_reap, ends[0], POLLIN, POLLIN), 0);
    assert_int_equal(calls, 1);
    close(ends[1]);
    loop_turn(&loop, 0);
    assert_int_equal(revents, POLLIN | POLLHUP);
    /* with no events, nothing is told */
    assert_int_equal(reap_fd_modify(loop.ctx, again, 0), 0);
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, loop.entry[1].for_reap, ends[0], POLLIN,
                                              POLLIN | POLLHUP),
                     0);
    assert_int_equal(calls, 2);
    loop.calls = 0;
    loop.fail_at = 1;
    assert_int_equal(reap_fd_modify(loop.ctx, again, POLLIN), HOOK_ERROR);
    assert_int_equal(reap_fd_deregister(loop.ctx, again), 0); /* of the moved entry */
    close(ends[0]);
    assert_idle(&loop);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

static void timeout_occurs_once(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    reap_id id;
    start(&loop, &seen);
    calls = 0;
    assert_int_equal(reap_timeout_register(loop.ctx, 0, on_timeout, NULL, &id), 0);
    void *for_reap = loop.entry[0].for_reap;
    loop_until(&loop, &calls, 1);
    assert_int_equal(reap_osevent_occurred_timeout(loop.ctx, for_reap), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(reap_timeout_deregister(loop.ctx, id), REAP_ERROR_UNKNOWN_ID);
    assert_int_equal(loop.nows, 0);
    /* dropped: it occurs, for nobody */
    assert_int_equal(reap_timeout_register(loop.ctx, 1000000, on_timeout, NULL, &id), 0);
    assert_int_equal(reap_timeout_deregister(loop.ctx, id), 0);
    assert_int_equal(loop.nows, 1);
    assert_idle(&loop);
    assert_int_equal(calls, 1);
    /* before its time: registered again, and not fired; refused, it fires rather than never */
    assert_int_equal(reap_timeout_register(loop.ctx, 1000000, on_timeout, NULL, &id), 0);
    struct entry *early = &loop.entry[2];
    early->live = false;
    loop.timeouts--;
    assert_int_equal(reap_osevent_occurred_timeout(loop.ctx, early->for_reap), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(loop.timeouts, 1);
    loop.entry[3].live = false;
    loop.timeouts--;
    loop.calls = 0;
    loop.fail_at = 1;
    assert_int_equal(reap_osevent_occurred_timeout(loop.ctx, early->for_reap), HOOK_ERROR);
    assert_int_equal(calls, 2);
    assert_idle(&loop);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

/* What is registered through hooks is polled, too; what one style tells the other does not. */
static void both_styles(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    int ends[2];
    reap_id fd, timeout;
    start(&loop, &seen);
    calls = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(reap_fd_register(loop.ctx, ends[0], POLLIN, on_fd, NULL, &fd), 0);
    assert_int_equal(reap_timeout_register(loop.ctx, 0, on_timeout, NULL, &timeout), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    turn_until(loop.ctx, &calls, 2);
    assert_int_equal(loop.nows, 1); /* the timeout that a turn fired is to occur at once */
    loop_turn(&loop, 0);
    assert_int_equal(calls, 2);
    assert_int_equal(reap_fd_deregister(loop.ctx, fd), 0);
    struct gated child = gated_child(loop.ctx, 3, &seen);
    let_exit(child);
    turn_until(loop.ctx, &seen.reports, 1);
    assert_idle(&loop);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

/* Freed with everything under way that may be: all is taken down. */
static void freed_with_much_registered(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    reap_evgen *process, *path;
    reap_id id;
    int ends[2];
    start(&loop, &seen);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(reap_evenable_process(loop.ctx, getpid(), 0, &process), 0);
    assert_int_equal(reap_evenable_path(loop.ctx, "/tmp", 0, &path), 0);
    assert_int_equal(reap_fd_register(loop.ctx, ends[0], POLLIN, on_fd, NULL, &id), 0);
    assert_int_equal(reap_timeout_register(loop.ctx, 1000, on_timeout, NULL, &id), 0);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
    assert_int_equal(loop.fds, 0);
    assert_int_equal(loop.nows, loop.timeouts);
    close(ends[0]);
    close(ends[1]);
}

/* The loop refuses the next look at a process: that is not for want of memory. */
static void refused_look(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    reap_evgen *evgen;
    start(&loop, &seen);
    seen.errnum = -1;
    assert_int_equal(reap_evenable_process(loop.ctx, getpid(), 1, &evgen), 0);
    loop.fail_at = loop.calls + 1;
    loop_until(&loop, &seen.disasters, 1);
    assert_true(loop.failed);
    assert_int_equal(seen.errnum, 0);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

/*
 * An event that comes while a thread is about to wait, has found none yet, and is known to nobody
 * as one who waits. (This eventfd is the one that libreap calls.)
 */
static atomic_bool is_held;
static struct {
    reap_ctx *ctx;
    sem_t held, over;
    bool seen;
    int rc;
} about_to_wait;

static int sees(const reap_event *event, void *user)
{
    (void)event;
    *(bool *)user = true;
    return 0;
}

int eventfd(unsigned count, int flags)
{
    reap_event *event;
    if (atomic_exchange(&is_held, false)) {
        sem_post(&about_to_wait.held);
        while (!about_to_wait.seen) {
            (void)reap_event_check(about_to_wait.ctx, &event, REAP_EVENTS_ALL, sees,
                                   &about_to_wait.seen);
            sched_yield();
        }
    }
    return (int)syscall(SYS_eventfd2, count, flags);
}

static void *waits(void *unused)
{
    reap_event *event;
    about_to_wait.rc = reap_event_wait(about_to_wait.ctx, &event,
                                       REAP_EVENT_BIT(REAP_EVENT_PROCESS_ENDED), NULL, NULL);
    reap_event_free(about_to_wait.ctx, event);
    sem_post(&about_to_wait.over);
    return unused;
}

static void event_before_the_waiter(void **state)
{
    (void)state;
    struct seen seen;
    struct loop loop;
    struct timespec end;
    pthread_t thread;
    reap_evgen *evgen;
    start(&loop, &seen);
    about_to_wait.ctx = loop.ctx;
    assert_int_equal(sem_init(&about_to_wait.held, 0, 0), 0);
    assert_int_equal(sem_init(&about_to_wait.over, 0, 0), 0);
    pid_t pid = idle_process();
    assert_int_equal(reap_evenable_process(loop.ctx, pid, 1, &evgen), 0);
    if (!loop.fds) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        reap_ctx_free(loop.ctx);
        skip(); /* no pidfds: nothing tells of it but time */
    }
    atomic_store(&is_held, true);
    assert_int_equal(pthread_create(&thread, NULL, waits, NULL), 0);
    assert_int_equal(sem_wait(&about_to_wait.held), 0);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    const struct entry *entry = &loop.entry[0];
    assert_int_equal(reap_osevent_occurred_fd(loop.ctx, entry->for_reap, entry->fd, POLLIN, POLLIN),
                     0);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += DEADLINE_MS / 1000;
    assert_int_equal(sem_timedwait(&about_to_wait.over, &end), 0);
    pthread_join(thread, NULL);
    assert_int_equal(about_to_wait.rc, 0);
    assert_int_equal(reap_ctx_free(loop.ctx), 0);
}

/*
 * What an application does, once a call; 0 or a result. What has started needs the hooks no more,
 * but for the look once a second: how often that is registered is a matter of time, so it is not
 * made to fail.
 */
static int enable_process(struct loop *loop, struct told *told)
{
    reap_evgen *evgen;
    (void)told;
    int rc = reap_evenable_process(loop->ctx, getpid(), 0, &evgen);
    reap_evdisable(loop->ctx, evgen);
    return rc;
}

static int enable_path(struct loop *loop, struct told *told)
{
    reap_evgen *evgen;
    (void)told;
    int rc = reap_evenable_path(loop->ctx, "/tmp", 0, &evgen);
    reap_evdisable(loop->ctx, evgen);
    return rc;
}

static int complete(struct loop *loop, struct told *told, int rc)
{
    if (!rc) {
        loop->fail_at = 0;
        loop_until(loop, &told->completions, 1);
        rc = told->rc;
    }
    return rc;
}

static int program(struct loop *loop, struct told *told)
{
    char *const argv[] = {"sh", "-c", "printf x", NULL};
    const struct reap_program what = {REAP_PROGRAM_VERSION, argv, DEADLINE_MS, 10};
    const reap_how how = {on_complete, {.for_callback = told}};
    struct reap_program_result result;
    int rc = complete(loop, told, reap_run_program(loop->ctx, &what, &result, &how));
    free(result.output);
    return rc;
}

static int helper(struct loop *loop, struct told *told)
{
    char *const argv[] = {"sh", "-c", "echo x", NULL};
    const reap_progress_how progress = {NULL, {0}};
    const reap_how how = {on_complete, {.for_callback = told}};
    return complete(loop, told, reap_run_helper(loop->ctx, argv, &progress, &how));
}

static pid_t fork_and_fail_no_more(void *user)
{
    struct loop *loop = user;
    loop->fail_at = 0;
    return fork();
}

static int helper_waited_for(struct loop *loop, struct told *told)
{
    char *const argv[] = {"sh", "-c", "echo x", NULL};
    const struct reap_childproc_hooks forks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_LIBRARY,
                                               fork_and_fail_no_more, NULL};
    (void)told;
    assert_int_equal(reap_childproc_setmode(loop->ctx, &forks, loop), 0);
    return reap_run_helper(loop->ctx, argv, NULL, NULL);
}

static int lock(struct loop *loop, struct told *told)
{
    char path[] = "/tmp/reap-test-XXXXXX";
    const reap_how how = {on_complete, {.for_callback = told}};
    reap_carefd *got;
    int other = mkstemp(path);
    assert_int_equal(flock(other, LOCK_EX), 0);
    int rc = reap_lock_file(loop->ctx, path, &got, &how);
    assert_int_equal(flock(other, LOCK_UN), 0);
    rc = complete(loop, told, rc);
    close(other);
    unlink(path);
    (void)reap_carefd_close(got);
    return rc;
}

static int end(struct loop *loop, struct told *told)
{
    const reap_how how = {on_complete, {.for_callback = told}};
    pid_t pid = idle_process();
    int rc = complete(loop, told, reap_end_process(loop->ctx, pid, DEADLINE_MS, &how));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return rc;
}

static int child(struct loop *loop, struct told *told)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    (void)told;
    pid_t pid = reap_child_fork(loop->ctx, on_child, seen);
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0) {
        loop->fail_at = 0;
        loop_until(loop, &seen->reports, 1);
    }
    free(seen);
    return pid > 0 ? 0 : pid == REAP_ERROR_OSEVENT_REG_FAIL ? HOOK_ERROR : pid;
}

/* Each hook fails at each call in turn, until all calls went well: clear errors, nothing left. */
static void each_hook_fails_in_turn(void **state)
{
    (void)state;
    int (*const does[])(struct loop *, struct told *) = {
        enable_process, enable_path, program, helper, helper_waited_for, lock, end, child,
    };
    for (size_t i = 0; i < sizeof(does) / sizeof(does[0]); i++) {
        bool over = false;
        for (unsigned fail_at = 1; !over; fail_at++) {
            struct seen seen;
            struct loop loop;
            struct told told = {0};
            start(&loop, &seen);
            loop.fail_at = fail_at;
            int rc = does[i](&loop, &told);
            over = !loop.failed;
            assert_int_equal(rc, over ? 0 : HOOK_ERROR);
            assert_in_range(told.completions, 0, 1);
            assert_int_equal(seen.disasters, 0);
            loop.fail_at = 0;
            assert_idle(&loop);
            assert_int_equal(reap_child_count(loop.ctx), 0);
            assert_int_equal(reap_ctx_free(loop.ctx), 0);
            assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_and_while_idle),
        cmocka_unit_test(children_through_hooks),
        cmocka_unit_test(no_handler_for_a_child),
        cmocka_unit_test(owner_that_always_listens),
        cmocka_unit_test(unannounced_exit),
        cmocka_unit_test(late_stale_and_wrong),
        cmocka_unit_test(timeout_occurs_once),
        cmocka_unit_test(both_styles),
        cmocka_unit_test(freed_with_much_registered),
        cmocka_unit_test(event_before_the_waiter),
        cmocka_unit_test(refused_look),
        cmocka_unit_test(each_hook_fails_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
