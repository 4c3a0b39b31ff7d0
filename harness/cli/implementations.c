/* SPDX-License-Identifier: MIT */
/*
 * Finds implementations. One that was built with reapcheck is a host executable of its own,
 * named after it; any other is a shared object that the host "plain" opens, or a
 * program that is a host itself, in whatever language. Of a pair the first is
 * the host, and the second a shared object in any case: that which was built with reapcheck lies in
 * a folder beside the hosts. One whose library can be no shared object can only be the first.
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

static bool is_file(const char *argument)
{
    return strchr(argument, '/') || ends_in_so(argument);
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

/* The name of an implementation that is a file: that of the file, without folder and ".so", ".py".
 */
static char *name_of_file(const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    const char *dot = strrchr(base, '.');

    return text_format("%.*s", (int)(dot > base ? dot - base : (long)strlen(base)), base);
}

/* dlopen searches the system for a name without a slash */
static char *path_of_file(const char *file)
{
    return text_format("%s%s", strchr(file, '/') ? "" : "./", file);
}

static int complain_unbuilt(const struct layout *layout, const char *argument)
{
    struct implementations built = {0};
    char *names = NULL;

    if ((names = not_built_packages(layout, argument))) {
        complain(STATUS_USAGE,
                 "%s is not built: its library was not there; install %s (so Debian calls it) and "
                 "run make again",
                 argument, names);
        free(names);
        return STATUS_USAGE;
    }
    implementations_built(&built, layout);
    for (size_t i = 0; i < built.count; i++)
        text_append(&names, "%s%s", names ? ", " : "", built.list[i].name);
    complain(STATUS_USAGE, "no implementation \"%s\" is built in %s; there is: %s", argument,
             layout->hosts, names ? names : "none");
    free(names);
    implementations_clear(&built);
    return STATUS_USAGE;
}

/* The host of an implementation, or the plain one and the object for it. */
static int find_host(struct implementation *found, const struct layout *layout,
                     const char *argument)
{
    bool file = is_file(argument);

    if (file && access(argument, R_OK))
        return complain(STATUS_USAGE, "--impl %s: %s", argument, strerror(errno));
    if (file && is_host(argument)) {
        found->name = name_of_file(argument);
        found->host = path_of_file(argument);
        return 0;
    }
    found->host = text_format("%s/%s", layout->hosts, file ? "plain" : argument);
    if (*argument && is_program(found->host)) {
        found->name = file ? name_of_file(argument) : text_format("%s", argument);
        found->adapters[0] = file ? path_of_file(argument) : NULL;
        return 0;
    }
    if (file)
        return complain(STATUS_BROKEN, "there is no host %s to load %s into; build it with `make`",
                        found->host, argument);
    return complain_unbuilt(layout, argument);
}

/* The shared object of the second of a pair. */
static int find_second(struct implementation *found, const struct layout *layout,
                       const char *argument)
{
    char **place = &found->adapters[found->adapters[0] != NULL];
    char *host;
    int status = 0;

    if (is_file(argument)) {
        if (access(argument, R_OK))
            return complain(STATUS_USAGE, "--impl %s: %s", argument, strerror(errno));
        *place = path_of_file(argument);
        text_append(&found->name, "+");
        host = name_of_file(argument);
        text_append(&found->name, "%s", host);
        free(host);
        return 0;
    }
    host = text_format("%s/%s", layout->hosts, argument);
    *place = text_format("%s/%s.so", layout->adapters, argument);
    text_append(&found->name, "+%s", argument);
    if (!*argument || (access(*place, R_OK) && !is_program(host)))
        status = complain_unbuilt(layout, argument);
    else if (access(*place, R_OK))
        status =
            complain(STATUS_USAGE,
                     "%s cannot be the second of a pair: there is no %s to load beside another",
                     argument, *place);
    free(host);
    return status;
}

static void clear(struct implementation *implementation)
{
    free(implementation->name);
    free(implementation->argument);
    free(implementation->host);
    free(implementation->adapters[0]);
    free(implementation->adapters[1]);
    free(implementation->child);
}

int implementations_add(struct implementations *implementations, const struct layout *layout,
                        const char *argument)
{
    const char *plus = access(argument, F_OK) ? strchr(argument, '+') : NULL;
    char *first =
        text_format("%.*s", plus ? (int)(plus - argument) : (int)strlen(argument), argument);
    struct implementation found = {.argument = text_format("%s", argument), .pair = plus != NULL};
    int status = find_host(&found, layout, first);

    if (!status && plus && is_script(found.host))
        status =
            complain(STATUS_USAGE,
                     "%s is a script, and loads no second implementation: pairs are of what is "
                     "compiled",
                     first);
    if (!status && plus)
        status = find_second(&found, layout, plus + 1);
    if (status)
        clear(&found);
    else
        append(implementations, layout, found);
    free(first);
    return status;
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

void implementations_drop_last(struct implementations *implementations)
{
    clear(&implementations->list[--implementations->count]);
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
            clear(&implementations->list[i]);
        else
            implementations->list[kept++] = implementations->list[i];
    }
    implementations->count = kept;
    return 0;
}

void implementations_clear(struct implementations *implementations)
{
    while (implementations->count)
        implementations_drop_last(implementations);
    free(implementations->list);
    *implementations = (struct implementations){0};
}
