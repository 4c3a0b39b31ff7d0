/* SPDX-License-Identifier: MIT */
/*
 * Does the jobs of an audit, each in a process of its own (fleet.h): a control, or a scenario whose
 * host runs under the tool. A job sends what the tool had to say, and the verdict of the scenario,
 * as one JSON object.
 */
#include "cli/audit.h"

#include <stdlib.h>
#include <string.h>
#include "audit/controls.h"
#include "cli/job.h"
#include "cli/progress.h"
#include "runner/scenario.h"

static size_t implementation_of(const struct audit *audit, const struct audit_job *job)
{
    return job->section % audit->implementations.count;
}

/* -- in the process of a job -- */

static int work_control(const struct audit *audit, const struct audit_job *job, int result_fd)
{
    const struct audit_proof *proof = &audit->proofs[job->proof];
    struct audit_account account = {0};
    char why[512] = "";
    json_t *json;

    if (audit_control_run(proof->tool, proof->control, audit->controls, &account, why, sizeof why))
        json = json_pack("{ss}", "fault", why);
    else
        json = json_pack("{so}", "account", audit_account_to_json(&account));
    audit_account_clear(&account);
    return job_send(result_fd, json);
}

static int work_scenario(struct audit *audit, const struct audit_job *job, int result_fd)
{
    const struct implementation *implementation =
        &audit->implementations.list[implementation_of(audit, job)];
    struct audit_account account = {0};
    struct scenario_options options = {
        .play = {.host = implementation->host,
                 .adapters = {implementation->adapters[0], implementation->adapters[1]},
                 .child = implementation->child,
                 .slow = audit->slow,
                 .quiet_host = !audit->verbose},
        .impl_argument = implementation->argument,
        .command = "",
        .catalogue = audit->catalogue,
        .tool = audit->sections[job->section].tool,
        .account = &account,
    };
    struct verdict verdict = {0};
    int status = 1;

    if (!scenario_run(audit->scripts.list[job->script], &options, &verdict))
        status =
            job_send(result_fd, json_pack("{so so}", "account", audit_account_to_json(&account),
                                          "verdict", verdict_to_json(&verdict)));
    audit_account_clear(&account);
    verdict_clear(&verdict);
    return status;
}

static int work(void *user, size_t i, int result_fd)
{
    struct audit *audit = user;
    const struct audit_job *job = &audit->jobs[i];

    return job->is_control ? work_control(audit, job, result_fd)
                           : work_scenario(audit, job, result_fd);
}

/* -- in the calling process, as jobs end -- */

static void add(struct text_list *list, char *text)
{
    text_list_add(list, text);
    free(text);
}

static void take_control(struct audit *audit, const struct audit_job *job, const json_t *json,
                         const char *failure)
{
    struct audit_proof *proof = &audit->proofs[job->proof];
    const char *fault = failure ? failure : json_string_value(json_object_get(json, "fault"));
    struct audit_account account = {0};

    if (!fault && audit_account_from_json(json_object_get(json, "account"), &account))
        fault = "the job sent no result";
    if (fault)
        proof->fault = text_format("%s", fault);
    else
        proof->reported = audit_control_reported(proof->control, &account);
    audit_account_clear(&account);
}

/* What of a failing scenario is news. */
static void take_findings(struct audit *audit, const struct audit_job *job,
                          const struct verdict *verdict)
{
    struct audit_section *section = &audit->sections[job->section];
    struct judgement judgement;

    expected_judge(audit->expected[implementation_of(audit, job)], verdict, &judgement);
    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];
        const char *known = finding->limit ? finding->limit : judgement_known(&judgement, i);
        bool of_tool = !strcmp(finding->oracle, section->tool->name);
        char *text;

        if (known && of_tool) {
            text = text_format("%s: %s", finding->requirement, known);
            if (!text_list_has(&section->known, text))
                text_list_add(&section->known, text);
            free(text);
        } else if (!known && of_tool) {
            section->unknown++;
        } else if (!known) {
            add(&section->failures,
                text_format("%s: %s: %s", verdict->scenario, finding->requirement, finding->what));
        }
    }
    judgement_clear(&judgement);
}

static void take_scenario(struct audit *audit, const struct audit_job *job, const json_t *json,
                          const char *failure)
{
    struct audit_section *section = &audit->sections[job->section];
    const char *name = audit->scripts.list[job->script]->name;
    struct audit_account account = {0};
    struct verdict verdict = {0};
    char why[256] = "";

    if (!failure &&
        (audit_account_from_json(json_object_get(json, "account"), &account) ||
         verdict_from_json(json_object_get(json, "verdict"), &verdict, why, sizeof why)))
        failure = "the job sent no result";
    if (failure) {
        section->verdicts[VERDICT_ERROR]++;
        add(&section->faults, text_format("%s: %s", name, failure));
        goto out;
    }
    section->verdicts[verdict.kind]++;
    section->cut += account.cut && verdict.kind != VERDICT_SKIP;
    if (verdict.kind == VERDICT_ERROR)
        add(&section->faults, text_format("%s: %s", name, verdict.reason ? verdict.reason : "?"));
    else if (verdict.kind == VERDICT_SKIP)
        add(&section->skipped, text_format("%s: %s", name, verdict.reason ? verdict.reason : "?"));
    else
        take_findings(audit, job, &verdict);
    audit_account_merge(&section->account, &account);
    while (section->first_seen.count < section->account.errors_count)
        text_list_add(&section->first_seen, name);
out:
    verdict_clear(&verdict);
    audit_account_clear(&account);
}

static void take(struct audit *audit, size_t i, const char *result, size_t size,
                 const char *failure)
{
    struct audit_job *job = &audit->jobs[i];
    json_t *json = NULL;
    json_error_t fault;

    job->done = true;
    if (!failure && !(json = json_loadb(result, size, 0, &fault)))
        failure = "the job sent no result";
    if (job->is_control)
        take_control(audit, job, json, failure);
    else
        take_scenario(audit, job, json, failure);
    json_decref(json);
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct audit *audit = user;

    take(audit, i, result, size, failure);
    progress_show("%zu of %zu", ++audit->ended, audit->jobs_count);
}

/* Some tools take longer than others. */
static double slowest(const struct audit *audit)
{
    double slow = 1;

    for (size_t i = 0; i < audit->sections_count; i++)
        if (audit->sections[i].tool->slow > slow)
            slow = audit->sections[i].tool->slow;
    return audit->slow * slow;
}

int audit_jobs_run(struct audit *audit)
{
    const struct fleet fleet = {.jobs = audit->jobs_at_once,
                                .namespaces = FLEET_NAMESPACES_IF_ALLOWED,
                                .deadline_ms = job_deadline_ms(&audit->scripts, slowest(audit), 1),
                                .work = work,
                                .done = done,
                                .user = audit};
    int rc = job_run(&fleet, audit->jobs_count), status;

    progress_clear();
    status = job_status(rc);
    if (status)
        return status;
    for (size_t i = 0; i < audit->jobs_count; i++)
        if (!audit->jobs[i].done) /* none may be missing unnoticed */
            take(audit, i, NULL, 0, "the job was never run");
    return 0;
}
