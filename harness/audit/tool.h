/* SPDX-License-Identifier: MIT */
/*
 * The tools that audit a library while scenarios are played: what each is asked, what it cannot
 * see, which planted faults it must report before its silence is worth anything, and how it is
 * started and read. Some run programs as they are; sanitizers are part of a build of their own. One
 * more tool is one more row (tools.c).
 */
#ifndef REAPCHECK_AUDIT_TOOL_H
#define REAPCHECK_AUDIT_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include "audit/reader.h"
#include "catalogue/catalogue.h"
#include "script/script.h"

/* A program of harness/tests/controls/ with one fault in it, and what is to come of it. */
struct audit_control {
    const char *name;  /* of the program */
    const char *kind;  /* of the error, NULL: any */
    const char *says;  /* words of its sentence, NULL: any */
    const char *blind; /* why this tool cannot see it; NULL: it must report it */
};

struct audit_tool {
    const char *name;         /* as --tool and --under take it */
    const char *asks;         /* what it looks for, in a line */
    const char *const *blind; /* what it cannot see: sentences, to a NULL */
    const char *program;      /* that has to be installed */
    const char *options;      /* of that program; the last takes the report's fd */
    double slow;              /* how much longer everything may take */
    int nap_ms; /* the host's threads look so often for what there is to do; 0: they are woken */
    const char *const *beyond; /* scenarios that it cannot finish in reasonable time, to a NULL:
                                  played only where they are asked for; may be NULL */
    const char *variant;       /* of the build that it is part of (make VARIANT=...); NULL: none */
    audit_reader *read;
    const struct audit_control *controls; /* to a NULL name */
    /* Why it would not do justice to this script; NULL where it does. May be NULL. */
    const char *(*unfit)(const struct script *script);
};

/* All tools (tools.c); ends with a NULL name. */
extern const struct audit_tool audit_tools[];

/* NULL where there is none of that name; name may be NULL. */
const struct audit_tool *audit_tool_find(const char *name);
/* False where its program is not there. */
bool audit_tool_is_there(const struct audit_tool *tool);
/* The words that go before a program, so that its report goes to fd, which it is to inherit: a new
 * string. */
char *audit_tool_command(const struct audit_tool *tool, int fd);
/* What to run in place of a program that is built, FOLDER/host/NAME: its like in the build that the
 * tool is part of, FOLDER/VARIANT/host/NAME. A new string. */
char *audit_tool_program(const struct audit_tool *tool, const char *program);
/* The requirement that an error breaks. */
const char *audit_requirement(const struct catalogue *catalogue, const struct audit_error *error);
/* Requirements that nothing but a tool finds broken. */
bool audit_is_for_tools(const char *requirement);

#endif
