/* SPDX-License-Identifier: MIT */
/* The table of reporters: to add one, write it and name it here. */
#include "report/report.h"

#include <errno.h>
#include <string.h>

const struct reporter *const reporters[] = {
    &report_pretty,   &report_tap,   &report_junit, &report_github,
    &report_markdown, &report_jsonl, &report_pairs, NULL};

const struct reporter *reporter_find(const char *name)
{
    for (const struct reporter *const *reporter = reporters; *reporter; reporter++)
        if (!strcmp((*reporter)->name, name))
            return *reporter;
    return NULL;
}

int report_flush(FILE *out)
{
    errno = 0;
    if (fflush(out) || ferror(out))
        return errno ? -errno : -EIO;
    return 0;
}
