/* SPDX-License-Identifier: MIT */
/*
 * The malloc family. It has to work before any name can be looked up, for looking up may allocate;
 * so it stands on the names that glibc exports for this very purpose. A sanitizer needs the family
 * for itself and keeps it.
 *
 * Calls are recorded in handlers, where they are forbidden, and where they were made to fail; of
 * the rest it is known what is left of them (blocks.c). A block is the library's if that took it,
 * whoever frees it; one that somebody else makes larger or smaller is his from then on. What the
 * dynamic loader allocates for itself is nobody's call: a process whose thread-local memory it
 * cannot provide is ended by it on the spot.
 */
#include "probe/real.h"
#include "probe/call.h"
#include "probe/blocks.h"
#include "probe/memory.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/auxv.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_TAKEN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define MEMORY_IS_TAKEN 1
#endif
#endif

#ifdef MEMORY_IS_TAKEN

void memory_start(void)
{
}

void *memory_take(size_t size)
{
    return malloc(size);
}

void memory_give_back(void *memory)
{
    free(memory);
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void memory_start(void)
{
    atomic_store(&probe.control->memory.known, 1);
}

void *memory_take(size_t size)
{
    return __libc_malloc(size);
}

void memory_give_back(void *memory)
{
    __libc_free(memory);
}

/* Where the loader lies. */
static uintptr_t loader_start, loader_end;

static int find_loader(struct dl_phdr_info *object, size_t size, void *base)
{
    (void)size;
    if (object->dlpi_addr != *(const uintptr_t *)base)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        uintptr_t end =
            object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;

        if (object->dlpi_phdr[i].p_type == PT_LOAD && end > loader_end)
            loader_end = end;
    }
    loader_start = object->dlpi_addr;
    return 1;
}

__attribute__((constructor(103))) static void find_loader_before_main(void)
{
    uintptr_t base = getauxval(AT_BASE);

    if (base)
        dl_iterate_phdr(find_loader, &base);
}

static inline bool begin(struct call *call, enum libc_call what, const void *caller)
{
    if (thread_is_watched() && (uintptr_t)caller >= loader_start &&
        (uintptr_t)caller < loader_end) {
        *call = (struct call){.watched = false};
        return true;
    }
    return call_begin(call, what, 0);
}

/* The end of a call that returns NULL for failure. */
static void *allocated(struct call *call, void *memory, size_t size, const void *caller)
{
    if (call->watched)
        block_taken(memory, size, caller);
    call_end(call, memory || !size ? 0 : -1, (int64_t)size, 0);
    return memory;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    struct call call;
    void *memory = NULL;

    if (begin(&call, CALL_MALLOC, CALLER))
        memory = __libc_malloc(size);
    return allocated(&call, memory, size, CALLER);
}

void *calloc(size_t count, size_t size)
{
    struct call call;
    void *memory = NULL;

    if (begin(&call, CALL_MALLOC, CALLER))
        memory = __libc_calloc(count, size);
    return allocated(&call, memory, count * size, CALLER);
}

void *realloc(void *old, size_t size)
{
    struct control_block was;
    struct call call;
    void *memory = NULL;
    bool known = false;

    if (begin(&call, CALL_MALLOC, CALLER)) {
        known = probe_is_on() && block_leaves(old, &was);
        memory = __libc_realloc(old, size);
    }
    if (known && !memory && size)
        block_stays(old, &was);
    return allocated(&call, memory, size, CALLER);
}

static void *take_aligned(size_t alignment, size_t size, const void *caller)
{
    struct call call;
    void *memory = NULL;

    if (begin(&call, CALL_MALLOC, caller))
        memory = __libc_memalign(alignment, size);
    return allocated(&call, memory, size, caller);
}

void *memalign(size_t alignment, size_t size)
{
    return take_aligned(alignment, size, CALLER);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return take_aligned(alignment, size, CALLER);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    int error = errno;
    void *memory = NULL;

    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    memory = take_aligned(alignment, size, CALLER);
    errno = error;
    if (!memory)
        return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory)
{
    struct call call;

    if (begin(&call, CALL_FREE, CALLER)) {
        if (memory && probe_is_on())
            block_leaves(memory, NULL);
        __libc_free(memory);
    }
    call_end(&call, 0, 0, 0);
}

#endif
