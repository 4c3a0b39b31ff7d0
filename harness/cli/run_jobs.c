/* SPDX-License-Identifier: MIT */
/*
 * Plays the jobs of a run, each in a process of its own. They end in any order; a verdict is kept
 * until it is its turn and told as soon as it is, so that a report and a results file are the same
 * whatever the number of jobs.
 */
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include "cli/playing.h"
#include "report/text.h"
#include "runner/fleet.h"

static struct playing playing_of(const struct run *run, const struct job *job)
{
    const struct run_options *options = &run->options;

    return (struct playing){
        .program = run->program,
        .implementation = &run->implementations.list[job->implementation],
        .script = run->scripts.list[job->script],
        .catalogue = run->catalogue,
        .under = options->under,
        .history = options->history,
        .slow = options->slow,
        .verbose = options->verbose,
        .no_namespaces = options->no_namespaces,
        .no_probe = options->no_probe,
    };
}

static int work(void *user, size_t i, int result_fd)
{
    const struct run *run = user;
    struct playing playing = playing_of(run, &run->jobs[run->order[i]]);

    return playing_work(&playing, result_fd);
}

/* -- telling verdicts -- */

static void expect_version(struct run *run, const struct job *job)
{
    const struct expected *expected = run->expected[job->implementation];
    const struct verdict *verdict = &job->verdict;
    char *text;

    if (run->version_told[job->implementation] || !*verdict->version)
        return;
    run->version_told[job->implementation] = true;
    if (!expected || !strcmp(expected->version, verdict->version))
        return;
    text = text_format("this is version %s; the expected results (%s) are those of %s",
                       verdict->version, expected->file, expected->version);
    run->options.format->note(run->report, verdict->implementation, REPORT_REMARK, text);
    free(text);
}

/* After the last repetition of a scenario: did all bring the same? */
static void look_for_unsteadiness(struct run *run, size_t which)
{
    const struct job *job = &run->jobs[which], *next = job + 1;
    char *text = NULL;

    run->repeat_kinds |= 1u << job->verdict.kind;
    if (which + 1 < run->jobs_count && next->script == job->script &&
        next->implementation == job->implementation)
        return;
    if (run->repeat_kinds & (run->repeat_kinds - 1)) {
        text = text_format("unsteady: %s brought different verdicts:", job->verdict.scenario);
        for (int kind = 0; kind < VERDICT_KINDS; kind++)
            if (run->repeat_kinds & 1u << kind)
                text_append(&text, " %s", verdict_word(kind));
        run->options.format->note(run->report, job->verdict.implementation, REPORT_REMARK, text);
        run->unexpected++;
        free(text);
    }
    run->repeat_kinds = 0;
}

/*
 * After the last verdict of an implementation: what is known to fail in any scenario has to fail in
 * one, if all were played. An error may hide it, and so may want of the probe.
 */
static void look_for_general_passes(struct run *run, size_t which)
{
    const struct job *job = &run->jobs[which];
    const struct expected *expected = run->expected[job->implementation];

    if (!run_options_complete(&run->options) || run->options.no_probe || !expected || run->errors ||
        (which + 1 < run->jobs_count && job[1].implementation == job->implementation))
        return;
    for (size_t i = 0; i < expected->count; i++) {
        const struct expected_line *line = &expected->list[i];
        char *text;

        if (!expected_is_general(line) || line->met)
            continue;
        text = text_format("%s fails in no scenario (%s:%d)", line->requirement, expected->file,
                           line->line);
        run->options.format->note(run->report, job->verdict.implementation, REPORT_NEW_PASS, text);
        run->unexpected++;
        free(text);
    }
}

static void tell(struct run *run, size_t which)
{
    struct job *job = &run->jobs[which];
    struct judgement judgement;
    int rc;

    expected_judge(run->expected[job->implementation], &job->verdict, &judgement);
    expect_version(run, job);
    run->options.format->verdict(run->report, &job->verdict, &judgement);
    results_add(run->results, &job->verdict);
    if (job->verdict.kind == VERDICT_ERROR)
        run->errors++;
    else if (judgement.kind == JUDGEMENT_DIFFERS ||
             (judgement.kind == JUDGEMENT_NONE && job->verdict.kind == VERDICT_FAIL))
        run->unexpected++;
    judgement_clear(&judgement);
    look_for_unsteadiness(run, which);
    look_for_general_passes(run, which);
    verdict_clear(&job->verdict);
    rc = report_flush(run->out); /* so that no job inherits what is still in the buffer */
    if (!run->out_rc)
        run->out_rc = rc;
}

static void tell_those_in_turn(struct run *run)
{
    while (run->next < run->jobs_count && run->jobs[run->next].done)
        tell(run, run->next++);
}

/* -- in the calling process, as jobs end -- */

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct run *run = user;
    struct job *job = &run->jobs[run->order[i]];
    struct playing playing = playing_of(run, job);

    if (failure && playing_interrupted()) /* the terminal's SIGINT goes to jobs, too */
        return;
    job->done = true;
    playing_result(&playing, result, size, failure, &job->verdict);
    tell_those_in_turn(run);
}

static bool stop(void *user)
{
    (void)user;
    return playing_interrupted();
}

/* A job that the fleet says nothing of is an error: no verdict is ever missing from a whole run. */
int run_jobs(struct run *run)
{
    struct fleet fleet = {
        .jobs = run->options.jobs,
        .namespaces =
            run->options.no_namespaces ? FLEET_NAMESPACES_NEVER : FLEET_NAMESPACES_IF_ALLOWED,
        .deadline_ms = playing_deadline_ms(&run->scripts, run->options.slow),
        .work = work,
        .done = done,
        .stop = stop,
        .user = run,
    };
    int rc;

    playing_catch_interrupts();
    fflush(NULL);
    rc = run->jobs_count ? fleet_run(&fleet, run->jobs_count) : 0;
    for (; run->next < run->jobs_count; run->next++) {
        struct job *job = &run->jobs[run->next];

        if (!job->done && playing_interrupted())
            continue;
        if (!job->done) {
            struct playing playing = playing_of(run, job);

            playing_error(&playing, rc ? strerror(-rc) : "nothing came of its job", &job->verdict);
        }
        job->done = true;
        tell(run, run->next);
    }
    if (rc)
        return complain(STATUS_BROKEN, "cannot start jobs: %s", strerror(-rc));
    return playing_interrupted() ? 128 + playing_interrupted() : 0;
}
