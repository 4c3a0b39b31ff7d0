/* SPDX-License-Identifier: MIT */
/*
 * One scenario from script to verdict: plays the script, has the oracles judge the history, and
 * puts what they find into words. It runs in a process of its own (fleet.h).
 */
#ifndef REAPCHECK_SCENARIO_H
#define REAPCHECK_SCENARIO_H

#include "audit/account.h"
#include "audit/tool.h"
#include "catalogue/catalogue.h"
#include "report/verdict.h"
#include "runner/play.h"
#include "script/script.h"

struct scenario_options {
    struct play_options play;
    const char *impl_argument;         /* as --impl takes it */
    const char *command;               /* the one command that shows it again */
    const char *history;               /* folder for the whole history of each play, or NULL */
    const struct catalogue *catalogue; /* may be NULL */
    const struct audit_tool *tool;     /* the host runs under it, in place of play.under; or NULL */
    struct audit_account *account;     /* what it had to say, for the caller to clear; or NULL */
};

/*
 * Fills *verdict, which the caller clears with verdict_clear. Whatever goes wrong with the scenario
 * is a verdict of kind error. Returns 0, or -errno where there was not even memory for that.
 */
int scenario_run(const struct script *script, const struct scenario_options *options,
                 struct verdict *verdict);

#endif
