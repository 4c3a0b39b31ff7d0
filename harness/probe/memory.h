/* SPDX-License-Identifier: MIT */
/*
 * Memory for the probe's own use, which no rule can refuse and no handler is blamed for, and the
 * beginning of its watch over the library's.
 */
#ifndef REAPCHECK_MEMORY_H
#define REAPCHECK_MEMORY_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Once, from probe_start. */
void memory_start(void);

void *memory_take(size_t size);
void memory_give_back(void *memory);

#pragma GCC visibility pop

#endif
