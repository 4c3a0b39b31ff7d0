/* SPDX-License-Identifier: MIT */
/* A test that is skipped says why, as a remark in TAP; run-tests.sh passes it on. */
#ifndef REAPCHECK_SKIPPED_H
#define REAPCHECK_SKIPPED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define skip_because(reason)                                                                       \
    do {                                                                                           \
        print_message("# skipped: %s: %s\n", __func__, reason);                                    \
        skip();                                                                                    \
    } while (0)

#endif
