/* SPDX-License-Identifier: MIT */
/* Writes XML. Any text may be given to it. */
#ifndef REAPCHECK_XML_H
#define REAPCHECK_XML_H

#include <stddef.h>
#include <stdio.h>

struct xml;

/* Begins a document, which is kept in memory. Memory that is not there ends the program. */
struct xml *xml_begin(void);
/* Ends and frees it, and writes it. Returns 0, or -errno where not all of it could be written. */
int xml_finish(struct xml *xml, FILE *out);

void xml_start(struct xml *xml, const char *name);
void xml_end(struct xml *xml);
void xml_attribute(struct xml *xml, const char *name, const char *text);
void xml_number(struct xml *xml, const char *name, size_t value);
/* The attribute `time`, in seconds. */
void xml_seconds(struct xml *xml, double milliseconds);
void xml_text(struct xml *xml, const char *content);

#endif
