/* SPDX-License-Identifier: MIT */
/*
 * The domains that the stand-ins know of. They exist from domain_make until domain_forget, and in
 * between libxl sees them run, shut down or be gone.
 *
 * Their states are in memory that is shared with forked children: libxl destroys a domain in one.
 * Nothing here takes a lock, so that such a child needs none.
 */
#ifndef REAPCHECK_XEN_DOMAINS_H
#define REAPCHECK_XEN_DOMAINS_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum domain_state { DOMAIN_NONE, DOMAIN_RUNS, DOMAIN_SHUT_DOWN, DOMAIN_GONE };

/* A new domain that runs, with a device model where `emulated`; its number, 0: no more of them.
 * [any thread] */
uint32_t domain_make(bool emulated);
/* It shuts down, or is gone; libxl's watches on such things fire. [any thread, a child after fork]
 */
void domain_shut_down(uint32_t id);
void domain_end(uint32_t id);
/* Its number may be had again. [any thread] */
void domain_forget(uint32_t id);

/* -- for the stand-ins -- */
enum { DOMAIN_FIRST = 1, DOMAINS = 4096 };
enum domain_state domain_look(uint32_t id);
bool domain_emulated(uint32_t id);
/* How many times one shut down or went. */
uint32_t domain_changes(void);
/* Sixteen bytes that no other domain of this machine has. */
void domain_identify(uint32_t id, uint8_t uuid[16]);

#pragma GCC visibility pop
#endif
