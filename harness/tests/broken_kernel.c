/* SPDX-License-Identifier: MIT */
/*
 * A kernel that breaks a rule, for tests: the kernel itself cannot be given a mutant, but the host
 * `platform` can be made to see one. Loaded with LD_PRELOAD, this stands between that host and
 * libc, and does what the word in BREAK says. In every other program it does nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORTED   __attribute__((visibility("default")))
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static const char *broken = "";
static pid_t first_child;

static bool breaks(const char *rule)
{
    return strcmp(broken, rule) == 0;
}

__attribute__((constructor)) static void find_out(void)
{
    const char *rule = getenv("BREAK");
    sigset_t set;

    if (rule && strcmp(program_invocation_short_name, "platform") == 0)
        broken = rule;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    if (breaks("ignored-is-pending"))
        sigprocmask(SIG_BLOCK, &set, NULL);
}

/* -- handlers -- */

typedef void handler(int, siginfo_t *, void *);
static handler *handlers[NSIG];
static _Thread_local int runs;

static void run(int signal_number, siginfo_t *info, void *context)
{
    if (breaks("handler-never-runs"))
        return;
    if (breaks("real-time-merges") && runs++ > 0)
        return;
    if (breaks("handler-elsewhere") && gettid() != getpid()) {
        syscall(SYS_tgkill, getpid(), getpid(), signal_number);
        return;
    }
    handlers[signal_number](signal_number, info, context);
    if (breaks("handler-twice"))
        handlers[signal_number](signal_number, info, context);
}

EXPORTED int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old)
{
    struct sigaction mine;

    if (!action || !*broken)
        return NEXT(sigaction)(signal_number, action, old);
    if (breaks("kill-is-handled") && signal_number == SIGKILL)
        return 0;
    mine = *action;
    if (breaks("stops-are-told"))
        mine.sa_flags &= ~SA_NOCLDSTOP;
    if (breaks("children-stay") && signal_number == SIGCHLD) {
        mine.sa_flags &= ~SA_NOCLDWAIT;
        if (mine.sa_handler == SIG_IGN)
            mine.sa_handler = SIG_DFL;
    }
    if (mine.sa_flags & SA_SIGINFO) { /* as the probe installs all handlers */
        handlers[signal_number] = mine.sa_sigaction;
        mine.sa_sigaction = run;
    }
    return NEXT(sigaction)(signal_number, &mine, old);
}

EXPORTED int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return NEXT(pthread_sigmask)(how, breaks("masks-do-nothing") && how == SIG_BLOCK ? NULL : set,
                                 old);
}

/* -- processes -- */

static void exit_instead(int signal_number)
{
    (void)signal_number;
    _exit(3);
}

static void strike_another(int signal_number)
{
    kill(first_child, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void *linger(void *unused)
{
    pause();
    return unused;
}

static void break_child(bool of_main)
{
    pthread_t thread;
    sigset_t set;

    if (breaks("signal-does-not-end") || breaks("signal-does-not-stop"))
        signal(breaks("signal-does-not-end") ? SIGTERM : SIGTSTP, SIG_IGN);
    if (breaks("signal-ends-otherwise"))
        signal(SIGTERM, exit_instead);
    if (breaks("signal-strikes-others") && first_child)
        signal(SIGTERM, strike_another);
    if (breaks("children-of-threads-die") && !of_main)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigfillset(&set);
    if (breaks("fork-blocks"))
        sigprocmask(SIG_BLOCK, &set, NULL);
    if (breaks("fork-copies-pending"))
        kill(getpid(), SIGTERM);
    if (breaks("fork-copies-threads"))
        pthread_create(&thread, NULL, linger, NULL);
}

EXPORTED pid_t fork(void)
{
    bool of_main = gettid() == getpid();
    pid_t pid = NEXT(fork)();

    if (pid == 0)
        break_child(of_main);
    else if (pid > 0 && !first_child)
        first_child = pid;
    return pid;
}

EXPORTED int execve(const char *path, char *const argv[], char *const environment[])
{
    if (breaks("exec-forgets-ignored"))
        signal(SIGUSR2, SIG_DFL);
    if (breaks("exec-changes-pid") && NEXT(fork)() > 0) {
        for (;;)
            pause();
    }
    return NEXT(execve)(path, argv, environment);
}

EXPORTED pid_t waitpid(pid_t pid, int *status, int options)
{
    pid_t r = NEXT(waitpid)(pid, status, options);

    if (r > 0 && status && breaks("status-is-wrong") && WIFEXITED(*status))
        *status ^= 0x100;
    if (r > 0 && status && breaks("signal-is-wrong") && WIFSIGNALED(*status))
        *status ^= 1;
    return r;
}

EXPORTED int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return breaks("no-cores") && resource == RLIMIT_CORE ? 0 : NEXT(setrlimit)(resource, limit);
}

EXPORTED int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    return breaks("clone-succeeds") ? (int)first_child + 1
                                    : NEXT(clone)(function, stack, flags, argument);
}
