/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own record of every process that a scenario makes: a pidfd for each, taken at its
 * birth, and through it what the kernel says of its end. This is the truth against which reports
 * are judged.
 *
 * Where the kernel has PIDFD_INFO_EXIT, the status of a process is to be had even after somebody
 * reaped it. Elsewhere it is read from /proc while the process is a zombie, and where that comes
 * too late it is not known (-1) and the order that the child was given stands in for it.
 */
#ifndef REAPCHECK_RECORD_H
#define REAPCHECK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct life {
    pid_t pid;
    pid_t parent; /* that forked it; 0 where nobody said */
    int pidfd;    /* -1 where none was to be had */
    bool exited;  /* the kernel said so */
    bool reaped;  /* likewise; its pid may be another's by now */
    bool named;   /* a child of the script has it: a later child with its pid is another life */
    int status;   /* wait status, -1 while not known */
};

struct record {
    struct life *lives; /* in order of birth; a pid that is used again stands twice */
    size_t count, size;
};

/* Takes over pidfd (-1: opens one); parent may be 0. Returns its index, or -1 for want of memory.
 */
int record_birth(struct record *record, pid_t pid, pid_t parent, int pidfd);
/* The latest life with this pid, NULL if there is none. */
struct life *record_find(struct record *record, pid_t pid);
/* Looks whether it has ended, and if so with which status. Returns life->exited. */
bool record_look(struct life *life);
/* True if it has ended and has been reaped. */
bool record_reaped(struct life *life);
/* Sends it a signal, if it is still there. */
void record_signal(const struct life *life, int signal);
void record_free(struct record *record);

#endif
