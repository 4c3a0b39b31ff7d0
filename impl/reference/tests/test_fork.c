/* SPDX-License-Identifier: MIT */
/*
 * What fork does: carefds, forked copies that go on without exec, forks on other threads at every
 * moment, and a child that ends while its fork is still under way.
 */
#include "fixture.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

/* glibc sets this flag in every sigaction of its own and shows it to the next. */
#define SA_RESTORER_OF_LIBC 0x04000000

/* Exit statuses of the copies: 0 if all was well, else the line. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return __LINE__ % 250 + 1;                                                             \
        }                                                                                          \
    } while (0)

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int exits_with_1(void *arg)
{
    (void)arg;
    return 1;
}

static void carefds_are_recorded(void **state)
{
    (void)state;
    reap_carefd *carefd;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    reap_carefd_begin();
    assert_int_equal(reap_carefd_record(ends[0], &carefd), 0);
    assert_int_equal(reap_carefd_fd(carefd), ends[0]);
    assert_true(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(reap_carefd_close(carefd), 0);
    assert_false(is_open(ends[0]));

    reap_carefd_begin();
    errno = ENFILE;
    assert_int_equal(reap_carefd_record(-1, &carefd), 0);
    assert_int_equal(errno, ENFILE);
    assert_null(carefd);
    assert_int_equal(reap_carefd_fd(carefd), -1);
    assert_int_equal(reap_carefd_close(carefd), 0);

    close(ends[1]);
    reap_carefd_begin();
    assert_int_equal(reap_carefd_record(ends[1], &carefd), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, EBADF);
    /* It is unlocked in each of the three cases. */
    assert_int_equal(in_forked_copy(exits_with_1, NULL), 1 << 8);
}

/* No fork falls between the opening of a carefd and its record: whoever forks waits. */
enum { PATIENCE = 2000 }; /* yields, for a fork that does not wait to show itself */
static atomic_int fresh_fd;
static atomic_bool has_forked;
static sem_t begun;

static int fresh_fd_is_closed(void *arg)
{
    (void)arg;
    CHECK(reap_postfork_child_noexec(NULL) == 0);
    CHECK(!is_open(atomic_load(&fresh_fd)));
    return 0;
}

static void *forks_meanwhile(void *status)
{
    while (sem_wait(&begun) < 0) {
    }
    *(int *)status = in_forked_copy(fresh_fd_is_closed, NULL);
    atomic_store(&has_forked, true);
    return NULL;
}

static void no_fork_before_the_record(void **state)
{
    (void)state;
    pthread_t thread;
    reap_carefd *carefd;
    int status = -1;
    sem_init(&begun, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, forks_meanwhile, &status), 0);
    reap_carefd_begin();
    atomic_store(&fresh_fd, dup(0));
    sem_post(&begun);
    for (int i = 0; i < PATIENCE && !atomic_load(&has_forked); i++) {
        sched_yield();
    }
    assert_int_equal(reap_carefd_record(atomic_load(&fresh_fd), &carefd), 0);
    pthread_join(thread, NULL);
    assert_int_equal(status, 0);
    reap_carefd_close(carefd);
}

struct postfork {
    reap_ctx *ctx[2];
    reap_carefd *carefd;
    int wake_fd, own_fd;
    struct sigaction before;
};

static int wake_fd_of(reap_ctx *ctx)
{
    struct pollfd fds[FDS];
    int nfds = FDS, timeout = 0;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 2);
    return fds[1].fd; /* of exits */
}

/* In the copy: what came before is gone and refuses, what is new works. */
static int goes_on(void *arg)
{
    struct postfork *was = arg;
    struct seen *seen = calloc(1, sizeof(*seen));
    struct sigaction action;
    reap_ctx *ctx;
    if (fork() == 0) { /* wakes nobody */
        _exit(0);
    }
    CHECK(wait(NULL) > 0);
    CHECK(reap_ctx_free(was->ctx[0]) == REAP_ERROR_FORKED);
    CHECK(reap_postfork_child_noexec(was->ctx[1]) == 0);
    CHECK(sigaction(SIGCHLD, NULL, &action) == 0);
    CHECK(action.sa_handler == was->before.sa_handler);
    CHECK(!((action.sa_flags ^ was->before.sa_flags) & ~SA_RESTORER_OF_LIBC));
    CHECK(!is_open(reap_carefd_fd(was->carefd)) && !is_open(was->wake_fd) && is_open(was->own_fd));
    CHECK(reap_child_fork(was->ctx[1], on_child, seen) == REAP_ERROR_FORKED);
    CHECK(reap_postfork_child_noexec(NULL) == REAP_ERROR_NOT_FORKED);
    ctx = ctx_with(REAP_OWNER_SELECTIVE, seen);
    if (reap_child_fork(ctx, on_child, seen) == 0) {
        CHECK(reap_postfork_child_noexec(ctx) == 0);
        _exit(7);
    }
    turn_until(ctx, &seen->reports, 1);
    CHECK(seen->status[0] == 7 << 8);
    CHECK(reap_ctx_free(ctx) == 0);
    return 0;
}

static void forked_copy_goes_on(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct postfork was;
    int ends[2];
    was.before = sigchld_action();
    was.ctx[0] = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    was.ctx[1] = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    assert_int_equal(reap_postfork_child_noexec(was.ctx[0]), REAP_ERROR_NOT_FORKED);
    assert_int_equal(pipe(ends), 0);
    was.own_fd = ends[1];
    reap_carefd_begin();
    assert_int_equal(reap_carefd_record(ends[0], &was.carefd), 0);
    turn(was.ctx[0], 0);
    was.wake_fd = wake_fd_of(was.ctx[0]);
    struct pollfd woken = {.fd = was.wake_fd, .events = POLLIN};
    sigset_t block, old;
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &block, &old); /* our own news would wake us, too */
    pid_t pid = fork();
    if (pid == 0) {
        alarm(DEADLINE_MS / 1000);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        _exit(goes_on(&was));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(poll(&woken, 1, 0), 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    assert_int_equal(status, 0);
    /* The parent is as it was. */
    assert_true(is_open(reap_carefd_fd(was.carefd)));
    if (reap_child_fork(was.ctx[0], on_child, &seen) == 0) {
        _exit(3);
    }
    turn_until(was.ctx[0], &seen.reports, 1);
    reap_carefd_close(was.carefd);
    close(ends[1]);
    assert_int_equal(reap_ctx_free(was.ctx[0]), 0);
    assert_int_equal(reap_ctx_free(was.ctx[1]), 0);
}

/* While one thread opens and closes contexts, a fork at any moment leaves a usable child. */
static atomic_bool over;
static void *opens_and_closes(void *arg)
{
    while (!atomic_load(&over)) {
        reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, arg);
        reap_ctx_free(ctx);
    }
    return NULL;
}

static int starts_anew(void *arg)
{
    struct seen *seen = arg;
    CHECK(reap_postfork_child_noexec(NULL) == 0);
    reap_ctx *ctx = ctx_with(REAP_OWNER_ALWAYS, seen);
    if (reap_child_fork(ctx, on_child, seen) == 0) {
        _exit(0);
    }
    turn_until(ctx, &seen->reports, 1);
    CHECK(reap_ctx_free(ctx) == 0);
    return 0;
}

static void fork_at_any_moment(void **state)
{
    (void)state;
    struct seen seen = {0}, unused = {0};
    pthread_t thread;
    atomic_store(&over, false);
    reap_ctx_free(ctx_with(REAP_OWNER_SELECTIVE, &unused));
    assert_int_equal(pthread_create(&thread, NULL, opens_and_closes, &unused), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(in_forked_copy(starts_anew, &seen), 0);
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    assert_ptr_equal(sigchld_action().sa_handler, SIG_DFL);
}

/* A fork_replacement that has forked and does not return until it may. */
struct slow_fork {
    reap_ctx *ctx;
    struct seen *seen;
    sem_t forked, go;
    pid_t pid;
};

static pid_t slow_fork(void *user)
{
    struct slow_fork *slow = user;
    pid_t pid = fork();
    if (pid > 0) {
        slow->pid = pid;
        sem_post(&slow->forked);
        while (sem_wait(&slow->go) < 0) {
        }
    }
    return pid;
}

static int knows_none(pid_t pid, int status, void *user)
{
    (void)pid;
    (void)status;
    (void)user;
    fail(); /* it is no stranger */
    return 0;
}

static void *forks_slowly(void *arg)
{
    struct slow_fork *slow = arg;
    if (reap_child_fork(slow->ctx, on_child, slow->seen) == 0) {
        _exit(21);
    }
    return NULL;
}

static void *goes_later(void *arg)
{
    struct slow_fork *slow = arg;
    sem_post(&slow->go);
    return NULL;
}

static void ends_while_its_fork_is_under_way(void **state)
{
    (void)state;
    enum { REAPED = 4, CASES }; /* the four owners, and the mainloop that reaps by itself */
    for (int i = 0; i < CASES; i++) {
        enum reap_owner owner = i == REAPED ? REAP_OWNER_MAINLOOP : (enum reap_owner)i;
        struct seen seen = {0};
        struct slow_fork slow = {.seen = &seen};
        const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, owner, slow_fork,
                                                   owner == REAP_OWNER_MAINLOOP ? NULL
                                                                                : knows_none};
        pthread_t forking, going;
        int status;
        sem_init(&slow.forked, 0, 0);
        sem_init(&slow.go, 0, 0);
        slow.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
        assert_int_equal(reap_childproc_setmode(slow.ctx, &hooks, &slow), 0);
        assert_int_equal(pthread_create(&forking, NULL, forks_slowly, &slow), 0);
        while (sem_wait(&slow.forked) < 0) {
        }
        await_zombie(slow.pid);
        assert_int_equal(reap_ctx_free(slow.ctx), REAP_ERROR_BUSY);
        for (int turns = 0; turns < 3; turns++) {
            turn(slow.ctx, 0);
        }
        if (i == REAPED) {
            assert_int_equal(waitpid(slow.pid, &status, 0), slow.pid);
            pthread_create(&going, NULL, goes_later, &slow);
            assert_int_equal(reap_childproc_reaped(slow.ctx, slow.pid, status), 0);
            pthread_join(going, NULL);
        } else {
            if (owner == REAP_OWNER_MAINLOOP) {
                assert_int_equal(reap_childproc_sigchld_occurred(slow.ctx), 0);
            }
            assert_int_equal(seen.reports, 0);
            sem_post(&slow.go);
        }
        pthread_join(forking, NULL);
        turn_until(slow.ctx, &seen.reports, 1);
        assert_int_equal(seen.pid[0], slow.pid);
        assert_int_equal(seen.status[0], 21 << 8);
        assert_int_equal(reap_ctx_free(slow.ctx), 0);
    }
}

static void child_has_the_applications_mask_and_disposition(void **state)
{
    (void)state;
    struct seen seen = {0};
    signal(SIGCHLD, SIG_IGN);
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    sigset_t mask, inherited;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (reap_child_fork(ctx, on_child, &seen) == 0) {
        pthread_sigmask(SIG_SETMASK, NULL, &inherited);
        struct sigaction action;
        sigaction(SIGCHLD, NULL, &action);
        _exit(memcmp(&inherited, &mask, 8) == 0 && action.sa_handler == SIG_IGN ? 0 : 1);
    }
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 0);
    reap_ctx_free(ctx);
    signal(SIGCHLD, SIG_DFL);
}

static pid_t raw_fork(void *user)
{
    (void)user;
    return _Fork();
}

/* As with any fork: the parent's contexts refuse, and its handler is gone. [FK-51] */
static void fork_without_handlers(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
    const struct reap_childproc_hooks hooks = {REAP_CHILDPROC_HOOKS_VERSION, REAP_OWNER_SELECTIVE,
                                               raw_fork, NULL};
    assert_int_equal(reap_childproc_setmode(ctx, &hooks, NULL), 0);
    pid_t pid = reap_child_fork(ctx, on_child, &seen);
    if (pid == 0) {
        alarm(DEADLINE_MS / 1000);
        bool well = sigchld_action().sa_handler == SIG_DFL &&
                    reap_child_kill(ctx, 1, 0) == REAP_ERROR_FORKED &&
                    reap_postfork_child_noexec(ctx) == 0;
        _exit(well ? 0 : 1);
    }
    turn_until(ctx, &seen.reports, 1);
    assert_int_equal(seen.status[0], 0);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carefds_are_recorded),
        cmocka_unit_test(no_fork_before_the_record),
        cmocka_unit_test(forked_copy_goes_on),
        cmocka_unit_test(fork_at_any_moment),
        cmocka_unit_test(ends_while_its_fork_is_under_way),
        cmocka_unit_test(child_has_the_applications_mask_and_disposition),
        cmocka_unit_test(fork_without_handlers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
