/* SPDX-License-Identifier: MIT */
/*
 * For tests of oracles: a history written out as text goes to all oracles, and all that they find
 * is compared as text, evidence included. So each case says, too, that no other oracle speaks up.
 */
#ifndef REAPCHECK_TESTS_JUDGED_H
#define REAPCHECK_TESTS_JUDGED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oracle/oracle.h"

struct judged_case {
    const char *name; /* what the case is about */
    const struct subject *subject;
    const char *history, *findings;
};

/* The implementations that the cases are about. */
static const struct subject libxl_like = {
    .owners = 15, .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_FOREIGN, .has_probe = 1};
static const struct subject plain_like = {.owners = RC_OWNS(RC_OWNER_SELECTIVE), .has_probe = 1};
static const struct subject no_probe_like = {.owners = RC_OWNS(RC_OWNER_SELECTIVE)};

/* How most histories begin: a ctx is opened, and given an owner mode. */
#define A_OPEN                                                                                     \
    "t1 lane\n"                                                                                    \
    "t1 enter op=open ctx=A\n"                                                                     \
    "t1 leave op=open ctx=A result=0\n"
#define A_OWNED(owner)                                                                             \
    A_OPEN "t1 enter op=owner ctx=A owner=" owner "\n"                                             \
           "t1 leave op=owner ctx=A owner=" owner " result=0\n"
#define A_SELECTIVE A_OWNED("selective")
#define A_ALWAYS    A_OWNED("always")
#define A_MAINLOOP  A_OWNED("mainloop")

/* A forked copy of the host, `c`, in which a ctx was open at the fork. */
#define COPY_BEFORE_POSTFORK                                                                       \
    "t1 lane\n"                                                                                    \
    "- disposition default flags=0x0 mask=0x0\n"                                                   \
    "t1 enter op=open ctx=A\n"                                                                     \
    "t1 leave op=open ctx=A result=0\n"                                                            \
    "t1 enter op=owner ctx=A owner=selective\n"                                                    \
    "t1 leave op=owner ctx=A owner=selective result=0\n"                                           \
    "t1 forked child=200\n"                                                                        \
    "c lane pid=200 tid=200\n"
#define COPY_AFTER_POSTFORK                                                                        \
    COPY_BEFORE_POSTFORK                                                                           \
    "c enter op=postfork ctx=A\n"                                                                  \
    "c leave op=postfork ctx=A result=0\n"

static char *judged_text(const struct judged_case *judged)
{
    struct findings findings = {0};
    char error[200], line[600], *text = NULL;
    struct history *history = history_from_text(judged->history, error, sizeof(error));
    size_t size, i, n;
    FILE *out = open_memstream(&text, &size);

    if (!history)
        fail_msg("%s: %s", judged->name, error);
    assert_non_null(out);
    assert_int_equal(oracle_judge(history, judged->subject, &findings), 0);
    for (i = 0; i < findings.count; i++) {
        fprintf(out, "%s %s\n", findings.list[i].requirement, findings.list[i].what);
        for (n = 0; n < findings.list[i].evidence_count; n++) {
            history_format(history, findings.list[i].evidence[n], line, sizeof(line));
            fprintf(out, "    %s\n", line);
        }
    }
    fclose(out);
    findings_free(&findings);
    history_free(history);
    return text;
}

static void judge_cases(const struct judged_case *cases, size_t count)
{
    size_t failed = 0, i;

    for (i = 0; i < count; i++) {
        char *found = judged_text(&cases[i]);
        if (strcmp(found, cases[i].findings) != 0) {
            print_error("%s\nfound:\n%sexpected:\n%s\n", cases[i].name, found, cases[i].findings);
            failed++;
        }
        free(found);
    }
    assert_int_equal(failed, 0);
}

#endif
