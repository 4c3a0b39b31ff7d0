/* SPDX-License-Identifier: MIT */
/*
 * What scripts about the kernel itself ask of the application: to count where its handlers ran, to
 * do what the kernel answers with a signal, to crowd a process with threads, to become another
 * program, to clone in ways that are refused.
 *
 * A handler writes down its signal and its thread in a list that never moves; it is read by the
 * reader, when the process is at rest. What was provoked is left by a jump out of the handler: the
 * instruction would only do it again.
 */
#include "host/verbs_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "history/races.h"
#include "host/children.h"
#include "host/descriptor.h"
#include "host/output.h"
#include "host/verbs.h"
#include "host/word.h"
#include "probe/probe.h"

enum {
    TAKEN = 4096,       /* runs of handlers that are remembered */
    CROWD_MOST = 20000, /* threads */
    CLONE_STACK = 64 * 1024,
    CORE_BYTES = 64 * 1024,  /* of a core: that there is one is all that matters */
    NO_SUCH_CALL = 0x7777,   /* the number of a system call that no kernel has */
    BLOCK_SECONDS_MOST = 10, /* for a crowd to come to life */
};

/* -- handlers -- */

static struct {
    _Atomic int tid, signal;
} taken[TAKEN];
static atomic_uint taken_count;

static __thread sigjmp_buf provoked;
static __thread volatile sig_atomic_t provoking;

__attribute__((constructor)) static void tell_of_list(void)
{
    RACES_OWN(taken, sizeof taken);
    RACES_OWN(&taken_count, sizeof taken_count);
}

void platform_handled(int signal)
{
    unsigned place = atomic_fetch_add(&taken_count, 1);

    if (place < TAKEN) {
        atomic_store(&taken[place].signal, signal);
        atomic_store(&taken[place].tid, (int)gettid());
    }
    if (provoking)
        siglongjmp(provoked, 1);
}

void platform_forget(void)
{
    atomic_store(&taken_count, 0);
}

void verb_handled(struct request *request)
{
    unsigned count = atomic_load(&taken_count), times = 0, here = 0;
    int signal;
    long tid;

    if (!word_signal(request, request->word[1], &signal) ||
        !word_number(request, request->word[2], 0, INT_MAX, &tid))
        return;
    if (count > TAKEN) {
        request_error(request, -EOVERFLOW, "more than %d signals were handled", TAKEN);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (atomic_load(&taken[i].signal) != signal)
            continue;
        times++;
        here += atomic_load(&taken[i].tid) == (int)tid;
    }
    request_ok(request, "times=%u here=%u", times, here);
}

/* -- what the kernel answers with a signal -- */

static int touch_forbidden(void)
{
    volatile char *page = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return -errno;
    *page = 1;
    return 0;
}

/* Memory beyond the end of its file. */
static int touch_beyond(void)
{
    int fd = memfd_create("beyond", MFD_CLOEXEC);
    volatile char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    probe_real.close(fd);
    if (page == MAP_FAILED)
        return -errno;
    *page = 1;
    return 0;
}

static int write_to_nobody(void)
{
    int ends[2];
    ssize_t r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    probe_real.close(ends[0]);
    r = probe_real.write(ends[1], "", 1);
    probe_real.close(ends[1]);
    return r == 1 ? -EIO : 0;
}

/* The limit is the whole process's for a moment; nobody else writes to a file meanwhile. */
static int write_too_much(void)
{
    struct rlimit before, none;
    int fd = memfd_create("large", MFD_CLOEXEC);
    ssize_t r;

    getrlimit(RLIMIT_FSIZE, &before);
    none = before;
    none.rlim_cur = 0;
    if (fd < 0 || setrlimit(RLIMIT_FSIZE, &none) < 0)
        return -errno;
    r = probe_real.write(fd, "", 1);
    setrlimit(RLIMIT_FSIZE, &before);
    probe_real.close(fd);
    return r == 1 ? -EIO : 0;
}

/* A filter on this thread alone: a system call that there is not is answered with SIGSYS. */
static int call_forbidden(void)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NO_SUCH_CALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof lines / sizeof lines[0], lines};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        return -ENOSYS; /* a kernel without filters */
    syscall(NO_SUCH_CALL);
    return 0;
}

static int provoke(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return touch_forbidden();
    case SIGBUS:
        return touch_beyond();
    case SIGPIPE:
        return write_to_nobody();
    case SIGXFSZ:
        return write_too_much();
    case SIGSYS:
        return call_forbidden();
    case SIGABRT:
        abort();
#if defined(__x86_64__) || defined(__i386__)
    case SIGILL:
        __asm__ volatile("ud2");
        return 0;
    case SIGTRAP:
        __asm__ volatile("int3");
        return 0;
    case SIGFPE:
        __asm__ volatile("xorl %%edx, %%edx\n\txorl %%ecx, %%ecx\n\tdivl %%ecx" ::
                             : "eax", "ecx", "edx");
        return 0;
#elif defined(__aarch64__)
    case SIGILL:
        __asm__ volatile(".inst 0");
        return 0;
    case SIGTRAP:
        __asm__ volatile("brk #0");
        return 0;
#endif
    default:
        return -ENOSYS;
    }
}

void verb_provoke(struct request *request)
{
    volatile int rc = 0;
    int signal;

    if (!word_signal(request, request->word[1], &signal))
        return;
    if (sigsetjmp(provoked, 1) == 0) {
        provoking = 1;
        rc = provoke(signal);
    }
    provoking = 0;
    request_answer(request, rc);
}

/* -- clone -- */

static int end_at_once(void *unused)
{
    (void)unused;
    syscall(SYS_exit, 0);
    return 0;
}

void verb_clone(struct request *request)
{
    bool thread = strcmp(request->word[1], "thread") == 0;
    bool vm = request->words > 2 && strcmp(request->word[2], "vm") == 0;
    char *stack;
    int pid;

    if ((!thread && strcmp(request->word[1], "sighand") != 0) || (request->words > 2 && !vm)) {
        request_error(request, -EINVAL, "clone is told thread or sighand, then perhaps vm");
        return;
    }
    stack = mmap(NULL, CLONE_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
                 -1, 0);
    if (stack == MAP_FAILED) {
        request_error(request, -errno, NULL);
        return;
    }
    pid = clone(end_at_once, stack + CLONE_STACK,
                (thread ? CLONE_THREAD : CLONE_SIGHAND) | (vm ? CLONE_VM : 0), NULL);
    if (pid < 0) {
        request_error(request, -errno, NULL);
        munmap(stack, CLONE_STACK);
        return;
    }
    if (!thread) /* of a thread nobody is told when its stack is free */
        waitpid(pid, NULL, __WALL);
    request_ok(request, "pid=%d", pid);
}

/* -- the process as a whole -- */

void verb_lead(struct request *request)
{
    request_answer(request, setpgid(0, 0) < 0 ? -errno : 0);
}

void verb_cores(struct request *request)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) < 0 || chdir(request->word[1]) < 0) {
        request_error(request, -errno, NULL);
        return;
    }
    limit.rlim_cur = limit.rlim_max < CORE_BYTES ? limit.rlim_max : CORE_BYTES;
    if (limit.rlim_cur < CORE_BYTES)
        request_error(request, -EPERM, "the hard limit allows %llu bytes",
                      (unsigned long long)limit.rlim_max);
    else
        request_answer(request, setrlimit(RLIMIT_CORE, &limit) < 0 ? -errno : 0);
}

static _Atomic uint32_t crowd_lives;

static void *sleep_on(void *unused)
{
    (void)unused;
    atomic_fetch_add(&crowd_lives, 1);
    word_wake(&crowd_lives);
    for (;;)
        pause();
    return NULL;
}

void verb_crowd(struct request *request)
{
    long long end = word_clock_ms() + 1000 * BLOCK_SECONDS_MOST;
    uint32_t wanted = atomic_load(&crowd_lives), lives;
    pthread_attr_t attributes;
    pthread_t thread;
    long count;
    int error = 0;

    if (!word_number(request, request->word[1], 1, CROWD_MOST, &count))
        return;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setguardsize(&attributes, 0);
    pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN) + 4096);
    for (; count > 0 && error == 0; count--, wanted += error == 0)
        error = probe_real.pthread_create(&thread, &attributes, sleep_on, NULL);
    pthread_attr_destroy(&attributes);
    while (error == 0 && (lives = atomic_load(&crowd_lives)) < wanted && word_clock_ms() < end)
        word_wait(&crowd_lives, lives, 100);
    request_answer(request, -error);
}

void verb_exec(struct request *request)
{
    char *argv[] = {(char *)"host", NULL};

    descriptor_bequeath(output_socket());
    execve("/proc/self/exe", argv, environ);
    request_error(request, -errno, NULL);
}

void verb_known(struct request *request)
{
    long pid;

    if (word_name(request, request->word[1]) &&
        word_number(request, request->word[2], 1, INT_MAX, &pid))
        request_answer(request, children_known(request->word[1], (pid_t)pid));
}
