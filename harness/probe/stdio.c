/* SPDX-License-Identifier: MIT */
/* stdio: recorded where it is forbidden, in a handler, and where it was made to fail. */
#include "probe/real.h"
#include "probe/call.h"

/* Defines a function with a list of arguments after `last` by means of one that takes a va_list. */
#define PASS_LIST(last, v_call)                                                                    \
    va_list arguments;                                                                             \
    int result = 0;                                                                                \
                                                                                                   \
    va_start(arguments, last);                                                                     \
    result = v_call;                                                                               \
    va_end(arguments);                                                                             \
    return result

int vprintf(const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->vprintf(format, arguments));
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->vfprintf(stream, format, arguments));
}

int vdprintf(int fd, const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->vdprintf(fd, format, arguments));
}

int __vprintf_chk(int flag, const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->__vprintf_chk(flag, format, arguments));
}

int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->__vfprintf_chk(stream, flag, format, arguments));
}

int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->__vdprintf_chk(fd, flag, format, arguments));
}

int printf(const char *format, ...)
{
    PASS_LIST(format, vprintf(format, arguments));
}

int fprintf(FILE *stream, const char *format, ...)
{
    PASS_LIST(format, vfprintf(stream, format, arguments));
}

int dprintf(int fd, const char *format, ...)
{
    PASS_LIST(format, vdprintf(fd, format, arguments));
}

int __printf_chk(int flag, const char *format, ...)
{
    PASS_LIST(format, __vprintf_chk(flag, format, arguments));
}

int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    PASS_LIST(format, __vfprintf_chk(stream, flag, format, arguments));
}

int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    PASS_LIST(format, __vdprintf_chk(fd, flag, format, arguments));
}

int puts(const char *text)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->puts(text));
}

int fputs(const char *text, FILE *stream)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->fputs(text, stream));
}

int fputc(int character, FILE *stream)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->fputc(character, stream));
}

#undef putc
int putc(int character, FILE *stream)
{
    return fputc(character, stream);
}

#undef putchar
int putchar(int character)
{
    return fputc(character, stdout);
}

int fflush(FILE *stream)
{
    CALL_SIMPLY(int, CALL_STDIO, 0, real()->fflush(stream));
}

size_t fwrite(const void *memory, size_t size, size_t count, FILE *stream)
{
    struct call call;
    size_t r = 0;

    if (call_begin(&call, CALL_STDIO, 0))
        r = real()->fwrite(memory, size, count, stream);
    call_end(&call, call.failed ? -1 : (int64_t)r, 0, 0);
    return r;
}

void perror(const char *text)
{
    struct call call;

    if (call_begin(&call, CALL_STDIO, 0))
        real()->perror(text);
    call_end(&call, 0, 0, 0);
}
