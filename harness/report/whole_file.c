/* SPDX-License-Identifier: MIT */
/* See whole_file.h. The folder is synced, too: else the name may be lost with the power. */
#include "report/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "report/text.h"

int whole_file_create(struct whole_file *file, const char *name)
{
    char *place = realpath(name, NULL);
    struct stat there;
    int rc = 0;

    file->name = text_format("%s", place ? place : name);
    file->temporary = text_format("%s.tmp", file->name);
    file->out = fopen(file->temporary, "wxe");
    if (!file->out)
        rc = -errno;
    else if (place && !stat(place, &there))
        fchmod(fileno(file->out), there.st_mode & 07777);
    free(place);
    if (rc) {
        free(file->name);
        free(file->temporary);
        *file = (struct whole_file){0};
    }
    return rc;
}

static int sync_folder(const char *name)
{
    const char *slash = strrchr(name, '/');
    char *folder = text_format("%.*s", slash ? (int)(slash - name) + 1 : 1, slash ? name : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        rc = -errno;
    else if (fsync(fd) && errno != EINVAL && errno != EROFS)
        rc = -errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    return rc;
}

int whole_file_commit(struct whole_file *file, int rc)
{
    errno = 0;
    if (!rc && (fflush(file->out) || ferror(file->out)))
        rc = errno ? -errno : -EIO;
    if (!rc && fsync(fileno(file->out)))
        rc = -errno;
    if (fclose(file->out) && !rc)
        rc = -errno;
    if (!rc && rename(file->temporary, file->name))
        rc = -errno;
    if (rc)
        unlink(file->temporary);
    else
        rc = sync_folder(file->name);
    free(file->name);
    free(file->temporary);
    *file = (struct whole_file){0};
    return rc;
}
