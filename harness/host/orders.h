/* SPDX-License-Identifier: MIT */
/*
 * What a child does that awaits orders: the same for the program child.c and for a child that was
 * forked and goes on in the host's own code.
 *
 * In the latter this runs in the copy of a process with many threads, beside whatever the library
 * left there. So it calls the kernel directly: no libc lock can be in the way, nothing is
 * recorded or made to fail, and the signals stay as the library and the application left them.
 */
#ifndef REAPCHECK_HOST_ORDERS_H
#define REAPCHECK_HOST_ORDERS_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ORDERS_END = 125,     /* exit status when nobody is left to give orders */
    ORDERS_MISSING = 126, /* exit status when there is no descriptor to read them from */
    ORDERS_LINE = 256,
};

static _Noreturn void orders_exit(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

/* Dies of the signal, whatever was made of it before. Returns if it is not one to die of. */
static void orders_raise(int signal)
{
    long standard[8] = {0}; /* the kernel's struct sigaction: SIG_DFL, no flags, no mask */
    uint64_t set = 1ULL << (signal - 1);

    syscall(SYS_rt_sigaction, signal, standard, NULL, sizeof set);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, sizeof set);
    syscall(SYS_kill, syscall(SYS_getpid), signal);
}

/* Forks a child that exits at once, and waits for it. Not by fork(): the probe would announce it
 * to the runner on a socket that is no longer there. */
static void orders_grandchild(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (pid == 0)
        orders_exit(0);
    while (pid > 0 && syscall(SYS_wait4, pid, NULL, 0, NULL) < 0 && errno == EINTR)
        ;
}

/* A line of its stdout, in one piece. */
static void orders_say(const char *text)
{
    char line[ORDERS_LINE];
    size_t length = strlen(text);

    memcpy(line, text, length);
    line[length] = '\n';
    syscall(SYS_write, 1, line, length + 1);
}

static void orders_ignore(int signal)
{
    long ignored[8] = {(long)SIG_IGN}; /* the kernel's struct sigaction */

    syscall(SYS_rt_sigaction, signal, ignored, NULL, sizeof(uint64_t));
}

/* The number after a word of the order; -1 if the order does not start with that word. */
static int orders_number(const char *line, const char *word)
{
    size_t length = strlen(word);
    int number = 0;

    if (strncmp(line, word, length) != 0)
        return -1;
    for (line += length; *line >= '0' && *line <= '9' && number < 1000; line++)
        number = number * 10 + *line - '0';
    return number;
}

static void orders_do(const char *line)
{
    int number;

    if ((number = orders_number(line, "exit ")) >= 0)
        orders_exit(number);
    if ((number = orders_number(line, "signal ")) > 0 && number <= 64)
        orders_raise(number);
    else if (strcmp(line, "stop") == 0)
        syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
    else if (strcmp(line, "grandchild") == 0)
        orders_grandchild();
    else if (strncmp(line, "say ", 4) == 0)
        orders_say(line + 4);
    else if (strcmp(line, "ignore") == 0)
        orders_ignore(SIGTERM);
}

static _Noreturn void orders_obey(int fd)
{
    char line[ORDERS_LINE];
    size_t length = 0;

    for (;;) {
        char c;
        long n = syscall(SYS_read, fd, &c, (size_t)1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != ECONNRESET)
            orders_exit(ORDERS_MISSING);
        if (n <= 0)
            orders_exit(ORDERS_END);
        if (c != '\n') {
            if (length < sizeof line - 1)
                line[length++] = c;
            continue;
        }
        line[length] = '\0';
        length = 0;
        orders_do(line);
    }
}

#endif
