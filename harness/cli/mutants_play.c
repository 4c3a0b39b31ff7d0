/* SPDX-License-Identifier: MIT */
/*
 * Plays mutants, each scenario in a process of its own. Plays end in any order; a mutant is printed
 * when all of its own are over and those before it are printed.
 */
#include "cli/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/job.h"
#include "cli/playing.h"
#include "cli/progress.h"

/* One play. */
struct job {
    const struct kill *kill; /* a row of it */
    size_t implementation;   /* of the hunt's: which pair of them, the mutant alone and not alone */
    bool done;
};

struct play {
    struct hunt *hunt;
    struct job *jobs; /* in the order of the matrix */
    size_t count;
    size_t told;      /* jobs of mutants that are printed */
    size_t told_rows; /* rows that are */
};

/* A job for each scenario that a mutant meets, as often as the row says that asks most. */
static void make_jobs(struct play *play)
{
    const struct kill_matrix *matrix = &play->hunt->matrix;
    size_t most = 0, implementation = 0;

    for (size_t i = 0; i < matrix->count; i++)
        most += matrix->list[i].times;
    play->jobs = text_memory(most, sizeof *play->jobs);
    for (size_t from = 0, to; from < matrix->count; from = to, implementation++) {
        to = kill_matrix_next_mutant(matrix, from);
        for (size_t i = from; i < to; i++) {
            const struct kill *kill = &matrix->list[i];
            bool before = false;

            /* Promises come first, and they ask for more than the others. */
            for (size_t j = from; j < i; j++)
                before |= matrix->list[j].script == kill->script;
            for (size_t n = 0; !before && n < kill->times; n++)
                play->jobs[play->count++] =
                    (struct job){.kill = kill, .implementation = implementation};
        }
    }
}

static struct playing playing_of(const struct hunt *hunt, const struct job *job)
{
    const char *under = job->kill->mutant->under;
    bool pair = job->kill->script->needs & NEED_PAIR;
    double slow = hunt->options.slow;

    return (struct playing){
        .program = hunt->program,
        .implementation = &hunt->implementations.list[2 * job->implementation + pair],
        .script = job->kill->script,
        .catalogue = hunt->catalogue,
        .under = under,
        .slow = under && slow < 1 ? 1 : slow,
    };
}

static int work(void *user, size_t i, int result_fd)
{
    const struct play *play = user;
    struct playing playing = playing_of(play->hunt, &play->jobs[i]);

    return playing_work(&playing, result_fd);
}

/* Prints mutants whose jobs are all done, in their order. */
static void tell_those_in_turn(struct play *play)
{
    const struct kill_matrix *matrix = &play->hunt->matrix;

    while (play->told < play->count) {
        const struct mutant *mutant = play->jobs[play->told].kill->mutant;
        size_t end = play->told, rows_end;

        for (; end < play->count && play->jobs[end].kill->mutant == mutant; end++)
            if (!play->jobs[end].done)
                return;
        rows_end = kill_matrix_next_mutant(matrix, play->told_rows);
        kill_matrix_print(stdout, matrix, play->told_rows, rows_end);
        fflush(stdout); /* so that no job inherits what is still in the buffer */
        play->told = end;
        play->told_rows = rows_end;
    }
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct play *play = user;
    struct job *job = &play->jobs[i];
    struct playing playing = playing_of(play->hunt, job);
    struct verdict verdict = {0};

    playing_result(&playing, result, size, failure, &verdict);
    kill_matrix_count(&play->hunt->matrix, job->kill->mutant, job->kill->script, &verdict);
    verdict_clear(&verdict);
    job->done = true;
    tell_those_in_turn(play);
}

int hunt_play(struct hunt *hunt)
{
    struct play play = {.hunt = hunt};
    struct fleet fleet = {
        .jobs = hunt->options.jobs,
        .namespaces = FLEET_NAMESPACES_IF_ALLOWED,
        .deadline_ms = job_deadline_ms(&hunt->scripts, hunt->options.slow, 1),
        .work = work,
        .done = done,
        .user = &play,
    };
    double start = progress_seconds();
    int rc;

    make_jobs(&play);
    rc = job_run(&fleet, play.count);
    hunt->plays = play.count;
    hunt->seconds = progress_seconds() - start;
    free(play.jobs);
    return job_status(rc);
}
