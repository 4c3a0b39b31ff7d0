/* SPDX-License-Identifier: MIT */
/*
 * An excerpt of a history: so many events as a person reads to see what happened, of a history
 * that may have a million.
 */
#ifndef REAPCHECK_HISTORY_EXCERPT_H
#define REAPCHECK_HISTORY_EXCERPT_H

#include <stdbool.h>
#include "history/history.h"

/*
 * Chooses up to `most` events, `proof` (indexes, in any order) before all others, then what tells
 * the story nearest to them. Fills `chosen`, which has room for `most`, with indexes, ascending.
 * Returns how many, or -1 for want of memory.
 */
long excerpt_choose(const struct history *history, const size_t *proof, size_t proof_count,
                    size_t most, size_t *chosen);
/*
 * The same as text, one event a line with its time in ms since the first event in front; where some
 * are left out, a comment says how many. Returns the lines, NULL for want of memory; *of is then
 * the index of the event of each line, SIZE_MAX for a comment. All are the caller's to free.
 */
char **excerpt_text(const struct history *history, const size_t *chosen, size_t count, size_t **of,
                    size_t *lines);

#endif
