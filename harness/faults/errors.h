/* SPDX-License-Identifier: MIT */
/*
 * Which errors a libc call may return, by its manual page, and which of them are planted. Planted
 * is what the kernel, the machine or its limits may answer a caller who did everything right.
 */
#ifndef REAPCHECK_FAULTS_ERRORS_H
#define REAPCHECK_FAULTS_ERRORS_H

#include <stdio.h>
#include "history/calls.h"

struct fault_error {
    enum libc_call call;
    int error;
    enum libc_call unless; /* not where the library makes that call, too; CALL_NONE */
};
/* Those that are planted, call by call; ends with CALL_NONE. */
extern const struct fault_error fault_errors[];

/* Why the other errors of a call are left out. Every call has one. */
const char *fault_errors_left_out(enum libc_call call);

/* Prints the whole table for people. */
void fault_errors_print(FILE *out);

#endif
