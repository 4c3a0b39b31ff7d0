/* SPDX-License-Identifier: MIT */
/*
 * The time, as scripts make it pass: the clock by which a library's times go, and the span by which
 * the script has moved it. The library sees the same, wherever it asks (probe/clock.c).
 */
#ifndef REAPCHECK_HOST_CLOCK_H
#define REAPCHECK_HOST_CLOCK_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

struct context;

/* In microseconds. */
int64_t clock_now_us(const struct context *context);
/* Moves it, by so much in all. */
void clock_move(int64_t offset_us);

#pragma GCC visibility pop
#endif
