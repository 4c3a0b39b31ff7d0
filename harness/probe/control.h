/* SPDX-License-Identifier: MIT */
/*
 * The control page: memory shared between the runner and the probe of one host. Through it the
 * runner sets gates and faults, and sees what each thread of the host is at, without asking it.
 *
 * The runner writes `armed`, `go` and a whole rule before it arms it; the probe writes the rest.
 *
 * In it stand, too, the blocks of memory that the library has (probe/blocks.c): children that the
 * host forks share the page but not the memory, so only the host itself writes there.
 */
#ifndef REAPCHECK_CONTROL_H
#define REAPCHECK_CONTROL_H

#include <stdint.h>
#include <stdatomic.h>
#include <sys/types.h>
#include "history/calls.h"
#include "history/event.h"

enum {
    CONTROL_RULES = 32,    /* gates and faults set at one time */
    CONTROL_THREADS = 256, /* threads that can be followed */
    CONTROL_HELD = 8,      /* locks remembered for each thread */
    CONTROL_BUCKETS = 1 << 13,
    CONTROL_BUCKET = 8, /* blocks of memory in one bucket: one cache line of addresses */
};

enum rule_kind {
    RULE_GATE_BEFORE = 1, /* the thread waits before the call */
    RULE_GATE_AFTER,      /* the thread waits after the call, its result known */
    RULE_FAULT,           /* the call is not made (but close is) and fails with `error` */
    RULE_SHORT,           /* a read or write moves one byte at most; a wait finds nothing */
    RULE_RAISE,           /* before the call the thread sends itself the signal `error` */
};

/* Which zones a rule applies to. */
enum rule_zone {
    RULE_IN_LIBRARY = 1, /* anywhere in the library, its handlers included (default) */
    RULE_IN_HANDLER,     /* in a handler only */
    RULE_IN_CALL,        /* in the library, but not in a handler */
};

struct control_rule {
    _Atomic uint32_t armed; /* 1 while it applies */
    uint32_t kind;          /* enum rule_kind */
    uint32_t call;          /* enum libc_call */
    uint32_t zone;          /* enum rule_zone */
    int32_t tid;            /* only on this thread; 0: on any */
    uint32_t skip;          /* let this many matching calls pass first */
    uint32_t times;         /* apply this often, then disarm; 0: for ever. A gate: 1 */
    int32_t error;          /* errno, or the signal of RULE_RAISE */
    _Atomic uint32_t seen;  /* matching calls so far */
    _Atomic uint32_t hits;  /* calls to which it was applied */
    _Atomic int32_t holds;  /* a gate: tid that waits at it, 0 for none */
    _Atomic uint32_t go;    /* a gate: futex; the runner sets 1 and wakes */
};

/* What one thread is at. The probe of that thread alone writes it. */
struct control_thread {
    _Atomic int32_t tid; /* 0: place free */
    int32_t pid;
    _Atomic uint32_t call;  /* enum libc_call it is inside, CALL_NONE in between */
    _Atomic int64_t arg;    /* first argument of that call, or the address of the mutex */
    _Atomic uint32_t zone;  /* enum event_zone */
    _Atomic uint32_t depth; /* handlers on its stack */
    _Atomic uint32_t held;  /* locks it holds; the last CONTROL_HELD of them: */
    _Atomic int64_t lock[CONTROL_HELD];
};

/* A block of memory that the library took and nobody has given back. */
struct control_block {
    int64_t size;
    int64_t taken;  /* how many events were in the log then */
    int64_t caller; /* return address of the call that took it */
    int64_t tid;
};

struct control_memory {
    _Atomic uint32_t known;     /* 1 once blocks are kept: not where a sanitizer has the memory */
    _Atomic uint32_t forgotten; /* blocks for which there was no room */
    _Atomic int64_t count;
    _Atomic uintptr_t address[CONTROL_BUCKETS][CONTROL_BUCKET]; /* 0: free */
    struct control_block block[CONTROL_BUCKETS][CONTROL_BUCKET];
};

struct control {
    struct control_rule rule[CONTROL_RULES];
    struct control_thread thread[CONTROL_THREADS];
    struct control_memory memory;
    _Atomic uint32_t calls[CALL_COUNT]; /* that the library has made, by enum libc_call */
};

/* Not for the objects that the host opens: they may have functions of the same name. */
#pragma GCC visibility push(hidden)

/* Makes a control page behind a memfd; returns the fd or -1 with errno. */
int control_create(void);
/* Maps it. NULL with errno on failure. */
struct control *control_map(int fd);
void control_unmap(struct control *control);

#pragma GCC visibility pop

#endif
