/* SPDX-License-Identifier: MIT */
/* The start of a host. */
#ifndef REAPCHECK_HOST_START_H
#define REAPCHECK_HOST_START_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Runs a host on the descriptors that the environment names. objects: the adapters to open beside
 * one that is linked in, two in all at most; ends with NULL. program: the path of the program that
 * children exec. Returns an exit status, and only if there is nothing to drive. */
int host_run(char *const *objects, const char *program);
/* Says hello, starts the threads that a host has beside its lanes, and serves as main. */
_Noreturn void host_serve(bool probe);

#pragma GCC visibility pop
#endif
