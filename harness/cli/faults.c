/* SPDX-License-Identifier: MIT */
/*
 * The faults command: one implementation is played through every scenario again and again, each
 * time with another call failing (faults/plan.h says which), and every play is judged. A first
 * round without a fault finds out how many calls there are, and what fails anyway.
 */
#include "cli/faults.h"
#include "cli/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/progress.h"
#include "report/results.h"

static int load(struct faults *faults)
{
    struct faults_options *options = &faults->options;
    int status, rc;

    faults->catalogue = layout_catalogue(&faults->layout);
    if (!faults->catalogue)
        return STATUS_BROKEN;
    if ((status = scripts_load(&faults->scripts, &faults->layout, faults->catalogue,
                               options->paths.list, options->paths.count)) ||
        (status = implementations_add(&faults->implementations, &faults->layout,
                                      options->implementation)) ||
        (status = implementations_compiled(&faults->implementations, true)))
        return status;
    platform_leave_out(&faults->scripts, NULL);
    if (!scripts_keep(&faults->scripts, faults->implementations.list[0].pair))
        return complain(STATUS_USAGE, "there is no script (*.scn) to play");
    status = layout_expected(&faults->layout, faults->catalogue, NULL,
                             faults->implementations.list[0].name, &faults->expected);
    if (!status && options->history && (rc = results_make_folder(options->history)))
        status = complain(STATUS_BROKEN, "cannot write histories to %s: %s", options->history,
                          strerror(-rc));
    if (!status && options->output && !(faults->output = fopen(options->output, "we")))
        status = complain(STATUS_BROKEN, "cannot write %s: %s", options->output, strerror(errno));
    return status;
}

static int compare_struck(const void *a, const void *b)
{
    const struct fault_struck *first = a, *second = b;

    if (first->script != second->script)
        return first->script < second->script ? -1 : 1;
    if (first->point.call != second->point.call)
        return first->point.call < second->point.call ? -1 : 1;
    if (first->point.error != second->point.error)
        return first->point.error < second->point.error ? -1 : 1;
    return (first->point.skip > second->point.skip) - (first->point.skip < second->point.skip);
}

/* Jobs end in any order; what is drawn by a number is not to depend on that. */
static void draw_pairs(struct faults *faults)
{
    if (faults->struck_count)
        qsort(faults->struck, faults->struck_count, sizeof *faults->struck, compare_struck);
    faults->pairs_count =
        fault_pairs_draw(faults->struck, faults->struck_count, (size_t)faults->options.pairs,
                         faults->options.seed, &faults->pairs);
}

static int sweep(struct faults *faults)
{
    const struct faults_options *options = &faults->options;
    int status = faults_census(faults);
    double start = progress_seconds();

    if (status)
        return status;
    if (options->only_count) {
        status = faults_only(faults);
    } else {
        for (size_t i = 0; i < faults->scripts.count; i++)
            if (faults->census[i].verdict.kind != VERDICT_SKIP &&
                faults->census[i].verdict.kind != VERDICT_ERROR)
                fault_plan_add(&faults->plan, i, faults->census[i].calls,
                               options->some_wanted ? options->wanted : NULL,
                               (unsigned)options->most);
        status = faults_sweep(faults);
        if (!status) {
            draw_pairs(faults);
            status = faults_pairs(faults);
        }
    }
    faults->seconds = progress_seconds() - start;
    return status;
}

static int conduct(struct faults *faults)
{
    int status = load(faults), told;
    size_t rows = 0;

    if (status)
        return status;
    while (fault_errors[rows].call)
        rows++;
    faults->rows = text_memory(rows, sizeof *faults->rows);
    faults->census = text_memory(faults->scripts.count, sizeof *faults->census);
    status = sweep(faults);
    if (status == STATUS_BROKEN)
        return status;
    told = faults_report(faults, status);
    if (faults->output && fclose(faults->output))
        return complain(STATUS_BROKEN, "cannot write %s: %s", faults->options.output,
                        strerror(errno));
    return status ? status : finish(told);
}

static void clear(struct faults *faults)
{
    for (size_t i = 0; faults->census && i < faults->scripts.count; i++)
        verdict_clear(&faults->census[i].verdict);
    for (size_t i = 0; i < faults->bad_count; i++) {
        for (size_t n = 0; n < faults->bad[i].result.statements_count; n++)
            free(faults->bad[i].result.statements[n]);
        verdict_clear(&faults->bad[i].result.verdict);
    }
    free(faults->bad);
    free(faults->census);
    free(faults->rows);
    free(faults->struck);
    free(faults->pairs);
    fault_plan_clear(&faults->plan);
    expected_free(faults->expected);
    scripts_clear(&faults->scripts);
    implementations_clear(&faults->implementations);
    catalogue_free(faults->catalogue);
    layout_clear(&faults->layout);
    faults_options_clear(&faults->options);
}

int command_faults(int argc, char **argv, const char *program)
{
    struct faults faults = {.program = program};
    int status;

    faults_options_read(&faults.options, argc, argv);
    if (faults.options.errors) {
        fault_errors_print(stdout);
        faults_options_clear(&faults.options);
        return finish(STATUS_EXPECTED);
    }
    layout_find(&faults.layout);
    status = conduct(&faults);
    clear(&faults);
    return status;
}
