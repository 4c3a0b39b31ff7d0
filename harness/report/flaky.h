/* SPDX-License-Identifier: MIT */
/* What several plays of one scenario say together. */
#ifndef REAPCHECK_FLAKY_H
#define REAPCHECK_FLAKY_H

#include <stddef.h>
#include "report/verdict.h"

/*
 * Looks at all plays of one scenario by one implementation. If one of them failed, those that
 * passed become VERDICT_FLAKY, with the findings of the first that failed. Returns NULL, or a
 * sentence to be told where the plays did not all bring the same: a new string.
 */
char *flaky_mark(struct verdict *plays, size_t count);
/* How bad a verdict is, to take the worst of several: a higher number is worse. */
int flaky_badness(const struct verdict *verdict);

#endif
