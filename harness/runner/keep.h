/* SPDX-License-Identifier: MIT */
/* What a verdict keeps of the history of a play in which something was found. */
#ifndef REAPCHECK_KEEP_H
#define REAPCHECK_KEEP_H

#include "oracle/oracle.h"
#include "report/verdict.h"
#include "runner/play.h"

/* Fills in verdict->history, where the verdict has findings or is an error; its findings are those
 * of `played` and then of `judged`, or one of a documented limit. Returns 0, or -ENOMEM. */
int keep_excerpt(const struct played *played, const struct findings *judged,
                 struct verdict *verdict);

#endif
