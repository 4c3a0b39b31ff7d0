/* SPDX-License-Identifier: MIT */
/*
 * What /proc says of a thread is read before anything is stopped, since to ptrace every thread is
 * in a tracing stop. What the probe says is read from the control page, which needs nobody's
 * leave; the page also tells who holds the lock that a thread waits for.
 *
 * The most telling comes first in a text: where texts are kept (history/log.h) long ones are cut.
 */
#include "runner/hang.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "runner/stacks.h"

enum {
    THREADS = 512, /* looked at */
    FRAMES = 24,   /* of each */
    COLUMNS = 80,  /* of a line */
    FUNCTION = 64, /* characters shown of its name */
};

struct text {
    char string[2048];
    size_t size;   /* without the 0 */
    size_t column; /* of the line begun */
};

struct thread {
    pid_t tid;
    char state;
    char name[32];
    char where[64]; /* the system call or, failing that, the place in the kernel */
};

static const struct {
    long number;
    const char *name;
} system_calls[] = {
    {SYS_futex, "futex"},
    {SYS_read, "read"},
    {SYS_write, "write"},
    {SYS_wait4, "wait4"},
    {SYS_waitid, "waitid"},
    {SYS_ppoll, "ppoll"},
    {SYS_pselect6, "pselect6"},
    {SYS_epoll_pwait, "epoll_pwait"},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
    {SYS_rt_sigsuspend, "rt_sigsuspend"},
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_nanosleep, "nanosleep"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendto, "sendto"},
    {SYS_accept4, "accept4"},
    {SYS_connect, "connect"},
    {SYS_restart_syscall, "restart_syscall"},
    {SYS_fcntl, "fcntl"},
    {SYS_clone, "clone"},
    {SYS_execve, "execve"},
#ifdef SYS_poll
    {SYS_poll, "poll"},
    {SYS_select, "select"},
    {SYS_epoll_wait, "epoll_wait"},
    {SYS_pause, "pause"},
    {SYS_vfork, "vfork"},
    {SYS_fork, "fork"},
#endif
#ifdef SYS_clone3
    {SYS_clone3, "clone3"},
#endif
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list args;
    size_t room = sizeof(text->string) - text->size;

    va_start(args, format);
    int r = vsnprintf(text->string + text->size, room, format, args);
    va_end(args);
    if (r < 0)
        return;
    size_t added = (size_t)r < room ? (size_t)r : room - 1;
    text->size += added;
    text->column += added;
}

static void new_line(struct text *text, const char *indent)
{
    add(text, "\n");
    text->column = 0;
    add(text, "%s", indent);
}

/* Reads a file of a thread's, without its last newline. */
static bool read_of_thread(pid_t pid, pid_t tid, const char *what, char *into, size_t size)
{
    char path[80];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)pid, (int)tid, what);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t r = fread(into, 1, size - 1, file);
    fclose(file);
    into[r] = '\0';
    if (r && into[r - 1] == '\n')
        into[r - 1] = '\0';
    return r > 0;
}

/* "futex" from "202 0x7f... ...", or the kernel function it sleeps in; "" if neither is known. */
static void find_where(pid_t pid, struct thread *thread)
{
    char line[256], *end;

    if (read_of_thread(pid, thread->tid, "syscall", line, sizeof(line))) {
        long number = strtol(line, &end, 10);
        if (end != line && number >= 0) {
            for (size_t k = 0; k < sizeof(system_calls) / sizeof(*system_calls); k++) {
                if (system_calls[k].number == number) {
                    snprintf(thread->where, sizeof(thread->where), "%s", system_calls[k].name);
                    return;
                }
            }
            snprintf(thread->where, sizeof(thread->where), "system call %ld", number);
            return;
        }
    }
    if (read_of_thread(pid, thread->tid, "wchan", line, sizeof(line)) && strcmp(line, "0") != 0)
        snprintf(thread->where, sizeof(thread->where), "the kernel's %.40s", line);
}

/* False if it is gone. */
static bool read_thread(pid_t pid, pid_t tid, struct thread *thread)
{
    char stat[512];

    *thread = (struct thread){.tid = tid};
    if (!read_of_thread(pid, tid, "stat", stat, sizeof(stat)))
        return false;
    /* 123 (name, of any characters) S ... */
    char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    if (!open || !close || strlen(close) < 3)
        return false;
    thread->state = close[2];
    snprintf(thread->name, sizeof(thread->name), "%.*s", (int)(close - open - 1), open + 1);
    if (thread->state != 'R')
        find_where(pid, thread);
    return true;
}

static size_t read_threads(pid_t pid, struct thread *threads, size_t room)
{
    char path[64];
    struct dirent *entry;
    size_t count = 0;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return 0;
    while (count < room && (entry = readdir(tasks)))
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_thread(pid, (pid_t)strtol(entry->d_name, NULL, 10), &threads[count]))
            count++;
    closedir(tasks);
    return count;
}

static const char *state_word(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "in uninterruptible sleep";
    case 'T':
        return "stopped by a signal";
    case 't':
        return "stopped by a tracer";
    case 'Z':
    case 'X':
        return "ended";
    default:
        return "idle";
    }
}

static uint32_t held_shown(const struct control_thread *at)
{
    uint32_t held = atomic_load(&at->held);
    return held < CONTROL_HELD ? held : CONTROL_HELD;
}

static const struct control_thread *find_place(const struct control *control, pid_t tid)
{
    for (size_t k = 0; control && k < CONTROL_THREADS; k++)
        if (atomic_load(&control->thread[k].tid) == tid)
            return &control->thread[k];
    return NULL;
}

/* The thread of the same process that holds a lock; 0 if none is known to. */
static pid_t find_holder(const struct control *control, int32_t pid, int64_t lock)
{
    for (size_t k = 0; k < CONTROL_THREADS; k++) {
        const struct control_thread *at = &control->thread[k];
        if (atomic_load(&at->tid) == 0 || at->pid != pid)
            continue;
        for (uint32_t h = 0; h < held_shown(at); h++)
            if (atomic_load(&at->lock[h]) == lock)
                return atomic_load(&at->tid);
    }
    return 0;
}

static void add_probe(struct text *text, const struct control *control,
                      const struct control_thread *at)
{
    enum libc_call call = atomic_load(&at->call);
    int64_t arg = atomic_load(&at->arg);
    uint32_t depth = atomic_load(&at->depth), held = atomic_load(&at->held);

    if (call == CALL_MUTEX_LOCK) {
        pid_t tid = atomic_load(&at->tid), holder = find_holder(control, at->pid, arg);
        new_line(text, "  ");
        add(text, "in mutex_lock of 0x%" PRIx64, arg);
        if (holder == tid)
            add(text, ", which it holds itself");
        else if (holder)
            add(text, ", which tid %d holds", (int)holder);
    } else if (call != CALL_NONE && call < CALL_COUNT) {
        new_line(text, "  ");
        add(text, "in the libc call %s", libc_call_word(call));
    }
    if (depth) {
        new_line(text, "  ");
        add(text, "in a signal handler");
        if (depth > 1)
            add(text, ", %" PRIu32 " deep", depth);
    }
    if (held) {
        new_line(text, "  ");
        add(text, "holds %" PRIu32 " lock%s:", held, held > 1 ? "s" : "");
        for (uint32_t h = 0; h < held_shown(at); h++) {
            if (text->column + sizeof(" 0x7fffffffffff") > COLUMNS)
                new_line(text, "   ");
            add(text, " 0x%" PRIx64, atomic_load(&at->lock[h]));
        }
    }
}

/* One more function of a stack, on a new line where this one is full. */
static void add_frame(void *user, const char *function)
{
    struct text *text = user;
    char name[FUNCTION + 4];
    bool first = text->column == 0;

    snprintf(name, sizeof(name), "%.*s%s", FUNCTION, function,
             strlen(function) > FUNCTION ? "..." : "");
    if (first)
        add(text, "  ");
    else if (text->column + strlen(" < ") + strlen(name) > COLUMNS)
        new_line(text, "    < ");
    else
        add(text, " < ");
    add(text, "%s", name);
}

static void describe(struct text *text, const struct control *control, const struct thread *thread,
                     struct stacks *stacks)
{
    const struct control_thread *at = find_place(control, thread->tid);

    text->size = text->column = 0;
    add(text, "tid %d (%s) %s%s%s", (int)thread->tid, thread->name, state_word(thread->state),
        *thread->where ? " in " : "", thread->where);
    if (at)
        add_probe(text, control, at);

    size_t before = text->size;
    new_line(text, "");
    if (!stacks || !stacks_walk(stacks, thread->tid, FRAMES, add_frame, text)) {
        text->size = before;
        text->string[before] = '\0';
    }
}

int hang_examine(pid_t pid, const struct control *control,
                 void (*found)(void *user, pid_t tid, const char *text), void *user)
{
    struct stacks *stacks = NULL;
    struct text text;
    pid_t *tids = NULL;
    int rc = -ENOMEM;

    struct thread *threads = calloc(THREADS, sizeof(*threads));
    tids = calloc(THREADS, sizeof(*tids));
    if (!threads || !tids)
        goto out;
    size_t count = read_threads(pid, threads, THREADS);
    rc = -ESRCH;
    if (count == 0 || (count == 1 && threads[0].state == 'Z'))
        goto out;
    for (size_t k = 0; k < count; k++)
        tids[k] = threads[k].tid;

    stacks = stacks_open(pid, tids, count);
    rc = stacks || errno == ESRCH ? (int)count : -errno;
    for (size_t k = 0; k < count; k++) {
        describe(&text, control, &threads[k], stacks);
        found(user, threads[k].tid, text.string);
    }
out:
    if (stacks)
        stacks_close(stacks);
    free(tids);
    free(threads);
    return rc;
}
