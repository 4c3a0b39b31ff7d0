/* SPDX-License-Identifier: MIT */
/*
 * The libc functions behind the probe's own. To be included first: the probe defines functions
 * that the hardened and large-file variants of libc's headers would otherwise define or rename.
 *
 * The malloc family is not here: looking up a name may allocate (see memory.c).
 */
#ifndef REAPCHECK_REAL_H
#define REAPCHECK_REAL_H

#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What hardened builds call, and what not every libc declares. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
int __printf_chk(int flag, const char *format, ...);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __vprintf_chk(int flag, const char *format, va_list arguments);
int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments);
int __dprintf_chk(int fd, int flag, const char *format, ...);
int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);
int pidfd_open(pid_t pid, unsigned int flags);
sighandler_t bsd_signal(int signal_number, sighandler_t handler);

#define REAL_FUNCTIONS(X)                                                                          \
    /* signals */                                                                                  \
    X(sigaction)                                                                                   \
    X(signal)                                                                                      \
    X(sysv_signal)                                                                                 \
    X(sigprocmask)                                                                                 \
    X(pthread_sigmask)                                                                             \
    X(kill)                                                                                        \
    /* processes */                                                                                \
    X(fork)                                                                                        \
    X(posix_spawn)                                                                                 \
    X(posix_spawnp)                                                                                \
    X(execve)                                                                                      \
    X(execvp)                                                                                      \
    X(execvpe)                                                                                     \
    X(fexecve)                                                                                     \
    X(execveat)                                                                                    \
    X(waitpid)                                                                                     \
    X(wait4)                                                                                       \
    X(waitid)                                                                                      \
    /* threads and locks */                                                                        \
    X(pthread_create)                                                                              \
    X(pthread_mutex_init)                                                                          \
    X(pthread_mutex_destroy)                                                                       \
    X(pthread_mutex_lock)                                                                          \
    X(pthread_mutex_trylock)                                                                       \
    X(pthread_mutex_timedlock)                                                                     \
    X(pthread_mutex_clocklock)                                                                     \
    X(pthread_mutex_unlock)                                                                        \
    X(pthread_cond_init)                                                                           \
    X(pthread_cond_destroy)                                                                        \
    X(pthread_cond_signal)                                                                         \
    X(pthread_cond_broadcast)                                                                      \
    X(pthread_cond_wait)                                                                           \
    X(pthread_cond_timedwait)                                                                      \
    X(pthread_cond_clockwait)                                                                      \
    /* file descriptors */                                                                         \
    X(pipe)                                                                                        \
    X(pipe2)                                                                                       \
    X(eventfd)                                                                                     \
    X(signalfd)                                                                                    \
    X(socketpair)                                                                                  \
    X(timerfd_create)                                                                              \
    X(epoll_create)                                                                                \
    X(epoll_create1)                                                                               \
    X(epoll_ctl)                                                                                   \
    X(open)                                                                                        \
    X(open64)                                                                                      \
    X(openat)                                                                                      \
    X(openat64)                                                                                    \
    X(__open_2)                                                                                    \
    X(__open64_2)                                                                                  \
    X(__openat_2)                                                                                  \
    X(__openat64_2)                                                                                \
    X(dup)                                                                                         \
    X(dup2)                                                                                        \
    X(dup3)                                                                                        \
    X(fcntl)                                                                                       \
    X(fcntl64)                                                                                     \
    X(close)                                                                                       \
    /* reading, writing, waiting */                                                                \
    X(read)                                                                                        \
    X(__read_chk)                                                                                  \
    X(write)                                                                                       \
    X(poll)                                                                                        \
    X(__poll_chk)                                                                                  \
    X(ppoll)                                                                                       \
    X(__ppoll_chk)                                                                                 \
    X(select)                                                                                      \
    X(pselect)                                                                                     \
    X(epoll_wait)                                                                                  \
    X(epoll_pwait)                                                                                 \
    /* stdio */                                                                                    \
    X(vprintf)                                                                                     \
    X(vfprintf)                                                                                    \
    X(vdprintf)                                                                                    \
    X(__vprintf_chk)                                                                               \
    X(__vfprintf_chk)                                                                              \
    X(__vdprintf_chk)                                                                              \
    X(puts)                                                                                        \
    X(fputs)                                                                                       \
    X(fputc)                                                                                       \
    X(fwrite)                                                                                      \
    X(fflush)                                                                                      \
    X(perror)                                                                                      \
    /* time */                                                                                     \
    X(clock_gettime)                                                                               \
    X(gettimeofday)                                                                                \
    X(syscall)

#pragma GCC visibility push(hidden)

struct real_functions {
    int known; /* all members below are filled in */
#define X(name) __typeof__(name) *name;
    REAL_FUNCTIONS(X)
#undef X
};
extern struct real_functions real_functions;

/* Looks them all up. Done before main; and earlier where somebody calls earlier. */
void real_find(void);

static inline const struct real_functions *real(void)
{
    if (__builtin_expect(!real_functions.known, 0))
        real_find();
    return &real_functions;
}

#pragma GCC visibility pop

#endif
