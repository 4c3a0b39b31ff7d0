/* SPDX-License-Identifier: MIT */
/* What the tests of the script language share. */
#ifndef REAPCHECK_SCRIPT_FIXTURE_H
#define REAPCHECK_SCRIPT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/script.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD              "scenario A sentence\ncovers XC-01 FK-47\n"

/* A script that has to be well. */
static inline struct script *parse(const char *text)
{
    struct script_error error = {0};
    struct script *script = script_parse("sharing/some.scn", text, strlen(text), &error);
    if (!script)
        fail_msg("%d:%d: %s, in:\n%s", error.line, error.column, error.what, text);
    return script;
}

#endif
