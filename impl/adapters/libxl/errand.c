/* SPDX-License-Identifier: MIT */
/*
 * Each operation but END has a domain of its own. What libxl looks for beside a domain lies in the
 * store and in the private directories (../../xen): the domain's configuration, the script by which
 * a disk is attached, the program that saves a domain, the file by which a monitor is locked.
 *
 * The two programs are of the shell and become the harness's own at once, so that pid, signals and
 * exit status are those of libxl's child. What a helper has to tell libxl, that it has done its
 * work, is told before: libxl waits for the end of the helper all the same.
 */
#include "errand.h"
#include "../../xen/directories.h"
#include "../../xen/domains.h"
#include "../../xen/monitor.h"
#include "../../xen/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libxl_utils.h>

#define SAVE_HELPER XEN_LIB "/save-helper"

/* Its fourth argument is the domain's number. The message is a length and then, in two and twice
 * four bytes, its kind, the result and the error; libxl's answer goes unread. */
static const char save_helper[] = "#!/bin/sh\n"
                                  "printf '\\012\\000\\012\\000\\000\\000\\000\\000"
                                  "\\000\\000\\000\\000'\n"
                                  "exec >/dev/null\n"
                                  ". " XEN_LIB "/program-$4\n";

static int write_program(const char *path, const char *text)
{
    char making[200];
    int fd, rc = 0;

    /* Under another name until it is whole and nobody has it open for writing. */
    snprintf(making, sizeof(making), "%s.%ld", path, (long)gettid());
    fd = open(making, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (fd < 0)
        return -errno;
    if (write(fd, text, strlen(text)) < 0)
        rc = -errno;
    close(fd);
    if (!rc && rename(making, path))
        rc = -errno;
    return rc;
}

/* A script that becomes the program. */
static int write_script(const char *path, char *const argv[])
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    int rc = -ENOMEM;

    if (!stream)
        return rc;
    fputs("#!/bin/sh\nexec", stream);
    for (; *argv; argv++) {
        fputs(" '", stream);
        for (const char *c = *argv; *c; c++)
            if (*c == '\'')
                fputs("'\\''", stream);
            else
                putc(*c, stream);
        putc('\'', stream);
    }
    putc('\n', stream);
    if (!fclose(stream))
        rc = write_program(path, text);
    free(text);
    return rc;
}

__attribute__((format(printf, 2, 3))) static int put(const char *value, const char *format, ...)
{
    char path[128];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(path, sizeof(path), format, arguments);
    va_end(arguments);
    return store_write(path, value) ? 0 : -ENOMEM;
}

/* Where libxl keeps what belongs to a domain. */
static void name_userdata(char path[160], char kind, uint32_t domain, const char *what)
{
    uint8_t uuid[16];
    size_t length;

    domain_identify(domain, uuid);
    length = (size_t)snprintf(path, 160, XEN_LIB "/userdata-%c.%u.", kind, domain);
    for (int i = 0; i < 16; i++)
        length += (size_t)snprintf(path + length, 160 - length, "%s%02x",
                                   i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    snprintf(path + length, 160 - length, ".%s", what);
}

/* A disk, and a script to attach it by. Its backend is ready for that. */
static int prepare_disk(struct errand *errand, char *const argv[])
{
    libxl_device_disk *disk = &errand->disk;
    int rc;

    snprintf(errand->files[0], sizeof(errand->files[0]), XEN_LIB "/program-%u", errand->domain);
    rc = write_script(errand->files[0], argv);
    if (rc)
        return rc;
    name_userdata(errand->files[1], 'd', errand->domain, "libxl-json");
    rc = write_program(errand->files[1], "{}");
    if (rc)
        return rc;
    libxl_device_disk_init(disk);
    errand->has_disk = true;
    disk->backend = LIBXL_DISK_BACKEND_PHY;
    disk->format = LIBXL_DISK_FORMAT_RAW;
    disk->readwrite = 1;
    disk->vdev = strdup("xvda");
    disk->pdev_path = strdup("/dev/null");
    disk->script = strdup(errand->files[0]);
    return disk->vdev && disk->pdev_path && disk->script ? 0 : -ENOMEM;
}

static int prepare_save(struct errand *errand, char *const argv[])
{
    struct stat status;
    int rc = 0;

    snprintf(errand->files[0], sizeof(errand->files[0]), XEN_LIB "/program-%u", errand->domain);
    if (stat(SAVE_HELPER, &status))
        rc = write_program(SAVE_HELPER, save_helper);
    if (!rc)
        rc = write_script(errand->files[0], argv);
    if (rc)
        return rc;
    errand->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    return errand->fd < 0 ? -errno : 0;
}

/* A monitor that is locked by whoever has locked the file. */
static int prepare_lock(struct errand *errand, const char *file)
{
    int rc = put("hvm", "/libxl/%u/type", errand->domain);

    if (!rc)
        rc = put("qemu_xen", "/libxl/%u/dm-version", errand->domain);
    if (rc)
        return rc;
    name_userdata(errand->files[0], 'l', errand->domain, "qmp-socket-lock");
    if (symlink(file, errand->files[0]))
        return -errno;
    rc = monitor_open(errand->domain);
    if (rc)
        return rc;
    errand->has_monitor = true;
    errand->vcpus.size = 1;
    errand->vcpus.map = calloc(1, 1);
    if (!errand->vcpus.map)
        return -ENOMEM;
    libxl_bitmap_set(&errand->vcpus, 0);
    return 0;
}

static struct errand *errand_new(struct rc_ctx *ctx)
{
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand)
        return NULL;
    errand->fd = -1;
    errand->older = atomic_load(&ctx->errands);
    while (!atomic_compare_exchange_weak(&ctx->errands, &errand->older, errand))
        ;
    return errand;
}

int errand_prepare(struct rc_ctx *ctx, enum rc_operation kind,
                   const struct rc_operation_arguments *arguments, struct errand **out)
{
    struct errand *errand = *out = errand_new(ctx);

    if (!errand)
        return -ENOMEM;
    if (kind == RC_OPERATION_END)
        return 0;
    errand->domain = domain_make(kind == RC_OPERATION_LOCK);
    if (!errand->domain)
        return -ENOSPC;
    switch (kind) {
    case RC_OPERATION_PROGRAM:
        return prepare_disk(errand, arguments->argv);
    case RC_OPERATION_HELPER:
        return prepare_save(errand, arguments->argv);
    case RC_OPERATION_LOCK:
        return prepare_lock(errand, arguments->path);
    default:
        return -EINVAL;
    }
}

void errands_free(struct rc_ctx *ctx)
{
    for (struct errand *errand = atomic_load(&ctx->errands), *older; errand; errand = older) {
        older = errand->older;
        for (size_t i = 0; i < sizeof(errand->files) / sizeof(*errand->files); i++)
            if (errand->files[i][0])
                unlink(errand->files[i]);
        if (errand->has_monitor)
            monitor_close(errand->domain);
        if (errand->fd >= 0)
            close(errand->fd);
        libxl_bitmap_dispose(&errand->vcpus);
        if (errand->has_disk)
            libxl_device_disk_dispose(&errand->disk);
        domain_forget(errand->domain);
        free(errand);
    }
}

/* Read by libxl when it saves a domain. Before there is a second thread. */
__attribute__((constructor)) static void name_save_helper(void)
{
    setenv("LIBXL_SAVE_HELPER", SAVE_HELPER, 1);
}
