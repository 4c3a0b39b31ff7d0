/* SPDX-License-Identifier: MIT */
/*
 * exec. A call that succeeds does not return, so it is recorded before; one that fails is recorded
 * once more, with its error. The thread's place in the control page is given back meanwhile: the
 * program that follows would leave it to nobody.
 */
#include "probe/real.h"
#include "probe/call.h"

#include <stdlib.h>

extern char **environ;

/* What is common to all: true where the real function is to be called. */
static bool begin(struct call *call, int subject)
{
    if (!call_begin(call, CALL_EXEC, subject))
        return false;
    if (call->watched)
        call_record(call, 0, 0, 0, 0);
    if (probe_is_on())
        thread_release();
    return true;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    struct call call;
    int r = -1;

    if (begin(&call, 0))
        r = real()->execve(path, argv, envp);
    call_end(&call, r, 0, 0);
    return r;
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

int execvp(const char *file, char *const argv[])
{
    struct call call;
    int r = -1;

    if (begin(&call, 0))
        r = real()->execvp(file, argv);
    call_end(&call, r, 0, 0);
    return r;
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
    struct call call;
    int r = -1;

    if (begin(&call, 0))
        r = real()->execvpe(file, argv, envp);
    call_end(&call, r, 0, 0);
    return r;
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
    struct call call;
    int r = -1;

    if (begin(&call, fd))
        r = real()->fexecve(fd, argv, envp);
    call_end(&call, r, 0, 0);
    return r;
}

int execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags)
{
    struct call call;
    int r = -1;

    if (begin(&call, directory))
        r = real()->execveat(directory, path, argv, envp, flags);
    call_end(&call, r, 0, 0);
    return r;
}

/* The arguments up to NULL, on the stack: a child after fork must not allocate. */
static size_t count_arguments(va_list *arguments)
{
    size_t count = 1;

    while (va_arg(*arguments, char *))
        count++;
    return count;
}

static void collect_arguments(char **argv, size_t count, const char *first, va_list *arguments)
{
    argv[0] = (char *)(uintptr_t)first;
    for (size_t i = 1; i <= count; i++)
        argv[i] = va_arg(*arguments, char *);
}

int execl(const char *path, const char *first, ...)
{
    va_list arguments;

    va_start(arguments, first);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, first);
    collect_arguments(argv, count, first, &arguments);
    va_end(arguments);
    return execve(path, argv, environ);
}

int execlp(const char *file, const char *first, ...)
{
    va_list arguments;

    va_start(arguments, first);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, first);
    collect_arguments(argv, count, first, &arguments);
    va_end(arguments);
    return execvp(file, argv);
}

int execle(const char *path, const char *first, ...)
{
    va_list arguments;

    va_start(arguments, first);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, first);
    collect_arguments(argv, count, first, &arguments);
    char *const *envp = va_arg(arguments, char *const *);
    va_end(arguments);
    return execve(path, argv, envp);
}
