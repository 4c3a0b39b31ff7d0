/* SPDX-License-Identifier: MIT */
/*
 * What a history is made of; for history.c and text.c alone.
 *
 * Names stand in tables of their own, found by number (index of a ctx, pid of a child, pid and tid
 * of a lane) and by text. A pid that the kernel used twice keeps the name it had first, and two
 * bearers of one name are told apart by their numbers.
 */
#ifndef REAPCHECK_HISTORY_PARTS_H
#define REAPCHECK_HISTORY_PARTS_H

#include <stdbool.h>
#include <uthash.h>
#include "history/history.h"

struct name_key {
    int32_t pid, number; /* pid: 0 but for lanes and things */
};

struct name {
    struct name_key key;
    bool shared; /* this text is the name of another number, too */
    UT_hash_handle by_key, by_text;
    char text[];
};

struct names {
    struct name *by_key, *by_text;
};

struct history {
    struct event *events;
    size_t count, size;
    char *text; /* strings; the one at 0 is empty */
    size_t text_used, text_size;
    struct names ctxs, children, lanes;
    struct names things;   /* subjects, evgens, operations, watches; pid of a key: its form */
    struct names *made_up; /* for what bears no name */
};

struct history *history_new(void);
/* Appends a copy of *event with a text of its own. Returns the copy, NULL for want of memory. */
struct event *history_add(struct history *history, const struct event *event, const char *text);

/* Gives a number a name. Returns what it is called now, NULL for want of memory. */
const struct name *history_names_add(struct names *names, int pid, int number, const char *text);
/* The form in which the thing is written that an event of this kind names; 0: it names none. */
int names_form(unsigned kind);
/* NULL where there is none. */
const struct name *names_by_number(const struct names *names, int pid, int number);
/* The first that was given this name; NULL where there is none. */
const struct name *names_by_text(const struct names *names, const char *text);

#endif
