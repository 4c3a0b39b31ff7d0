/* SPDX-License-Identifier: MIT */
/*
 * What the application around the library does. It calls libc as any application does, where the
 * probe has to know of it (sigaction, fork), and the functions themselves where a fault meant for
 * the library must not be met (waitpid).
 */
#include "host/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host/copy.h"
#include "host/library.h"
#include "host/output.h"
#include "host/verbs_platform.h"
#include "probe/probe.h"

void verb_foreign(struct request *request)
{
    struct context *context = NULL;
    struct ending ending;

    if (!word_name(request, request->word[1]) ||
        !word_ending(request, request->words > 2 ? request->word[2] : NULL, &ending))
        return;
    if (request->words > 3) {
        const char *word = request->word[3];

        if (ending.kind != ENDING_EXEC || strncmp(word, "postfork=", 9) != 0) {
            request_error(request, -EINVAL, "foreign does not know %s", word);
            return;
        }
        context = word_context(request, word + 9);
        if (context == NULL)
            return;
    }
    request_pid(request, children_foreign(request->word[1], &ending, context));
}

void verb_waitpid(struct request *request)
{
    bool any = strcmp(request->word[1], "any") == 0;
    pid_t asked = any ? -1 : word_child(request, request->word[1]), pid;
    int status = 0, error;
    long options;

    if (asked == 0 || !word_number(request, request->word[2], 0, INT32_MAX, &options))
        return;
    do {
        pid = probe_real.waitpid(asked, &status, (int)options);
        error = pid < 0 ? errno : 0;
    } while (error == EINTR);
    output_event(&(struct event){.kind = EVENT_WAITED,
                                 .ctx = -1,
                                 .subject = asked,
                                 .result = pid,
                                 .value = status,
                                 .error = (int16_t)error,
                                 .extra = options});
    if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) {
        char name[16];

        children_ended(pid, name);
    }
    if (pid < 0)
        request_error(request, -error, NULL);
    else
        request_ok(request, "pid=%d status=%d", (int)pid, status);
}

static atomic_int signals_handled;

static void count_signal(int signal)
{
    atomic_fetch_add(&signals_handled, 1);
    platform_handled(signal);
}

static _Atomic(struct context *) told_by_handler;

/* What no application should do: the signal may have interrupted the library. */
static void tell_of_signal(int signal)
{
    struct context *context = atomic_load(&told_by_handler);
    int error = errno;

    count_signal(signal);
    if (context != NULL && atomic_load(&context->state) == CONTEXT_OPEN)
        library_told_sigchld(context);
    errno = error;
}

/* Among the flags that libc hands out is one of its own dealings with the kernel. */
enum { KERNEL_RESTORER = 0x04000000 };

/* Of what the probe does not follow, nothing is known but whether a handler is ours. */
static void disposition_by_kernel(int signal, struct probe_disposition *now)
{
    struct sigaction action;

    memset(now, 0, sizeof *now);
    if (probe_real.sigaction(signal, NULL, &action) < 0)
        return;
    now->disposition = action.sa_handler == SIG_DFL          ? DISPOSITION_DEFAULT
                       : action.sa_handler == SIG_IGN        ? DISPOSITION_IGNORED
                       : action.sa_handler == count_signal   ? DISPOSITION_APPLICATION
                       : action.sa_handler == tell_of_signal ? DISPOSITION_APPLICATION
                                                             : DISPOSITION_LIBRARY;
    now->flags = action.sa_flags & ~KERNEL_RESTORER;
    for (int i = 1; i <= 64; i++)
        if (sigismember(&action.sa_mask, i) == 1)
            now->mask |= 1ULL << (i - 1);
}

static void disposition_of(int signal, struct probe_disposition *now)
{
    if (signal == SIGCHLD && copy_has_probe())
        probe_disposition(now);
    else
        disposition_by_kernel(signal, now);
}

/* The disposition that the word asks for. False: there is no such word. */
static bool action_for(const char *word, struct sigaction *action)
{
    static const struct {
        const char *word;
        void (*handler)(int);
        int flags;
    } actions[] = {
        {"default", SIG_DFL, 0},
        {"ignore", SIG_IGN, 0},
        {"handle", count_signal, SA_RESTART},
        {"nocldwait", SIG_DFL, SA_NOCLDWAIT},
        {"nocldstop", count_signal, SA_RESTART | SA_NOCLDSTOP},
        {"borrow", count_signal, SA_RESTART},
        {"tell", tell_of_signal, SA_RESTART},
    };

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].word, word) != 0)
            continue;
        *action = (struct sigaction){.sa_flags = actions[i].flags};
        action->sa_handler = actions[i].handler;
        sigemptyset(&action->sa_mask);
        return true;
    }
    return false;
}

void verb_action(struct request *request)
{
    static struct sigaction borrowed[NSIG];
    static bool is_borrowed[NSIG];
    const char *word = request->word[2];
    bool back = strcmp(word, "return") == 0;
    struct sigaction action, before;
    struct probe_disposition now;
    int signal;

    if (!word_signal(request, request->word[1], &signal))
        return;
    if (strncmp(word, "tell=", 5) == 0) {
        struct context *context = word_context(request, word + 5);

        if (context == NULL)
            return;
        atomic_store(&told_by_handler, context);
        word = "tell";
    } else if (strcmp(word, "tell") == 0) {
        word = "";
    }
    if (back && !is_borrowed[signal]) {
        request_error(request, -EINVAL, "nothing was borrowed");
        return;
    }
    if (back) {
        action = borrowed[signal];
    } else if (!action_for(word, &action)) {
        request_error(
            request, -EINVAL,
            "an action is default, ignore, handle, nocldwait, nocldstop, borrow, return or "
            "tell=CTX");
        return;
    }
    if (sigaction(signal, &action, &before) < 0) {
        request_error(request, -errno, NULL);
        return;
    }
    if (strcmp(word, "borrow") == 0)
        borrowed[signal] = before;
    is_borrowed[signal] = strcmp(word, "borrow") == 0 || (is_borrowed[signal] && !back);
    disposition_of(signal, &now);
    output_event(&(struct event){.kind = EVENT_ACTION,
                                 .ctx = -1,
                                 .subject = signal,
                                 .value = now.disposition,
                                 .extra = now.flags});
    request_ok(request, "disposition=%d flags=%d", (int)now.disposition, now.flags);
}

void verb_mask(struct request *request)
{
    int signal, how, error;
    sigset_t set;

    if (!word_signal(request, request->word[1], &signal))
        return;
    if (strcmp(request->word[2], "block") == 0)
        how = SIG_BLOCK;
    else if (strcmp(request->word[2], "unblock") == 0)
        how = SIG_UNBLOCK;
    else {
        request_error(request, -EINVAL, "a mask is told to block or unblock");
        return;
    }
    sigemptyset(&set);
    sigaddset(&set, signal);
    error = pthread_sigmask(how, &set, NULL);
    request_answer(request, -error);
}

/* A signal that a thread sends itself and does not block is taken before the call returns. */
void verb_blocked(struct request *request)
{
    unsigned long long blocked = 0;
    sigset_t mask;

    probe_real.pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int signal = 1; signal <= 64; signal++)
        if (sigismember(&mask, signal) == 1)
            blocked |= 1ull << (signal - 1);
    request_ok(request, "blocked=%llu", blocked);
}

void verb_raise(struct request *request)
{
    int signal, rc = 0;
    long times;

    if (!word_signal(request, request->word[1], &signal) ||
        !word_number(request, request->word[2], 1, 1000000, &times))
        return;
    while (times-- > 0 && rc == 0)
        if (syscall(SYS_tgkill, getpid(), gettid(), signal) < 0)
            rc = -errno;
    request_answer(request, rc);
}

void verb_disposition(struct request *request)
{
    struct probe_disposition now;

    disposition_of(SIGCHLD, &now);
    request_ok(request, "disposition=%d flags=%d mask=%llu handled=%d", (int)now.disposition,
               now.flags, (unsigned long long)now.mask, atomic_load(&signals_handled));
}

static void answer_status(struct request *request, int status)
{
    if (status == -1)
        request_error(request, -errno, NULL);
    else
        request_ok(request, "status=%d", status);
}

void verb_system(struct request *request)
{
    answer_status(request, system("exit 7"));
}

void verb_popen(struct request *request)
{
    FILE *pipe = popen("exit 7", "r");

    answer_status(request, pipe == NULL ? -1 : pclose(pipe));
}

static __thread FILE *shell;

/* The shell has ended when this is answered, and nobody of ours has waited for it. */
void verb_popen_open(struct request *request)
{
    siginfo_t info;
    int pid = 0;

    if (shell != NULL) {
        request_error(request, -EBUSY, "the lane has not closed the one before");
        return;
    }
    shell = popen("echo $$; exit 7", "r");
    if (shell == NULL) {
        request_error(request, -errno, NULL);
        return;
    }
    if (fscanf(shell, "%d", &pid) == 1)
        while (probe_real.waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
            continue;
    request_ok(request, "pid=%d", pid);
}

void verb_popen_close(struct request *request)
{
    FILE *pipe = shell;

    if (pipe == NULL) {
        request_error(request, -EINVAL, "the lane has none open");
        return;
    }
    shell = NULL;
    answer_status(request, pclose(pipe));
}

void verb_forked(struct request *request)
{
    pid_t pid;

    if (!word_name(request, request->word[1]))
        return;
    if (!copy_possible()) {
        request_error(request, -ENOSYS, "there is no REAPCHECK_BIRTHS to announce a copy on");
        return;
    }
    pid = children_copy(request->word[1]);
    if (pid == 0)
        copy_live(request->word[1]);
    request_pid(request, pid);
}
