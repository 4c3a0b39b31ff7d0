/* SPDX-License-Identifier: MIT */
/*
 * Events of a path: that it is not there any more. What tells is inotify on its folder, one for all
 * paths of the ctx, since a user may have few of those. The fd is kept until the ctx is freed; it
 * is polled while a path is awaited.
 *
 * A removal or a renaming is told with the name, and is certain even if there is a new file of that
 * name by now. What is told of the folder as a whole (it moved, it was removed, the queue
 * overflowed) only gives cause for a look. An evgen looks once when it is enabled, after the folder
 * is watched, so nothing falls in between.
 */
#include "internal.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct path_evgen {
    struct reap_evgen evgen; /* first */
    LIST_ENTRY(path_evgen) of_folder;
    struct folder *folder; /* NULL: told */
    char *path;            /* absolute, but for what is a link in it */
    const char *name;      /* the last part of it */
    struct event *vanished;
};

/* What inotify watches. */
struct folder {
    UT_hash_handle hh; /* in ctx->folders, by wd */
    int wd;
    LIST_HEAD(, path_evgen) evgens;
};

static const uint32_t NEWS_OF_NAME = IN_DELETE | IN_MOVED_FROM;
static const uint32_t NEWS_OF_FOLDER = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;

static bool is_there(const struct path_evgen *evgen)
{
    struct stat found;
    return lstat(evgen->path, &found) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* [ctx lock] Nothing is awaited of it any more. */
static void leave_folder(reap_ctx *ctx, struct path_evgen *evgen)
{
    struct folder *folder = evgen->folder;
    if (!folder) {
        return;
    }
    evgen->folder = NULL;
    LIST_REMOVE(evgen, of_folder);
    if (!LIST_EMPTY(&folder->evgens)) {
        return;
    }
    (void)inotify_rm_watch(reap_carefd_fd(ctx->inotify), folder->wd);
    HASH_DEL(ctx->folders, folder);
    free(folder);
    if (!ctx->folders) {
        reap__watch_remove(ctx, &ctx->inotify_watch);
    }
}

/* [ctx lock] */
static void tell(reap_ctx *ctx, struct path_evgen *evgen)
{
    reap__event_put(ctx, evgen->vanished);
    evgen->vanished = NULL;
    leave_folder(ctx, evgen);
}

/* [ctx lock] name NULL: news of the folder. The folder may go with the last of its evgens. */
static void look(reap_ctx *ctx, struct folder *folder, const char *name)
{
    struct path_evgen *evgen, *next;
    for (evgen = LIST_FIRST(&folder->evgens); evgen; evgen = next) {
        next = LIST_NEXT(evgen, of_folder);
        if (name ? !strcmp(name, evgen->name) : !is_there(evgen)) {
            tell(ctx, evgen);
        }
    }
}

/* [ctx lock] */
static void look_at_all(reap_ctx *ctx)
{
    struct folder *folder, *next;
    HASH_ITER (hh, ctx->folders, folder, next) {
        look(ctx, folder, NULL);
    }
}

/* [ctx lock] Reads some of what is told. False where there was nothing. */
static bool take_news(reap_ctx *ctx)
{
    _Alignas(struct inotify_event) char buffer[4096];
    const struct inotify_event *news;
    ssize_t length = read(reap_carefd_fd(ctx->inotify), buffer, sizeof(buffer));
    for (ssize_t at = 0; at < length; at += (ssize_t)(sizeof(*news) + news->len)) {
        struct folder *folder;
        news = (const struct inotify_event *)(buffer + at);
        if (news->mask & IN_Q_OVERFLOW) {
            look_at_all(ctx);
            continue;
        }
        HASH_FIND(hh, ctx->folders, &news->wd, sizeof(news->wd), folder);
        if (folder && (news->mask & NEWS_OF_NAME) && news->len) {
            look(ctx, folder, news->name);
        } else if (folder && (news->mask & NEWS_OF_FOLDER)) {
            look(ctx, folder, NULL);
        }
    }
    return length > 0;
}

static void on_inotify(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)fd;
    (void)revents;
    (void)user;
    (void)take_news(ctx);
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

/* Splits path into its folder, as realpath has it, and its name. 0 or a reap_error. */
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
    evgen->name = evgen->path + folder_length + 1;
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

/* [ctx lock] */
static int join_folder(reap_ctx *ctx, struct path_evgen *evgen, const char *path)
{
    struct folder *folder;
    int rc = 0, fd = reap_carefd_fd(ctx->inotify);
    while (take_news(ctx)) {
        /* What was before is not told to those who come now. */
    }
    int wd = inotify_add_watch(fd, path, IN_ONLYDIR | NEWS_OF_NAME | IN_DELETE_SELF | IN_MOVE_SELF);
    if (wd < 0) {
        return REAP_ERROR_SYSTEM;
    }
    HASH_FIND(hh, ctx->folders, &wd, sizeof(wd), folder);
    if (!folder) {
        folder = calloc(1, sizeof(*folder));
        if (!folder) {
            goto no_memory;
        }
        folder->wd = wd;
        HASH_ADD(hh, ctx->folders, wd, sizeof(wd), folder);
        if (!folder->hh.tbl) {
            free(folder);
            goto no_memory;
        }
    }
    evgen->folder = folder;
    LIST_INSERT_HEAD(&folder->evgens, evgen, of_folder);
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
no_memory:
    (void)inotify_rm_watch(fd, wd);
    return REAP_ERROR_NO_MEMORY;
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
