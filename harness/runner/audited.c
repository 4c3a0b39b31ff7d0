/* SPDX-License-Identifier: MIT */
#include "runner/audited.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "audit/report.h"
#include "report/text.h"

void audited_play(const struct script *script, const struct scenario_options *options,
                  struct played *played, struct audited *audit)
{
    struct play_options how = options->play;
    const char *unfit;
    char *command, *host;
    int report;

    if (!options->tool) {
        play(script, &how, played);
        return;
    }
    unfit = options->tool->unfit ? options->tool->unfit(script) : NULL;
    host = audit_tool_program(options->tool, how.host);
    if (unfit || access(host, X_OK)) {
        *played = (struct played){.result = unfit ? PLAY_SKIPPED : PLAY_BROKEN};
        if (unfit)
            snprintf(played->reason, sizeof played->reason, "%s", unfit);
        else
            snprintf(played->reason, sizeof played->reason,
                     "%s is not there; `make VARIANT=%s %s` builds it", host,
                     options->tool->variant, host);
        free(host);
        return;
    }
    how.host = host;
    report = audit_report_open();
    how.slow *= options->tool->slow;
    how.nap_ms = options->tool->nap_ms;
    how.under = command = audit_tool_command(options->tool, report);
    how.report_fd = report < 0 ? 0 : report;
    play(script, &how, played);
    free(command);
    free(host);
    options->tool->read(report, &audit->account, audit->why, sizeof audit->why);
    close(report);
}

/* With its stacks: such a report is to be mended here, and need not come again. */
static char *of_harness(const struct audit_tool *tool, const struct audit_error *error)
{
    char *reason = text_format("%s reports the harness itself: %s at %s", tool->name, error->kind,
                               error->place);

    for (size_t i = 0; i < error->stack.count; i++)
        text_append(&reason, "; %s", error->stack.list[i]);
    return reason;
}

void audited_put(const struct scenario_options *options, const struct played *played,
                 const struct audited *audit, struct verdict *verdict)
{
    const struct audit_account *account = &audit->account;
    char *reason = NULL;

    for (size_t i = 0; played->history && i < history_count(played->history) && !reason; i++)
        if (history_event(played->history, i)->kind == EVENT_HANG)
            reason = text_format("the host hangs under %s or is too slow there; a run without it "
                                 "can tell",
                                 options->tool->name);
    if (audit->why[0] && !reason)
        reason =
            text_format("the report of %s cannot be read: %s", options->tool->name, audit->why);
    verdict->findings =
        text_grow(verdict->findings, verdict->findings_count + account->errors_count + 1,
                  sizeof *verdict->findings);
    for (size_t i = 0; i < account->errors_count; i++) {
        const struct audit_error *error = &account->errors[i];
        const char *requirement = audit_requirement(options->catalogue, error);
        const struct play_limit *limit = played_limit(played, requirement);
        struct verdict_finding *out;

        if (error->of_harness) {
            if (!reason)
                reason = of_harness(options->tool, error);
            continue;
        }
        out = &verdict->findings[verdict->findings_count++];
        *out = (struct verdict_finding){
            .requirement = text_format("%s", requirement),
            .oracle = text_format("%s", options->tool->name),
            .what = text_format("%s in %s: %s", error->kind, error->place, error->text),
            .limit = limit ? text_format("%s", limit->where) : NULL,
            .evidence = text_memory(error->stack.count + 1, sizeof *out->evidence),
        };
        for (size_t j = 0; j < error->stack.count; j++)
            out->evidence[out->evidence_count++] = text_format("%s", error->stack.list[j]);
        if (!limit)
            verdict->kind = VERDICT_FAIL;
        else if (verdict->kind == VERDICT_PASS)
            verdict->kind = VERDICT_LIMIT;
    }
    if (reason) {
        verdict->kind = VERDICT_ERROR;
        free(verdict->reason);
        verdict->reason = reason;
    }
}
