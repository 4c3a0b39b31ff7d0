/* SPDX-License-Identifier: MIT */
/*
 * Scripts as files, and what is asked of one that was read.
 */
#include "script/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/each.h"
#include "script/line.h"
#include "script/parse.h"

struct script *script_load(const char *file, struct script_error *error)
{
    struct script *script = NULL;
    FILE *stream = NULL;
    char *text = malloc(SCRIPT_SIZE + 1); /* one byte more than allowed shows that there is more */

    if (!text) {
        script_complain(error, 0, 0, "out of memory");
        goto out;
    }
    const char *row = each_row_of(file);
    char *path = strndup(file, row ? (size_t)(row - file) : strlen(file));
    stream = path ? fopen(path, "re") : NULL;
    free(path);
    if (!stream) {
        script_complain(error, 0, 0, "cannot be opened: %s", strerror(errno));
        goto out;
    }
    size_t size = fread(text, 1, SCRIPT_SIZE + 1, stream);
    if (ferror(stream)) {
        script_complain(error, 0, 0, "cannot be read: %s", strerror(errno));
        goto out;
    }
    script = script_parse(file, text, size, error);
out:
    if (stream)
        fclose(stream);
    free(text);
    return script;
}

const struct script *script_find(struct script *const *scripts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(scripts[i]->name, name))
            return scripts[i];
    return NULL;
}

bool script_covers(const struct script *script, const char *requirement)
{
    for (size_t i = 0; i < script->covers_count; i++)
        if (!strcmp(script->covers[i], requirement))
            return true;
    return false;
}
