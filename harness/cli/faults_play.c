/* SPDX-License-Identifier: MIT */
/*
 * What the process of a job does in a sweep: it plays, judges, and sends a line of JSON for each
 * play as soon as it is over.
 *
 * A play under faults is judged as lenient.c says. What the script fails without any fault, and
 * what is known of the implementation, is not charged to the fault.
 */
#include "cli/faults.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "cli/job.h"
#include "runner/scenario.h"

enum { WANDERS_MOST = 1000 }; /* so far may the calls go beyond twice their count */

static const char no_memory[] =
    "no memory to judge what was recorded: use fewer --jobs, or play this script by itself";

/* Plays one script under these faults (with none: counts its calls). */
static int play_once(const struct faults *faults, size_t which, struct play_faults *planted,
                     struct verdict *verdict)
{
    const struct implementation *implementation = &faults->implementations.list[0];
    const struct scenario_options options = {
        .play = {.host = implementation->host,
                 .adapters = {implementation->adapters[0], implementation->adapters[1]},
                 .child = implementation->child,
                 .slow = faults->options.slow,
                 .quiet_host = true,
                 .faults = planted},
        .impl_argument = implementation->argument,
        .command = "",
        .catalogue = faults->catalogue,
        .history = faults->options.history,
    };
    struct rlimit files;
    bool limited = getrlimit(RLIMIT_NOFILE, &files) == 0;
    int rc = scenario_run(faults->scripts.list[which], &options, verdict);

    if (limited) /* a play raises its own */
        setrlimit(RLIMIT_NOFILE, &files);
    return rc;
}

/* Takes out of the verdict what is no news: true where something is left. */
static bool keep_news(const struct faults *faults, const struct verdict *before,
                      struct verdict *verdict)
{
    const char **ids;
    size_t count = verdict_failing(before, &ids), kept = 0;
    struct verdict old = {.findings = text_memory(verdict->findings_count, sizeof *old.findings)};
    struct judgement judgement;

    expected_judge(faults->expected, verdict, &judgement);
    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding finding = verdict->findings[i];
        bool known = finding.limit || judgement_known(&judgement, i);

        for (size_t k = 0; k < count && !known; k++)
            known = !strcmp(ids[k], finding.requirement);
        if (known)
            old.findings[old.findings_count++] = finding;
        else
            verdict->findings[kept++] = finding;
    }
    verdict->findings_count = kept;
    judgement_clear(&judgement);
    verdict_clear(&old);
    free(ids);
    return kept;
}

static enum point_kind kind_of(const struct faults *faults, size_t script,
                               const struct play_faults *planted, struct verdict *verdict)
{
    const struct verdict *before = &faults->census[script].verdict;
    bool met = false;

    for (size_t i = 0; i < planted->count; i++)
        met = met || planted->struck[i];
    switch (verdict->kind) {
    case VERDICT_ERROR:
        return POINT_ERROR;
    case VERDICT_FAIL:
        if (met && keep_news(faults, before, verdict))
            return POINT_BAD;
        break;
    case VERDICT_LIMIT:
        if (met && before->kind != VERDICT_LIMIT)
            return POINT_LIMIT;
        break;
    default:
        break;
    }
    return met ? POINT_WELL : POINT_UNMET;
}

/* Tells why the job cannot go on, and at which point. Returns the job's exit status. */
static int give_up(int fd, const struct step *steps, size_t count, const char *why)
{
    char *reason = text_format("%s", why);
    json_t *json = json_object();

    for (size_t i = 0; i < count; i++)
        text_append(&reason, "%s %s", i ? "," : "; it happened under", steps[i].text);
    json_object_set_new(json, "error", json_string(reason));
    free(reason);
    job_send(fd, json);
    return 1;
}

/* Plays a script under the faults of these steps and sends what came of it. */
static bool play_point(const struct faults *faults, size_t script, const struct step *steps,
                       size_t count, unsigned skip, int fd, enum point_kind *kind)
{
    struct play_faults planted = {.list = steps,
                                  .count = count,
                                  .usual = faults->census[script].kept,
                                  .usual_count = faults->census[script].kept_count};
    struct verdict verdict = {0};
    json_t *json = json_object(), *struck = json_array(), *statements = json_array();
    bool well = !play_once(faults, script, &planted, &verdict);

    if (!well)
        give_up(fd, steps, count, no_memory);

    if (well) {
        *kind = kind_of(faults, script, &planted, &verdict);
        for (size_t i = 0; i < count; i++) {
            json_array_append_new(struck, json_boolean(planted.struck[i]));
            json_array_append_new(statements, json_string(steps[i].text));
        }
        json_object_set(json, "struck", struck);
        json_object_set(json, "statements", statements);
        json_object_set_new(json, "script", json_integer((json_int_t)script));
        json_object_set_new(json, "kind", json_integer(*kind));
        json_object_set_new(json, "told", json_boolean(planted.told));
        json_object_set_new(json, "skip", json_integer(skip));
        if (*kind == POINT_BAD || *kind == POINT_ERROR || faults->options.only_count)
            json_object_set_new(json, "verdict", verdict_to_json(&verdict));
    }
    json_decref(struck);
    json_decref(statements);
    verdict_clear(&verdict);
    if (!well)
        json_decref(json);
    return well && !job_send(fd, json);
}

static bool play_points(const struct faults *faults, size_t script,
                        const struct fault_point *points, size_t count, int fd,
                        enum point_kind *kind)
{
    struct script *statements[PLAY_FAULTS];
    struct step steps[PLAY_FAULTS];
    bool well = true;
    size_t read = 0;

    for (; well && read < count; read++) {
        struct script_error error = {.what = "no memory"};
        char *text = fault_point_text(&points[read]);

        statements[read] = fault_statement(text, &error);
        well = statements[read];
        if (well) {
            steps[read] = statements[read]->steps[0];
        } else {
            char *why = text_format("no play can have the fault \"%s\": %s", text, error.what);
            give_up(fd, NULL, 0, why);
            free(why);
        }
        free(text);
    }
    well = well && play_point(faults, script, steps, count, points[0].skip, fd, kind);
    while (read-- > 0)
        script_free(statements[read]);
    return well;
}

int faults_play_census(const struct faults *faults, size_t i, int fd)
{
    struct play_faults planted = {0};
    struct verdict verdict = {0};
    json_t *json, *calls, *kept;

    if (play_once(faults, i, &planted, &verdict))
        return give_up(fd, NULL, 0, no_memory);
    json = json_object();
    calls = json_array();
    for (int call = 0; call < CALL_COUNT; call++)
        json_array_append_new(calls, json_integer(planted.calls[call]));
    json_object_set_new(json, "calls", calls);
    kept = json_array();
    for (size_t n = 0; n < planted.kept_count; n++)
        json_array_append_new(
            kept, json_pack("[I, i]", (json_int_t)planted.kept[n].size, planted.kept[n].op));
    json_object_set_new(json, "kept", kept);
    json_object_set_new(json, "verdict", verdict_to_json(&verdict));
    verdict_clear(&verdict);
    return job_send(fd, json);
}

int faults_play_sweep(const struct faults *faults, size_t i, int fd)
{
    const struct fault_batch *batch = &faults->plan.list[i];
    enum point_kind kind = POINT_WELL;
    unsigned most = 2 * batch->calls + WANDERS_MOST;

    for (unsigned n = batch->from;
         n < batch->to || (batch->open && kind != POINT_UNMET && n < most); n++) {
        const struct fault_point point = fault_batch_point(batch, n);

        if (!play_points(faults, batch->script, &point, 1, fd, &kind))
            return 1;
    }
    return 0;
}

int faults_play_pairs(const struct faults *faults, size_t i, int fd)
{
    enum point_kind kind;

    for (size_t n = i * FAULTS_PAIRS_A_JOB;
         n < (i + 1) * FAULTS_PAIRS_A_JOB && n < faults->pairs_count; n++)
        if (!play_points(faults, faults->pairs[n].script, faults->pairs[n].point, 2, fd, &kind))
            return 1;
    return 0;
}

int faults_play_only(const struct faults *faults, size_t i, int fd)
{
    struct step steps[PLAY_FAULTS];
    enum point_kind kind;

    for (size_t n = 0; n < faults->options.only_count; n++)
        steps[n] = faults->options.only[n]->steps[0];
    return !play_point(faults, i, steps, faults->options.only_count, 0, fd, &kind);
}
