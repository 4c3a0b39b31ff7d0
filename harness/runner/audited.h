/* SPDX-License-Identifier: MIT */
/* A play whose host runs under a tool that audits, and what the tool has to say of it. */
#ifndef REAPCHECK_AUDITED_H
#define REAPCHECK_AUDITED_H

#include "runner/scenario.h"

struct audited {
    struct audit_account account;
    char why[256]; /* the report could not be had */
};

/* Plays, with the host under options->tool if there is one, and reads its report. */
void audited_play(const struct script *script, const struct scenario_options *options,
                  struct played *played, struct audited *audit);
/* Adds to the verdict what the tool reported: an error is a finding, unless it is the harness's;
 * then nobody can tell. */
void audited_put(const struct scenario_options *options, const struct played *played,
                 const struct audited *audit, struct verdict *verdict);

#endif
