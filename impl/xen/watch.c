/* SPDX-License-Identifier: MIT */
/*
 * Stands in for connections to the store, and for the watches on them.
 *
 * A watch fires once as soon as it is made, and then whenever its path or one below it changes;
 * what changes before it is looked at counts as one change. The special path "@releaseDomain"
 * changes when a domain shuts down or goes, which may happen in a forked child: such a child only
 * rings, and whoever looks sees from the number of changes what happened.
 *
 * A connection has an eventfd from the first watch on. It is readable while a watch has fired. The
 * kernel is called directly to ring it, as nothing of this is libxl's doing; making and closing it
 * is, as it would be with the real store.
 */
#include "store.h"
#include "domains.h"

#include <xenstore.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CONNECTIONS = 256 };

struct watch {
    TAILQ_ENTRY(watch) next;
    bool fired, on_domains;
    uint32_t changes_seen; /* on_domains */
    const char *token;
    char path[]; /* path, token */
};

struct xs_handle {
    atomic_bool open;
    atomic_int bell; /* the eventfd plus one; 0: none yet */
    TAILQ_HEAD(, watch) watches;
};

/* In a table, as a forked child needs to find them without a lock. */
static struct xs_handle connections[CONNECTIONS];
static struct store_lock lock;

static void ring(struct xs_handle *handle)
{
    uint64_t one = 1;
    int bell = atomic_load(&handle->bell);

    if (bell)
        syscall(SYS_write, bell - 1, &one, sizeof(one));
}

static void stop_ringing(struct xs_handle *handle)
{
    uint64_t times;
    int bell = atomic_load(&handle->bell);

    if (bell)
        syscall(SYS_read, bell - 1, &times, sizeof(times));
}

void store_domain_changed(void)
{
    int error = errno;

    for (size_t i = 0; i < CONNECTIONS; i++)
        if (atomic_load(&connections[i].open))
            ring(&connections[i]);
    errno = error;
}

void watches_fire(const char *path)
{
    struct watch *watch;

    for (size_t i = 0; i < CONNECTIONS; i++) {
        bool fired = false;

        if (!atomic_load(&connections[i].bell))
            continue;
        store_lock(&lock);
        TAILQ_FOREACH (watch, &connections[i].watches, next)
            if (store_below(watch->path, path))
                watch->fired = fired = true;
        if (fired)
            ring(&connections[i]); /* with the lock: xs_close takes the bell away under it */
        store_unlock(&lock);
    }
}

/* -- libxenstore's functions -- */

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        bool closed = false;

        if (!atomic_compare_exchange_strong(&connections[i].open, &closed, true))
            continue;
        TAILQ_INIT(&connections[i].watches);
        return &connections[i];
    }
    errno = EMFILE;
    return NULL;
}

void xs_close(struct xs_handle *handle)
{
    struct watch *watch;
    int bell;

    if (!handle)
        return;
    store_lock(&lock);
    bell = atomic_exchange(&handle->bell, 0);
    while ((watch = TAILQ_FIRST(&handle->watches))) {
        TAILQ_REMOVE(&handle->watches, watch, next);
        free(watch);
    }
    store_unlock(&lock);
    if (bell)
        close(bell - 1);
    atomic_store(&handle->open, false);
}

/* In a child that libxl forks: nothing is to be asked by it, and what it may have to tell goes by
 * the bell. */
void xs_daemon_destroy_postfork(struct xs_handle *handle)
{
    (void)handle;
}

int xs_fileno(struct xs_handle *handle)
{
    int bell = atomic_load(&handle->bell);

    if (!bell) {
        bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) + 1;
        atomic_store(&handle->bell, bell);
    }
    return bell - 1;
}

bool xs_watch(struct xs_handle *handle, const char *path, const char *token)
{
    size_t token_at = strlen(path) + 1;
    struct watch *watch = malloc(sizeof(*watch) + token_at + strlen(token) + 1);

    if (!watch)
        return false;
    watch->token = strcpy(watch->path + token_at, token);
    strcpy(watch->path, path);
    watch->fired = true;
    watch->on_domains = !strcmp(path, "@releaseDomain");
    watch->changes_seen = domain_changes();
    store_lock(&lock);
    TAILQ_INSERT_TAIL(&handle->watches, watch, next);
    store_unlock(&lock);
    ring(handle);
    return true;
}

bool xs_unwatch(struct xs_handle *handle, const char *path, const char *token)
{
    struct watch *watch;

    store_lock(&lock);
    TAILQ_FOREACH (watch, &handle->watches, next)
        if (!strcmp(watch->path, path) && !strcmp(watch->token, token))
            break;
    if (watch)
        TAILQ_REMOVE(&handle->watches, watch, next);
    store_unlock(&lock);
    free(watch);
    if (!watch)
        errno = ENOENT;
    return watch;
}

/* True where it has fired; it then has not any more. Called with the lock. */
static bool take(struct watch *watch)
{
    uint32_t changes = domain_changes();
    bool fired = watch->fired || (watch->on_domains && watch->changes_seen != changes);

    watch->fired = false;
    watch->changes_seen = changes;
    return fired;
}

/* Path and token of a watch that has fired, in one block with the pointers to them. */
char **xs_check_watch(struct xs_handle *handle)
{
    enum { ROOM = 512 };
    char **found = malloc(2 * sizeof(*found) + ROOM), *text = (char *)(found + 2);
    struct watch *watch;

    if (!found)
        return NULL;
    /* First, lest a ring that comes now be missed. */
    stop_ringing(handle);
    store_lock(&lock);
    TAILQ_FOREACH (watch, &handle->watches, next)
        if (take(watch))
            break;
    if (watch) {
        size_t length = strlen(watch->path) + 1;

        found[0] = memcpy(text, watch->path, length);
        found[1] = strcpy(text + length, watch->token);
    }
    store_unlock(&lock);
    if (watch) {
        ring(handle); /* there may be more */
        return found;
    }
    free(found);
    errno = EAGAIN;
    return NULL;
}
