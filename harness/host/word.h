/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a word in memory to change. There are no lost wake-ups as long as the word is
 * changed first and woken then.
 */
#ifndef REAPCHECK_HOST_WORD_H
#define REAPCHECK_HOST_WORD_H

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Sleeps while *word is value, for timeout_ms at most (negative: for ever); may return early. */
void word_wait(_Atomic uint32_t *word, uint32_t value, int timeout_ms);
/* Wakes all that sleep on the word. */
void word_wake(_Atomic uint32_t *word);
/* The same for a word that processes share. */
void word_wait_shared(_Atomic uint32_t *word, uint32_t value, int timeout_ms);
void word_wake_shared(_Atomic uint32_t *word);

/* The monotonic clock, for deadlines. */
long long word_clock_ms(void);

#pragma GCC visibility pop
#endif
