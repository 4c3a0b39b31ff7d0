/* SPDX-License-Identifier: MIT */
/*
 * Plays the jobs of a run, each in a process of its own. They end in any order; a verdict is kept
 * until it is its turn and told as soon as it is, so that a report and a results file are the same
 * whatever the number of jobs.
 */
#include "cli/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "report/text.h"
#include "runner/fleet.h"
#include "runner/scenario.h"

/* The fleet's deadline is the last resort, for a job that does not keep its own: a scenario that
 * names none should be over in the first of these, and is given this much beyond. */
enum { SCENARIO_SECONDS = 60, JOB_GRACE_SECONDS = 60 };

static volatile sig_atomic_t interrupted_by;

static void interrupted(int signal_number)
{
    interrupted_by = signal_number;
}

/* A first SIGINT or SIGTERM ends the run in order; a second one ends it there and then. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void append_word(char **command, const char *before, const char *text)
{
    char *word = text_shell_word(text);

    text_append(command, "%s%s", before, word);
    free(word);
}

/* What plays this job again, as it was played; a new string. */
static char *command_of(const struct run *run, const struct job *job)
{
    const struct run_options *options = &run->options;
    char *command = NULL;

    append_word(&command, "", run->program);
    append_word(&command, " run --impl ", run->implementations.list[job->implementation].argument);
    if (options->under)
        append_word(&command, " --under ", options->under);
    if (options->slow != 1)
        text_append(&command, " --slow %g", options->slow);
    if (options->no_namespaces)
        text_append(&command, " --no-namespaces");
    if (options->no_probe)
        text_append(&command, " --no-probe");
    append_word(&command, " ", run->scripts.list[job->script]->file);
    return command;
}

/* -- in the process of a job -- */

static int write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t r = write(fd, text, size);

        if (r < 0 && errno != EINTR)
            return -errno;
        if (r > 0) {
            text += r;
            size -= r;
        }
    }
    return 0;
}

static int work(void *user, size_t i, int result_fd)
{
    struct run *run = user;
    const struct job *job = &run->jobs[run->order[i]];
    const struct implementation *implementation = &run->implementations.list[job->implementation];
    char *command = command_of(run, job);
    struct scenario_options options = {
        .play = {.host = implementation->host,
                 .adapter = implementation->adapter,
                 .under = run->options.under,
                 .slow = run->options.slow,
                 .quiet_host = !run->options.verbose,
                 .no_probe = run->options.no_probe},
        .impl_argument = implementation->argument,
        .command = command,
        .catalogue = run->catalogue,
        .history = run->options.history,
    };
    struct verdict verdict = {0};
    json_t *json = NULL;
    char *text = NULL;
    int status = 1;

    /* What this program chose for itself is not for hosts. */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);

    if (scenario_run(run->scripts.list[job->script], &options, &verdict))
        goto out;
    json = verdict_to_json(&verdict);
    text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (text && !write_all(result_fd, text, strlen(text)))
        status = 0;

out:
    free(text);
    json_decref(json);
    verdict_clear(&verdict);
    free(command);
    return status;
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

static void cannot_tell(const struct run *run, struct job *job, const char *reason)
{
    const struct script *script = run->scripts.list[job->script];
    const struct implementation *implementation = &run->implementations.list[job->implementation];

    job->verdict = (struct verdict){
        .kind = VERDICT_ERROR,
        .scenario = text_valid(script->name),
        .file = text_format("%s", script->file),
        .sentence = text_format("%s", script->sentence ? script->sentence : ""),
        .implementation = text_format("%s", implementation->name),
        .version = text_format("%s", ""),
        .reason = text_format("%s", reason),
        .command = command_of(run, job),
    };
    job->verdict.covers = text_memory(script->covers_count, sizeof *job->verdict.covers);
    for (size_t i = 0; i < script->covers_count; i++)
        job->verdict.covers[job->verdict.covers_count++] = text_format("%s", script->covers[i]);
}

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
    const struct script *script = run->scripts.list[job->script];
    char why[256] = "", *name;
    json_error_t fault;
    json_t *json;

    if (failure && interrupted_by) /* the terminal's SIGINT goes to jobs, too */
        return;
    verdict_clear(&job->verdict); /* of the round before */
    if (failure) {
        cannot_tell(run, job, failure);
    } else if (!(json = json_loadb(result, size, 0, &fault))) {
        snprintf(why, sizeof why, "the job sent no verdict: %s", fault.text);
        cannot_tell(run, job, why);
    } else {
        if (verdict_from_json(json, &job->verdict, why, sizeof why)) {
            char *reason = text_format("the job sent no verdict: %s", why);

            cannot_tell(run, job, reason);
            free(reason);
        }
        json_decref(json);
    }
    /* A host that died before it said who it is. */
    if (!*job->verdict.implementation)
        text_replace(&job->verdict.implementation,
                     text_format("%s", run->implementations.list[job->implementation].name));
    text_replace(&job->verdict.scenario, text_valid(script->name));
    name = text_valid(run->implementations.list[job->implementation].name);
    if (strcmp(job->verdict.implementation, name))
        text_replace(&job->verdict.played_as, text_format("%s", name));
    free(name);
    job->plays++;
    job->done = run->last_round || !may_go_on(&job->verdict);
    if (run->options.until_fail)
        say_plays(job);
    tell_those_in_turn(run);
}

static bool stop(void *user)
{
    (void)user;
    return interrupted_by;
}

static int deadline_ms(const struct run *run)
{
    int longest = SCENARIO_SECONDS;
    double ms;

    for (size_t i = 0; i < run->scripts.count; i++)
        if (run->scripts.list[i]->deadline > longest)
            longest = run->scripts.list[i]->deadline;
    ms = 1000.0 * (longest * (run->options.slow > 1 ? run->options.slow : 1) + JOB_GRACE_SECONDS);
    return ms < 1e9 ? (int)ms : 1000000000;
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
        .deadline_ms = deadline_ms(run),
        .work = work,
        .done = done,
        .stop = stop,
        .user = run,
    };
    int rounds = run->options.until_fail ? run->options.repeat : 1, rc = 0;
    size_t count = run->jobs_count;

    catch_interrupts();
    fflush(NULL);
    for (int round = 1; !rc && count && round <= rounds && !interrupted_by; round++) {
        run->last_round = round == rounds;
        rc = fleet_run(&fleet, count);
        count = keep_those_that_go_on(run, count);
    }
    run->teller.whole &= !interrupted_by;
    for (size_t i = run->next; i < run->jobs_count; i++) {
        struct job *job = &run->jobs[i];

        if (!job->done && !job->plays && !interrupted_by)
            cannot_tell(run, job, rc ? strerror(-rc) : "nothing came of its job");
        job->done = job->done || job->plays || !interrupted_by;
    }
    while (run->next < run->jobs_count)
        tell(run, run->next, end_of_plays(run, run->next));
    if (rc)
        return complain(STATUS_BROKEN, "cannot start jobs: %s", strerror(-rc));
    return interrupted_by ? 128 + interrupted_by : 0;
}
