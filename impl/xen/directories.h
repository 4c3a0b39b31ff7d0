/* SPDX-License-Identifier: MIT */
/* The directories in which libxl keeps its locks. */
#ifndef REAPCHECK_XEN_DIRECTORIES_H
#define REAPCHECK_XEN_DIRECTORIES_H

#pragma GCC visibility push(hidden)

#define XEN_LIB "/var/lib/xen"
#define XEN_RUN "/var/run/xen"

/* Why operations cannot be had, as they need these directories; NULL: they can be. */
const char *directories_missing(void);

#pragma GCC visibility pop
#endif
