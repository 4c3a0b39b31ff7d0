/* SPDX-License-Identifier: MIT */
/* What a history says of operations and enablings (adapter_events.h), for oracles about children.
 */
#ifndef REAPCHECK_ORACLE_OPERATIONS_H
#define REAPCHECK_ORACLE_OPERATIONS_H

#include <stdbool.h>
#include "history/history.h"

/* An operation of the ctx (-1: of any) is on its way at event i, or may be: it was started, and its
 * end was not heard of before. */
bool operation_may_run(const struct history *history, int ctx, size_t i);
/* Events of some subject are enabled at event i, or may be. */
bool enabling_may_be(const struct history *history, size_t i);

#endif
