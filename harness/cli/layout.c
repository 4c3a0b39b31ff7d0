/* SPDX-License-Identifier: MIT */
/*
 * Where things are, told from where the executable is:
 *
 *     TREE/build/reapcheck   TREE/scenarios, TREE/build/host, TREE/build/adapter, TREE/results
 *     PREFIX/bin/reapcheck   PREFIX/share/reapcheck/scenarios, PREFIX/lib/reapcheck/host, ...
 *
 * REAPCHECK_HOME names the folder that holds scenarios/ and results/ where neither is so. Hosts
 * that stand beside the executable are taken in any case: those were built with it.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "report/text.h"

static bool is_folder(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* Path without ".." and links, and relative where it is below the working directory. */
static char *shorten(char *path)
{
    char *whole = realpath(path, NULL), *here = getcwd(NULL, 0);
    size_t length = here ? strlen(here) : 0;

    if (whole && length > 1 && !strncmp(whole, here, length) && whole[length] == '/') {
        free(path);
        path = text_format("%s", whole + length + 1);
    } else if (whole) {
        free(path);
        path = text_format("%s", whole);
    }
    free(whole);
    free(here);
    return path;
}

/* The folder of the running executable. */
static char *own_folder(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash;

    if (length < 0)
        return text_format(".");
    path[length] = 0;
    slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    return text_format("%s", *path ? path : "/");
}

static bool has_scenarios(const char *folder)
{
    char *scenarios = text_format("%s/scenarios", folder);
    bool has = is_folder(scenarios);

    free(scenarios);
    return has;
}

void layout_find(struct layout *layout)
{
    const char *given = getenv("REAPCHECK_HOME");
    char *folder = own_folder();
    char *tree = text_format("%s/..", folder);
    char *share = text_format("%s/../share/reapcheck", folder);
    char *beside = text_format("%s/host", folder);
    const char *home;

    *layout = (struct layout){0};
    if (given && *given)
        home = given;
    else
        home = has_scenarios(tree) ? tree : share;
    layout->tree = home != share;
    home = layout->tree || has_scenarios(share) ? home : ".";

    layout->scenarios = shorten(text_format("%s/scenarios", home));
    layout->catalogue = shorten(text_format("%s/scenarios/CATALOGUE.md", home));
    layout->mutants = shorten(text_format("%s/impl/mutants", home));
    layout->expected = shorten(text_format("%s/results/expected", home));
    if (layout->tree) {
        char *top = shorten(text_format("%s", home)), *here = getcwd(NULL, 0);

        layout->results = here && !strcmp(top, here) ? text_format("results/latest")
                                                     : text_format("%s/results/latest", top);
        free(top);
        free(here);
    } else
        layout->results = text_format("results/latest");
    if (is_folder(beside))
        layout->hosts = shorten(text_format("%s", beside));
    else if (given && *given)
        layout->hosts = shorten(text_format("%s/build/host", home));
    else
        layout->hosts = shorten(text_format("%s/../lib/reapcheck/host", folder));
    layout->adapters =
        text_format("%.*sadapter", (int)(strlen(layout->hosts) - strlen("host")), layout->hosts);

    free(folder);
    free(tree);
    free(share);
    free(beside);
}

void layout_clear(struct layout *layout)
{
    free(layout->scenarios);
    free(layout->catalogue);
    free(layout->hosts);
    free(layout->adapters);
    free(layout->expected);
    free(layout->results);
    free(layout->mutants);
    *layout = (struct layout){0};
}

char *layout_expected_file(const struct layout *layout, const char *name)
{
    return text_format("%s/%s%s", layout->expected, strchr(name, '+') ? "pairs/" : "", name);
}

struct catalogue *layout_catalogue(const struct layout *layout)
{
    char error[512];
    struct catalogue *catalogue = catalogue_load(layout->catalogue, error, sizeof error);

    if (!catalogue)
        complain(STATUS_BROKEN, "cannot read the catalogue of requirements: %s", error);
    return catalogue;
}

int layout_expected(const struct layout *layout, const struct catalogue *catalogue,
                    const char *file, const char *name, struct expected **expected)
{
    char *path = file ? text_format("%s", file) : layout_expected_file(layout, name);
    char error[512];
    int status = 0;

    *expected = NULL;
    if ((file || !access(path, F_OK)) &&
        !(*expected = expected_load(path, catalogue, error, sizeof error))) {
        fprintf(stderr, "%s\n", error);
        status = STATUS_USAGE;
    }
    free(path);
    return status;
}

int layout_mutants(const struct layout *layout, const struct catalogue *catalogue,
                   const struct scripts *scripts, struct mutants *mutants)
{
    struct text_list faults = {0};
    int status = 0;

    if (!mutants_load(mutants, layout->mutants, catalogue, scripts->list, scripts->count, &faults))
        status = STATUS_USAGE;
    for (size_t i = 0; i < faults.count; i++)
        fprintf(stderr, "%s\n", faults.list[i]);
    text_list_clear(&faults);
    return status;
}
