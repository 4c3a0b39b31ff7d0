/* SPDX-License-Identifier: MIT */
/*
 * Reads what the runtimes of AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer and
 * ThreadSanitizer write. It is text for people, one report after the other:
 *
 *     ==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 ...
 *     WARNING: ThreadSanitizer: data race (pid=7)
 *     Direct leak of 100 byte(s) in 1 object(s) allocated from:
 *     sigchld.c:71:9: runtime error: shift exponent 40 is too large ...
 *
 * and below each its stacks, lines "    #0 0x1234 in function file:line" with what is said between
 * them. SUMMARY ends all but the last kind. A program of which nothing is wrong leaves nothing at
 * all, so only planted faults tell that anybody would have spoken (tool.h).
 *
 * The place of an error is the innermost line of its stacks that is neither the system's, the
 * sanitizer's nor the harness's own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/reader.h"
#include "audit/report.h"

enum { STACK_LINES = 60 };

struct reader {
    struct audit_account *account;
    struct audit_error *error; /* the one that lines belong to, or NULL */
    bool ends;                 /* a SUMMARY belongs to the last one that began */
    char *spot;                /* its place, where its stacks have none */
    bool leaks;                /* within the list of what was lost */
};

/* -- lines of stacks -- */

enum owner { OWNER_SYSTEM, OWNER_HARNESS, OWNER_LIBRARY };

static enum owner owner_of(const char *where)
{
    static const char *const of_system[] = {
        "/libc.so", "/ld-linux",   "/libpthread", "/libasan",      "/liblsan",     "/libubsan",
        "/libtsan", "../sysdeps/", "../nptl/",    "libsanitizer/", "compiler-rt/", "<null>"};
    static const char *const of_harness[] = {"harness/host/", "harness/probe/", "harness/history/"};

    for (size_t i = 0; i < sizeof of_system / sizeof of_system[0]; i++)
        if (strstr(where, of_system[i]))
            return OWNER_SYSTEM;
    for (size_t i = 0; i < sizeof of_harness / sizeof of_harness[0]; i++)
        if (strstr(where, of_harness[i]))
            return OWNER_HARNESS;
    return OWNER_LIBRARY;
}

static const char *base_of(const char *path, size_t length)
{
    size_t start = length;

    while (start > 0 && path[start - 1] != '/')
        start--;
    return path + start;
}

/* "sigchld.c:71" of "/src/lib/sigchld.c:71:9 (mine+0x12)", "in libfoo.so" of "(/lib/libfoo.so+0x1)"
 * where there is no line; a new string. */
static char *short_place(const char *where)
{
    size_t length = strcspn(where, " ");
    const char *colon = memchr(where, ':', length), *base, *end;

    if (*where != '(' && colon) {
        base = base_of(where, (size_t)(colon - where));
        end = colon + 1 + strspn(colon + 1, "0123456789");
        return text_format("%.*s", (int)(end - base), base);
    }
    if (*where == '(')
        where++;
    length = strcspn(where, "+) ");
    base = base_of(where, length);
    return text_format("in %.*s", (int)(where + length - base), base);
}

static bool is_frame(const char *line)
{
    const char *at = line + strspn(line, " ");

    return at > line && *at == '#' && isdigit((unsigned char)at[1]);
}

static void read_frame(struct audit_error *error, const char *line)
{
    const char *at = strchr(line, '#'), *where;
    bool first = !strncmp(at, "#0 ", 3);
    char *function, *spot, *place;
    enum owner owner;
    size_t length;

    at += 1 + strspn(at + 1, "0123456789");
    at += strspn(at, " ");
    if (!strncmp(at, "0x", 2)) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
        if (!strncmp(at, "in ", 3))
            at += 3;
    }
    if (*at == '(') { /* no name is known */
        where = at;
        length = 0;
    } else {
        length = strcspn(at, " ");
        where = at + length + strspn(at + length, " ");
    }
    function = length ? text_format("%.*s", (int)length, at) : text_format("?");
    spot = *where ? short_place(where) : text_format("in no known file");
    place = text_format("%s (%s)", function, spot);
    owner = owner_of(where);
    if (owner == OWNER_LIBRARY) {
        error->of_harness = false;
        if (!error->place)
            error->place = text_format("%s", place);
    }
    if (error->stack.count < STACK_LINES) {
        text_replace(&spot, text_format("%s %s", first ? "at" : "by", place));
        text_list_add(&error->stack, spot);
    }
    free(place);
    free(spot);
    free(function);
}

/* -- errors -- */

/* An error without a line of the code under test is placed where its stack begins. */
static void end_error(struct reader *reader)
{
    struct audit_error *error = reader->error;

    if (error && !error->place && reader->spot) {
        error->place = reader->spot;
        reader->spot = NULL;
    }
    free(reader->spot);
    reader->spot = NULL;
    if (error && !error->place)
        error->place = text_format("%s", error->stack.count ? error->stack.list[0] : "?");
    reader->error = NULL;
}

static void begin_error(struct reader *reader, char *kind, const char *text)
{
    const char *pid = strstr(text, " (pid=");
    size_t length = pid ? (size_t)(pid - text) : strlen(text);

    end_error(reader);
    reader->error = audit_account_error(reader->account);
    reader->error->kind = kind;
    reader->error->text = text_format("%.*s", (int)length, text);
    reader->error->of_harness = true;
}

/* "data race" of "data race (pid=7)", "heap-use-after-free" of "heap-use-after-free on address...",
 * "SEGV" of "SEGV on unknown address"; a new string. */
static char *kind_of(const char *text)
{
    static const char *const ends[] = {" (", " on ", ": "};
    size_t length = strlen(text);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *end = strstr(text, ends[i]);

        if (end && (size_t)(end - text) < length)
            length = (size_t)(end - text);
    }
    return text_format("%.*s", (int)length, text);
}

/* Behind "ThreadSanitizer: " and its like, or NULL where the line is no headline of that word. */
static const char *headline(const char *line, const char *word)
{
    const char *at = line, *name;

    if (!strncmp(at, "==", 2)) {
        at += 2 + strspn(at + 2, "0123456789");
        if (strncmp(at, "==", 2))
            return NULL;
        at += 2;
    }
    if (strncmp(at, word, strlen(word)))
        return NULL;
    at += strlen(word);
    name = at + strcspn(at, " :");
    return name - at > 9 && !strncmp(name - 9, "Sanitizer", 9) && !strncmp(name, ": ", 2) ? name + 2
                                                                                          : NULL;
}

/* "sigchld.c:71:9: runtime error: TEXT": there may be no stack. */
static bool read_undefined(struct reader *reader, const char *line)
{
    static const char mark[] = ": runtime error: ";
    const char *at = strstr(line, mark);
    char *where;

    if (!at)
        return false;
    begin_error(reader, text_format("undefined"), at + strlen(mark));
    where = text_format("%.*s", (int)(at - line), line);
    if (owner_of(where) == OWNER_LIBRARY) {
        reader->spot = short_place(where);
        reader->error->of_harness = false;
    }
    free(where);
    reader->ends = false;
    return true;
}

/* Its own failure: what it said so far is worth nothing. */
static bool is_failure(const char *line)
{
    return !strncmp(line, "FATAL: ", 7) ||
           strstr(line, "Sanitizer has encountered a fatal error") ||
           strstr(line, "Sanitizer: CHECK failed") || strstr(line, "Sanitizer failed to allocate");
}

static void read_line(struct reader *reader, const char *line)
{
    const char *text;

    if ((text = headline(line, "ERROR: ")) || (text = headline(line, "WARNING: "))) {
        bool thread = strstr(line, "ThreadSanitizer") != NULL;

        end_error(reader);
        reader->leaks = strstr(line, "LeakSanitizer: detected memory leaks") != NULL;
        /* Other warnings are of what the runtime had to do without. */
        if (!reader->leaks && (thread || strstr(line, "ERROR: "))) {
            begin_error(reader, kind_of(text), text);
            reader->ends = true;
        } else if (reader->leaks) {
            reader->ends = true;
        }
    } else if (reader->leaks &&
               (!strncmp(line, "Direct leak of ", 15) || !strncmp(line, "Indirect leak of ", 17))) {
        begin_error(reader, text_format("Leak_%.*s", (int)strcspn(line, " "), line), line);
        reader->ends = true;
    } else if (!strncmp(line, "SUMMARY: ", 9)) {
        end_error(reader);
        reader->ends = reader->leaks = false;
    } else if (read_undefined(reader, line)) {
        /* done */
    } else if (reader->error && is_frame(line)) {
        read_frame(reader->error, line);
    } else if (reader->error && *line == ' ' && line[strspn(line, " ")] &&
               reader->error->stack.count < STACK_LINES) {
        text_list_add(&reader->error->stack, line + strspn(line, " "));
    }
}

/* -- all of it -- */

int audit_read_sanitizer(int fd, struct audit_account *account, char *why, size_t size)
{
    struct reader reader = {.account = account};
    char *text = audit_report_load(fd), *valid, *rest, *line;
    int rc = 0;

    if (!text) {
        snprintf(why, size, "%s", strerror(errno));
        return -1;
    }
    rest = valid = text_valid(text);
    free(text);
    while (rc == 0 && (line = strsep(&rest, "\n"))) {
        if (is_failure(line)) {
            snprintf(why, size, "the sanitizer itself failed: %s", line);
            rc = -1;
        } else {
            read_line(&reader, line);
        }
    }
    end_error(&reader);
    account->cut = reader.ends;
    if (rc)
        audit_account_clear(account);
    free(valid);
    return rc;
}
