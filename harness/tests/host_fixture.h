/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the host share. The host is driven over its protocol as the runner drives it:
 * the test starts itself again as a host, with an adapter of its own. What is tested is that the
 * host does and says what PROTOCOL.md says.
 */
#ifndef REAPCHECK_HOST_FIXTURE_H
#define REAPCHECK_HOST_FIXTURE_H

#include "await_state.h"
#include "plain_adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include "history/history.h"
#include "host/start.h"
#include "probe/control.h"
#include "probe/probe.h"

enum { DEADLINE_MS = 20000, LINES = 256, LINE_BYTES = 1024 };

struct host {
    pid_t pid;
    int fd, births;
    struct log *log;
    struct control *control;
    unsigned number;
    char pending[LINE_BYTES * 4];
    size_t pending_size;
    char lines[LINES][LINE_BYTES]; /* heard and not asked for yet */
    size_t lines_count;
};

static char own_program[4096], child_program[4096];

/* Puts fd at 500 or above and names it. */
static inline void pass(const char *variable, int fd)
{
    char number[16];

    snprintf(number, sizeof number, "%d", fcntl(fd, F_DUPFD, 500));
    setenv(variable, number, 1);
}

static inline struct host *start(const char *how, const char *object)
{
    struct host *host = calloc(1, sizeof *host);
    int pair[2], births[2], log = log_create(), control = control_create();

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, births), 0);
    host->fd = pair[0];
    host->births = births[0];
    host->log = log_map(log);
    host->control = control_map(control);
    assert_non_null(host->log);
    assert_non_null(host->control);
    host->pid = fork();
    if (host->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pass("REAPCHECK_SOCKET", pair[1]);
        pass("REAPCHECK_LOG", log);
        pass("REAPCHECK_CONTROL", control);
        pass("REAPCHECK_NOTIFY", eventfd(0, EFD_CLOEXEC));
        pass("REAPCHECK_BIRTHS", births[1]);
        close_range(3, 499, 0);
        execl(own_program, own_program, how, object, NULL);
        _exit(127);
    }
    assert_true(host->pid > 0);
    close(pair[1]);
    close(births[1]);
    close(log);
    close(control);
    return host;
}

static inline long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Takes in what there is; false at the end of the stream. */
static inline bool hear(struct host *host)
{
    struct pollfd fd = {.fd = host->fd, .events = POLLIN};
    char *end;
    ssize_t n;

    if (poll(&fd, 1, DEADLINE_MS) != 1)
        fail_msg("the host says nothing");
    n = read(host->fd, host->pending + host->pending_size,
             sizeof host->pending - host->pending_size);
    if (n <= 0)
        return false;
    host->pending_size += (size_t)n;
    while ((end = memchr(host->pending, '\n', host->pending_size)) != NULL) {
        size_t length = (size_t)(end - host->pending);

        assert_true(host->lines_count < LINES && length < LINE_BYTES);
        memcpy(host->lines[host->lines_count], host->pending, length);
        host->lines[host->lines_count++][length] = '\0';
        host->pending_size -= length + 1;
        memmove(host->pending, end + 1, host->pending_size);
    }
    return true;
}

/* Waits for a line that starts so, and takes it out of those heard. What follows is returned,
 * valid until the next call. */
static inline const char *expect(struct host *host, const char *format, ...)
{
    static char found[LINE_BYTES];
    long long end = now_ms() + DEADLINE_MS;
    char prefix[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    do {
        for (size_t i = 0; i < host->lines_count; i++) {
            if (strncmp(host->lines[i], prefix, strlen(prefix)) != 0)
                continue;
            strcpy(found, host->lines[i]);
            host->lines_count--;
            memmove(host->lines[i], host->lines[i + 1],
                    (host->lines_count - i) * sizeof host->lines[0]);
            return found + strlen(prefix);
        }
    } while (hear(host) && now_ms() < end);
    fail_msg("the host did not say: %s", prefix);
    return NULL;
}

static inline bool heard(const struct host *host, const char *prefix)
{
    for (size_t i = 0; i < host->lines_count; i++)
        if (strncmp(host->lines[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static inline void say(struct host *host, const char *text)
{
    assert_int_equal(send(host->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline unsigned request_list(struct host *host, const char *format, va_list arguments)
{
    char words[512], line[600];

    vsnprintf(words, sizeof words, format, arguments);
    snprintf(line, sizeof line, "%u %s\n", ++host->number, words);
    say(host, line);
    return host->number;
}

/* Makes a request and does not wait. */
__attribute__((format(printf, 2, 3))) static inline unsigned request(struct host *host,
                                                                     const char *format, ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return number;
}

/* Makes a request and returns its answer. */
__attribute__((format(printf, 2, 3))) static inline const char *ask(struct host *host,
                                                                    const char *format, ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return expect(host, "%u ", number);
}

#define assert_ok(host, ...) assert_string_equal(ask(host, __VA_ARGS__), "ok")

#define assert_error(host, error, ...)                                                             \
    assert_memory_equal(ask(host, __VA_ARGS__), "error " error, strlen("error " error))

static inline long member(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    assert_non_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

__attribute__((format(printf, 2, 3))) static inline int ask_pid(struct host *host,
                                                                const char *format, ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return (int)member(expect(host, "%u ok ", number), "pid=");
}

static inline struct host *start_ready(void)
{
    struct host *host = start("host", NULL);

    expect(host, "ready");
    host->lines_count = 0;
    return host;
}

/* Takes leave; the host exits with 0 by itself when nobody is left to talk to. */
static inline void finish(struct host *host)
{
    int status;

    close(host->fd);
    assert_int_equal(waitpid(host->pid, &status, 0), host->pid);
    assert_int_equal(status, 0);
    close(host->births);
    log_unmap(host->log);
    control_unmap(host->control);
    free(host);
}

/* Begins each main: what was started to be a host is one, and does not come back from here. */
static inline void begin(int argc, char **argv)
{
    ssize_t length = readlink("/proc/self/exe", own_program, sizeof own_program - 32);

    if (length <= 0)
        exit(2);
    own_program[length] = '\0';
    strcpy(child_program, own_program);
    strcpy(strrchr(child_program, '/'), "/../host/child");
    if (argc > 1 && strncmp(argv[1], "host", 4) == 0) {
        if (strncmp(argv[1], "host-abi", 8) == 0)
            plain.abi = (uint32_t)(argv[1][8] - '0');
        if (strcmp(argv[1], "host-norun") == 0)
            plain.run = NULL;
        if (strcmp(argv[1], "host-none") != 0)
            reapcheck_register_adapter(&plain);
        exit(host_run(argv + 2, child_program));
    }
    if (access(child_program, X_OK) < 0) {
        fprintf(stderr, "%s is missing: `make tools` first\n", child_program);
        exit(2);
    }
}

#endif
