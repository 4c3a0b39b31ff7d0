/* SPDX-License-Identifier: MIT */
/* Running one planted fault under one tool. */
#ifndef REAPCHECK_AUDIT_CONTROLS_H
#define REAPCHECK_AUDIT_CONTROLS_H

#include "audit/tool.h"

/* Runs FOLDER/NAME under the tool and reads its report. 0, or -1 with why. [a process that has no
 * other children] */
int audit_control_run(const struct audit_tool *tool, const struct audit_control *control,
                      const char *folder, struct audit_account *account, char *why, size_t size);
/* The account has the error that the control is to bring. */
bool audit_control_reported(const struct audit_control *control,
                            const struct audit_account *account);

#endif
