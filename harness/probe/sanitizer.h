/* SPDX-License-Identifier: MIT */
/* What the host has to tell a sanitizer that it was built with; see sanitizer.c. Without one these
 * do nothing. */
#ifndef REAPCHECK_SANITIZER_H
#define REAPCHECK_SANITIZER_H

/* First of all in a forked child, however it was made. */
void sanitizer_in_child(void);
/* At the end of a host. Not in a forked copy of it: what only threads pointed to that are not there
 * would be taken for lost. */
void sanitizer_look_for_leaks(void);

#endif
