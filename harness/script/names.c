/* SPDX-License-Identifier: MIT */
/*
 * A map from names to what they stand for. There is one space of names for lanes, ctxs and
 * children, so that a person never has to ask which one is meant.
 */
#include "script/names.h"

#include <stdlib.h>
#include <string.h>
#include "script/words.h"

/* uthash would end the process for want of memory; so the entry is told, and nobody else. */
#define HASH_NONFATAL_OOM           1
#define uthash_nonfatal_oom(entry_) ((entry_)->lost = true)
#include <uthash.h>

struct entry {
    struct name name;
    bool lost;
    UT_hash_handle hh;
};

struct names {
    struct entry *entries;
};

struct names *names_new(void)
{
    return calloc(1, sizeof(struct names));
}

void names_free(struct names *names)
{
    struct entry *entry, *next;
    if (!names)
        return;
    HASH_ITER (hh, names->entries, entry, next) {
        HASH_DEL(names->entries, entry);
        free(entry);
    }
    free(names);
}

struct name *names_find(const struct names *names, const char *text)
{
    struct entry *entry;
    HASH_FIND_STR(names->entries, text, entry);
    return entry ? &entry->name : NULL;
}

struct name *names_add(struct names *names, const char *text, enum makes kind,
                       const struct step *made_by)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    strncpy(entry->name.text, text, SCRIPT_NAME - 1);
    entry->name.kind = kind;
    entry->name.made_by = made_by;
    HASH_ADD_STR(names->entries, name.text, entry);
    if (entry->lost) {
        free(entry);
        return NULL;
    }
    return &entry->name;
}

void names_each(struct names *names, void (*call)(struct name *name, void *with), void *with)
{
    struct entry *entry, *next;
    HASH_ITER (hh, names->entries, entry, next)
        call(&entry->name, with);
}

int names_member(const char *text, char group[SCRIPT_NAME])
{
    const char *dot = strrchr(text, '.');
    int number;
    if (!dot || dot == text || !words_number(dot + 1, 1, SCRIPT_COUNT_MAX, &number))
        return 0;
    memcpy(group, text, (size_t)(dot - text));
    group[dot - text] = '\0';
    return number;
}
