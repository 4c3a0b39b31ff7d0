/* SPDX-License-Identifier: MIT */
/* The file into which a tool writes its report. */
#ifndef REAPCHECK_AUDIT_REPORT_H
#define REAPCHECK_AUDIT_REPORT_H

/* A file without a name, which a program that is executed does not get; -1 with errno. */
int audit_report_open(void);
/* All that is in it, from its beginning, ended with a 0: a new string. NULL with errno where it
 * cannot be read. */
char *audit_report_load(int fd);

#endif
