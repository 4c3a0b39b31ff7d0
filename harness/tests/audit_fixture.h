/* SPDX-License-Identifier: MIT */
/* What the tests of readers of reports share: a report written by hand, as the file that it is. */
#ifndef REAPCHECK_AUDIT_FIXTURE_H
#define REAPCHECK_AUDIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "audit/tool.h"

static inline int read_text_with(audit_reader *reader, const char *text, size_t length,
                                 struct audit_account *account, char *why, size_t size)
{
    int fd = memfd_create("report", 0), rc;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, length), length);
    *account = (struct audit_account){0};
    why[0] = 0;
    rc = reader(fd, account, why, size);
    close(fd);
    return rc;
}

#endif
