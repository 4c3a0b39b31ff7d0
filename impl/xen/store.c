/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the store: paths with values. What is asked of it is answered at once and never
 * fails; a transaction always succeeds. The definitions of an executable win over those of
 * libxenstore. Connections and watches are in watch.c.
 */
#include "store.h"
#include "domains.h"

#include <xenstore.h>

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { BUCKETS = 1024 };

struct node {
    SLIST_ENTRY(node) next;
    size_t value_at; /* in text */
    char text[];     /* path, value */
};
SLIST_HEAD(nodes, node);

static struct nodes buckets[BUCKETS];
static struct store_lock lock;

void store_lock(struct store_lock *one)
{
    while (atomic_exchange(&one->held, 1))
        sched_yield();
}

void store_unlock(struct store_lock *one)
{
    atomic_store(&one->held, 0);
}

static struct nodes *bucket_of(const char *path)
{
    unsigned long hash = 5381;

    for (; *path; path++)
        hash = hash * 33 + (unsigned char)*path;
    return &buckets[hash % BUCKETS];
}

static struct node *find(struct nodes *bucket, const char *path)
{
    struct node *node;

    SLIST_FOREACH (node, bucket, next)
        if (!strcmp(node->text, path))
            return node;
    return NULL;
}

bool store_below(const char *parent, const char *path)
{
    size_t length = strlen(parent);

    return !strncmp(parent, path, length) &&
           (path[length] == '\0' || path[length] == '/' || !strcmp(parent, "/"));
}

static bool put(const char *path, const char *value, size_t length)
{
    size_t value_at = strlen(path) + 1;
    struct node *node = malloc(sizeof(*node) + value_at + length + 1), *old;
    struct nodes *bucket = bucket_of(path);

    if (!node)
        return false;
    node->value_at = value_at;
    memcpy(node->text, path, value_at);
    memcpy(node->text + value_at, value, length);
    node->text[value_at + length] = '\0';
    store_lock(&lock);
    old = find(bucket, path);
    if (old)
        SLIST_REMOVE(bucket, old, node, next);
    SLIST_INSERT_HEAD(bucket, node, next);
    store_unlock(&lock);
    free(old);
    watches_fire(path);
    return true;
}

bool store_write(const char *path, const char *value)
{
    return put(path, value, strlen(value));
}

/* Takes the path away and all that is below it. */
static void remove_below(const char *path)
{
    struct nodes removed = SLIST_HEAD_INITIALIZER(removed);
    struct node *node, *after;

    store_lock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (node = SLIST_FIRST(&buckets[i]); node; node = after) {
            after = SLIST_NEXT(node, next);
            if (!store_below(path, node->text))
                continue;
            SLIST_REMOVE(&buckets[i], node, node, next);
            SLIST_INSERT_HEAD(&removed, node, next);
        }
    }
    store_unlock(&lock);
    while ((node = SLIST_FIRST(&removed))) {
        SLIST_REMOVE_HEAD(&removed, next);
        watches_fire(node->text);
        free(node);
    }
}

/* -- libxenstore's functions -- */

/* "domid" is where a host reads its own number. */
void *xs_read(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
              unsigned int *length)
{
    char value[512] = "0";
    bool found = !strcmp(path, "domid");
    const struct node *node;
    char *copy;

    (void)handle;
    (void)transaction;
    store_lock(&lock);
    node = find(bucket_of(path), path);
    if (node) {
        snprintf(value, sizeof(value), "%s", node->text + node->value_at);
        found = true;
    }
    store_unlock(&lock);
    if (!found) {
        errno = ENOENT;
        return NULL;
    }
    copy = strdup(value);
    if (copy && length)
        *length = (unsigned int)strlen(copy);
    return copy;
}

/* The driver behind a device is quick: told to start, it is ready (1, 2); told to close, it has
 * closed (5, 6). */
static const char *driven(const char *path, const char *value, unsigned int length)
{
    const char *name = strrchr(path, '/');

    if (length != 1 || !name || strcmp(name, "/state") ||
        !store_below("/local/domain/0/backend", path))
        return value;
    return *value == '1' ? "2" : *value == '5' ? "6" : value;
}

bool xs_write(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
              const void *value, unsigned int length)
{
    (void)handle;
    (void)transaction;
    return put(path, driven(path, value, length), length);
}

bool xs_mkdir(struct xs_handle *handle, xs_transaction_t transaction, const char *path)
{
    (void)handle;
    (void)transaction;
    (void)path; /* a directory is where something is in it */
    return true;
}

bool xs_rm(struct xs_handle *handle, xs_transaction_t transaction, const char *path)
{
    (void)handle;
    (void)transaction;
    remove_below(path);
    return true;
}

bool xs_set_permissions(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
                        struct xs_permissions *permissions, unsigned int count)
{
    (void)handle;
    (void)transaction;
    (void)path;
    (void)permissions;
    (void)count;
    return true;
}

/* The names right below path, each once, in one block with the pointers to them. */
char **xs_directory(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
                    unsigned int *count)
{
    enum { NAMES = 64, NAME = 64 };
    char names[NAMES][NAME];
    size_t prefix = strlen(path);
    unsigned int found = 0;
    const struct node *node;
    char **list;

    (void)handle;
    (void)transaction;
    store_lock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        SLIST_FOREACH (node, &buckets[i], next) {
            const char *name = node->text + prefix + 1;
            unsigned int same = 0;
            int length;

            if (!store_below(path, node->text) || node->text[prefix] == '\0' || found == NAMES)
                continue;
            length = (int)strcspn(name, "/");
            snprintf(names[found], NAME, "%.*s", length, name);
            while (strcmp(names[same], names[found]))
                same++;
            if (same == found)
                found++;
        }
    }
    store_unlock(&lock);
    *count = found;
    if (!found) {
        errno = ENOENT;
        return NULL;
    }
    list = malloc(found * (sizeof(*list) + NAME));
    for (unsigned int i = 0; list && i < found; i++)
        list[i] = memcpy((char *)(list + found) + i * NAME, names[i], NAME);
    return list;
}

xs_transaction_t xs_transaction_start(struct xs_handle *handle)
{
    (void)handle;
    return 1;
}

bool xs_transaction_end(struct xs_handle *handle, xs_transaction_t transaction, bool abort)
{
    (void)handle;
    (void)transaction;
    (void)abort;
    return true;
}

char *xs_get_domain_path(struct xs_handle *handle, unsigned int id)
{
    char *path;

    (void)handle;
    return asprintf(&path, "/local/domain/%u", id) < 0 ? NULL : path;
}

bool xs_path_is_subpath(const char *parent, const char *path)
{
    return store_below(parent, path);
}

int xs_suspend_evtchn_port(int id)
{
    (void)id;
    return -1;
}
