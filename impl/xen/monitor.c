/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the device models of emulated domains, as far as libxl talks to them: each has a
 * monitor, a socket on which commands and answers are lines of JSON. All names lead to one socket,
 * and one thread serves it, from the first need until the process ends.
 *
 * The thread is to be none of those that a history tells of. It blocks every signal, calls the
 * kernel directly, and has a table of fds of its own, in which is nothing but its sockets: those of
 * the process are what libxl and the application have. A forked child does not have the thread, and
 * needs it not.
 */
#include "monitor.h"
#include "directories.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET XEN_RUN "/monitor"
#define NAME   XEN_RUN "/qmp-libxl-%u"

enum {
    TALKS = 64,  /* at a time */
    LINE = 1024, /* of a command */
    STARTED = 1,
    STARTING = 2,
};

#define GREETING                                                                                   \
    "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 0, \"micro\": 0}}}}\r\n"

struct talk {
    size_t length;
    char line[LINE];
};

static struct pollfd fds[TALKS + 1]; /* the socket, then one for each talk */
static struct talk talks[TALKS];
static atomic_int state;
static atomic_bool apart; /* the thread has its own fds */

static void say(int fd, const char *text)
{
    syscall(SYS_sendto, fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
}

static const char *answer_to(const char *command)
{
    if (strstr(command, "query-cpus-fast"))
        return "[{\"cpu-index\": 0}]";
    if (strstr(command, "query-hotpluggable-cpus"))
        return "[{\"type\": \"cpu\"}]";
    if (strstr(command, "human-monitor-command"))
        return "\"\"";
    return "{}";
}

static void answer(int fd, const char *command)
{
    const char *id = strstr(command, "\"id\"");
    char text[128];
    unsigned number = 0;

    if (id)
        sscanf(id, "\"id\" : %u", &number);
    snprintf(text, sizeof(text), "{\"return\": %s, \"id\": %u}\r\n", answer_to(command), number);
    say(fd, text);
}

static void close_talk(struct pollfd *slot)
{
    syscall(SYS_close, slot->fd);
    slot->fd = -1;
}

static void listen_to(struct talk *talk, struct pollfd *slot)
{
    long length = syscall(SYS_recvfrom, slot->fd, talk->line + talk->length,
                          LINE - 1 - talk->length, MSG_DONTWAIT, NULL, NULL);
    char *end;

    if (length <= 0) {
        close_talk(slot);
        return;
    }
    talk->length += (size_t)length;
    talk->line[talk->length] = '\0';
    while ((end = strchr(talk->line, '\n'))) {
        *end++ = '\0';
        answer(slot->fd, talk->line);
        talk->length -= (size_t)(end - talk->line);
        memmove(talk->line, end, talk->length + 1);
    }
    if (talk->length == LINE - 1)
        close_talk(slot);
}

static void take_in(void)
{
    int fd = (int)syscall(SYS_accept4, fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

    for (size_t i = 0; fd >= 0 && i < TALKS; i++) {
        if (fds[i + 1].fd >= 0)
            continue;
        fds[i + 1] = (struct pollfd){.fd = fd, .events = POLLIN};
        talks[i].length = 0;
        say(fd, GREETING);
        return;
    }
    if (fd >= 0)
        syscall(SYS_close, fd);
}

/* CLOSE_RANGE_UNSHARE: only the thread's own fds are closed. */
static void go_apart(void)
{
    unsigned own = (unsigned)fds[0].fd;

    if (own > 0)
        syscall(SYS_close_range, 0, own - 1, CLOSE_RANGE_UNSHARE);
    syscall(SYS_close_range, own + 1, ~0U, CLOSE_RANGE_UNSHARE);
    atomic_store(&apart, true);
}

static void *serve(void *nothing)
{
    go_apart();
    for (;;) {
        if (syscall(SYS_ppoll, fds, TALKS + 1, NULL, NULL, 0) < 0)
            continue;
        for (size_t i = 0; i < TALKS; i++)
            if (fds[i + 1].fd >= 0 && fds[i + 1].revents)
                listen_to(&talks[i], &fds[i + 1]);
        if (fds[0].revents)
            take_in();
    }
    return nothing;
}

static int open_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    unlink(SOCKET);
    if (syscall(SYS_bind, fd, &address, sizeof(address)) || syscall(SYS_listen, fd, TALKS)) {
        int error = errno;

        syscall(SYS_close, fd);
        return -error;
    }
    return fd;
}

/* The thread is not libxl's, so it is not started by what looks at libxl's. */
static int start_thread(void)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))(uintptr_t)dlsym(
            RTLD_NEXT, "pthread_create");
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    int error;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_attr_setsigmask_np(&attributes, &all);
    error = create(&thread, &attributes, serve, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

static int start(void)
{
    int none = 0, fd, rc;

    while (!atomic_compare_exchange_strong(&state, &none, STARTING)) {
        if (none == STARTED)
            return 0;
        none = 0;
        sched_yield();
    }
    fd = open_socket();
    rc = fd < 0 ? fd : 0;
    if (!rc) {
        fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
        for (size_t i = 0; i < TALKS; i++)
            fds[i + 1].fd = -1;
        rc = start_thread();
        while (!rc && !atomic_load(&apart))
            sched_yield();
        syscall(SYS_close, fd);
    }
    atomic_store(&state, rc ? 0 : STARTED);
    return rc;
}

int monitor_open(uint32_t domain)
{
    char name[sizeof(NAME) + 16];
    int rc = start();

    if (rc)
        return rc;
    snprintf(name, sizeof(name), NAME, domain);
    unlink(name);
    return symlink(SOCKET, name) ? -errno : 0;
}

void monitor_close(uint32_t domain)
{
    char name[sizeof(NAME) + 16];

    snprintf(name, sizeof(name), NAME, domain);
    unlink(name);
}
