/* SPDX-License-Identifier: MIT */
/*
 * Finds scripts and loads them. A path may be a file, a folder, or either of them named as below
 * the folder of scenarios: `sharing`, `sharing/two-contexts`. A script with rows is as many
 * scenarios; behind `@` stands the one that is meant: `platform/ends-all-threads@SIGHUP`. All
 * faults of all scripts are told at once, one a line, as compilers do.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "report/text.h"

/* script_lint asks by a plain function; this is what it asks. Set while scripts are loaded. */
static const struct catalogue *lint_catalogue;

static bool is_known(const char *requirement)
{
    return catalogue_find(lint_catalogue, requirement);
}

static bool is_script(const char *path)
{
    size_t length = strlen(path);

    return length > 4 && !strcmp(path + length - 4, ".scn");
}

static bool add_folder(struct text_list *files, const char *folder)
{
    char *path = text_format("%s", folder), *roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry;
    bool well = walk;

    if (!walk)
        complain(STATUS_USAGE, "%s: %s", folder, strerror(errno));
    while (walk && (errno = 0, entry = fts_read(walk))) {
        if (entry->fts_info == FTS_D && entry->fts_level > 0 && entry->fts_name[0] == '.')
            fts_set(walk, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
                 (entry->fts_info == FTS_NS && entry->fts_level == 0)) {
            complain(STATUS_USAGE, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
            well = false;
        } else if (entry->fts_info == FTS_F && entry->fts_name[0] != '.' &&
                   is_script(entry->fts_path) && !text_list_has(files, entry->fts_path))
            text_list_add(files, entry->fts_path);
    }
    if (walk)
        fts_close(walk);
    free(path);
    return well;
}

/* True if path was there, with its row (`@ROW`, or nothing) a script. */
static bool add_path(struct text_list *files, const char *path, const char *row, bool *well)
{
    struct stat status;

    if (stat(path, &status))
        return false;
    if (*row) {
        char *file = text_format("%s%s", path, row);

        if (S_ISDIR(status.st_mode)) {
            complain(STATUS_USAGE, "%s is a folder, and has no rows", path);
            *well = false;
        } else if (!text_list_has(files, file))
            text_list_add(files, file);
        free(file);
    } else if (S_ISDIR(status.st_mode)) {
        size_t before = files->count;

        if (!add_folder(files, path))
            *well = false;
        else if (files->count == before)
            fprintf(stderr,
                    "reapcheck: there is no script (*.scn) below %s that was not named before\n",
                    path);
    } else if (!text_list_has(files, path))
        text_list_add(files, path);
    return true;
}

static bool add(struct text_list *files, const struct layout *layout, const char *path)
{
    const char *slash = strrchr(path, '/'), *at = strchr(slash ? slash : path, '@');
    bool there = !access(path, F_OK); /* a name may well have an '@' in it */
    const char *row = at && !there ? at : "";
    char *plain = text_format("%.*s", (int)(strlen(path) - strlen(row)), path);
    char *below = text_format("%s/%s", layout->scenarios, plain);
    char *script = text_format("%s/%s.scn", layout->scenarios, plain);
    bool well = true;

    if (!add_path(files, plain, row, &well) && !add_path(files, script, row, &well) &&
        !add_path(files, below, row, &well)) {
        complain(STATUS_USAGE,
                 "there is no script, folder or scenario \"%s\" (`reapcheck list`"
                 " lists scenarios)",
                 path);
        well = false;
    }
    free(plain);
    free(below);
    free(script);
    return well;
}

static void print_fault(const char *file, const struct script_error *error)
{
    if (error->line)
        fprintf(stderr, "%s:%d:%d: %s\n", file, error->line, error->column, error->what);
    else
        fprintf(stderr, "%s: %s\n", file, error->what);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_scripts(const void *a, const void *b)
{
    const struct script *first = *(struct script *const *)a, *second = *(struct script *const *)b;
    int order = strcmp(first->name, second->name);

    return order ? order : strcmp(first->file, second->file);
}

/* NULL after a message. */
static struct script *load_one(const char *file, const struct catalogue *catalogue)
{
    struct script_error error = {0};
    struct script *script = script_load(file, &error);

    if (script && (!catalogue || script_lint(script, is_known, &error)))
        return script;
    print_fault(file, &error);
    script_free(script);
    return NULL;
}

static void append(struct scripts *scripts, struct script *script)
{
    scripts->list = text_grow(scripts->list, scripts->count + 1, sizeof *scripts->list);
    scripts->list[scripts->count++] = script;
}

/* One script, or one for each of its rows; what is wrong with the first is not said for all. */
static bool load(struct scripts *scripts, const char *file, const struct catalogue *catalogue)
{
    struct script *script = load_one(file, catalogue);
    bool well = script;

    if (!script || script->row || !script->rows_count) {
        if (script)
            append(scripts, script);
        return well;
    }
    for (size_t i = 0; i < script->rows_count; i++) {
        char *row = text_format("%s@%s", file, script->rows[i]);
        struct script *one = load_one(row, catalogue);

        well &= one != NULL;
        if (one)
            append(scripts, one);
        free(row);
    }
    script_free(script);
    return well;
}

int scripts_load(struct scripts *scripts, const struct layout *layout,
                 const struct catalogue *catalogue, char *const *paths, size_t count)
{
    struct text_list files = {0};
    bool well = true;

    *scripts = (struct scripts){0};
    if (!count)
        well = add_folder(&files, layout->scenarios);
    for (size_t i = 0; i < count; i++)
        well &= add(&files, layout, paths[i]);

    if (files.count) /* so that faults come in order */
        qsort(files.list, files.count, sizeof *files.list, compare_texts);
    lint_catalogue = catalogue;
    for (size_t i = 0; i < files.count; i++)
        well &= load(scripts, files.list[i], catalogue);
    lint_catalogue = NULL;
    text_list_clear(&files);
    qsort(scripts->list, scripts->count, sizeof *scripts->list, compare_scripts);
    return well ? 0 : STATUS_USAGE;
}

void scripts_clear(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++)
        script_free(scripts->list[i]);
    free(scripts->list);
    *scripts = (struct scripts){0};
}

size_t scripts_keep(struct scripts *scripts, bool for_pairs)
{
    size_t kept = 0;

    for (size_t i = 0; i < scripts->count; i++)
        if (!(scripts->list[i]->needs & NEED_PAIR) == !for_pairs)
            scripts->list[kept++] = scripts->list[i];
        else
            script_free(scripts->list[i]);
    scripts->count = kept;
    return kept;
}

void scripts_append_name(char **text, const char **theme, const char *name)
{
    const char *slash = strchr(name, '/'), *before = *theme ? "; " : "";
    size_t length = slash ? (size_t)(slash - name) : 0;
    int whole = (int)strcspn(name, "@"); /* its rows stand there as one, NAME@* */
    const char *rows = name[whole] ? "@*" : "";

    if (*rows && *theme && !strncmp(*theme, name, (size_t)whole + 1))
        return;
    if (!slash)
        text_append(text, "%s%.*s%s", before, whole, name, rows);
    else if (*theme && !strncmp(*theme, name, length + 1))
        text_append(text, " %.*s%s", whole - (int)length - 1, slash + 1, rows);
    else
        text_append(text, "%s%.*s: %.*s%s", before, (int)length, name, whole - (int)length - 1,
                    slash + 1, rows);
    *theme = name;
}
