/* SPDX-License-Identifier: MIT */
/* What those share who write Markdown. */
#ifndef REAPCHECK_MARKDOWN_H
#define REAPCHECK_MARKDOWN_H

#include <stdio.h>

/* Writes a text that came from elsewhere as what it is: no markup, no HTML, no line break. */
void markdown_put(FILE *out, const char *text);

#endif
