/* SPDX-License-Identifier: MIT */
/*
 * The libc calls that the probe knows: each can be recorded, held at a gate, and made to fail.
 * The words are those that a script uses: `fail eventfd EMFILE once`, `hold t1 before write`.
 *
 * Columns: NAME, word, value and extra of its EVENT_CALL (subject is the first int argument).
 *
 * exec is recorded before it is done, with result 0, as it may not return; where it fails, once
 * more with the error. sigmask without a set has how -1. waitid has the pid that it found in
 * `spare`. socketpair is recorded as pipe is; epoll_ctl with the operation and the other fd;
 * malloc with the size. Functions that return the number of an error have it as result, too.
 */
#ifndef REAPCHECK_CALLS_H
#define REAPCHECK_CALLS_H

#define LIBC_CALLS(X)                                                                              \
    X(SIGACTION, "sigaction")     /* value: new enum disposition or -1; extra: new sa_flags */     \
    X(SIGMASK, "sigmask")         /* value: how; extra: the set */                                 \
    X(FORK, "fork")               /* result: pid */                                                \
    X(POSIX_SPAWN, "posix_spawn") /* subject: pid */                                               \
    X(EXEC, "exec")                                                                                \
    X(WAITPID, "waitpid") /* wait, wait3, wait4 too; value: wait status; extra: options */         \
    X(WAITID, "waitid")   /* subject: id; value: idtype << 32 | si_status; extra: options */       \
    X(PTHREAD_CREATE, "pthread_create")                                                            \
    X(MUTEX_LOCK, "mutex_lock")     /* gates only; recorded as LOCK */                             \
    X(MUTEX_UNLOCK, "mutex_unlock") /* gates only; recorded as UNLOCK */                           \
    X(PIPE, "pipe")                 /* pipe2 too; value, extra: the two fds */                     \
    X(EVENTFD, "eventfd")                                                                          \
    X(SIGNALFD, "signalfd")                                                                        \
    X(SOCKETPAIR, "socketpair")                                                                    \
    X(PIDFD_OPEN, "pidfd_open") /* through syscall() too */                                        \
    X(OPEN, "open")                                                                                \
    X(DUP, "dup")     /* dup, dup2, dup3, fcntl F_DUPFD */                                         \
    X(FCNTL, "fcntl") /* value: command */                                                         \
    X(READ, "read")   /* value: size; extra: 1 if the fd is blocking (in a handler) */             \
    X(WRITE, "write") /* as read */                                                                \
    X(CLOSE, "close")                                                                              \
    X(POLL, "poll") /* poll, ppoll, select, pselect, epoll_wait */                                 \
    X(EPOLL_CREATE, "epoll_create")                                                                \
    X(EPOLL_CTL, "epoll_ctl")                                                                      \
    X(TIMERFD, "timerfd")                                                                          \
    X(KILL, "kill")       /* subject: pid; value: signal */                                        \
    X(MALLOC, "malloc")   /* malloc, calloc, realloc, memalign, strdup; recorded only in a         \
                             handler or when made to fail */                                       \
    X(FREE, "free")       /* recorded only in a handler */                                         \
    X(STDIO, "stdio")     /* printf and its kin; recorded only in a handler */                     \
    X(HANDLER, "handler") /* gates and signals only: the entry of a handler of the library */

enum libc_call {
    CALL_NONE,
#define X(name, word) CALL_##name,
    LIBC_CALLS(X)
#undef X
        CALL_COUNT
};

/* The word for a call, and the call for a word (CALL_NONE if there is none such). */
const char *libc_call_word(enum libc_call call);
enum libc_call libc_call_from_word(const char *word);

#endif
