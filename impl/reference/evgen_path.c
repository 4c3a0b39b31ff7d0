/* SPDX-License-Identifier: MIT */
/*
 * Events of a path: that it is not there any more. What tells is inotify on its folder, one for all
 * paths of the ctx, since a user may have few of those. The fd is kept until the ctx is freed; it
 * is polled while a path is awaited.
 *
 * That a name was removed or renamed, or that its folder was, is certain even if there is a new one
 * by now. Only where the queue of news overflowed a look has to do: at each path, and at whether
 * its folder still is the one that is watched.
 *
 * An evgen looks once when it is enabled, after the folder is watched, so nothing falls in between.
 * News that is older than that stays where it is, for others, and is not told to it: it knows from
 * which byte on the news is its own.
 */
#include "internal.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct path_evgen {
    struct reap_evgen evgen; /* first */
    TAILQ_ENTRY(path_evgen) of_name;
    struct name *name; /* NULL: told */
    uint64_t from;     /* bytes of news, as ctx->inotify_read counts them */
    char *path;        /* absolute, but for what is a link in it */
    struct event *vanished;
};

/* A name that is awaited in a folder. */
struct name {
    UT_hash_handle hh; /* in folder->names */
    struct folder *folder;
    TAILQ_HEAD(, path_evgen) evgens;
    char text[];
};

/* What inotify watches. */
struct folder {
    UT_hash_handle hh; /* in ctx->folders, by wd */
    int wd;
    struct name *names;
};

enum { EINTR_RETRIES = 100 }; /* it does not wait, so nobody should get there */

static const uint32_t NEWS_OF_NAME = IN_DELETE | IN_MOVED_FROM;
static const uint32_t NEWS_OF_FOLDER = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;
static const uint32_t ASKED_FOR =
    IN_ONLYDIR | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;

static bool is_there(const struct path_evgen *evgen)
{
    struct stat found;
    return lstat(evgen->path, &found) == 0;
}

/* [ctx lock] Goes with the last of its names. */
static void drop_folder(reap_ctx *ctx, struct folder *folder)
{
    (void)inotify_rm_watch(reap_carefd_fd(ctx->inotify), folder->wd);
    HASH_DEL(ctx->folders, folder);
    free(folder);
    if (!ctx->folders) {
        reap__watch_remove(ctx, &ctx->inotify_watch);
    }
}

/* [ctx lock] Nothing is awaited of it any more. */
static void leave_folder(reap_ctx *ctx, struct path_evgen *evgen)
{
    struct name *name = evgen->name;
    if (!name) {
        return;
    }
    evgen->name = NULL;
    TAILQ_REMOVE(&name->evgens, evgen, of_name);
    if (!TAILQ_EMPTY(&name->evgens)) {
        return;
    }
    struct folder *folder = name->folder;
    HASH_DEL(folder->names, name);
    free(name);
    if (!folder->names) {
        drop_folder(ctx, folder);
    }
}

/* [ctx lock] */
static void tell(reap_ctx *ctx, struct path_evgen *evgen)
{
    reap__event_put(ctx, evgen->vanished);
    evgen->vanished = NULL;
    leave_folder(ctx, evgen);
}

/* What is known: that it vanished, at that byte of the news; or nothing. */
struct news {
    bool is_certain;
    uint64_t at;
};

/* [ctx lock] The name may go with the last of its evgens. */
static void look(reap_ctx *ctx, struct name *name, struct news news)
{
    struct path_evgen *evgen, *next;
    for (evgen = TAILQ_FIRST(&name->evgens); evgen; evgen = next) {
        next = TAILQ_NEXT(evgen, of_name);
        if (news.is_certain ? evgen->from <= news.at
                            : !is_there(evgen) && (errno == ENOENT || errno == ENOTDIR)) {
            tell(ctx, evgen);
        }
    }
}

/* [ctx lock] */
static void look_at_folder(reap_ctx *ctx, struct folder *folder, struct news news)
{
    struct name *name, *next;
    HASH_ITER (hh, folder->names, name, next) {
        look(ctx, name, news);
    }
}

/* [ctx lock] Is another folder where it was? */
static bool is_replaced(reap_ctx *ctx, const struct folder *folder)
{
    const char *path = TAILQ_FIRST(&folder->names->evgens)->path;
    char found[PATH_MAX];
    struct folder *known;
    size_t length = (size_t)(strrchr(path, '/') - path) + 1;
    if (length >= sizeof(found)) {
        return false;
    }
    memcpy(found, path, length);
    found[length] = '\0';
    int fd = reap_carefd_fd(ctx->inotify), wd = inotify_add_watch(fd, found, ASKED_FOR);
    if (wd < 0 || wd == folder->wd) {
        return false;
    }
    HASH_FIND(hh, ctx->folders, &wd, sizeof(wd), known);
    if (!known) {
        (void)inotify_rm_watch(fd, wd);
    }
    return true;
}

/* [ctx lock] Some news is lost. */
static void look_at_all(reap_ctx *ctx)
{
    struct folder *folder, *next;
    HASH_ITER (hh, ctx->folders, folder, next) {
        const struct news news = {is_replaced(ctx, folder), UINT64_MAX};
        look_at_folder(ctx, folder, news);
    }
}

/* [ctx lock] */
static void take(reap_ctx *ctx, const struct inotify_event *event, uint64_t at)
{
    const struct news news = {true, at};
    struct folder *folder;
    struct name *name;
    HASH_FIND(hh, ctx->folders, &event->wd, sizeof(event->wd), folder);
    if (event->mask & IN_Q_OVERFLOW) {
        look_at_all(ctx);
    } else if (folder && (event->mask & NEWS_OF_NAME) && event->len) {
        HASH_FIND_STR(folder->names, event->name, name);
        if (name) {
            look(ctx, name, news);
        }
    } else if (folder && (event->mask & NEWS_OF_FOLDER)) {
        look_at_folder(ctx, folder, news);
    }
}

/* [ctx lock] Reads some of what is told; if there is more this is called again. */
static void on_inotify(reap_ctx *ctx, int fd, short revents, void *user)
{
    _Alignas(struct inotify_event) char buffer[4096];
    const struct inotify_event *event;
    ssize_t length;
    int tries = 0;
    (void)revents;
    (void)user;
    do {
        length = read(fd, buffer, sizeof(buffer));
    } while (length < 0 && errno == EINTR && ++tries < EINTR_RETRIES);
    for (ssize_t at = 0; at < length; at += (ssize_t)(sizeof(*event) + event->len)) {
        event = (const struct inotify_event *)(buffer + at);
        take(ctx, event, ctx->inotify_read + (uint64_t)at);
    }
    ctx->inotify_read += length > 0 ? (uint64_t)length : 0;
}

static void stop(reap_ctx *ctx, struct reap_evgen *evgen)
{
    leave_folder(ctx, (struct path_evgen *)evgen);
}

static void free_path(struct reap_evgen *evgen_)
{
    struct path_evgen *evgen = (struct path_evgen *)evgen_;
    free(evgen->path);
    free(evgen->vanished);
    free(evgen);
}

/* Splits path into its folder, as realpath has it, and its name: evgen->path is both. 0 or a
 * reap_error. */
static int take_path(struct path_evgen *evgen, const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char given[PATH_MAX];
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || length >= sizeof(given)) {
        return REAP_ERROR_INVALID;
    }
    memcpy(given, path, length);
    given[length] = '\0';
    if (!realpath(length ? given : ".", folder)) {
        return errno == ENOMEM ? REAP_ERROR_NO_MEMORY : REAP_ERROR_SYSTEM;
    }
    size_t folder_length = strlen(folder), name_length = strlen(name);
    evgen->path = malloc(folder_length + name_length + 2);
    if (!evgen->path) {
        return REAP_ERROR_NO_MEMORY;
    }
    memcpy(evgen->path, folder, folder_length);
    evgen->path[folder_length] = '/';
    memcpy(evgen->path + folder_length + 1, name, name_length + 1);
    return 0;
}

/* [unlocked] The ctx's inotify, made the first time. */
static int open_inotify(reap_ctx *ctx)
{
    reap_carefd *made;
    pthread_mutex_lock(&ctx->lock);
    bool is_open = ctx->inotify;
    pthread_mutex_unlock(&ctx->lock);
    if (is_open) {
        return 0;
    }
    reap_carefd_begin();
    int rc = reap_carefd_record(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), &made);
    if (rc || !made) {
        return rc ? rc : REAP_ERROR_SYSTEM;
    }
    pthread_mutex_lock(&ctx->lock);
    if (!ctx->inotify) {
        ctx->inotify = made;
        made = NULL;
    }
    pthread_mutex_unlock(&ctx->lock);
    (void)reap_carefd_close(made); /* another thread was quicker */
    return 0;
}

/* [ctx lock] The record of what is watched as wd. NULL: no memory. */
static struct folder *folder_of(reap_ctx *ctx, int wd)
{
    struct folder *folder;
    HASH_FIND(hh, ctx->folders, &wd, sizeof(wd), folder);
    if (folder) {
        return folder;
    }
    folder = calloc(1, sizeof(*folder));
    if (folder) {
        folder->wd = wd;
        HASH_ADD(hh, ctx->folders, wd, sizeof(wd), folder);
    }
    if (!folder || !folder->hh.tbl) {
        (void)inotify_rm_watch(reap_carefd_fd(ctx->inotify), wd);
        free(folder);
        return NULL;
    }
    return folder;
}

/* [ctx lock] The same for a name in it. */
static struct name *name_of(reap_ctx *ctx, struct folder *folder, const char *text)
{
    struct name *name;
    size_t length = strlen(text);
    HASH_FIND_STR(folder->names, text, name);
    if (name) {
        return name;
    }
    name = calloc(1, sizeof(*name) + length + 1);
    if (name) {
        name->folder = folder;
        TAILQ_INIT(&name->evgens);
        memcpy(name->text, text, length);
        HASH_ADD_KEYPTR(hh, folder->names, name->text, length, name);
    }
    if (!name || !name->hh.tbl) {
        free(name);
        if (!folder->names) {
            drop_folder(ctx, folder);
        }
        return NULL;
    }
    return name;
}

/* [ctx lock] */
static int join_folder(reap_ctx *ctx, struct path_evgen *evgen, const char *path)
{
    int rc = 0, pending = 0, fd = reap_carefd_fd(ctx->inotify);
    if (ioctl(fd, FIONREAD, &pending) < 0) {
        return REAP_ERROR_SYSTEM;
    }
    int wd = inotify_add_watch(fd, path, ASKED_FOR);
    if (wd < 0) {
        return REAP_ERROR_SYSTEM;
    }
    struct folder *folder = folder_of(ctx, wd);
    evgen->name = folder ? name_of(ctx, folder, strrchr(evgen->path, '/') + 1) : NULL;
    if (!evgen->name) {
        return REAP_ERROR_NO_MEMORY;
    }
    TAILQ_INSERT_TAIL(&evgen->name->evgens, evgen, of_name);
    evgen->from = ctx->inotify_read + (uint64_t)pending;
    if (!ctx->inotify_watch) {
        rc = reap__watch_add(ctx, fd, POLLIN, REAP_OWN, on_inotify, NULL, &ctx->inotify_watch);
    }
    if (!rc && !is_there(evgen)) {
        rc = REAP_ERROR_SYSTEM;
    }
    if (!rc) {
        rc = reap__evgen_add(ctx, &evgen->evgen);
    }
    return rc;
}

int reap_evenable_path(reap_ctx *ctx, const char *path, uint64_t for_user, reap_evgen **out)
{
    REAP__INSIDE;
    char folder[PATH_MAX];
    if (!out || !path) {
        return REAP_ERROR_INVALID;
    }
    *out = NULL;
    int rc = reap__ctx_check(ctx);
    if (rc) {
        return rc;
    }
    struct path_evgen *evgen = calloc(1, sizeof(*evgen));
    if (!evgen) {
        return REAP_ERROR_NO_MEMORY;
    }
    evgen->evgen.stop = stop;
    evgen->evgen.free = free_path;
    evgen->vanished = reap__event_new(REAP_EVENT_PATH_VANISHED, for_user, path, strlen(path));
    rc = evgen->vanished ? take_path(evgen, path, folder) : REAP_ERROR_NO_MEMORY;
    if (!rc) {
        evgen->vanished->pub.u.path.path = evgen->vanished->text;
        rc = open_inotify(ctx);
    }
    if (!rc) {
        pthread_mutex_lock(&ctx->lock);
        rc = join_folder(ctx, evgen, folder);
        int saved_errno = errno;
        if (rc) {
            leave_folder(ctx, evgen);
        }
        pthread_mutex_unlock(&ctx->lock);
        errno = saved_errno;
    }
    if (rc) {
        int saved_errno = errno;
        free_path(&evgen->evgen);
        errno = saved_errno;
    } else {
        *out = &evgen->evgen;
    }
    return rc;
}
