/* SPDX-License-Identifier: MIT */
/* Each call of the library can be made to fail, cut short, or fail on one thread or at one time
 * only. */
#include "tests/probed.h"

#include <spawn.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int open_by_system_call(void)
{
    return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static sigset_t no_signals;
static struct pollfd nothing;
static struct epoll_event no_event;
static struct sigaction no_action;
static char byte;
static char *const no_arguments[] = {NULL};
static pid_t spawned;
static pthread_t thread;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *idle(void *unused)
{
    return unused;
}

/* Functions that return the error; errno is set for the table's sake. */
static int with_errno(int r)
{
    errno = r;
    return r == 0 ? 0 : -1;
}

#define ACTS(X)                                                                                    \
    X(SIGACTION, sigaction(SIGUSR1, &no_action, NULL))                                             \
    X(SIGACTION, signal(SIGUSR1, SIG_DFL) == SIG_ERR ? -1 : 0)                                     \
    X(SIGMASK, sigprocmask(SIG_BLOCK, &no_signals, NULL))                                          \
    X(SIGMASK, with_errno(pthread_sigmask(SIG_BLOCK, &no_signals, NULL)))                          \
    X(FORK, fork())                                                                                \
    X(FORK, vfork())                                                                               \
    X(POSIX_SPAWN, with_errno(posix_spawn(&spawned, "/none", NULL, NULL, no_arguments, NULL)))     \
    X(POSIX_SPAWN, with_errno(posix_spawnp(&spawned, "none", NULL, NULL, no_arguments, NULL)))     \
    X(EXEC, execv("/bin/true", no_arguments))                                                      \
    X(EXEC, execl("/bin/true", "true", "", NULL))                                                  \
    X(EXEC, execvp("true", no_arguments))                                                          \
    X(WAITPID, waitpid(-1, NULL, WNOHANG))                                                         \
    X(WAITPID, wait(NULL))                                                                         \
    X(WAITID, waitid(P_ALL, 0, NULL, WEXITED | WNOHANG))                                           \
    X(PTHREAD_CREATE, with_errno(pthread_create(&thread, NULL, idle, NULL)))                       \
    X(MUTEX_LOCK, with_errno(pthread_mutex_lock(&mutex)))                                          \
    X(MUTEX_LOCK, with_errno(pthread_mutex_trylock(&mutex)))                                       \
    X(PIPE, make_pipe())                                                                           \
    X(EVENTFD, eventfd(0, 0))                                                                      \
    X(SIGNALFD, signalfd(-1, &no_signals, 0))                                                      \
    X(SOCKETPAIR, socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}))                                \
    X(PIDFD_OPEN, open_by_system_call())                                                           \
    X(OPEN, open("/dev/null", O_RDONLY))                                                           \
    X(OPEN, openat(AT_FDCWD, "/dev/null", O_RDONLY))                                               \
    X(DUP, dup(0))                                                                                 \
    X(DUP, dup2(0, 0))                                                                             \
    X(DUP, fcntl(0, F_DUPFD, 0))                                                                   \
    X(FCNTL, fcntl(0, F_GETFD))                                                                    \
    X(READ, (int)read(0, &byte, 1))                                                                \
    X(WRITE, (int)write(1, &byte, 0))                                                              \
    X(CLOSE, close(dup(0)))                                                                        \
    X(POLL, poll(&nothing, 0, 0))                                                                  \
    X(POLL, ppoll(&nothing, 0, &(struct timespec){0}, NULL))                                       \
    X(POLL, select(0, NULL, NULL, NULL, &(struct timeval){0}))                                     \
    X(POLL, pselect(0, NULL, NULL, NULL, &(struct timespec){0}, NULL))                             \
    X(POLL, epoll_wait(-1, &no_event, 1, 0))                                                       \
    X(POLL, epoll_pwait(-1, &no_event, 1, 0, NULL))                                                \
    X(EPOLL_CREATE, epoll_create(1))                                                               \
    X(EPOLL_CREATE, epoll_create1(0))                                                              \
    X(EPOLL_CTL, epoll_ctl(-1, EPOLL_CTL_ADD, 0, &no_event))                                       \
    X(TIMERFD, timerfd_create(CLOCK_MONOTONIC, 0))                                                 \
    X(KILL, kill(getpid(), 0))                                                                     \
    X(STDIO, puts("a fault was not applied"))                                                      \
    X(STDIO, printf("%s\n", "a fault was not applied"))

#define X(call, expression) {CALL_##call, #expression},
static const struct {
    enum libc_call call;
    const char *text;
} acts[] = {ACTS(X)};
#undef X

static int act_number(size_t number)
{
    size_t i = 0;

#define X(call, expression)                                                                        \
    if (number == i++)                                                                             \
        return expression;
    ACTS(X)
#undef X
    return 0;
}

static void every_call_can_be_made_to_fail(void **state)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        struct control_rule *rule = arm(0, RULE_FAULT, acts[i].call, EHOSTDOWN);
        const struct event *fault = NULL;
        const struct event *call = NULL;
        int before = 0;
        int r = 0;

        begin_test(state);
        arm(0, RULE_FAULT, acts[i].call, EHOSTDOWN);
        errno = 0;
        before = probe_enter(ZONE_LIBRARY);
        r = act_number(i);
        probe_leave(before);
        if (r != -1 || errno != EHOSTDOWN)
            fail_msg("%s was not made to fail: %d, errno %d", acts[i].text, r, errno);
        assert_int_equal(rule->hits, 1);
        assert_int_equal(rule->armed, 0);
        fault = seen(EVENT_FAULT, acts[i].call);
        assert_non_null(fault);
        assert_int_equal(fault->error, EHOSTDOWN);
        if (acts[i].call == CALL_MUTEX_LOCK)
            continue;
        call = seen(EVENT_CALL, acts[i].call);
        assert_non_null(call);
        assert_int_equal(call->error, EHOSTDOWN);
        assert_int_not_equal(call->result, 0);
    }
}

static void *volatile block; /* volatile: the compiler may not leave out what we allocate */

static int allocate(void)
{
    block = malloc(10);
    return block ? 0 : -1;
}

static int allocate_array(void)
{
    block = calloc(10, 10);
    return block ? 0 : -1;
}

static int copy_text(void)
{
    block = strdup("text");
    return block ? 0 : -1;
}

static void memory_can_be_made_to_fail(void **state)
{
    int (*const ways[])(void) = {allocate, allocate_array, copy_text};

    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    for (size_t i = 0; i < 3; i++) {
        arm(0, RULE_FAULT, CALL_MALLOC, ENOMEM);
        assert_int_equal(in_library(ways[i]), -1);
        assert_int_equal(errno, ENOMEM);
        assert_non_null(seen_nth((int)i, EVENT_CALL, CALL_MALLOC));
        assert_int_equal(in_library(ways[i]), 0);
        free(block);
    }
    assert_null(seen_nth(3, EVENT_CALL, CALL_MALLOC));
}

static int spare_fd;

static int close_spare(void)
{
    return close(spare_fd);
}

/* As Linux does [close(2)]; who closes once more is told so. */
static void a_close_that_fails_gives_up_the_fd(void **state)
{
    (void)state;
    spare_fd = dup(0);
    assert_true(spare_fd >= 0);
    arm(0, RULE_FAULT, CALL_CLOSE, EINTR);
    assert_int_equal(in_library(close_spare), -1);
    assert_int_equal(errno, EINTR);
    assert_int_equal(fcntl(spare_fd, F_GETFD), -1);
    assert_int_equal(in_library(close_spare), -1);
    assert_int_equal(errno, EBADF);
}

static int press_on(void)
{
    return make_pipe() && make_pipe();
}

static void calls_of_the_library_are_counted(void **state)
{
    unsigned before = control->calls[CALL_PIPE];

    (void)state;
    make_pipe();
    assert_int_equal(control->calls[CALL_PIPE], before);
    arm(0, RULE_FAULT, CALL_PIPE, EMFILE);
    in_library(press_on);
    assert_int_equal(control->calls[CALL_PIPE], before + 2);
}

static void a_fault_skips_and_counts(void **state)
{
    struct control_rule *rule = arm(0, RULE_FAULT, CALL_PIPE, EMFILE);

    (void)state;
    rule->skip = 1;
    rule->times = 2;
    assert_int_equal(in_library(make_pipe), 0);
    assert_int_equal(in_library(make_pipe), -1);
    assert_int_equal(in_library(make_pipe), -1);
    assert_int_equal(in_library(make_pipe), 0);
    assert_int_equal(rule->hits, 2);
    assert_int_equal(rule->seen, 3);
}

static void a_fault_keeps_to_its_thread_and_zone(void **state)
{
    struct control_rule *rule = arm(0, RULE_FAULT, CALL_PIPE, EMFILE);

    (void)state;
    rule->tid = gettid() + 1;
    assert_int_equal(in_library(make_pipe), 0);
    rule->tid = 0;
    rule->zone = RULE_IN_HANDLER;
    assert_int_equal(in_library(make_pipe), 0);
    rule->zone = RULE_IN_CALL;
    rule->tid = gettid();
    assert_int_equal(in_library(make_pipe), -1);
}

static int transfer(void)
{
    char text[4];
    int fds[2];
    int r = pipe(fds);
    ssize_t written = write(fds[1], "text", 4);
    ssize_t got = read(fds[0], text, sizeof text);

    close(fds[0]);
    close(fds[1]);
    return r == 0 ? (int)(written * 10 + got) : -1;
}

static void a_write_or_read_can_be_short(void **state)
{
    (void)state;
    assert_int_equal(in_library(transfer), 44);
    arm(0, RULE_SHORT, CALL_READ, 0);
    assert_int_equal(in_library(transfer), 41);
    arm(0, RULE_SHORT, CALL_WRITE, 0);
    assert_int_equal(in_library(transfer), 11);
}

static int wait_for_child(void)
{
    siginfo_t info = {.si_signo = 2, .si_pid = 1};
    int status = 0;
    pid_t r = waitpid(-1, &status, WNOHANG);

    return r == 0 && waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 ? info.si_pid | info.si_signo
                                                                     : -1;
}

/* There is no child, so that a wait that is made fails. */
static void a_wait_can_find_nothing(void **state)
{
    (void)state;
    assert_int_equal(in_library(wait_for_child), -1);
    arm(0, RULE_SHORT, CALL_WAITPID, 0);
    assert_int_equal(in_library(wait_for_child), -1);
    arm(0, RULE_SHORT, CALL_WAITPID, 0);
    arm(1, RULE_SHORT, CALL_WAITID, 0);
    assert_int_equal(in_library(wait_for_child), 0);
    assert_non_null(seen(EVENT_FAULT, CALL_WAITPID));
    assert_non_null(seen(EVENT_FAULT, CALL_WAITID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(every_call_can_be_made_to_fail),   PROBED(memory_can_be_made_to_fail),
        PROBED(a_fault_skips_and_counts),         PROBED(a_fault_keeps_to_its_thread_and_zone),
        PROBED(a_write_or_read_can_be_short),     PROBED(a_close_that_fails_gives_up_the_fd),
        PROBED(calls_of_the_library_are_counted), PROBED(a_wait_can_find_nothing),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
