/* SPDX-License-Identifier: MIT */
/*
 * The file descriptors of the harness inside the host. They are all numbered 500 and above and
 * close-on-exec, so that what is below belongs to the application and the implementation alone:
 * numbers that they get do not depend on the harness, and a leak of theirs can be seen.
 */
#ifndef REAPCHECK_HOST_DESCRIPTOR_H
#define REAPCHECK_HOST_DESCRIPTOR_H

#pragma GCC visibility push(hidden)

enum { DESCRIPTOR_FIRST = 500 };

/* Raises the soft limit of open files far enough for what the harness keeps open, and occupies
 * the number RC_CHILD_FD, so that no one else is ever given it. 0 or -errno. */
int descriptor_prepare(void);
/* Moves fd to 500 or above and sets close-on-exec. Returns the new number, or -errno; fd itself
 * is gone in either case, unless it was high enough already. */
int descriptor_raise(int fd);
/* The fd that the environment names, raised; the variable is removed. -1: there is none. */
int descriptor_from_environment(const char *variable);
/* Puts all that came from the environment there again and lets it live through an exec; the
 * protocol is spoken on this fd now. */
void descriptor_bequeath(int protocol);
/* A pair of connected stream sockets, raised. 0 or -errno. */
int descriptor_pair(int pair[2]);
/* Puts fd at RC_CHILD_FD, open across exec / takes that number away again. 0 or -errno. */
int descriptor_lend(int fd);
void descriptor_return(void);
void descriptor_close(int fd);
/* Closes what is there and leaves 0, for none: whoever comes second finds nothing. */
void descriptor_close_once(_Atomic int *fd);

#pragma GCC visibility pop
#endif
