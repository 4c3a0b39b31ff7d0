/* SPDX-License-Identifier: MIT */
/* What the tests that play scripts against hosts/puppet.c share. */
#ifndef REAPCHECK_PUPPET_FIXTURE_H
#define REAPCHECK_PUPPET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <cmocka.h>
#include "script/script.h"

static char puppet[4096];

/* The script of these steps, below a head. */
static inline struct script *script_of(const char *steps)
{
    struct script_error error;
    struct script *script;
    char text[1024];

    snprintf(text, sizeof(text), "scenario A test\ncovers XC-01\n%s", steps);
    script = script_parse("test.scn", text, strlen(text), &error);
    if (!script)
        fail_msg("line %d: %s\n%s", error.line, error.what, text);
    return script;
}

/* Sets up a group: finds the puppet, and becomes the parent of whatever is left of it. */
static inline int find_puppet(void **state)
{
    ssize_t length = readlink("/proc/self/exe", puppet, sizeof(puppet) - 32);

    (void)state;
    if (length < 0)
        return -1;
    puppet[length] = 0;
    strcpy(strrchr(puppet, '/'), "/hosts/puppet");
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

#endif
