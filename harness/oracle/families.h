/* SPDX-License-Identifier: MIT */
/* The families of requirements: one file, one function each. oracles.c lists them. */
#ifndef REAPCHECK_ORACLE_FAMILIES_H
#define REAPCHECK_ORACLE_FAMILIES_H

#include "oracle/oracle.h"

typedef void judge_function(const struct history *history, const struct subject *subject,
                            struct findings *findings);

judge_function judge_exactly_once;
judge_function judge_true_status;
judge_function judge_theft;
judge_function judge_strangers;
judge_function judge_zombies;
judge_function judge_handler_needed;
judge_function judge_restored;
judge_function judge_locks;
judge_function judge_handler_pure;
judge_function judge_masks;
judge_function judge_fds;
judge_function judge_newborns;
judge_function judge_births;
judge_function judge_given_back;
judge_function judge_late_signals;
judge_function judge_events;
judge_function judge_retrieval;
judge_function judge_disasters;
judge_function judge_operations;
judge_function judge_aborts;
judge_function judge_hooks;
judge_function judge_idle;
judge_function judge_poll;
judge_function judge_watches;
judge_function judge_progress;
judge_function judge_coexistence;

#endif
