/* SPDX-License-Identifier: MIT */
/*
 * Children: fork and posix_spawn.
 *
 * A child made by fork announces itself before anything else runs in it, so that the runner holds
 * a pidfd of it before it can end. It does so in the first of its pthread_atfork handlers, which
 * also sees the forks that libc makes on its own (forkpty, daemon). A page that the kernel clears
 * in every child tells even where that handler has not run yet, or will not: a signal handler may
 * come first, and _Fork runs none.
 *
 * vfork is a fork here: the child would else share what the probe keeps of its parent's thread.
 */
#include "probe/real.h"
#include "probe/call.h"
#include "probe/sanitizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static pid_t process; /* this one; in a new child still its parent */
static pid_t first;   /* where the probe was switched on */
static _Atomic pid_t unwiped;
static _Atomic pid_t *announced = &unwiped; /* 0 in a child not yet announced */

/* Sends the birth of a process with a pidfd of it. */
static void announce(pid_t pid, pid_t parent)
{
    struct probe_birth birth = {.pid = pid, .parent = parent, .kind = BIRTH_FORK};
    struct iovec part = {.iov_base = &birth, .iov_len = sizeof birth};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int pidfd = (int)real()->syscall(SYS_pidfd_open, pid, 0);
    ssize_t r = -1;

    /* Only a spawned child that somebody else has reaped already has none; but a program that
     * stands between us and the kernel may not know the call (valgrind 3.19). The runner then opens
     * one as soon as it hears of the child. */
    if (pidfd < 0 && errno != ENOSYS)
        return;
    memset(&control, 0, sizeof control);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &pidfd, sizeof pidfd);
    if (pidfd < 0)
        message.msg_controllen = 0;
    do {
        r = sendmsg(probe.births_fd, &message, MSG_NOSIGNAL);
    } while (r < 0 && errno == EINTR);
    if (pidfd >= 0)
        real()->close(pidfd);
}

void birth_check(void)
{
    pid_t unannounced = 0;
    pid_t parent = process;
    pid_t pid = 0;
    int error = errno;

    if (__builtin_expect(atomic_load_explicit(announced, memory_order_relaxed) != 0, 1))
        return;
    thread_forget();
    pid = getpid();
    /* A handler may have been faster. */
    if (!atomic_compare_exchange_strong(announced, &unannounced, pid))
        return;
    process = pid;
    announce(pid, parent);
    thread_record((struct event){.kind = EVENT_BORN, .subject = parent});
    errno = error;
}

bool birth_is_first(void)
{
    return atomic_load_explicit(announced, memory_order_relaxed) == first;
}

static void in_new_child(void)
{
    sanitizer_in_child();
    if (!probe_is_on())
        return;
    if (announced == &unwiped)
        atomic_store(announced, 0);
    birth_check();
}

void birth_start(void)
{
    long page = sysconf(_SC_PAGESIZE);
    void *memory =
        mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    process = first = getpid();
    if (memory != MAP_FAILED) {
        if (madvise(memory, (size_t)page, MADV_WIPEONFORK) == 0)
            announced = memory;
        else
            munmap(memory, (size_t)page);
    }
    atomic_store(announced, process);
}

/* As early as can be: in a child these handlers run in the order in which they were set. */
__attribute__((constructor(102))) static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, in_new_child);
}

pid_t fork(void)
{
    struct call call;
    pid_t r = -1;

    if (call_begin(&call, CALL_FORK, 0)) {
        /* The pthread_atfork handlers of the library belong to it, whoever forks. */
        int before = call.watched ? -1 : probe_enter_library(LIBRARY_UNKNOWN);

        r = real()->fork();
        if (before >= 0) {
            int error = errno;
            probe_leave(before);
            errno = error;
        }
    }
    if (r != 0)
        call_end(&call, r, 0, 0);
    else if (call.watched)
        call_abandon(&call);
    return r;
}

pid_t probe_fork_raw(void)
{
    struct call call;
    pid_t r = -1;

    if (call_begin(&call, CALL_FORK, 0))
        r = _Fork();
    if (r != 0) {
        call_end(&call, r, 0, 0);
        return r;
    }
    /* The handler that announces it has not run. */
    if (probe_is_on())
        in_new_child();
    if (call.watched)
        call_abandon(&call);
    return r;
}

pid_t vfork(void)
{
    return fork();
}

static int spawned(struct call *call, int r, pid_t pid)
{
    if (r == 0 && probe_is_on())
        announce(pid, getpid());
    call->subject = r == 0 ? pid : 0;
    call_end_error(call, r, 0, 0);
    return r;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    struct call call;
    pid_t child = 0;
    int r = 0;

    if (call_begin(&call, CALL_POSIX_SPAWN, 0))
        r = real()->posix_spawn(&child, path, actions, attributes, argv, envp);
    else
        r = call.failed;
    if (r == 0 && pid)
        *pid = child;
    return spawned(&call, r, child);
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    struct call call;
    pid_t child = 0;
    int r = 0;

    if (call_begin(&call, CALL_POSIX_SPAWN, 0))
        r = real()->posix_spawnp(&child, file, actions, attributes, argv, envp);
    else
        r = call.failed;
    if (r == 0 && pid)
        *pid = child;
    return spawned(&call, r, child);
}
