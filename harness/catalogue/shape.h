/* SPDX-License-Identifier: MIT */
/*
 * Requirements of the libxl shape (FK) and those of any implementation (XC) that they touch: the
 * same history that breaks the one breaks the other. A libxl-shaped implementation is charged with
 * the FK one, which says more exactly what went wrong; the XC one is then broken, too.
 */
#ifndef REAPCHECK_CATALOGUE_SHAPE_H
#define REAPCHECK_CATALOGUE_SHAPE_H

/* The requirement of any implementation that this one of the libxl shape restates: whoever breaks
 * the one, in whatever way, breaks the other. NULL where there is none. */
const char *shape_restates(const char *fk);
/* The requirement that any implementation breaks with what an oracle charges a libxl-shaped one
 * with as `fk`: the one that it restates, or else the one that is nearest. NULL where `fk` is owed
 * by the libxl shape alone. */
const char *shape_elsewhere(const char *fk);

#endif
