/* SPDX-License-Identifier: MIT */
/* What is broken where a call of adapter_events.h does not come back (progress_events.c). */
#ifndef REAPCHECK_ORACLE_PROGRESS_H
#define REAPCHECK_ORACLE_PROGRESS_H

#include "oracle/trial.h"

/* The thread hangs, by event i, in the call that it entered by event `entered`. NULL where that may
 * be as it should be. otherwise: what a call of adapter.h breaks. */
const char *hang_of_events(const struct trial *trial, size_t entered, size_t i,
                           const char *otherwise);
/* The process ended while the thread was in the call. NULL: nothing that these calls have of their
 * own. */
const char *crash_of_events(const struct trial *trial, size_t entered, size_t i);
/* The thread waits in a call that may wait for as long as it likes. */
bool may_wait(const struct trial *trial, const struct thread *thread);

#endif
