/* SPDX-License-Identifier: MIT */
/*
 * Reads valgrind's XML (protocol 4 and those that followed; valgrind's
 * docs/internals/xml-output-protocol4.txt): one <error> for each distinct error as it is found,
 * then at the end how often each of them struck and which suppressions had hits.
 *
 * A report that was cut short yields all errors before the cut.
 * The place of an error is the innermost line of its stacks that is neither libc's, valgrind's nor
 * the harness's own.
 */
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/reader.h"
#include "audit/report.h"

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

/*
 * Once a signal has ended the process, Helgrind tells of each lock that a thread had. Nobody is
 * left who could wait for it, and of the end itself the play tells.
 */
static bool is_lock_of_the_dead(xmlNodePtr error)
{
    xmlNodePtr what = child(error, "xwhat") ? child(error, "xwhat") : child(error, "what");
    char *text = what ? sentence(what) : NULL;
    bool is_lock = text && strstr(text, "Exiting thread still holds");

    free(text);
    return is_lock;
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

/* A report that breaks off is closed behind the last error that is whole. True where it does. */
static bool mend(char **text)
{
    static const char root[] = "<valgrindoutput>", end[] = "</valgrindoutput>",
                      error[] = "</error>";
    char *at = strstr(*text, root), *next;

    if (!at || strstr(at, end))
        return false;
    at += strlen(root);
    while ((next = strstr(at, error)))
        at = next + strlen(error);
    *at = 0;
    text_append(text, "%s", end);
    return true;
}

static bool read_root(struct audit_account *account, xmlNodePtr root, long *protocol)
{
    struct text_list uniques = {0};
    bool readable = true, dead = false;

    for (xmlNodePtr at = root->children; at && readable; at = at->next) {
        if (is(at, "protocolversion")) {
            char *number = text_of(root, "protocolversion");

            *protocol = strtol(number, NULL, 10);
            free(number);
        } else if (is(at, "fatal_signal")) {
            dead = true;
        } else if (is(at, "error")) {
            if (!dead || !is_lock_of_the_dead(at))
                readable = read_error(account, &uniques, at);
        } else if (is(at, "errorcounts")) {
            read_counts(account, &uniques, at);
        } else if (is(at, "suppcounts")) {
            read_suppressions(account, at);
        }
    }
    text_list_clear(&uniques);
    return readable;
}

int audit_read_valgrind(int fd, struct audit_account *account, char *why, size_t size)
{
    char *text = audit_report_load(fd);
    xmlNodePtr root = NULL;
    xmlDocPtr document = NULL;
    bool readable = false;
    long protocol = 0;
    int rc = -1;

    if (!text) {
        snprintf(why, size, "%s", strerror(errno));
        return -1;
    }
    account->cut = mend(&text);
    document =
        xmlReadMemory(text, (int)strlen(text), "report.xml", NULL,
                      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    root = document ? xmlDocGetRootElement(document) : NULL;
    if (root && is(root, "valgrindoutput"))
        readable = read_root(account, root, &protocol);
    else
        root = NULL;
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
        rc = 0;
    if (rc)
        audit_account_clear(account);
    xmlFreeDoc(document);
    free(text);
    return rc;
}
