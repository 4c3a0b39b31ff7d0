/* SPDX-License-Identifier: MIT */
#include "audit/tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct audit_tool *audit_tool_find(const char *name)
{
    for (const struct audit_tool *tool = audit_tools; name && tool->name; tool++)
        if (!strcmp(tool->name, name))
            return tool;
    return NULL;
}

bool audit_tool_is_there(const struct audit_tool *tool)
{
    const char *path = getenv("PATH");
    char *copy = text_format("%s", path ? path : "/usr/local/bin:/usr/bin:/bin"), *rest = copy;
    char *folder;
    bool there = false;

    while (!there && (folder = strsep(&rest, ":"))) {
        char *file = text_format("%s/%s", *folder ? folder : ".", tool->program);

        there = !access(file, X_OK);
        free(file);
    }
    free(copy);
    return there;
}

char *audit_tool_command(const struct audit_tool *tool, int fd)
{
    return text_format("%s %s=%d", tool->program, tool->options, fd);
}

char *audit_tool_program(const struct audit_tool *tool, const char *program)
{
    const char *at = program + strlen(program);

    for (int slashes = 0; at > program; at--)
        if (at[-1] == '/' && ++slashes == 2)
            break;
    return tool->variant ? text_format("%.*s%s/%s", (int)(at - program), program, tool->variant, at)
                         : text_format("%s", program);
}

static const char of_threads[] = "XC-31", of_leaks[] = "XC-30";

const char *audit_requirement(const struct catalogue *catalogue, const struct audit_error *error)
{
    bool lost = !strncmp(error->kind, "Leak_", strlen("Leak_"));

    return lost && catalogue && catalogue_find(catalogue, of_leaks) ? of_leaks : of_threads;
}

bool audit_is_for_tools(const char *requirement)
{
    return !strcmp(requirement, of_threads);
}
