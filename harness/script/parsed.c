/* SPDX-License-Identifier: MIT */
/*
 * What a script is kept in, from its beginning to its end: its text, with the value of its row put
 * in, and its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/each.h"
#include "script/parse.h"

/* "folder/name" of a path, without .scn; "name" where there is no folder with a name. With a row
 * "folder/name@row". */
static char *name_of(const char *file, const char *row)
{
    size_t end = strlen(file), start, folder;
    if (end > 4 && !strcmp(file + end - 4, ".scn") && file[end - 5] != '/')
        end -= 4;
    for (start = end; start && file[start - 1] != '/'; start--)
        ;
    size_t folder_end = start;
    while (folder_end && file[folder_end - 1] == '/')
        folder_end--;
    for (folder = folder_end; folder && file[folder - 1] != '/'; folder--)
        ;
    int folder_length = (int)(folder_end - folder);
    bool named = folder_length && strncmp(file + folder, ".", (size_t)folder_length) &&
                 strncmp(file + folder, "..", (size_t)folder_length);

    char *name;
    int length = asprintf(&name, "%.*s%s%.*s%s%s", named ? folder_length : 0, file + folder,
                          named ? "/" : "", (int)(end - start), file + start, row ? "@" : "",
                          row ? row : "");
    return length < 0 ? NULL : name;
}

/* The text, with the value of its row where it has rows. */
static char *text_of_row(const char *text, size_t *size, const char *row)
{
    struct each each;
    char *copy;

    if (each_find(text, *size, &each))
        return each_fill(text, *size, &each, row ? row : each.first,
                         row ? strlen(row) : each.first_length, size);
    copy = malloc(*size + 1);
    if (copy && *size)
        memcpy(copy, text, *size);
    return copy;
}

struct parsed *parsed_new(const char *file, const char *text, size_t *size)
{
    struct parsed *parsed = calloc(1, sizeof(*parsed));
    const char *row = each_row_of(file);
    if (!parsed)
        return NULL;
    parsed->file = strdup(file);
    parsed->path = strndup(file, row ? (size_t)(row - file) : strlen(file));
    parsed->row = row ? strdup(row + 1) : NULL;
    parsed->name = parsed->path ? name_of(parsed->path, parsed->row) : NULL;
    parsed->text = text_of_row(text, size, parsed->row);
    if (!parsed->file || !parsed->path || (row && !parsed->row) || !parsed->name || !parsed->text) {
        script_free(&parsed->script);
        return NULL;
    }
    parsed->text[*size] = '\0';
    parsed->script.file = parsed->file;
    parsed->script.path = parsed->path;
    parsed->script.row = parsed->row;
    parsed->script.name = parsed->name;
    parsed->script.sentence = "";
    return parsed;
}

static void free_steps(struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free_steps(steps[i].block, steps[i].block_count);
    free(steps);
}

void script_free(struct script *script)
{
    struct parsed *parsed = (struct parsed *)script;
    if (!parsed)
        return;
    free_steps(script->steps, script->steps_count);
    free(script->covers);
    free(script->rows);
    free(parsed->text);
    free(parsed->file);
    free(parsed->path);
    free(parsed->row);
    free(parsed->name);
    free(parsed);
}
