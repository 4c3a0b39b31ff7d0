/* SPDX-License-Identifier: MIT */
/* A forked copy of the host, which goes on as a host of its own. See PROTOCOL.md. */
#ifndef REAPCHECK_HOST_COPY_H
#define REAPCHECK_HOST_COPY_H

#include <stdbool.h>
#include "history/log.h"

#pragma GCC visibility push(hidden)

/* What a copy will need: births is -1 for none. */
void copy_prepare(struct log *log, int births, bool probe);
bool copy_possible(void);
bool copy_has_probe(void);
/* In the copy, on the thread that forked: lives as a host from here on. */
_Noreturn void copy_live(const char *name);

#pragma GCC visibility pop
#endif
