/* SPDX-License-Identifier: MIT */
/*
 * The jobs of a sweep. A job is a process of its own (fleet.h) that plays one script many times, as
 * a play takes less time than what the fleet does for a job, and sends a line of JSON for each play
 * as soon as it is over: a job that is lost loses only what it had not yet played.
 *
 * A play under faults is judged as lenient.c says. What the script fails without any fault, and
 * what is known of the implementation, is not charged to the fault.
 */
#include "cli/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "cli/job.h"
#include "cli/progress.h"
#include "report/text.h"
#include "runner/scenario.h"

enum {
    PLAYS_A_JOB = 100, /* more than a batch has: for the fleet's deadline, the last resort */
    PAIRS_A_JOB = 24,
    WANDERS_MOST = 1000, /* so far may the calls go beyond twice their count */
};

/* One round of jobs. */
struct round {
    struct faults *faults;
    const char *what;
    size_t (*script_of)(const struct faults *faults, size_t i); /* of job i, or its first one */
    struct faults_row *(*row_of)(struct faults *faults, size_t i);
    size_t done, total; /* plays, or scripts */
};

static const char no_memory[] =
    "no memory to judge what was recorded: use fewer --jobs, or play this script by itself";

/* -- in the process of a job -- */

/* Plays one script under these faults (with none: counts its calls). */
static int play_once(const struct faults *faults, size_t which, struct play_faults *planted,
                     struct verdict *verdict)
{
    const struct implementation *implementation = &faults->implementations.list[0];
    const struct scenario_options options = {
        .play = {.host = implementation->host,
                 .adapter = implementation->adapter,
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

static bool is_expected(const struct faults *faults, const struct verdict *verdict,
                        const char *requirement)
{
    const struct expected *expected = faults->expected;

    for (size_t i = 0; expected && i < expected->count; i++)
        if (!strcmp(expected->list[i].requirement, requirement) &&
            (expected->list[i].general || !strcmp(expected->list[i].scenario, verdict->scenario)))
            return true;
    return false;
}

/* Takes out of the verdict what is no news: true where something is left. */
static bool keep_news(const struct faults *faults, const struct verdict *before,
                      struct verdict *verdict)
{
    const char **ids;
    size_t count = verdict_failing(before, &ids), kept = 0;
    struct verdict old = {.findings = text_memory(verdict->findings_count, sizeof *old.findings)};

    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding finding = verdict->findings[i];
        bool known = finding.limit || is_expected(faults, verdict, finding.requirement);

        for (size_t k = 0; k < count && !known; k++)
            known = !strcmp(ids[k], finding.requirement);
        if (known)
            old.findings[old.findings_count++] = finding;
        else
            verdict->findings[kept++] = finding;
    }
    verdict->findings_count = kept;
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

static int work_census(void *user, size_t i, int fd)
{
    const struct faults *faults = ((const struct round *)user)->faults;
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

static int work_sweep(void *user, size_t i, int fd)
{
    const struct faults *faults = ((const struct round *)user)->faults;
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

static int work_pairs(void *user, size_t i, int fd)
{
    const struct faults *faults = ((const struct round *)user)->faults;
    enum point_kind kind;

    for (size_t n = i * PAIRS_A_JOB; n < (i + 1) * PAIRS_A_JOB && n < faults->pairs_count; n++)
        if (!play_points(faults, faults->pairs[n].script, faults->pairs[n].point, 2, fd, &kind))
            return 1;
    return 0;
}

static int work_only(void *user, size_t i, int fd)
{
    const struct faults *faults = ((const struct round *)user)->faults;
    struct step steps[PLAY_FAULTS];
    enum point_kind kind;

    for (size_t n = 0; n < faults->options.only_count; n++)
        steps[n] = faults->options.only_script[n]->steps[0];
    return !play_point(faults, i, steps, faults->options.only_count, 0, fd, &kind);
}

/* -- in the calling process -- */

static void count_result(struct faults_row *row, const struct point_result *result)
{
    row->tried++;
    row->struck += result->kind != POINT_UNMET;
    row->told += result->told;
    row->limit += result->kind == POINT_LIMIT;
    row->bad += result->kind == POINT_BAD;
    row->errors += result->kind == POINT_ERROR;
}

static void keep_bad(struct faults *faults, size_t script, struct point_result *result)
{
    faults->bad = text_grow(faults->bad, faults->bad_count + 1, sizeof *faults->bad);
    faults->bad[faults->bad_count++] = (struct bad_point){.script = script, .result = *result};
}

static void keep_error(struct round *round, size_t i, const char *reason)
{
    size_t script = round->script_of(round->faults, i);
    struct point_result result = {.kind = POINT_ERROR};

    result.verdict.kind = VERDICT_ERROR;
    result.verdict.reason = text_format("%s", reason);
    count_result(round->row_of(round->faults, i), &result);
    keep_bad(round->faults, script, &result);
}

static size_t script_of_batch(const struct faults *faults, size_t i)
{
    return faults->plan.list[i].script;
}

static struct faults_row *row_of_batch(struct faults *faults, size_t i)
{
    return &faults->rows[faults->plan.list[i].row];
}

/* A job of the sweep was lost. What it had not yet sent was not judged. */
static void keep_lost(struct round *round, size_t i, const char *what)
{
    const struct faults *faults = round->faults;
    size_t script = round->script_of(faults, i);
    char *point = NULL, *reason;

    if (round->row_of == row_of_batch) {
        const struct fault_batch *batch = &faults->plan.list[i];
        const struct fault_error *error = &fault_errors[batch->row];
        const struct fault_point first = fault_batch_point(batch, batch->from);
        point = text_format(" --call %s", libc_call_word(error->call));
        char *from = fault_point_text(&first);
        reason =
            text_format("a job of this program, with the points from \"%s\" on, %s; those that "
                        "it had not yet sent were not judged: play them again by%s %s",
                        from, what, point, faults->scripts.list[script]->name);
        free(from);
    } else {
        reason =
            text_format("a job of this program %s; what it had not yet sent was not judged", what);
    }
    keep_error(round, i, reason);
    free(point);
    free(reason);
}

/* One line that a job has sent. False where it is none. */
static bool take_result(struct round *round, size_t i, const json_t *json)
{
    struct faults *faults = round->faults;
    size_t script = (size_t)json_integer_value(json_object_get(json, "script"));
    struct point_result result = {0};
    const json_t *statements = json_object_get(json, "statements"), *verdict;
    char why[256];

    result.kind = (enum point_kind)json_integer_value(json_object_get(json, "kind"));
    result.told = json_is_true(json_object_get(json, "told"));
    for (size_t n = 0; n < json_array_size(statements) && n < PLAY_FAULTS; n++) {
        result.struck[n] = json_is_true(json_array_get(json_object_get(json, "struck"), n));
        result.statements[result.statements_count++] =
            text_format("%s", json_string_value(json_array_get(statements, n)));
    }
    verdict = json_object_get(json, "verdict");
    if (!result.statements_count || script >= faults->scripts.count ||
        (verdict && verdict_from_json(verdict, &result.verdict, why, sizeof why)))
        return false;
    count_result(round->row_of(faults, i), &result);
    faults_put(faults, script, &result);
    if (verdict) {
        keep_bad(faults, script, &result);
        return true;
    }
    for (size_t n = 0; n < result.statements_count; n++)
        free(result.statements[n]);
    return true;
}

/* Points that struck and did no harm may be part of a pair. */
static void keep_struck(struct faults *faults, size_t i, const json_t *json)
{
    const struct fault_batch *batch = &faults->plan.list[i];
    const struct fault_error *error = &fault_errors[batch->row];
    json_int_t kind = json_integer_value(json_object_get(json, "kind"));

    if (kind != POINT_WELL || !faults->options.pairs)
        return;
    faults->struck = text_grow(faults->struck, faults->struck_count + 1, sizeof *faults->struck);
    faults->struck[faults->struck_count++] = (struct fault_struck){
        .script = batch->script,
        .point = {error->call, error->error,
                  (unsigned)json_integer_value(json_object_get(json, "skip"))},
    };
}

static size_t script_of_only(const struct faults *faults, size_t i)
{
    (void)faults;
    return i;
}

static struct faults_row *row_of_only(struct faults *faults, size_t i)
{
    (void)i;
    return &faults->only;
}

static size_t script_of_pair(const struct faults *faults, size_t i)
{
    return faults->pairs[i * PAIRS_A_JOB].script;
}

static struct faults_row *row_of_pair(struct faults *faults, size_t i)
{
    (void)i;
    return &faults->paired;
}

static void show_progress(const struct round *round)
{
    progress_show("%zu of %zu %s, %zu bad", round->done, round->total, round->what,
                  round->faults->bad_count);
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct round *round = user;
    const char *end = result + size, *line = result, *next;
    bool whole = true, told = false;

    for (; whole && line < end && (next = memchr(line, '\n', (size_t)(end - line)));
         line = next + 1) {
        json_error_t fault;
        json_t *json = json_loadb(line, (size_t)(next - line), 0, &fault);
        const char *error = json_string_value(json_object_get(json, "error"));

        if (error) {
            keep_error(round, i, error);
            json_decref(json);
            told = true;
            break;
        }
        whole = json && take_result(round, i, json);
        if (whole && round->row_of == row_of_batch)
            keep_struck(round->faults, i, json);
        json_decref(json);
        round->done++;
        round->faults->runs++;
    }
    if (!told && (failure || !whole))
        keep_lost(round, i, failure ? failure : "sent what cannot be read");
    show_progress(round);
}

static void take_kept(struct census *census, const json_t *list)
{
    size_t n;
    json_t *pair;

    json_array_foreach(list, n, pair)
    {
        if (census->kept_count == PLAY_KEPT)
            break;
        census->kept[census->kept_count++] =
            (struct play_kept){.size = json_integer_value(json_array_get(pair, 0)),
                               .op = (int)json_integer_value(json_array_get(pair, 1))};
    }
}

static void done_census(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct round *round = user;
    struct census *census = &round->faults->census[i];
    json_error_t fault;
    json_t *json = size ? json_loadb(result, size, 0, &fault) : NULL;
    char why[256] = "";

    census->done = true;
    if (json_object_get(json, "error")) {
        census->verdict = (struct verdict){.kind = VERDICT_ERROR};
        census->verdict.reason =
            text_format("%s", json_string_value(json_object_get(json, "error")));
    } else if (failure || !json ||
               verdict_from_json(json_object_get(json, "verdict"), &census->verdict, why,
                                 sizeof why)) {
        census->verdict = (struct verdict){.kind = VERDICT_ERROR};
        census->verdict.reason = text_format("%s", failure ? failure
                                                   : *why  ? why
                                                           : "its job sent nothing");
    } else {
        for (int call = 0; call < CALL_COUNT; call++)
            census->calls[call] = (unsigned)json_integer_value(
                json_array_get(json_object_get(json, "calls"), (size_t)call));
        take_kept(census, json_object_get(json, "kept"));
    }
    json_decref(json);
    round->done++;
    show_progress(round);
}

static int conduct(struct round *round, size_t jobs, int (*work)(void *, size_t, int),
                   void (*take)(void *, size_t, const char *, size_t, const char *))
{
    const struct faults_options *options = &round->faults->options;
    const struct fleet fleet = {
        .jobs = options->jobs,
        .namespaces = options->no_namespaces ? FLEET_NAMESPACES_NEVER : FLEET_NAMESPACES_IF_ALLOWED,
        .deadline_ms = job_deadline_ms(&round->faults->scripts, options->slow, PLAYS_A_JOB),
        .work = work,
        .done = take,
        .user = round,
    };
    int rc = job_run(&fleet, jobs);

    progress_clear();
    return job_status(rc);
}

int faults_census(struct faults *faults)
{
    struct round round = {.faults = faults, .what = "scripts", .total = faults->scripts.count};

    return conduct(&round, faults->scripts.count, work_census, done_census);
}

int faults_sweep(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "points",
                          .script_of = script_of_batch,
                          .row_of = row_of_batch,
                          .total = faults->plan.points};

    return conduct(&round, faults->plan.count, work_sweep, done);
}

int faults_pairs(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "pairs",
                          .script_of = script_of_pair,
                          .row_of = row_of_pair,
                          .total = faults->pairs_count};

    return conduct(&round, (faults->pairs_count + PAIRS_A_JOB - 1) / PAIRS_A_JOB, work_pairs, done);
}

int faults_only(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "scripts",
                          .script_of = script_of_only,
                          .row_of = row_of_only,
                          .total = faults->scripts.count};

    return conduct(&round, faults->scripts.count, work_only, done);
}
