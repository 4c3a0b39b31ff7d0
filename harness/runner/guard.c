/* SPDX-License-Identifier: MIT */
/*
 * Three processes: caller, guard, worker. Each may be killed at any moment, even by SIGKILL, and
 * each time somebody is left who notices and clears up:
 *
 *   caller  its end of the life-line is closed by the kernel; the guard reads end of file
 *   worker  the guard waits for it
 *   guard   with a namespace it is process 1 of it, so the kernel ends all others, and the job
 *           cannot even signal it. Without, the worker gets SIGKILL as its parent dies, the caller
 *           reads end of file where the status should come, and has become the parent of
 *           whatever is left
 *
 * The life-line works because nobody but the caller holds its writing end: the guard closes the
 * ends that it inherited, its own first of all. Only where the kernel sweeps does the guard also
 * ask for SIGKILL at the caller's death; elsewhere it would then have no time to sweep.
 *
 * The guard leads a session, so no key on a terminal reaches a job and no job waits for the
 * terminal. The worker leads a process group in that session, whose parent is in another group:
 * so the group is not orphaned, and SIGTSTP and its kin stop processes as they should.
 */
#include "runner/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/namespace.h"
#include "runner/sweep.h"

enum {
    READ_END,
    WRITE_END,
    GUARD_SWEEP_MS = 60000, /* a guard whose caller has gone tries this long */
};

/* Life-line, status and result. */
struct pipes {
    int life[2], status[2], result[2];
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void pipes_close(struct pipes *pipes)
{
    for (int end = READ_END; end <= WRITE_END; end++) {
        close_fd(&pipes->life[end]);
        close_fd(&pipes->status[end]);
        close_fd(&pipes->result[end]);
    }
}

static int pipes_open(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->life, O_CLOEXEC) < 0 || pipe2(pipes->status, O_CLOEXEC) < 0 ||
        pipe2(pipes->result, O_CLOEXEC) < 0 ||
        fcntl(pipes->result[READ_END], F_SETFL, O_NONBLOCK) < 0) {
        int rc = -errno;
        pipes_close(pipes);
        return rc;
    }
    return 0;
}

/* The caller may have changed any of them. */
static void signals_to_default(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal <= SIGRTMAX; signal++)
        sigaction(signal, &by_default, NULL); /* some cannot be set; those never were */
}

static void child_ended(int signal)
{
    (void)signal; /* is there to interrupt ppoll */
}

static void write_int(int fd, int value)
{
    ssize_t r;
    do
        r = write(fd, &value, sizeof(value));
    while (r < 0 && errno == EINTR);
}

static bool read_int(int fd, int *value)
{
    ssize_t r;
    do
        r = read(fd, value, sizeof(*value));
    while (r < 0 && errno == EINTR);
    return r == (ssize_t)sizeof(*value);
}

/* In the worker. */
static void be_worker(pid_t guard)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guard)
        _exit(EXIT_FAILURE); /* it died before */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setpgid(0, 0);
    sigaction(SIGCHLD, &by_default, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Until the worker has ended, or the life-line. True for the worker. */
static bool await_worker(pid_t worker, int life, int *wait_status)
{
    struct pollfd line = {.fd = life};
    sigset_t but_chld;

    sigfillset(&but_chld);
    sigdelset(&but_chld, SIGCHLD);
    for (;;) {
        if (waitpid(worker, wait_status, WNOHANG) == worker)
            return true;
        if (ppoll(&line, 1, NULL, &but_chld) > 0)
            return false;
    }
}

/* In the guard. Returns in the worker only. All signals are blocked. */
static void be_guard(struct pipes *pipes, bool own_namespace, int failure)
{
    const struct sigaction chld = {.sa_handler = child_ended, .sa_flags = SA_NOCLDSTOP};
    int wait_status = 0;
    pid_t worker = -1;

    close_fd(&pipes->life[WRITE_END]);
    close_fd(&pipes->status[READ_END]);
    close_fd(&pipes->result[READ_END]);
    signals_to_default();
    sigaction(SIGCHLD, &chld, NULL);
    prctl(own_namespace ? PR_SET_PDEATHSIG : PR_SET_CHILD_SUBREAPER, own_namespace ? SIGKILL : 1);
    prctl(PR_SET_NAME, "reapcheck-guard");
    setsid();

    pid_t guard = getpid();
    if (!failure) {
        worker = fork();
        if (worker < 0)
            failure = errno;
    }
    if (worker == 0) {
        close_fd(&pipes->life[READ_END]);
        close_fd(&pipes->status[WRITE_END]);
        be_worker(guard);
        return;
    }
    close_fd(&pipes->result[WRITE_END]);
    write_int(pipes->status[WRITE_END], failure); /* in vain if the caller has died; see below */
    if (failure)
        _exit(EXIT_FAILURE);

    bool ended = await_worker(worker, pipes->life[READ_END], &wait_status);
    if (!own_namespace)
        sweep_children(NULL, 0, GUARD_SWEEP_MS);
    if (ended)
        write_int(pipes->status[WRITE_END], wait_status);
    _exit(EXIT_SUCCESS);
}

int guard_start(struct guard *guard, bool own_namespace,
                int (*work)(void *user, size_t i, int result_fd), void *user, size_t i,
                const struct guard *const *others, size_t others_count)
{
    struct pipes pipes;
    sigset_t all, before;
    int failure = 0;

    int rc = pipes_open(&pipes);
    if (rc)
        return rc;
    fflush(NULL); /* or the worker would write it once more */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = own_namespace ? namespace_fork(&failure) : fork();
    if (pid == 0) {
        for (size_t k = 0; k < others_count; k++) {
            close(others[k]->life);
            close(others[k]->status);
            close(others[k]->result);
        }
        be_guard(&pipes, own_namespace, failure);
        exit(work(user, i, pipes.result[WRITE_END]));
    }
    rc = pid < 0 ? -errno : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (rc) {
        pipes_close(&pipes);
        return rc;
    }

    close_fd(&pipes.life[READ_END]);
    close_fd(&pipes.status[WRITE_END]);
    close_fd(&pipes.result[WRITE_END]);
    *guard =
        (struct guard){pid, pipes.life[WRITE_END], pipes.status[READ_END], pipes.result[READ_END]};
    if (!read_int(guard->status, &failure))
        failure = EAGAIN; /* it was killed before it got that far */
    if (failure) {
        guard_wait(guard);
        guard_free(guard);
    }
    return -failure;
}

void guard_end(struct guard *guard)
{
    close_fd(&guard->life);
}

void guard_close_result(struct guard *guard)
{
    close_fd(&guard->result);
}

void guard_wait(struct guard *guard)
{
    while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    guard->pid = 0;
}

void guard_free(struct guard *guard)
{
    close_fd(&guard->life);
    close_fd(&guard->status);
    close_fd(&guard->result);
}
