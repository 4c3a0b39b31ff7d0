/* SPDX-License-Identifier: MIT */
/*
 * The platform: the kernel alone, as an implementation that is played through the scripts about it
 * (`needs platform`) and no others, as no other is played through them.
 */
#ifndef REAPCHECK_PLATFORM_H
#define REAPCHECK_PLATFORM_H

#include "cli/cli.h"

bool platform_is(const struct implementation *implementation);
/* True where the one is played against the other. */
bool platform_suits(const struct implementation *implementation, const struct script *script);
/* Leaves out what is of the platform: for commands that look into libraries. Either may be NULL. */
void platform_leave_out(struct scripts *scripts, struct implementations *implementations);

/* What the ground is looked at with. */
struct ground {
    const struct layout *layout;
    const struct catalogue *catalogue;
    const char *program; /* how reapcheck was called */
    int jobs;
    double slow;
    bool no_namespaces;
};
/*
 * Plays the scripts that have `ground` in them, on which the oracles rely. Returns 0 where they
 * hold or there are none, STATUS_BROKEN after a message that names the kernel and what it breaks,
 * or 128 + the signal that interrupted it.
 */
int ground_look(const struct ground *ground);

#endif
