/* SPDX-License-Identifier: MIT */
/* Handlers and dispositions: the library and the application see what they would see without us. */
#include "tests/probed.h"

static void *volatile block; /* volatile: the compiler may not leave out what we allocate */

static volatile sig_atomic_t handled;
static int pipe_for_handler[2];

static void forget_errno(int signal_number)
{
    handled = signal_number;
    errno = EDOM;
}

static void write_in_handler(int signal_number, siginfo_t *info, void *context)
{
    ssize_t r = write(pipe_for_handler[1], "", 1);

    (void)r;
    (void)context;
    handled = signal_number == info->si_signo && info->si_pid == getpid();
    if (info->si_code == SI_USER) {
        block = malloc(1);
        free(block);
        puts("this handler writes to stdout as a bad one does");
    }
}

static void of_application(int signal_number)
{
    handled = signal_number;
    make_pipe();
}

static int set_action(int flags, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    return sigaction(SIGCHLD, &action, NULL);
}

/* Older than the probe, as far as it can know. */
static void of_old(int signal_number)
{
    (void)signal_number;
}

static void same_action(const struct sigaction *one, const struct sigaction *other)
{
    assert_true(one->sa_handler == other->sa_handler);
    assert_int_equal(one->sa_flags, other->sa_flags);
    /* Beyond the kernel's 64 signals libc leaves the set as it may be. */
    assert_memory_equal(&one->sa_mask, &other->sa_mask, sizeof(uint64_t));
}

static void an_old_action_is_given_back_as_it_was(void **state)
{
    struct sigaction plain = {.sa_handler = of_old, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    struct sigaction with_info = {.sa_sigaction = write_in_handler, .sa_flags = SA_SIGINFO};
    struct sigaction real, ours;
    int before = 0;

    (void)state;
    sigemptyset(&plain.sa_mask);
    sigaddset(&plain.sa_mask, SIGUSR2);
    sigemptyset(&with_info.sa_mask);
    /* What libc itself gives back. */
    assert_int_equal(probe_real.sigaction(SIGCHLD, &plain, NULL), 0);
    assert_int_equal(probe_real.sigaction(SIGCHLD, NULL, &real), 0);
    assert_true(signal(SIGCHLD, SIG_DFL) == of_old);

    before = probe_enter(ZONE_LIBRARY);
    assert_int_equal(sigaction(SIGCHLD, &plain, &ours), 0);
    assert_true(ours.sa_handler == SIG_DFL);
    assert_int_equal(sigaction(SIGCHLD, NULL, &ours), 0);
    same_action(&ours, &real);
    assert_int_equal(sigaction(SIGCHLD, &with_info, &ours), 0);
    same_action(&ours, &real);
    assert_int_equal(sigaction(SIGCHLD, &plain, &ours), 0);
    assert_true(ours.sa_sigaction == write_in_handler);
    assert_true(ours.sa_flags & SA_SIGINFO);
    assert_true(signal(SIGCHLD, SIG_IGN) == of_old);
    assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
    probe_leave(before);
    assert_int_equal(seen(EVENT_CALL, CALL_SIGACTION)->value, DISPOSITION_APPLICATION);
    assert_int_equal(seen(EVENT_CALL, CALL_SIGACTION)->extra, SA_RESTART | SA_NOCLDSTOP);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_SIGACTION)->value, -1);
    assert_int_equal(seen_nth(2, EVENT_CALL, CALL_SIGACTION)->value, DISPOSITION_LIBRARY);
}

static void handle_nothing(int signal_number)
{
    (void)signal_number;
}

static void of_one(int signal_number)
{
    (void)signal_number;
}

static void of_two(int signal_number)
{
    (void)signal_number;
    (void)waitpid(-1, NULL, WNOHANG);
}

/* Of two libraries each has its own calls and its own handler, whoever puts that in place. */
static void of_two_libraries_each_has_its_own(void **state)
{
    struct sigaction one = {.sa_handler = of_one}, two = {.sa_handler = of_two}, old;
    int before, within;

    (void)state;
    sigemptyset(&one.sa_mask);
    sigemptyset(&two.sa_mask);
    before = probe_enter_library(LIBRARY_TWO);
    assert_int_equal(sigaction(SIGCHLD, &two, NULL), 0);
    probe_leave(before);
    before = probe_enter_library(LIBRARY_ONE);
    assert_int_equal(sigaction(SIGCHLD, &one, &old), 0);
    within = probe_enter(ZONE_APPLICATION); /* a callback that calls the other */
    probe_leave(probe_enter_library(LIBRARY_TWO));
    probe_leave(within);
    assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
    raise(SIGCHLD);
    probe_leave(before);

    assert_int_equal(seen(EVENT_CALL, CALL_SIGACTION)->library, LIBRARY_TWO);
    assert_int_equal(seen(EVENT_CALL, CALL_SIGACTION)->spare, LIBRARY_TWO);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_SIGACTION)->library, LIBRARY_ONE);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_SIGACTION)->spare, LIBRARY_ONE);
    assert_int_equal(seen_nth(2, EVENT_CALL, CALL_SIGACTION)->library, LIBRARY_ONE);
    assert_int_equal(seen_nth(2, EVENT_CALL, CALL_SIGACTION)->spare, LIBRARY_TWO);
    assert_int_equal(seen(EVENT_CALL, CALL_WAITPID)->library, LIBRARY_TWO);
    signal(SIGCHLD, SIG_DFL);
}

static void the_disposition_tells_whose_it_is(void **state)
{
    struct probe_disposition now;
    struct sigaction old;
    int before = 0;

    (void)state;
    set_action(0, SIG_DFL);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_DEFAULT);
    set_action(SA_NOCLDWAIT, of_application);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_APPLICATION);
    assert_int_equal(now.flags, SA_NOCLDWAIT);
    assert_int_equal(now.mask, UINT64_C(1) << (SIGUSR2 - 1));
    assert_true(now.function == (void *)(uintptr_t)of_application);
    assert_int_equal(log_count(events), start);

    before = probe_enter(ZONE_LIBRARY);
    assert_int_equal(sigaction(SIGCHLD, NULL, &old), 0);
    set_action(SA_RESTART, handle_nothing);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_LIBRARY);
    assert_int_equal(now.flags, SA_RESTART);
    /* The library puts the application's back: it is the application's again. */
    assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
    probe_leave(before);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_APPLICATION);
    assert_int_equal(now.flags, SA_NOCLDWAIT);
    /* Even if it asks for more than the application did. */
    before = probe_enter(ZONE_LIBRARY);
    set_action(SA_SIGINFO, of_application);
    probe_leave(before);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_APPLICATION);
    set_action(0, SIG_IGN);
    probe_disposition(&now);
    assert_int_equal(now.disposition, DISPOSITION_IGNORED);
    set_action(0, SIG_DFL);
}

static int set_forgetful(void)
{
    return signal(SIGUSR1, forget_errno) == SIG_ERR ? -1 : 0;
}

static void a_handler_is_seen_with_what_it_does_to_errno(void **state)
{
    (void)state;
    if (SANITIZED_THREADS)
        skip_because("TSan hides what a handler does to errno");
    assert_int_equal(in_library(set_forgetful), 0);
    handled = 0;
    errno = EXDEV;
    pthread_kill(pthread_self(), SIGUSR1);
    assert_int_equal(errno, EDOM);
    assert_int_equal(handled, SIGUSR1);
    assert_int_equal(seen(EVENT_HANDLER_IN, CALL_NONE)->subject, SIGUSR1);
    assert_int_equal(seen(EVENT_HANDLER_IN, CALL_NONE)->zone, ZONE_HANDLER);
    assert_int_equal(seen(EVENT_HANDLER_IN, CALL_NONE)->value, getpid());
    assert_int_equal(seen(EVENT_HANDLER_IN, CALL_NONE)->extra, 1);
    assert_int_equal(seen(EVENT_HANDLER_OUT, CALL_NONE)->value, EXDEV);
    assert_int_equal(seen(EVENT_HANDLER_OUT, CALL_NONE)->extra, EDOM);
    signal(SIGUSR1, SIG_DFL);
    /* After the handler the thread is the application's again. */
    make_pipe();
    assert_null(seen(EVENT_CALL, CALL_PIPE));
}

static int set_writer(void)
{
    struct sigaction action = {.sa_sigaction = write_in_handler,
                               .sa_flags = SA_SIGINFO | SA_NODEFER};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGUSR1, &action, NULL);
}

static void what_a_handler_does_is_seen(void **state)
{
    (void)state;
    if (SANITIZED_THREADS)
        skip_because("TSan itself objects to what this handler does");
    assert_int_equal(pipe2(pipe_for_handler, O_CLOEXEC), 0);
    assert_int_equal(in_library(set_writer), 0);
    kill(getpid(), SIGUSR1);
    assert_true(handled);
    assert_int_equal(seen(EVENT_CALL, CALL_WRITE)->zone, ZONE_HANDLER);
    assert_int_equal(seen(EVENT_CALL, CALL_WRITE)->extra, 1);
    if (!SANITIZED_MEMORY) {
        assert_non_null(seen(EVENT_CALL, CALL_MALLOC));
        assert_non_null(seen(EVENT_CALL, CALL_FREE));
    }
    assert_non_null(seen(EVENT_CALL, CALL_STDIO));
    assert_int_equal(fcntl(pipe_for_handler[1], F_SETFL, O_NONBLOCK), 0);
    pthread_kill(pthread_self(), SIGUSR1);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_WRITE)->extra, 0);
}

static void a_handler_can_be_interrupted_at_a_call(void **state)
{
    struct control_rule *rule = arm(0, RULE_RAISE, CALL_WRITE, SIGUSR1);

    (void)state;
    if (SANITIZED_THREADS)
        skip_because("TSan delivers the second signal when the first handler is done");
    rule->zone = RULE_IN_HANDLER;
    pthread_kill(pthread_self(), SIGUSR1);
    assert_int_equal(seen_nth(0, EVENT_HANDLER_IN, CALL_NONE)->extra, 1);
    assert_int_equal(seen_nth(1, EVENT_HANDLER_IN, CALL_NONE)->extra, 2);
    assert_non_null(seen_nth(1, EVENT_HANDLER_OUT, CALL_NONE));
    signal(SIGUSR1, SIG_DFL);
    close(pipe_for_handler[0]);
    close(pipe_for_handler[1]);
}

static int interrupt_library(void)
{
    return pthread_kill(pthread_self(), SIGUSR1);
}

static void a_handler_of_the_application_is_its_own(void **state)
{
    (void)state;
    signal(SIGUSR1, of_application);
    handled = 0;
    assert_int_equal(in_library(interrupt_library), 0);
    assert_int_equal(handled, SIGUSR1);
    assert_int_equal(log_count(events), start);
    signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(an_old_action_is_given_back_as_it_was),
        PROBED(of_two_libraries_each_has_its_own),
        PROBED(the_disposition_tells_whose_it_is),
        PROBED(a_handler_is_seen_with_what_it_does_to_errno),
        PROBED(what_a_handler_does_is_seen),
        PROBED(a_handler_can_be_interrupted_at_a_call),
        PROBED(a_handler_of_the_application_is_its_own),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
