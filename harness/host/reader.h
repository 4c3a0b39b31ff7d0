/* SPDX-License-Identifier: MIT */
/* The thread that reads requests from the protocol socket. */
#ifndef REAPCHECK_HOST_READER_H
#define REAPCHECK_HOST_READER_H

#pragma GCC visibility push(hidden)

/* To be called with all signals blocked. 0 or -errno. */
int reader_start(void);

#pragma GCC visibility pop
#endif
