/* SPDX-License-Identifier: MIT */
/*
 * The jobs of a sweep. A job is a process of its own (fleet.h) that plays one script many times
 * (faults_play.c), as a play takes less time than what the fleet does for a job. It sends a line
 * for each play, which is taken in here: a job that is lost loses only what it had not yet played.
 */
#include "cli/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/job.h"
#include "cli/progress.h"
#include "report/text.h"

enum { PLAYS_A_JOB = 100 }; /* more than a batch has: for the fleet's deadline, the last resort */

/* One round of jobs. */
struct round {
    struct faults *faults;
    const char *what;
    int (*play)(const struct faults *faults, size_t i, int result_fd); /* in the job */
    size_t (*script_of)(const struct faults *faults, size_t i); /* of job i, or its first one */
    struct faults_row *(*row_of)(struct faults *faults, size_t i);
    bool of_batches;    /* of the plan */
    size_t done, total; /* plays, or scripts */
};

/* -- what a job of each round is about -- */

static size_t script_of_batch(const struct faults *faults, size_t i)
{
    return faults->plan.list[i].script;
}

static struct faults_row *row_of_batch(struct faults *faults, size_t i)
{
    return &faults->rows[faults->plan.list[i].row];
}

static size_t script_of_pair(const struct faults *faults, size_t i)
{
    return faults->pairs[i * FAULTS_PAIRS_A_JOB].script;
}

static struct faults_row *row_of_pair(struct faults *faults, size_t i)
{
    (void)i;
    return &faults->paired;
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

/* -- as jobs end -- */

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

/* A job of the sweep was lost. What it had not yet sent was not judged. */
static void keep_lost(struct round *round, size_t i, const char *what)
{
    const struct faults *faults = round->faults;
    char *reason;

    if (round->of_batches) {
        const struct fault_batch *batch = &faults->plan.list[i];
        const struct fault_point first = fault_batch_point(batch, batch->from);
        char *from = fault_point_text(&first);

        reason = text_format(
            "a job of this program, with the points from \"%s\" on, %s; those that "
            "it had not yet sent were not judged: play them again by --call %s %s",
            from, what, libc_call_word(first.call), faults->scripts.list[batch->script]->name);
        free(from);
    } else {
        reason =
            text_format("a job of this program %s; what it had not yet sent was not judged", what);
    }
    keep_error(round, i, reason);
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
        if (whole && round->of_batches)
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

/* -- the rounds -- */

static int work(void *user, size_t i, int result_fd)
{
    const struct round *round = user;

    return round->play(round->faults, i, result_fd);
}

static int conduct(struct round *round, size_t jobs,
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
    struct round round = {.faults = faults,
                          .what = "scripts",
                          .play = faults_play_census,
                          .total = faults->scripts.count};

    return conduct(&round, faults->scripts.count, done_census);
}

int faults_sweep(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "points",
                          .play = faults_play_sweep,
                          .script_of = script_of_batch,
                          .row_of = row_of_batch,
                          .of_batches = true,
                          .total = faults->plan.points};

    return conduct(&round, faults->plan.count, done);
}

int faults_pairs(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "pairs",
                          .play = faults_play_pairs,
                          .script_of = script_of_pair,
                          .row_of = row_of_pair,
                          .total = faults->pairs_count};

    return conduct(&round, (faults->pairs_count + FAULTS_PAIRS_A_JOB - 1) / FAULTS_PAIRS_A_JOB,
                   done);
}

int faults_only(struct faults *faults)
{
    struct round round = {.faults = faults,
                          .what = "scripts",
                          .play = faults_play_only,
                          .script_of = script_of_only,
                          .row_of = row_of_only,
                          .total = faults->scripts.count};

    return conduct(&round, faults->scripts.count, done);
}
