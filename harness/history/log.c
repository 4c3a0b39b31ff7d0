/* SPDX-License-Identifier: MIT */
/*
 * The log is one sparse memfd: two counters, the events, the text. A writer takes a place by adding
 * to a counter and never gives it back, so writers cannot wait for each other, and one that is
 * killed half-way leaves a single event that is never complete.
 */
#include "history/log.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_LONGEST = 1023 };

struct log {
    _Atomic uint64_t taken;      /* places asked for, those that found no room included */
    _Atomic uint64_t text_taken; /* bytes of text, likewise */
    struct event event[LOG_EVENTS];
    char text[LOG_TEXT_BYTES]; /* the first and the last byte stay 0 */
};

_Static_assert(offsetof(struct log, event) == LOG_COUNTERS, "LOG_COUNTERS");

int log_create(void)
{
    int fd = memfd_create("reapcheck-log", MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, sizeof(struct log)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct log *log_map(int fd)
{
    void *memory =
        mmap(NULL, sizeof(struct log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void log_unmap(struct log *log)
{
    if (log)
        munmap(log, sizeof *log);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void log_append(struct log *log, const struct event *event)
{
    uint64_t place = atomic_fetch_add_explicit(&log->taken, 1, memory_order_relaxed);
    struct event copy = *event;
    struct event *kept = NULL;
    const size_t rest = offsetof(struct event, kind);

    if (place >= LOG_EVENTS)
        return;
    kept = &log->event[place];
    if (!copy.time)
        copy.time = now();
    /* Not cached here: a child made by a bare clone would go on with its parent's. */
    if (!copy.pid)
        copy.pid = getpid();
    if (!copy.tid)
        copy.tid = gettid();
    /* All but `state`, which readers look at meanwhile. */
    kept->time = copy.time;
    memcpy((char *)kept + rest, (const char *)&copy + rest, sizeof copy - rest);
    __atomic_store_n(&kept->state, 1, __ATOMIC_RELEASE);
}

uint32_t log_text(struct log *log, const char *text)
{
    size_t length = strnlen(text, TEXT_LONGEST);
    uint64_t offset =
        1 + atomic_fetch_add_explicit(&log->text_taken, length + 1, memory_order_relaxed);

    if (offset + length + 1 >= LOG_TEXT_BYTES)
        return 0;
    memcpy(&log->text[offset], text, length);
    return (uint32_t)offset;
}

const char *log_string(const struct log *log, uint32_t offset)
{
    return offset < LOG_TEXT_BYTES ? &log->text[offset] : "";
}

size_t log_count(const struct log *log)
{
    uint64_t taken = atomic_load_explicit(&log->taken, memory_order_acquire);

    return taken < LOG_EVENTS ? taken : LOG_EVENTS;
}

size_t log_dropped(const struct log *log)
{
    return atomic_load_explicit(&log->taken, memory_order_acquire) - log_count(log);
}

void log_release(const struct log *log, size_t from, size_t to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)&log->event[from] + page - 1) / page * page;
    uintptr_t end = (uintptr_t)&log->event[to] / page * page;

    if (start < end)
        madvise((void *)start, end - start, MADV_DONTNEED);
}

const struct event *log_at(const struct log *log, size_t i)
{
    if (i >= LOG_EVENTS || !__atomic_load_n(&log->event[i].state, __ATOMIC_ACQUIRE))
        return NULL;
    return &log->event[i];
}
