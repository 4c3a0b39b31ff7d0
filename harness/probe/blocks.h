/* SPDX-License-Identifier: MIT */
/*
 * The memory that the library has: what it took, by any function of the malloc family, and nobody
 * has freed since. Kept in the control page, where the runner reads it.
 *
 * All of it may be used on any thread, in a signal handler and in a child after fork (where it does
 * nothing), and keeps errno. Only while the probe is on.
 */
#ifndef REAPCHECK_BLOCKS_H
#define REAPCHECK_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include "probe/control.h"

#pragma GCC visibility push(hidden)

/* The library has taken a block. */
void block_taken(const void *memory, size_t size, const void *caller);
/*
 * The block is about to be given back, by whomever: to be called before it is, since another thread
 * may be given the same address at once. True where it was one of the library's; it is then copied
 * to *was, if that is not NULL.
 */
bool block_leaves(const void *memory, struct control_block *was);
/* It was not given back after all. */
void block_stays(const void *memory, const struct control_block *was);

#pragma GCC visibility pop

#endif
