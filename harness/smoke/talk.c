/* SPDX-License-Identifier: MIT */
#include "smoke/talk.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "probe/probe.h"

enum {
    HIGH_FD = 500,
    ANSWER_MS = 3000,
    END_MS = 1000, /* for a host that has closed its socket to end */
    POLL_MS = 20,
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* -- the start -- */

static void hand_down(const char *name, int fd)
{
    char number[16];
    int high = fcntl(fd, F_DUPFD, HIGH_FD);

    if (high < 0)
        _exit(127);
    snprintf(number, sizeof number, "%d", high);
    setenv(name, number, 1);
}

static void become_host(int socket_fd, int err_fd, int births_fd, const char *host,
                        const char *adapter, const char *child)
{
    const char *argv[] = {host, adapter, NULL};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    dup2(null_fd, 0);
    dup2(null_fd, 1);
    dup2(err_fd, 2);
    hand_down("REAPCHECK_SOCKET", socket_fd);
    hand_down("REAPCHECK_BIRTHS", births_fd);
    setenv("REAPCHECK_CHILD", child, 1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    execv(host, (char *const *)argv);
    dprintf(2, "cannot execute %s: %s\n", host, strerror(errno));
    _exit(127);
}

int talk_start(struct talk *talk, const char *host, const char *adapter, const char *child,
               double slow)
{
    int pair[2] = {-1, -1}, err[2] = {-1, -1}, births[2] = {-1, -1};

    *talk = (struct talk){.fd = -1, .err_fd = -1, .births_fd = -1, .slow = slow};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || pipe2(err, O_CLOEXEC) ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, births))
        return -errno;
    talk->pid = fork();
    if (talk->pid == 0)
        become_host(pair[1], err[1], births[1], host, adapter, child);
    close(pair[1]);
    close(err[1]);
    close(births[1]);
    talk->fd = pair[0];
    talk->err_fd = err[0];
    talk->births_fd = births[0];
    fcntl(talk->fd, F_SETFL, O_NONBLOCK);
    fcntl(talk->err_fd, F_SETFL, O_NONBLOCK);
    fcntl(talk->births_fd, F_SETFL, O_NONBLOCK);
    return talk->pid < 0 ? -errno : 0;
}

/* -- what comes in -- */

/* Bytes of a host may be any, and are shown. */
static void copy_line(char *out, const char *line)
{
    snprintf(out, TALK_LINE, "%s", line);
    for (; *out; out++)
        if (!isprint((unsigned char)*out))
            *out = '?';
}

static void take_line(struct talk *talk, const char *line)
{
    char *rest;
    long number = strtol(line, &rest, 10);

    if (isdigit((unsigned char)line[0]) && number == talk->number && !talk->answered[0])
        return copy_line(talk->answered, line);
    if (talk->lines_count == TALK_LINES) /* a flood: the first of it says enough */
        return;
    copy_line(talk->lines[talk->lines_count++], line);
}

static void take_lines(struct talk *talk)
{
    char *line = talk->buffer, *end;

    talk->buffer[talk->filled] = '\0';
    while ((end = memchr(line, '\n', talk->filled - (size_t)(line - talk->buffer)))) {
        *end = '\0';
        take_line(talk, line);
        line = end + 1;
    }
    talk->filled -= (size_t)(line - talk->buffer);
    memmove(talk->buffer, line, talk->filled);
    if (talk->filled == sizeof talk->buffer - 1) { /* no line of ours: it is shown as it is */
        talk->buffer[talk->filled] = '\0';
        take_line(talk, talk->buffer);
        talk->filled = 0;
    }
}

static void take_words(struct talk *talk)
{
    ssize_t r =
        recv(talk->fd, talk->buffer + talk->filled, sizeof talk->buffer - 1 - talk->filled, 0);

    if (r > 0) {
        talk->filled += (size_t)r;
        take_lines(talk);
    } else if (r == 0 || (errno != EAGAIN && errno != EINTR)) {
        talk->closed = true;
    }
}

/* The last words count, so the older half goes when there is no room. */
static void take_stderr(struct talk *talk)
{
    char text[512];
    ssize_t r = talk->err_fd < 0 ? 0 : read(talk->err_fd, text, sizeof text);

    if (r <= 0) {
        if (r == 0 && talk->err_fd >= 0) {
            close(talk->err_fd);
            talk->err_fd = -1;
        }
        return;
    }
    if (talk->err_length + (size_t)r >= TALK_STDERR) {
        size_t half = TALK_STDERR / 2;

        memmove(talk->err, talk->err + talk->err_length - half, half);
        talk->err_length = half;
    }
    memcpy(talk->err + talk->err_length, text, (size_t)r);
    talk->err_length += (size_t)r;
    talk->err[talk->err_length] = '\0';
}

static void pump(struct talk *talk, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = talk->closed ? -1 : talk->fd, .events = POLLIN},
                           {.fd = talk->err_fd, .events = POLLIN},
                           {.fd = talk->births_fd, .events = POLLIN}};
    char birth[256];

    if (poll(fds, 3, timeout_ms) > 0) {
        if (fds[0].revents)
            take_words(talk);
        if (fds[1].revents)
            take_stderr(talk);
        if (fds[2].revents) /* nothing is made of them here */
            while (recv(talk->births_fd, birth, sizeof birth, 0) > 0)
                continue;
    }
    if (!talk->ended && talk->pid > 0 && waitpid(talk->pid, &talk->status, WNOHANG) == talk->pid)
        talk->ended = true;
}

static long long deadline(const struct talk *talk, int timeout_ms)
{
    return now_ms() + (long long)(timeout_ms * talk->slow);
}

static bool is_over(struct talk *talk)
{
    return talk->closed || talk->stuck;
}

const char *talk_line(struct talk *talk, size_t from, const char *begin, int timeout_ms)
{
    long long end = deadline(talk, timeout_ms);

    for (;;) {
        for (size_t i = from; i < talk->lines_count; i++)
            if (strncmp(talk->lines[i], begin, strlen(begin)) == 0)
                return talk->lines[i] + strlen(begin);
        if (is_over(talk) || now_ms() > end)
            return NULL;
        pump(talk, POLL_MS);
    }
}

const char *talk_ask(struct talk *talk, const char *lane, const char *format, ...)
{
    long long end = deadline(talk, ANSWER_MS);
    size_t length, sent = 0;
    va_list arguments;
    int n;

    n = snprintf(talk->sent, sizeof talk->sent - 1, "%ld %s ", ++talk->number, lane);
    va_start(arguments, format);
    vsnprintf(talk->sent + n, sizeof talk->sent - 1 - (size_t)n, format, arguments);
    va_end(arguments);
    talk->answered[0] = '\0';
    length = strlen(talk->sent);
    talk->sent[length] = '\n';
    while (sent <= length && !is_over(talk) && now_ms() < end) {
        ssize_t r = send(talk->fd, talk->sent + sent, length + 1 - sent, MSG_NOSIGNAL);

        if (r > 0)
            sent += (size_t)r;
        else if (errno == EAGAIN || errno == EINTR)
            pump(talk, POLL_MS);
        else
            talk->closed = true;
    }
    talk->sent[length] = '\0';
    while (!talk->answered[0] && !is_over(talk) && now_ms() < end)
        pump(talk, POLL_MS);
    if (!talk->answered[0]) {
        talk->stuck = !talk->closed;
        if (talk->closed)
            talk_end(talk, END_MS);
        return NULL;
    }
    return talk->answered + strspn(talk->answered, "0123456789") +
           strspn(talk->answered + strspn(talk->answered, "0123456789"), " ");
}

/* -- the end -- */

bool talk_end(struct talk *talk, int timeout_ms)
{
    long long end = deadline(talk, timeout_ms);

    while (!talk->ended && now_ms() < end)
        pump(talk, POLL_MS);
    pump(talk, 0);
    return talk->ended;
}

void talk_hang_up(struct talk *talk)
{
    close(talk->fd);
    talk->fd = -1;
    talk->closed = true;
}

void talk_stop(struct talk *talk)
{
    if (!talk->ended && talk->pid > 0) {
        kill(talk->pid, SIGKILL);
        waitpid(talk->pid, &talk->status, 0);
        talk->ended = true;
    }
    close(talk->fd);
    close(talk->births_fd);
    if (talk->err_fd >= 0)
        close(talk->err_fd);
}

const char *talk_fate(const struct talk *talk, char *words, size_t size)
{
    if (talk->ended && WIFSIGNALED(talk->status))
        snprintf(words, size, "the host was ended by SIG%s", sigabbrev_np(WTERMSIG(talk->status)));
    else if (talk->ended)
        snprintf(words, size, "the host exited with status %d", WEXITSTATUS(talk->status));
    else if (talk->closed)
        snprintf(words, size, "the host closed its socket, and lives on");
    else if (talk->sent[0])
        snprintf(words, size, "no answer came within %g s", ANSWER_MS / 1000.0 * talk->slow);
    else
        snprintf(words, size, "the host lives, and waits");
    return words;
}
