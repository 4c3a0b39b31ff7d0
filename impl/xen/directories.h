/* SPDX-License-Identifier: MIT */
/* The directories in which libxl keeps its locks. */
#ifndef REAPCHECK_XEN_DIRECTORIES_H
#define REAPCHECK_XEN_DIRECTORIES_H

#pragma GCC visibility push(hidden)

#define XEN_LIB "/var/lib/xen"
#define XEN_RUN "/var/run/xen"

/* Gives the process directories of its own. To be called while it has one thread. NULL, or why that
 * cannot be. */
const char *directories_make(void);

#pragma GCC visibility pop
#endif
