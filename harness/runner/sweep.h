/* SPDX-License-Identifier: MIT */
/*
 * Ends and reaps the calling process's children, and as it is their subreaper, by that everything
 * that descends from them.
 */
#ifndef REAPCHECK_SWEEP_H
#define REAPCHECK_SWEEP_H

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t sweep_now(void);

/*
 * Ends all but the spared ones and what descends from those. Gives up after `ms`. Returns how many
 * processes were reaped. [the only thread that waits; the caller is a subreaper]
 */
size_t sweep_children(const pid_t *spare, size_t spare_count, int ms);

#endif
