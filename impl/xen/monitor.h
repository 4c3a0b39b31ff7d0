/* SPDX-License-Identifier: MIT */
/* The monitors of emulated domains' device models. */
#ifndef REAPCHECK_XEN_MONITOR_H
#define REAPCHECK_XEN_MONITOR_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* From now on libxl finds the domain's monitor, which answers each command with success. 0 or
 * -errno. [any thread] */
int monitor_open(uint32_t domain);
void monitor_close(uint32_t domain);

#pragma GCC visibility pop
#endif
