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
                 .under = run->options.tool ? NULL : run->options.under,
                 .slow = run->options.slow,
                 .quiet_host = !run->options.verbose,
                 .no_probe = run->options.no_probe},
        .impl_argument = implementation->argument,
        .command = command,
        .catalogue = run->catalogue,
        .history = run->options.history,
        .tool = run->options.tool,
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

        if (!expected_is_general(line) || line->met ||
            (!run->options.tool && audit_is_for_tools(line->requirement)))
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

static void cannot_tell(const struct run *run, struct job *job, const char *reason)
{
    const struct script *script = run->scripts.list[job->script];
    const struct implementation *implementation = &run->implementations.list[job->implementation];

    job->verdict = (struct verdict){
        .kind = VERDICT_ERROR,
        .scenario = text_format("%s", script->name),
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

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct run *run = user;
    struct job *job = &run->jobs[run->order[i]];
    const struct script *script = run->scripts.list[job->script];
    char why[256] = "";
    json_error_t fault;
    json_t *json;

    if (failure && interrupted_by) /* the terminal's SIGINT goes to jobs, too */
        return;
    job->done = true;
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
    if (strcmp(job->verdict.scenario, script->name))
        text_replace(&job->verdict.scenario, text_format("%s", script->name));
    tell_those_in_turn(run);
}

static bool stop(void *user)
{
    (void)user;
    return interrupted_by;
}

static int deadline_ms(const struct run *run)
{
    double slow = run->options.slow * (run->options.tool ? run->options.tool->slow : 1), ms;
    int longest = SCENARIO_SECONDS;

    for (size_t i = 0; i < run->scripts.count; i++)
        if (run->scripts.list[i]->deadline > longest)
            longest = run->scripts.list[i]->deadline;
    ms = 1000.0 * (longest * (slow > 1 ? slow : 1) + JOB_GRACE_SECONDS);
    return ms < 1e9 ? (int)ms : 1000000000;
}

/* A job that the fleet says nothing of is an error: no verdict is ever missing from a whole run. */
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
    int rc;

    catch_interrupts();
    fflush(NULL);
    rc = run->jobs_count ? fleet_run(&fleet, run->jobs_count) : 0;
    for (; run->next < run->jobs_count; run->next++) {
        struct job *job = &run->jobs[run->next];

        if (!job->done && interrupted_by)
            continue;
        if (!job->done)
            cannot_tell(run, job, rc ? strerror(-rc) : "nothing came of its job");
        job->done = true;
        tell(run, run->next);
    }
    if (rc)
        return complain(STATUS_BROKEN, "cannot start jobs: %s", strerror(-rc));
    return interrupted_by ? 128 + interrupted_by : 0;
}
