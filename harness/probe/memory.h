/* SPDX-License-Identifier: MIT */
/*
 * Memory for the probe's own use, which no rule can refuse and no handler is blamed for.
 */
#ifndef REAPCHECK_MEMORY_H
#define REAPCHECK_MEMORY_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

void *memory_take(size_t size);
void memory_give_back(void *memory);

#pragma GCC visibility pop

#endif
