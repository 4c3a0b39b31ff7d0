/* SPDX-License-Identifier: MIT */
/* What the files share that judge operations. Private to them. */
#ifndef REAPCHECK_ORACLE_OPERATIONS_H
#define REAPCHECK_ORACLE_OPERATIONS_H

#include "oracle/families.h"
#include "oracle/trial.h"

/* An operation, followed event by event. */
struct course {
    int number;
    size_t ends, first;            /* how often its end was told, and when first */
    size_t callbacks, in_callback; /* of progress: those that have not returned; the last */
    UT_hash_handle hh;
};

const char *who_operation(const struct trial *trial, const struct operation_fact *operation,
                          char *who);

/* -- operations_end.c -- */
/* Event `end` is the word of its end. course: NULL where nothing was told of it before. */
void judge_operation_end(struct trial *trial, const struct operation_fact *operation,
                         const struct course *course, size_t end);

#endif
