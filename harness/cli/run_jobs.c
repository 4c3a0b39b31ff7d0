/* SPDX-License-Identifier: MIT */
/*
 * Plays the jobs of a run, each in a process of its own. They end in any order; a verdict is kept
 * until it is its turn and told as soon as it is, so that a report and a results file are the same
 * whatever the number of jobs.
 */
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include "cli/job.h"
#include "cli/playing.h"
#include "report/text.h"

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

static bool same_scenario(const struct job *a, const struct job *b)
{
    return a->implementation == b->implementation && a->script == b->script;
}

/* Tells the plays of one scenario, the jobs from `from` up to `to`, those that were played. */
static void tell(struct run *run, size_t from, size_t to)
{
    const struct job *job = &run->jobs[from];
    struct verdict *plays = text_memory(to - from, sizeof *plays);
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        if (run->jobs[i].done)
            plays[count++] = run->jobs[i].verdict;
    if (count)
        tell_plays(&run->teller, job->implementation, plays, count);
    for (size_t i = 0; i < count; i++)
        verdict_clear(&plays[i]);
    free(plays);
    run->next = to;
    if (to == run->jobs_count || run->jobs[to].implementation != job->implementation)
        tell_end(&run->teller, job->implementation);
}

static size_t end_of_plays(const struct run *run, size_t from)
{
    size_t to = from + 1;

    while (to < run->jobs_count && same_scenario(&run->jobs[from], &run->jobs[to]))
        to++;
    return to;
}

static void tell_those_in_turn(struct run *run)
{
    while (run->next < run->jobs_count) {
        size_t to = end_of_plays(run, run->next);

        for (size_t i = run->next; i < to; i++)
            if (!run->jobs[i].done)
                return;
        tell(run, run->next, to);
    }
}

/* -- in the calling process, as jobs end -- */

/* Until it fails it is played again; a skip or an error would come again. */
static bool may_go_on(const struct verdict *verdict)
{
    return verdict->kind == VERDICT_PASS || verdict->kind == VERDICT_LIMIT;
}

static void say_plays(struct job *job)
{
    job->verdict.plays = job->plays;
    if (job->verdict.kind == VERDICT_FAIL && job->plays > 1)
        text_replace(
            &job->verdict.reason,
            text_format("it failed in play %zu, after it had passed in those before", job->plays));
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct run *run = user;
    struct job *job = &run->jobs[run->order[i]];
    struct playing playing = playing_of(run, job);

    verdict_clear(&job->verdict); /* of the round before */
    playing_result(&playing, result, size, failure, &job->verdict);
    job->plays++;
    job->done = run->last_round || !may_go_on(&job->verdict);
    if (run->options.until_fail)
        say_plays(job);
    tell_those_in_turn(run);
}

/* What is to be played once more stands first in run->order. Returns how many. */
static size_t keep_those_that_go_on(struct run *run, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!run->jobs[run->order[i]].done)
            run->order[kept++] = run->order[i];
    return kept;
}

/*
 * Plays every job once, with --until-fail again and again in rounds, so that what fails at once
 * waits for nothing. A job that the fleet says nothing of is an error: no verdict is ever missing
 * from a whole run.
 */
int run_jobs(struct run *run)
{
    struct fleet fleet = {
        .jobs = run->options.jobs,
        .namespaces =
            run->options.no_namespaces ? FLEET_NAMESPACES_NEVER : FLEET_NAMESPACES_IF_ALLOWED,
        .deadline_ms = job_deadline_ms(
            &run->scripts, run->options.slow * (run->options.tool ? run->options.tool->slow : 1),
            1),
        .work = work,
        .done = done,
        .user = run,
    };
    int rounds = run->options.until_fail ? run->options.repeat : 1, rc = 0;
    size_t count = run->jobs_count;

    for (int round = 1; !rc && count && round <= rounds && !job_interrupted(); round++) {
        run->last_round = round == rounds;
        rc = job_run(&fleet, count);
        count = keep_those_that_go_on(run, count);
    }
    run->teller.whole &= !job_interrupted();
    for (size_t i = run->next; i < run->jobs_count; i++) {
        struct job *job = &run->jobs[i];

        if (!job->done && !job->plays && !job_interrupted()) {
            struct playing playing = playing_of(run, job);

            playing_error(&playing, rc ? strerror(-rc) : "nothing came of its job", &job->verdict);
        }
        job->done = job->done || job->plays || !job_interrupted();
    }
    while (run->next < run->jobs_count)
        tell(run, run->next, end_of_plays(run, run->next));
    return job_status(rc);
}
