/* SPDX-License-Identifier: MIT */
/*
 * The table. It is made from the manual pages of Linux and must stay honest in both directions.
 *
 * An error is planted if a careful caller may be given it at any moment: want of memory, fds and
 * processes, interruption, a refusal by a limit or a security module.
 *
 * An error is left out if, planted at an arbitrary moment, it would be a lie about the state that
 * things are in, and a library that believed it would be right: ECHILD says that the child has been
 * reaped, ESRCH that the process has gone, EAGAIN of a read that there is nothing to read. What the
 * caller alone can bring about is left out, too (EFAULT, EBADF, EINVAL, ENOSYS of what every kernel
 * has). For those states the scenarios have steps of their own (steal, close, hold).
 *
 * sigaction and fcntl are the exceptions. Their pages know no error that a careful caller is given,
 * but a sandbox may forbid any system call, and then these answer with an error, too. They are
 * planted with the error that their page has nearest to that.
 */
#include "faults/errors.h"

#include <errno.h>
#include <string.h>
#include "report/text.h"

const struct fault_error fault_errors[] = {
    {CALL_SIGACTION, EINVAL, CALL_NONE},
    {CALL_FORK, EAGAIN, CALL_NONE},
    {CALL_FORK, ENOMEM, CALL_NONE},
    {CALL_POSIX_SPAWN, EAGAIN, CALL_NONE},
    {CALL_POSIX_SPAWN, ENOMEM, CALL_NONE},
    {CALL_POSIX_SPAWN, EACCES, CALL_NONE},
    {CALL_POSIX_SPAWN, ENOENT, CALL_NONE},
    {CALL_EXEC, EACCES, CALL_NONE},
    {CALL_EXEC, EAGAIN, CALL_NONE},
    {CALL_EXEC, EIO, CALL_NONE},
    {CALL_EXEC, EMFILE, CALL_NONE},
    {CALL_EXEC, ENFILE, CALL_NONE},
    {CALL_EXEC, ENOENT, CALL_NONE},
    {CALL_EXEC, ENOMEM, CALL_NONE},
    {CALL_EXEC, ETXTBSY, CALL_NONE},
    {CALL_WAITPID, EINTR, CALL_NONE},
    {CALL_WAITID, EINTR, CALL_NONE},
    {CALL_PTHREAD_CREATE, EAGAIN, CALL_NONE},
    {CALL_PIPE, EMFILE, CALL_NONE},
    {CALL_PIPE, ENFILE, CALL_NONE},
    {CALL_EVENTFD, EMFILE, CALL_NONE},
    {CALL_EVENTFD, ENFILE, CALL_NONE},
    {CALL_EVENTFD, ENOMEM, CALL_NONE},
    {CALL_SIGNALFD, EMFILE, CALL_NONE},
    {CALL_SIGNALFD, ENFILE, CALL_NONE},
    {CALL_SIGNALFD, ENOMEM, CALL_NONE},
    {CALL_SOCKETPAIR, EMFILE, CALL_NONE},
    {CALL_SOCKETPAIR, ENFILE, CALL_NONE},
    {CALL_PIDFD_OPEN, EMFILE, CALL_NONE},
    {CALL_PIDFD_OPEN, ENFILE, CALL_NONE},
    {CALL_PIDFD_OPEN, ENOMEM, CALL_NONE},
    {CALL_PIDFD_OPEN, ENOSYS, CALL_NONE},
    {CALL_OPEN, EACCES, CALL_NONE},
    {CALL_OPEN, EINTR, CALL_NONE},
    {CALL_OPEN, EMFILE, CALL_NONE},
    {CALL_OPEN, ENFILE, CALL_NONE},
    {CALL_OPEN, ENOENT, CALL_NONE},
    {CALL_OPEN, ENOMEM, CALL_NONE},
    {CALL_DUP, EMFILE, CALL_NONE},
    {CALL_FCNTL, EACCES, CALL_NONE},
    {CALL_READ, EINTR, CALL_NONE},
    {CALL_WRITE, EINTR, CALL_NONE},
    {CALL_CLOSE, EINTR, CALL_NONE},
    {CALL_CLOSE, EIO, CALL_NONE},
    {CALL_POLL, EINTR, CALL_NONE},
    {CALL_POLL, ENOMEM, CALL_EPOLL_CREATE},
    {CALL_EPOLL_CREATE, EMFILE, CALL_NONE},
    {CALL_EPOLL_CREATE, ENFILE, CALL_NONE},
    {CALL_EPOLL_CREATE, ENOMEM, CALL_NONE},
    {CALL_EPOLL_CTL, ENOMEM, CALL_NONE},
    {CALL_EPOLL_CTL, ENOSPC, CALL_NONE},
    {CALL_TIMERFD, EMFILE, CALL_NONE},
    {CALL_TIMERFD, ENFILE, CALL_NONE},
    {CALL_TIMERFD, ENOMEM, CALL_NONE},
    {CALL_KILL, EPERM, CALL_NONE},
    {CALL_MALLOC, ENOMEM, CALL_NONE},
    {CALL_STDIO, EIO, CALL_NONE},
    {CALL_STDIO, ENOSPC, CALL_NONE},
    {CALL_NONE, 0, CALL_NONE},
};

static const char *const left_out[CALL_COUNT] = {
    [CALL_SIGACTION] = "EFAULT: the caller's own",
    [CALL_SIGMASK] = "EFAULT, EINVAL: the caller's own; it is refused by nobody",
    [CALL_FORK] = "ENOSYS: not on a machine with an MMU",
    [CALL_POSIX_SPAWN] = "EINVAL: the caller's own; others: see exec",
    [CALL_EXEC] =
        "E2BIG EFAULT EINVAL EISDIR ELIBBAD ELOOP ENAMETOOLONG ENOEXEC ENOTDIR EPERM: what "
        "the program and its arguments are",
    [CALL_WAITPID] =
        "ECHILD: says that there is no such child; EINVAL ESRCH: the caller's own. EINTR "
        "is planted with WNOHANG, too, where the page rules it out: XC-13, FK-60",
    [CALL_WAITID] = "as waitpid",
    [CALL_PTHREAD_CREATE] = "EINVAL EPERM: the caller's own",
    [CALL_MUTEX_LOCK] =
        "EAGAIN EDEADLK EINVAL ENOTRECOVERABLE EOWNERDEAD EPERM: kinds of mutex that "
        "say so, or the caller's own",
    [CALL_MUTEX_UNLOCK] = "as mutex_lock",
    [CALL_PIPE] = "EFAULT EINVAL: the caller's own; ENOPKG: notification pipes only",
    [CALL_EVENTFD] = "EINVAL: the caller's own; ENODEV: only while the kernel starts",
    [CALL_SIGNALFD] = "as eventfd; EBADF: the caller's own",
    [CALL_SOCKETPAIR] = "EAFNOSUPPORT EFAULT EOPNOTSUPP EPROTONOSUPPORT: the caller's own",
    [CALL_PIDFD_OPEN] =
        "EINVAL: the caller's own; ENODEV: only while the kernel starts; ESRCH: says "
        "that the process has gone. ENOSYS is the answer of Linux before 5.3",
    [CALL_OPEN] = "what the file, its name and the file system are",
    [CALL_DUP] = "EBADF EINVAL: the caller's own; EBUSY EINTR: dup2 alone",
    [CALL_FCNTL] =
        "EBADF EFAULT EINVAL: the caller's own; EAGAIN EBUSY EDEADLK EINTR ENOLCK EPERM: "
        "locks, leases and seals",
    [CALL_READ] =
        "EAGAIN: says that there is nothing; EIO EISDIR: files and terminals; EBADF EFAULT "
        "EINVAL: the caller's own. Short reads: an eventfd has none, a pipe only beyond "
        "PIPE_BUF",
    [CALL_WRITE] =
        "EAGAIN: says that there is no room, so that the reader is awake; EPIPE: says that "
        "there is no reader; EDQUOT EFBIG EIO ENOSPC EPERM: files; others and short "
        "writes: as read",
    [CALL_CLOSE] = "EBADF: the caller's own; ENOSPC EDQUOT: files on NFS",
    [CALL_POLL] = "EFAULT EINVAL EBADF: the caller's own. Not ENOMEM where there is an epoll: "
                  "epoll_wait has it not",
    [CALL_EPOLL_CREATE] = "EINVAL: the caller's own",
    [CALL_EPOLL_CTL] = "EBADF EEXIST EINVAL ELOOP ENOENT EPERM: the caller's own",
    [CALL_TIMERFD] = "EINVAL EPERM: the caller's own; ENODEV: only while the kernel starts",
    [CALL_KILL] = "EINVAL: the caller's own; ESRCH: says that the process has gone",
    [CALL_MALLOC] = "it has no other",
    [CALL_FREE] = "it cannot fail",
    [CALL_STDIO] = "EAGAIN EBADF EFBIG EINTR EPIPE: of no file that is written to in the usual way",
    [CALL_HANDLER] = "it is no call",
};

const char *fault_errors_left_out(enum libc_call call)
{
    return call < CALL_COUNT && left_out[call] ? left_out[call] : "";
}

void fault_errors_print(FILE *out)
{
    enum { COLUMN = 17 };

    for (int call = CALL_NONE + 1; call < CALL_COUNT; call++) {
        int at = fprintf(out, "%-15s  ", libc_call_word(call));
        const struct fault_error *row;

        if (call == CALL_HANDLER)
            continue;
        for (row = fault_errors; row->call; row++)
            if (row->call == (enum libc_call)call)
                at += fprintf(out, "%s ", strerrorname_np(row->error));
        if (at == COLUMN)
            fputs("none", out);
        fprintf(out, "\n%*s", COLUMN, "not: ");
        text_print_wrapped(out, fault_errors_left_out(call), COLUMN, COLUMN);
    }
}
