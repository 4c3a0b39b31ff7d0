/* SPDX-License-Identifier: MIT */
/* How implementations fare with a requirement, for `reapcheck explain`. */
#ifndef REAPCHECK_FARES_H
#define REAPCHECK_FARES_H

#include <stdbool.h>

/* Prints a line for each implementation that the results files of the folder tell of. The other
 * folder is that of expected results. False if there is none. */
bool fares_print(const char *folder, const char *expected_folder, const char *id);

#endif
