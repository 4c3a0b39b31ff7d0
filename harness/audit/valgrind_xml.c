/* SPDX-License-Identifier: MIT */
/*
 * Reads valgrind's XML (protocol 4 and those that followed; valgrind's
 * docs/internals/xml-output-protocol4.txt): one <error> for each distinct error as it is found,
 * then at the end how often each of them struck and which suppressions had hits.
 *
 * It is read element by element, so a report that was cut short yields all errors before the cut.
 * The place of an error is the innermost line of its stacks that is neither libc's, valgrind's nor
 * the harness's own.
 */
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "audit/reader.h"

enum { PROTOCOL_FIRST = 4, STACK_LINES = 16 };

static xmlNodePtr child(xmlNodePtr node, const char *name)
{
    xmlNodePtr at = node ? node->children : NULL;

    while (at && (at->type != XML_ELEMENT_NODE || strcmp((const char *)at->name, name)))
        at = at->next;
    return at;
}

/* The text of a child element, "" where there is none; to be freed. */
static char *text_of(xmlNodePtr node, const char *name)
{
    xmlChar *content = NULL;
    xmlNodePtr at = child(node, name);
    char *text;

    if (at)
        content = xmlNodeGetContent(at);
    text = text_valid(content ? (const char *)content : "");
    xmlFree(content);
    return text;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);

    return length >= size && !strcmp(text + length - size, end);
}

/* Whose code a line of a stack is. */
enum owner { OWNER_SYSTEM, OWNER_HARNESS, OWNER_LIBRARY };

static enum owner owner_of(const char *object, const char *directory)
{
    static const char *const shared[] = {"/libc.so", "/ld-linux", "/libpthread", "/vgpreload_"};

    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (strstr(object, shared[i]))
            return OWNER_SYSTEM;
    if (ends_with(directory, "/harness/host") || ends_with(directory, "/harness/probe") ||
        ends_with(directory, "/harness/history"))
        return OWNER_HARNESS;
    if (!*object && !*directory) /* code that was never mapped, or is no more */
        return OWNER_SYSTEM;
    return OWNER_LIBRARY;
}

static void read_frame(struct audit_error *error, xmlNodePtr frame, bool first, bool may_add)
{
    char *object = text_of(frame, "obj"), *function = text_of(frame, "fn");
    char *directory = text_of(frame, "dir"), *file = text_of(frame, "file");
    char *line = text_of(frame, "line"), *place;
    enum owner owner = owner_of(object, directory);

    if (!*function)
        text_replace(&function, text_of(frame, "ip"));
    if (*file)
        place = text_format("%s (%s:%s)", function, file, line);
    else
        place = text_format("%s (in %s)", function, *object ? object : "no known file");
    if (owner == OWNER_LIBRARY)
        error->of_harness = false;
    if (owner == OWNER_LIBRARY && !error->place)
        error->place = text_format("%s", place);
    if (may_add) {
        char *words = text_format("%s %s", first ? "at" : "by", place);

        text_list_add(&error->stack, words);
        free(words);
    }
    free(place);
    free(line);
    free(file);
    free(directory);
    free(function);
    free(object);
}

static void read_stack(struct audit_error *error, xmlNodePtr stack)
{
    size_t frames = 0;

    for (xmlNodePtr at = stack->children; at; at = at->next)
        if (at->type == XML_ELEMENT_NODE && !strcmp((const char *)at->name, "frame")) {
            read_frame(error, at, frames == 0, frames < STACK_LINES);
            frames++;
        }
}

/* The words of <what>, or of the richer <xwhat>; likewise for <auxwhat>. */
static char *sentence(xmlNodePtr node)
{
    xmlChar *content = xmlNodeGetContent(child(node, "text") ? child(node, "text") : node);
    char *text = text_valid(content ? (const char *)content : "");

    xmlFree(content);
    return text;
}

static bool is(xmlNodePtr node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

/* False where it lacks what every version has so far had. */
static bool read_error(struct audit_account *account, struct text_list *uniques, xmlNodePtr node)
{
    struct audit_error *error = audit_account_error(account);
    char *unique = text_of(node, "unique");
    bool has_stack = false;

    error->kind = text_of(node, "kind");
    error->of_harness = true;
    for (xmlNodePtr at = node->children; at; at = at->next) {
        if (is(at, "stack")) {
            read_stack(error, at);
            has_stack = true;
        } else if (is(at, "what") || is(at, "xwhat")) {
            if (!error->text)
                error->text = sentence(at);
        } else if (is(at, "auxwhat") || is(at, "xauxwhat")) {
            char *words = sentence(at);

            text_list_add(&error->stack, words);
            free(words);
        }
    }
    if (!error->place)
        error->place = text_format("%s", error->stack.count ? error->stack.list[0] : "?");
    if (!error->text)
        error->text = text_format("%s", "");
    text_list_add(uniques, unique);
    free(unique);
    return *error->kind && has_stack && *error->text;
}

/* Later counts of the same report replace earlier ones. */
static void read_counts(struct audit_account *account, const struct text_list *uniques,
                        xmlNodePtr node)
{
    for (xmlNodePtr at = node->children; at; at = at->next) {
        char *count, *unique;

        if (!is(at, "pair"))
            continue;
        count = text_of(at, "count");
        unique = text_of(at, "unique");
        for (size_t i = 0; i < uniques->count; i++)
            if (!strcmp(uniques->list[i], unique))
                account->errors[i].count = strtoul(count, NULL, 10);
        free(unique);
        free(count);
    }
}

static void read_suppressions(struct audit_account *account, xmlNodePtr node)
{
    for (xmlNodePtr at = node->children; at; at = at->next) {
        char *count, *name;

        if (!is(at, "pair"))
            continue;
        count = text_of(at, "count");
        name = text_of(at, "name");
        audit_account_suppressed(account, name, strtoul(count, NULL, 10));
        free(name);
        free(count);
    }
}

/* libxml2's own messages go to stderr otherwise; a cut report is nothing to complain of. */
static void be_silent(void *user, const char *message, xmlParserSeverities severity,
                      xmlTextReaderLocatorPtr locator)
{
    (void)user;
    (void)message;
    (void)severity;
    (void)locator;
}

int audit_read_valgrind(int fd, struct audit_account *account, char *why, size_t size)
{
    xmlTextReaderPtr reader;
    struct text_list uniques = {0};
    long protocol = 0;
    bool root = false, readable = true;
    int r = 0;

    lseek(fd, 0, SEEK_SET);
    reader = xmlReaderForFd(fd, "report.xml", NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    if (!reader) {
        snprintf(why, size, "the report cannot be read");
        return -1;
    }
    xmlTextReaderSetErrorHandler(reader, be_silent, NULL);
    r = xmlTextReaderRead(reader);
    while (r == 1 && readable) {
        const char *name = (const char *)xmlTextReaderConstName(reader);
        xmlNodePtr node;

        if (xmlTextReaderNodeType(reader) != XML_READER_TYPE_ELEMENT) {
            r = xmlTextReaderRead(reader);
            continue;
        }
        if (xmlTextReaderDepth(reader) == 0) {
            root = !strcmp(name, "valgrindoutput");
            r = root ? xmlTextReaderRead(reader) : 0;
            continue;
        }
        node = xmlTextReaderExpand(reader); /* NULL where it is cut within */
        if (!node) {
            r = -1;
            break;
        }
        if (is(node, "protocolversion")) {
            xmlChar *content = xmlNodeGetContent(node);

            protocol = strtol((const char *)content, NULL, 10);
            xmlFree(content);
        } else if (is(node, "error")) {
            readable = read_error(account, &uniques, node);
        } else if (is(node, "errorcounts")) {
            read_counts(account, &uniques, node);
        } else if (is(node, "suppcounts")) {
            read_suppressions(account, node);
        }
        r = xmlTextReaderNext(reader);
    }
    xmlFreeTextReader(reader);
    text_list_clear(&uniques);
    account->cut = r != 0;
    if (!root)
        snprintf(why, size, "it is no report of valgrind's");
    else if (protocol && protocol < PROTOCOL_FIRST)
        snprintf(why, size, "its protocol is version %ld, of a valgrind before 3.5", protocol);
    else if (!readable)
        snprintf(why, size,
                 "an error in it has no kind, text or stack; its protocol is version %ld, and this "
                 "reapcheck was made for version %d",
                 protocol, PROTOCOL_FIRST);
    else
        return 0;
    audit_account_clear(account);
    return -1;
}
