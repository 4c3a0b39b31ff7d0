/* SPDX-License-Identifier: MIT */
/* What commands that take long tell a person who waits: how far they are, and how long it took. */
#ifndef REAPCHECK_PROGRESS_H
#define REAPCHECK_PROGRESS_H

/* Shows this on the last line of stderr, in the place of what was shown before; nothing where
 * stderr is no terminal. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Takes it away. */
void progress_clear(void);
/* Seconds on a clock that nobody sets. */
double progress_seconds(void);

#endif
