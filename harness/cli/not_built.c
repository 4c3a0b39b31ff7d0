/* SPDX-License-Identifier: MIT */
/*
 * What could not be built where this reapcheck was: the build leaves a file `not-built` beside the
 * hosts, with a line NAME:PACKAGE,PACKAGE... for each adapter whose library was not there. Without
 * the file nothing is known, and nothing is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/text.h"

static FILE *open_list(const struct layout *layout)
{
    char *path = text_format("%s/not-built", layout->hosts);
    FILE *in = fopen(path, "re");

    free(path);
    return in;
}

/* Cuts the line into name and packages, "libxen-dev, libyajl-dev"; false where it is no such line.
 */
static bool read_one(char *line, char **packages)
{
    char *colon = strchr(line, ':');

    line[strcspn(line, "\n")] = 0;
    if (!colon || colon == line || !colon[1])
        return false;
    *colon = 0;
    *packages = text_format("%s", "");
    for (const char *c = colon + 1; *c; c++)
        if (*c == ',')
            text_append(packages, ", ");
        else
            text_append(packages, "%c", *c);
    return true;
}

char *not_built_packages(const struct layout *layout, const char *name)
{
    FILE *in = open_list(layout);
    char *line = NULL, *packages = NULL, *found = NULL;
    size_t size = 0;

    while (in && !found && getline(&line, &size, in) >= 0) {
        if (!read_one(line, &packages))
            continue;
        if (!strcmp(line, name))
            found = packages;
        else
            free(packages);
    }
    free(line);
    if (in)
        fclose(in);
    return found;
}

char *not_built_all(const struct layout *layout)
{
    FILE *in = open_list(layout);
    char *line = NULL, *packages = NULL, *all = NULL;
    size_t size = 0;

    while (in && getline(&line, &size, in) >= 0) {
        if (!read_one(line, &packages))
            continue;
        text_append(&all, "%s%s (%s)", all ? ", " : "", line, packages);
        free(packages);
    }
    free(line);
    if (in)
        fclose(in);
    return all;
}
