/* SPDX-License-Identifier: MIT */
/*
 * Finds implementations. One that was built with reapcheck is a host executable of its own,
 * named after it; any other is a shared object that the host "plain" opens, or a program that is a
 * host itself, in whatever language.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "report/text.h"

static bool is_program(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

/* It begins with #! and is read by an interpreter. */
static bool is_script(const char *path)
{
    FILE *file = fopen(path, "re");
    char begin[2] = "";
    bool is = file && fread(begin, sizeof begin, 1, file) == 1 && !memcmp(begin, "#!", 2);

    if (file)
        fclose(file);
    return is;
}

static void append(struct implementations *implementations, const struct layout *layout,
                   struct implementation new)
{
    new.child = text_format("%s/child", layout->hosts);
    new.script = is_script(new.host);
    implementations->list =
        text_grow(implementations->list, implementations->count + 1, sizeof *implementations->list);
    implementations->list[implementations->count++] = new;
}

static int compare(const void *a, const void *b)
{
    const struct implementation *first = a, *second = b;

    return strcmp(first->name, second->name);
}

int implementations_built(struct implementations *implementations, const struct layout *layout)
{
    DIR *folder = opendir(layout->hosts);
    const struct dirent *entry;
    size_t before = implementations->count;

    if (!folder)
        return -errno;
    while ((entry = readdir(folder))) {
        const char *name = entry->d_name;
        char *path;

        if (name[0] == '.' || !strcmp(name, "plain") || !strcmp(name, "child") ||
            !strncmp(name, "mutant-", 7))
            continue;
        path = text_format("%s/%s", layout->hosts, name);
        if (is_program(path) && !strchr(name, '.')) /* ".d" and ".o" files may lie about, too */
            append(implementations, layout,
                   (struct implementation){
                       .name = text_format("%s", name),
                       .argument = text_format("%s", name),
                       .host = text_format("%s", path),
                   });
        free(path);
    }
    closedir(folder);
    if (implementations->count > before)
        qsort(implementations->list + before, implementations->count - before,
              sizeof *implementations->list, compare);
    return 0;
}

static bool ends_in_so(const char *text)
{
    size_t length = strlen(text);

    return length > 3 && !strcmp(text + length - 3, ".so");
}

/* A program of its own, where it is no shared object: a host. An executable that is position
 * independent is told from a shared object by the interpreter that it names. */
static bool is_host(const char *file)
{
    FILE *in = is_program(file) ? fopen(file, "re") : NULL;
    Elf64_Ehdr head = {0};
    bool is = is_script(file);

    if (!in)
        return false;
    if (fread(&head, sizeof head, 1, in) == 1 && !memcmp(head.e_ident, ELFMAG, SELFMAG)) {
        Elf64_Phdr part;

        is = head.e_type == ET_EXEC;
        for (int i = 0; i < head.e_phnum && head.e_phentsize == sizeof part &&
                        !fseek(in, (long)(head.e_phoff + i * sizeof part), SEEK_SET) &&
                        fread(&part, sizeof part, 1, in) == 1;
             i++)
            is |= part.p_type == PT_INTERP;
    }
    fclose(in);
    return is;
}

static int add_file(struct implementations *implementations, const struct layout *layout,
                    const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    char *host = text_format("%s/plain", layout->hosts);

    if (access(file, R_OK)) {
        free(host);
        return complain(STATUS_USAGE, "--impl %s: %s", file, strerror(errno));
    }
    if (is_host(file)) {
        const char *dot = strrchr(base, '.');

        free(host);
        append(implementations, layout,
               (struct implementation){
                   .name = text_format("%.*s", (int)(dot > base ? dot - base : (long)strlen(base)),
                                       base),
                   .argument = text_format("%s", file),
                   .host = text_format("%s%s", slash ? "" : "./", file),
               });
        return 0;
    }
    if (!is_program(host)) {
        complain(STATUS_BROKEN, "there is no host %s to load %s into; build it with `make`", host,
                 file);
        free(host);
        return STATUS_BROKEN;
    }
    append(implementations, layout,
           (struct implementation){
               .name = text_format("%.*s", (int)strlen(base) - 3 * ends_in_so(base), base),
               .argument = text_format("%s", file),
               .host = host,
               /* dlopen searches the system for a name without a slash */
               .adapter = text_format("%s%s", slash ? "" : "./", file),
           });
    return 0;
}

int implementations_add(struct implementations *implementations, const struct layout *layout,
                        const char *argument)
{
    struct implementations built = {0};
    char *host, *names = NULL;

    if (strchr(argument, '/') || ends_in_so(argument))
        return add_file(implementations, layout, argument);

    host = text_format("%s/%s", layout->hosts, argument);
    if (*argument && is_program(host)) {
        append(implementations, layout,
               (struct implementation){
                   .name = text_format("%s", argument),
                   .argument = text_format("%s", argument),
                   .host = host,
               });
        return 0;
    }
    free(host);

    implementations_built(&built, layout);
    for (size_t i = 0; i < built.count; i++)
        text_append(&names, "%s%s", names ? ", " : "", built.list[i].name);
    complain(STATUS_USAGE, "no implementation \"%s\" is built in %s; there is: %s", argument,
             layout->hosts, names ? names : "none");
    free(names);
    implementations_clear(&built);
    return STATUS_USAGE;
}

int implementations_find(struct implementations *implementations, const struct layout *layout,
                         const struct text_list *arguments)
{
    int status = 0, rc;

    for (size_t i = 0; !status && i < arguments->count; i++)
        status = implementations_add(implementations, layout, arguments->list[i]);
    if (status || arguments->count)
        return status;
    rc = implementations_built(implementations, layout);
    if (rc)
        return complain(STATUS_BROKEN,
                        "cannot look for implementations in %s: %s; build them with"
                        " `make`, or give one with --impl",
                        layout->hosts, strerror(-rc));
    if (!implementations->count)
        return complain(STATUS_BROKEN,
                        "no implementation is built in %s; build one with `make`, or"
                        " give one with --impl",
                        layout->hosts);
    return 0;
}

static void clear_one(struct implementation *implementation)
{
    free(implementation->name);
    free(implementation->argument);
    free(implementation->host);
    free(implementation->adapter);
    free(implementation->child);
}

int implementations_compiled(struct implementations *implementations, bool named)
{
    size_t kept = 0;

    for (size_t i = 0; i < implementations->count; i++) {
        struct implementation *one = &implementations->list[i];

        if (one->script && named)
            return complain(STATUS_USAGE,
                            "%s is a script: tools and faults reach what is compiled, not what an "
                            "interpreter reads",
                            one->argument);
    }
    for (size_t i = 0; i < implementations->count; i++) {
        if (implementations->list[i].script)
            clear_one(&implementations->list[i]);
        else
            implementations->list[kept++] = implementations->list[i];
    }
    implementations->count = kept;
    return 0;
}

void implementations_clear(struct implementations *implementations)
{
    for (size_t i = 0; i < implementations->count; i++)
        clear_one(&implementations->list[i]);
    free(implementations->list);
    *implementations = (struct implementations){0};
}
