/* SPDX-License-Identifier: MIT */
/*
 * Readers of tools' reports. One more tool is one more reader: it takes the report that the tool
 * left behind fd, from its beginning, and fills in an account (which is all zero before).
 *
 * A report that breaks off is no fault: what is whole in it counts, and account->cut says the rest.
 * 0, or -1 with why where it is no report of a kind that the reader knows.
 */
#ifndef REAPCHECK_AUDIT_READER_H
#define REAPCHECK_AUDIT_READER_H

#include "audit/account.h"

typedef int audit_reader(int fd, struct audit_account *account, char *why, size_t size);

/* The XML of Memcheck, Helgrind and DRD. */
audit_reader audit_read_valgrind;
/* What sanitizers write. */
audit_reader audit_read_sanitizer;

#endif
