/* SPDX-License-Identifier: MIT */
/* What the adapter and the other stand-ins do with the store. */
#ifndef REAPCHECK_XEN_STORE_H
#define REAPCHECK_XEN_STORE_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Gives the path a value, as somebody else than libxl; watches on it or above it fire. False: no
 * memory. [any thread] */
bool store_write(const char *path, const char *value);

/* A domain shut down or went: watches on that fire. [any thread, a child after fork] */
void store_domain_changed(void);

/* -- between store.c and watch.c -- */
/* The path changed: watches on it or above it fire. */
void watches_fire(const char *path);
/* True where `path` is `parent` or below it. */
bool store_below(const char *parent, const char *path);

/* A lock of which nothing in a history is told: it is Xen's, not libxl's. Never held while a
 * function of libc is called that could be made to wait. */
struct store_lock {
    _Atomic int held;
};
void store_lock(struct store_lock *lock);
void store_unlock(struct store_lock *lock);

#pragma GCC visibility pop
#endif
