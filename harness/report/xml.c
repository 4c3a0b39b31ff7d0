/* SPDX-License-Identifier: MIT */
/*
 * XML 1.0 has no way to write most control characters, so what a program under test may have said
 * is made legible first: the rest is the writer's of libxml2. An error is kept until the end.
 */
#include "report/xml.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/xmlwriter.h>
#include "report/report.h"
#include "report/text.h"

struct xml {
    xmlBuffer *buffer;
    xmlTextWriter *writer;
    bool failed;
};

static bool is_control(const unsigned char *s)
{
    return (*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

/* A new string that XML can hold: UTF-8, no control characters, none of U+FFFE and U+FFFF. */
static char *legible(const char *text)
{
    char *valid = text_valid(text), *copy = text_memory(4 * strlen(valid) + 1, 1), *to = copy;

    for (const unsigned char *s = (unsigned char *)valid; *s; s++)
        if (is_control(s))
            to += sprintf(to, "\\x%02x", *s == 0xc2 ? *++s : *s);
        else if (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe) {
            to = stpcpy(to, "\xef\xbf\xbd");
            s += 2;
        } else
            *to++ = (char)*s;
    free(valid);
    return copy;
}

static void check(struct xml *xml, int rc)
{
    xml->failed |= rc < 0;
}

void xml_start(struct xml *xml, const char *name)
{
    check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST name));
}

void xml_end(struct xml *xml)
{
    check(xml, xmlTextWriterEndElement(xml->writer));
}

void xml_attribute(struct xml *xml, const char *name, const char *text)
{
    char *copy = legible(text);

    check(xml, xmlTextWriterWriteAttribute(xml->writer, BAD_CAST name, BAD_CAST copy));
    free(copy);
}

void xml_number(struct xml *xml, const char *name, size_t value)
{
    check(xml, xmlTextWriterWriteFormatAttribute(xml->writer, BAD_CAST name, "%zu", value));
}

void xml_seconds(struct xml *xml, double milliseconds)
{
    check(xml, xmlTextWriterWriteFormatAttribute(xml->writer, BAD_CAST "time", "%.3f",
                                                 milliseconds / 1000));
}

void xml_text(struct xml *xml, const char *content)
{
    char *copy = legible(content);

    check(xml, xmlTextWriterWriteString(xml->writer, BAD_CAST copy));
    free(copy);
}

struct xml *xml_begin(void)
{
    struct xml *xml = text_memory(1, sizeof *xml);

    xml->buffer = xmlBufferCreate();
    xml->writer = xml->buffer ? xmlNewTextWriterMemory(xml->buffer, 0) : NULL;
    if (!xml->writer) {
        fputs("reapcheck: no memory left\n", stderr);
        exit(3);
    }
    xmlTextWriterSetIndent(xml->writer, 1);
    check(xml, xmlTextWriterStartDocument(xml->writer, NULL, "UTF-8", NULL));
    return xml;
}

int xml_finish(struct xml *xml, FILE *out)
{
    int rc = -ENOMEM; /* all that can go wrong in memory */

    check(xml, xmlTextWriterEndDocument(xml->writer));
    xmlFreeTextWriter(xml->writer);
    if (!xml->failed) {
        fwrite(xmlBufferContent(xml->buffer), 1, xmlBufferLength(xml->buffer), out);
        rc = report_flush(out);
    }
    xmlBufferFree(xml->buffer);
    free(xml);
    return rc;
}
