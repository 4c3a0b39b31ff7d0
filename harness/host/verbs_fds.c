/* SPDX-License-Identifier: MIT */
/*
 * Fds that a script names: carefds, which the library opens and no child is to have, and files of
 * the application's own.
 *
 * Each is of a memfd of its own that bears the name the script gave it. So whoever looks at the fds
 * of a process sees which of them it has, whatever their numbers, in a forked copy as well. What a
 * library is given is a path to the memfd, for it has to do the opening itself.
 */
#include "host/verbs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "host/descriptor.h"
#include "host/library.h"

enum { FILES = 64 };

enum file_state { FILE_FREE, FILE_BUSY, FILE_OPEN };

static struct file {
    _Atomic int state; /* enum file_state; who makes it busy may read and write the rest */
    char name[16];
    const struct library *library; /* of one of the library's; NULL: the application's */
    int fd;                        /* of a file of the application's */
    void *carefd;                  /* of one of the library's */
} files[FILES];

static struct file *file_take(enum file_state state, const char *name)
{
    for (size_t i = 0; i < FILES; i++) {
        int was = (int)state;

        if (!atomic_compare_exchange_strong(&files[i].state, &was, FILE_BUSY))
            continue;
        if (name == NULL || strcmp(files[i].name, name) == 0)
            return &files[i];
        atomic_store(&files[i].state, state);
    }
    return NULL;
}

static struct file *file_new(struct request *request, const char *name)
{
    struct file *file;

    if (!word_name(request, name))
        return NULL;
    file = file_take(FILE_FREE, NULL);
    if (file == NULL)
        request_error(request, -ENOSPC, "a host keeps %d fds", FILES);
    else
        snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

/* The file is there or is not; the request is answered. */
static void file_made(struct request *request, struct file *file, int fd)
{
    file->fd = fd;
    atomic_store(&file->state, fd < 0 ? FILE_FREE : FILE_OPEN);
    if (fd < 0)
        request_error(request, fd, NULL);
    else
        request_ok(request, "fd=%d", fd);
}

void verb_carefd(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct file *file = context != NULL ? file_new(request, request->word[2]) : NULL;
    char path[64];
    int memory, fd;

    if (file == NULL)
        return;
    memory = memfd_create(file->name, MFD_CLOEXEC);
    if (memory >= 0)
        memory = descriptor_raise(memory); /* the library gets the number that it would get */
    else
        memory = -errno;
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    fd = memory < 0 ? memory : library_carefd_open(context, path, &file->carefd);
    descriptor_close(memory);
    file->library = context->library;
    file_made(request, file, fd);
}

void verb_file(struct request *request)
{
    struct file *file = file_new(request, request->word[1]);
    int fd;

    if (file == NULL)
        return;
    fd = memfd_create(file->name, MFD_CLOEXEC);
    file->library = NULL;
    file_made(request, file, fd < 0 ? -errno : fd);
}

void verb_shut(struct request *request)
{
    struct file *file = file_take(FILE_OPEN, request->word[1]);
    int rc = 0;

    if (file == NULL) {
        request_error(request, -ENOENT, "no fd %s is open", request->word[1]);
        return;
    }
    if (file->library != NULL)
        rc = library_carefd_close(file->library, file->carefd);
    else
        descriptor_close(file->fd);
    atomic_store(&file->state, FILE_FREE);
    request_answer(request, rc);
}
