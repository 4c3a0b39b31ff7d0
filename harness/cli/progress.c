/* SPDX-License-Identifier: MIT */
/* A line is shown anew whenever it changes; nothing is remembered of it. */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char to_empty_line[] = "\r\033[K";

void progress_show(const char *format, ...)
{
    va_list arguments;

    if (!isatty(STDERR_FILENO))
        return;
    fputs(to_empty_line, stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs(to_empty_line, stderr);
}

double progress_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
